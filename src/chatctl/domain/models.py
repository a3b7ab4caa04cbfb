"""Words of language models: how one is asked, and what one answer may take."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


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


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSetup:
    """How the model of a question is asked: the address of its server, who answers where it fails, and the bounds.

    It goes with the question: the worker was started elsewhere, where other servers may be meant.
    """

    base_url: str | None = None
    fallback: str | None = None
    limits: ModelLimits = field(default_factory=ModelLimits)

    def as_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """As it was kept."""
        return cls(**{**kept, "limits": ModelLimits(**kept["limits"])})
