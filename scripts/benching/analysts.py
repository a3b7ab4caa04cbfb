"""The analysts over 336,776 flights: what they take beyond the engine's own time."""

import json
import os
import statistics
import time
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benching.measures import Figure, fresh_home, seconds

if TYPE_CHECKING:
    from chatctl.domain.results import ResultSet
    from chatctl.engines.engine import Engine, Limits

FLIGHTS = Path(os.environ["CHATCTL_TEST_FLIGHTS"])
QUESTION = "Which carrier had the highest average departure delay?"


def answers(runs: int) -> list[Figure]:
    """A builtin answer over 336,776 flights, catalog cached: at most 2 x the final SQL alone plus 100 ms."""
    from chatctl.analyst import builtin
    from chatctl.analyst.contract import Answer, Question
    from chatctl.engines.engine import Limits
    from chatctl.engines.sources import open_engine

    with fresh_home() as home:
        cache = home / "cache"
        engine = open_engine(
            name="flights", kind="files", locations=[str(path) for path in sorted(FLIGHTS.glob("*.csv"))], cache=cache
        )
        question = Question(text=QUESTION, engines={"flights": engine}, today=date(2026, 1, 1), cache=cache)

        def ask() -> Answer:
            return next(event for event in builtin.answer(question) if isinstance(event, Answer))

        sql = ask().findings[0].sql
        pairs = [(seconds(ask), seconds(lambda: engine.run(sql, Limits()))) for _ in range(runs)]
        engine.close()
    ratio = statistics.median(whole / (2 * alone + 0.1) for whole, alone in pairs)
    whole, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    return [Figure("builtin answer / (2 x its SQL + 100 ms)", whole, 2 * alone + 0.1, ratio, 1.0)]


def questions(_runs: int) -> list[Figure]:
    """What builtin takes for each everyday question beyond its queries, catalog cached: 60 ms at the median."""
    from chatctl.analyst import builtin
    from chatctl.analyst.contract import Question
    from chatctl.domain import case_files
    from chatctl.engines.sources import open_engine

    thought: list[float] = []
    with fresh_home() as home:
        cache = home / "cache"
        files = [str(path) for path in sorted(FLIGHTS.glob("*.csv"))]
        engine: Any = Watched(open_engine(name="flights", kind="files", locations=files, cache=cache))
        for case in case_files.read(Path(__file__).parents[2] / "tests" / "eval" / "flights.yaml"):
            asked = case.turns[0] if case.turns else case
            question = Question(text=asked.question, engines={"flights": engine}, today=date(2013, 11, 20), cache=cache)
            engine.seconds = 0.0
            whole = seconds(lambda question=question: list(builtin.answer(question)))  # type: ignore[misc]
            thought.append(whole - engine.seconds)
        engine.engine.close()
    median = statistics.median(thought[1:])  # the first one makes the catalog
    slowest = f"slowest {max(thought[1:]) * 1000:.0f} ms of {len(thought) - 1}"
    return [Figure("builtin's own time for a question / 60 ms", median, 0.06, median / 0.06, 1.0, note=slowest)]


class Watched:
    """An engine, and the seconds that were spent in its queries."""

    def __init__(self, engine: "Engine") -> None:
        self.engine = engine
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def run(self, sql: str, limits: "Limits") -> "ResultSet":
        """As the engine's, timed."""
        begun = time.perf_counter()
        try:
            return self.engine.run(sql, limits)
        finally:
            self.seconds += time.perf_counter() - begun


def steps(runs: int) -> list[Figure]:
    """What a step of a language model's work costs beside the model and the SQL; the yardstick is the budget of 20 ms.

    The model replies at once, each time with a query over a chat that grows; the query alone is taken off.
    """
    from pydantic_ai.models.function import DeltaToolCall, FunctionModel

    from chatctl.analyst.contract import Question
    from chatctl.analyst.model.agent import Agent
    from chatctl.domain.models import ModelLimits
    from chatctl.engines.engine import Limits
    from chatctl.engines.sources import open_engine

    number, sql = 24, "SELECT carrier, name FROM airlines ORDER BY carrier"
    last = DeltaToolCall(name="answer", json_args='{"text": "Done.", "results": ["r1"]}')
    query = DeltaToolCall(name="run_sql", json_args=json.dumps({"sql": sql, "purpose": "carriers"}))

    async def reply(said: list[Any], _told: object) -> AsyncIterator[dict[int, DeltaToolCall]]:
        yield {0: last if len(said) > 2 * number else query}

    with fresh_home() as home:
        engine = open_engine(
            name="flights", kind="files", locations=[str(FLIGHTS / "airlines.csv")], cache=home / "cache"
        )
        question = Question(text=QUESTION, engines={"flights": engine}, today=date(2026, 1, 1), cache=home)
        agent = Agent(
            name="bench:model", model=FunctionModel(stream_function=reply), limits=ModelLimits(steps=number + 1)
        )
        list(agent(question))
        whole = [seconds(lambda: list(agent(question))) / number for _ in range(runs)]
        alone = [seconds(lambda: engine.run(sql, Limits())) for _ in range(runs)]
        engine.close()
    step = statistics.median(whole) - statistics.median(alone)
    return [Figure("a step of a language model", step, 0.02, step / 0.02, 1.0, note=f"of {number}, each with a query")]
