"""Speed as ratios: every figure stands against a yardstick timed in turn with it, so that a slow machine cancels out.

Each line: what, its median, the yardstick's median, the ratio (median of the pairwise ratios) and the budget.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatctl.domain.results import ResultSet
    from chatctl.engines.engine import Engine, Limits

BIN = Path(sys.executable).parent
CHATCTL = str(BIN / "chatctl")
FLIGHTS = Path(os.environ["CHATCTL_TEST_FLIGHTS"])
QUESTION = "Which carrier had the highest average departure delay?"


@dataclass(frozen=True)
class Figure:
    """One measured ratio; seconds, unless the unit says otherwise."""

    name: str
    measured: float
    yardstick: float
    ratio: float
    budget: float
    unit: str = "s"
    note: str = ""

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio <= self.budget


def main() -> int:
    """Run the benchmarks asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which; all by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=9)
    wanted = parser.parse_args()
    figures: list[Figure] = []
    for name in wanted.names or BENCHMARKS:
        figures += BENCHMARKS[name](wanted.runs)
    if wanted.json:
        print(json.dumps([asdict(figure) | {"within": figure.within} for figure in figures], indent=2))
        return 0
    print(f"{'what':44} {'measured':>12} {'yardstick':>12} {'ratio':>7} {'budget':>7}")
    for figure in figures:
        row = f"{figure.name:44} {figure.measured:>10.4f} {figure.unit} {figure.yardstick:>10.4f} {figure.unit}"
        print(f"{row} {figure.ratio:>7.2f} {figure.budget:>7.2f} {'ok' if figure.within else 'OVER'} {figure.note}")
    return 0


def startup(runs: int) -> list[Figure]:
    """`--version` and `--help` against the bare interpreter and against Typer."""
    return [
        _paired("chatctl --version", [CHATCTL, "--version"], _python("pass"), 2.0, runs),
        _paired("chatctl --help", [CHATCTL, "--help"], _python("import typer"), 1.5, runs),
    ]


def commands(runs: int) -> list[Figure]:
    """`new` and `show --json` with a worker alive, against the import of what they cannot do without."""
    base = _python("import typer, sqlmodel")
    with _home() as home, _worker(home):
        _run([CHATCTL, "new", "warm up"])
        return [
            _paired("chatctl show --json", [CHATCTL, "show", "--json"], base, 1.3, runs),
            _paired("chatctl new, worker alive", [CHATCTL, "new", "How many?"], base, 1.3, runs),
        ]


