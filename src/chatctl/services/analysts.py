"""Who can answer: the built-in analyst, or a language model with another to fall back on.

Names are checked without anything being imported that only answering needs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chatctl.analyst.model import providers
from chatctl.config import Config
from chatctl.domain.errors import ModelError, ValidationError
from chatctl.domain.models import ModelSetup

if TYPE_CHECKING:
    from chatctl.analyst.contract import Analyst, Answer, Exchange, Question, Step

BUILTIN: Final = "builtin"


def named(name: str) -> str:
    """The analyst that is to answer, as a message keeps it. Raises ValidationError for one that is not there."""
    if name == BUILTIN:
        return name
    kind, _, rest = name.partition(":")
    if kind == providers.REPLAY:
        return f"{kind}:{_recording(rest)}"
    providers.split(name)
    return name


def is_paid(name: str) -> bool:
    """Whether the analyst asks a provider, which counts tokens and may charge for them."""
    return name != BUILTIN and not name.startswith(f"{providers.REPLAY}:")


def setup(config: Config, name: str) -> ModelSetup | None:
    """What goes with a question to a model of this name; None to the built-in analyst, which needs nothing.

    Raises ValidationError for a fallback that is not there.
    """
    if name == BUILTIN:
        return None
    found = config.model_setup
    return replace(found, fallback=named(found.fallback) if found.fallback else None)


def retried(config: Config, name: str, kept: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What goes with a question that is asked again: to the servers that were meant, within the bounds of today."""
    found = setup(config, name)
    if found and kept:
        found = replace(ModelSetup.from_json(kept), limits=found.limits)
    return found.as_json() if found else None


def called(how: ModelSetup, name: str) -> "Analyst":
    """The analyst of that name; where a language model fails, its fallback answers."""
    first = _called(how, name)
    second = how.fallback
    if name == BUILTIN or second is None or second == name:
        return first
    from chatctl.analyst import fallbacks

    return fallbacks.falling_back(first, _called(how, named(second)), names=(name, second))


def modules(config: Config) -> list[str]:
    """What every attempt would have to import by itself, where a language model is the one that answers."""
    return ["chatctl.analyst.model.rehearsal"] if config.model != BUILTIN else []


def _called(how: ModelSetup, name: str) -> "Analyst":
    if name == BUILTIN:
        from chatctl.analyst import builtin

        return builtin.answer
    return partial(_asked, how, named(name))


def _asked(how: ModelSetup, name: str, question: "Question") -> "Iterator[Step | Exchange | Answer]":
    """What a language model answers, imported when it is asked: where it is missing, another may answer."""
    if find_spec("pydantic_ai") is None:
        from chatctl.analyst.contract import Stopped

        raise Stopped(
            ModelError(f"The model {name} cannot be asked", hint="Install it: pip install 'chatctl[models]'.")
        )
    from chatctl.analyst.model.agent import Agent

    return Agent(name=name, base_url=how.base_url, limits=how.limits)(question)


def _recording(path: str) -> Path:
    """The file of a recording, wherever the worker is. Raises ValidationError where there is none."""
    found = Path(path).expanduser().absolute()
    if not path or not found.is_file():
        raise ValidationError.field(
            "model", f"There is no recording {path!r}", "unknown", hint="`chatctl show ID --raw` writes one."
        )
    return found
