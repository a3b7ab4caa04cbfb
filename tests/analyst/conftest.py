"""Sources to ask about, opened once, and a way to ask."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chatctl.analyst.builtin import answer
from chatctl.analyst.contract import Answer, Question, Step, Turn
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from .data import write_flights, write_sales, write_shop

TODAY = date(2014, 1, 15)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the catalogs."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Engine]:
    """A year of flights, from CSV files."""
    locations = write_flights(tmp_path_factory.mktemp("flights"))
    engine = open_engine(name="flights", kind="files", locations=locations, cache=cache)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Engine]:
    """A shop, in a SQLite file."""
    location = write_shop(tmp_path_factory.mktemp("shop") / "shop.sqlite")
    engine = open_engine(name="shop", kind="sqlite", locations=[location], cache=cache)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def sales(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Engine]:
    """Sales of three years, in a CSV file."""
    location = write_sales(tmp_path_factory.mktemp("sales") / "sales.csv")
    engine = open_engine(name="sales", kind="files", locations=[location], cache=cache)
    yield engine
    engine.close()


class Chat:
    """A conversation with the analyst; it remembers its turns."""

    def __init__(self, engines: Mapping[str, Engine], cache: Path) -> None:
        self.question = Question(text="", engines=engines, today=TODAY, cache=cache)
        self.steps: list[Step] = []

    def ask(self, text: str) -> Answer:
        """The answer to the next question."""
        *steps, last = answer(replace(self.question, text=text))
        assert isinstance(last, Answer)
        self.steps = [step for step in steps if not isinstance(step, Answer)]
        assert len(self.steps) == len(steps)
        history = self.question.history
        turn = Turn(position=len(history) + 1, question=text, text=last.text, outcome=last.outcome, raw=last.raw)
        self.question = replace(self.question, history=(*history, turn))
        return last


@pytest.fixture
def talk(cache: Path) -> Callable[..., Chat]:
    """Start a chat over sources given by name."""
    return lambda **engines: Chat(engines, cache)
