"""Imported by the server that attempts are forked from, where a language model answers: a question, played once.

What a provider's package imports, and the schemas of messages and tools, cost a forked attempt nothing then; they would
cost it more than a second. Nothing is sent to anybody.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from pydantic_ai.models.test import TestModel

from chatctl import config as configuration
from chatctl.analyst.contract import Answer, Exchange, Question, Step
from chatctl.analyst.model import providers
from chatctl.analyst.model.agent import Agent
from chatctl.config import Config
from chatctl.domain.errors import ChatctlError


def rehearse(config: Config) -> list[Step | Exchange | Answer]:
    """What comes of a question to a model that asks back at once."""
    for name in (config.model, config.model_fallback):
        with suppress(ChatctlError):
            providers.resolve(name or "", config.model_base_url)
    return list(_played())


def _played() -> Iterator[Step | Exchange | Answer]:
    model = TestModel(call_tools=["ask_back"])
    question = Question(text="?", engines={}, today=date.min, cache=Path("/"))
    yield from Agent(name="test:model", model=model)(question)


rehearse(configuration.load({}, None, Path("/")))
