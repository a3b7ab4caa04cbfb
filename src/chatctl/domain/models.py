"""Words of language models: what one answer may take."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelLimits:
    """Bounds of one answer: requests to the model, tokens of a reply, tokens in all, US dollars (0 for any), seconds,
    and tokens of earlier turns that are sent along.
    """

    steps: int = 25
    output_tokens: int = 8_192
    tokens: int = 500_000
    cost: float = 0.0
    seconds: float = 600.0
    history: int = 20_000