def batch(_runs: int) -> list[Figure]:
    """10,000 requests in one process, against plain sqlite3 writing the same rows in one transaction."""
    count = 10_000
    lines = "".join(json.dumps({"prompt": f"Question number {number}?"}) + "\n" for number in range(count)).encode()
    with _home() as home:
        _run([CHATCTL, "list"])
        half, _ = _batched(lines[: len(lines) // 2].rsplit(b"\n", 1)[0])
        full, seconds = _batched(lines)
        plain = _plain(home / "chatctl.db", count)
    growth = f"peak memory {full / 1024:.0f} MiB, of half as many {half / 1024:.0f} MiB"
    return [Figure(f"request --batch, {count:,} messages", seconds, plain, seconds / plain, 60.0, note=growth)]


def answers(runs: int) -> list[Figure]:
    """A builtin answer over 336,776 flights, catalog cached: at most 2 x the final SQL alone plus 100 ms."""
    from chatctl.analyst import builtin
    from chatctl.analyst.contract import Answer, Question
    from chatctl.engines.engine import Limits
    from chatctl.engines.sources import open_engine

    with _home() as home:
        cache = home / "cache"
        engine = open_engine(
            name="flights", kind="files", locations=[str(path) for path in sorted(FLIGHTS.glob("*.csv"))], cache=cache
        )
        question = Question(text=QUESTION, engines={"flights": engine}, today=date(2026, 1, 1), cache=cache)

        def ask() -> Answer:
            return next(event for event in builtin.answer(question) if isinstance(event, Answer))

        sql = ask().findings[0].sql
        pairs = [(_seconds(ask), _seconds(lambda: engine.run(sql, Limits()))) for _ in range(runs)]
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
    with _home() as home:
        cache = home / "cache"
        files = [str(path) for path in sorted(FLIGHTS.glob("*.csv"))]
        engine: Any = Watched(open_engine(name="flights", kind="files", locations=files, cache=cache))
        for case in case_files.read(Path(__file__).parents[1] / "tests" / "eval" / "flights.yaml"):
            asked = case.turns[0] if case.turns else case
            question = Question(text=asked.question, engines={"flights": engine}, today=date(2013, 11, 20), cache=cache)
            engine.seconds = 0.0
            whole = _seconds(lambda question=question: list(builtin.answer(question)))  # type: ignore[misc]
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

    with _home() as home:
        engine = open_engine(
            name="flights", kind="files", locations=[str(FLIGHTS / "airlines.csv")], cache=home / "cache"
        )
        question = Question(text=QUESTION, engines={"flights": engine}, today=date(2026, 1, 1), cache=home)
        agent = Agent(
            name="bench:model", model=FunctionModel(stream_function=reply), limits=ModelLimits(steps=number + 1)
        )
        list(agent(question))
        whole = [_seconds(lambda: list(agent(question))) / number for _ in range(runs)]
        alone = [_seconds(lambda: engine.run(sql, Limits())) for _ in range(runs)]
        engine.close()
    step = statistics.median(whole) - statistics.median(alone)
    return [Figure("a step of a language model", step, 0.02, step / 0.02, 1.0, note=f"of {number}, each with a query")]


def dashboards(runs: int) -> list[Figure]:
    """A dashboard of 12 metrics, measured in this process from the service down, against their SQL alone in DuckDB.

    Alone: the file that the flights were loaded into, opened once, a connection and a thread for each of as many
    queries at a time as the service runs. The service adds rights, the metrics' files, their checks, cells and charts.
    """
    from chatctl.config import load
    from chatctl.domain.asset_files import parse
    from chatctl.runtime import Runtime

    with _home() as home:
        runtime = Runtime(load({"home": str(home)}, {}))
        runtime.sources.add("flights", [str(path) for path in sorted(FLIGHTS.glob("*.csv"))])
        for name, sql in DASHBOARD.items():
            metric = {"name": name, "source": "flights", "sql": sql, "chartConfig": {"selectedChartType": "table"}}
            runtime.assets.create(parse(json.dumps(metric), "metric_file"))
        rows = [
            {"id": at, "items": [{"id": each} for each in names], "columnSizes": [3] * 4}
            for at, names in enumerate(_fours(DASHBOARD))
        ]
        runtime.assets.create(parse(json.dumps({"name": "Bench", "rows": rows}), "dashboard_file"))

        def show() -> None:
            board = runtime.dashboards.show("Bench")
            assert len(board.panels) == len(DASHBOARD)
            assert not board.failed

        (loaded,) = home.glob("cache/files/*/*.duckdb")
        show()
        _alone(loaded)
        pairs = [(_seconds(show), _seconds(lambda: _alone(loaded))) for _ in range(runs)]
        runtime.close()
    whole, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return [Figure("dashboard show, 12 metrics", whole, alone, ratio, 1.5, note="in process, from the service down")]


DASHBOARD = {
    "by month": "SELECT month, count(*) AS n FROM flights GROUP BY month ORDER BY month",
    "by carrier": "SELECT carrier, avg(arr_delay) AS delay FROM flights GROUP BY carrier ORDER BY delay DESC",
    "by name": "SELECT name, count(*) AS n FROM flights JOIN airlines USING (carrier) GROUP BY name ORDER BY n DESC",
    "by origin and hour": "SELECT origin, hour, avg(dep_delay) AS delay FROM flights GROUP BY ALL ORDER BY 1, 2",
    "delayed": "SELECT avg(CASE WHEN dep_delay > 15 THEN 1.0 ELSE 0 END) AS share FROM flights",
    "by day": "SELECT make_date(year, month, day) AS day, count(*) AS n FROM flights GROUP BY ALL ORDER BY day",
    "routes": "SELECT origin, dest, count(*) AS n FROM flights GROUP BY ALL ORDER BY n DESC LIMIT 20",
    "tails": "SELECT count(DISTINCT tailnum) AS planes FROM flights",
    "median": "SELECT carrier, median(air_time) AS minutes FROM flights GROUP BY carrier ORDER BY carrier",
    "planes": "SELECT manufacturer, count(*) AS n FROM flights JOIN planes USING (tailnum) GROUP BY ALL ORDER BY n",
    "spread": "SELECT month, quantile_cont(arr_delay, 0.9) AS p90 FROM flights GROUP BY month ORDER BY month",
    "weather": "SELECT origin, month, avg(temp) AS temp FROM weather GROUP BY ALL ORDER BY 1, 2",
}


def _fours(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while four := list(islice(rest, 4)):
        yield four


def _alone(loaded: Path) -> None:
    """Run the SQL of the dashboard in DuckDB and fetch every row."""
    import duckdb

    from chatctl.services.dashboards import AT_ONCE

    with duckdb.connect(loaded, read_only=True) as connection, ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda sql: connection.cursor().execute(sql).fetchall(), DASHBOARD.values()))


def pickup(runs: int) -> list[Figure]:
    """From the commit of a message to its claim by an idle worker; the yardstick is the budget of 50 ms."""
    with _home() as home, _worker(home):
        _run([CHATCTL, "new", "warm up", "--wait"])
        delays: list[float] = []
        for _ in range(max(runs, 15)):
            time.sleep(0.3)
            told = json.loads(_run([CHATCTL, "new", "How many?", "--json", "--wait"]))
            delays.append(_claimed_after(home / "chatctl.db", told["newMessageId"]))
    median = statistics.median(delays)
    return [Figure("pick-up by an idle worker", median, 0.05, median / 0.05, 1.0)]


BENCHMARKS: dict[str, Callable[[int], list[Figure]]] = {
    "startup": startup,
    "commands": commands,
    "batch": batch,
    "answers": answers,
    "questions": questions,
    "steps": steps,
    "pickup": pickup,
    "dashboards": dashboards,
}


def _paired(name: str, command: list[str], yardstick: list[str], budget: float, runs: int) -> Figure:
    """Processor seconds of whole processes, A B A B …, after one of each to warm up."""
    _spent(command), _spent(yardstick)
    pairs = [(_spent(command), _spent(yardstick)) for _ in range(runs)]
    measured, base = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Figure(name, measured, base, statistics.median(a / b for a, b in pairs), budget, unit="s cpu")


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _spent(command: list[str]) -> float:
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def _run(command: list[str]) -> str:
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


@contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"CHATCTL_HOME": folder, "CHATCTL_AUTO_WORKER": "never"}
        yield Path(folder)


@contextmanager
def _worker(home: Path) -> Iterator[None]:
    _run([CHATCTL, "list"])
    process = subprocess.Popen([CHATCTL, "worker", "run"], stdin=subprocess.DEVNULL)
    try:
        while not list(home.glob("run/*/w-*.lock")):
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _batched(lines: bytes) -> tuple[int, float]:
    """Peak memory in KiB and wall seconds of one batch."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as given:
        given.write(lines)
        given.seek(0)
        process = subprocess.Popen([CHATCTL, "request", "--batch"], stdin=given, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, status
    return usage.ru_maxrss, time.perf_counter() - begun


def _plain(like: Path, count: int) -> float:
    """Seconds that plain sqlite3 needs for the same rows, tables and indexes in one transaction."""
    with sqlite3.connect(like) as source:
        tables = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        chats = source.execute("SELECT * FROM chat LIMIT ?", [count]).fetchall()
        messages = source.execute("SELECT * FROM message LIMIT ?", [count]).fetchall()
    copy = sqlite3.connect(like.with_name("plain.db"))
    copy.execute("PRAGMA journal_mode=WAL")
    for table in tables:
        copy.execute(table)
    begun = time.perf_counter()
    with copy:
        for name, rows in (("chat", chats), ("message", messages)):
            copy.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
    return time.perf_counter() - begun


def _claimed_after(database: Path, message_id: str) -> float:
    row = (
        sqlite3.connect(database)
        .execute("SELECT created_at, started_at FROM message WHERE id = ?", [message_id.replace("-", "")])
        .fetchone()
    )
    return float(row[1]) - datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp()


if __name__ == "__main__":
    sys.exit(main())
