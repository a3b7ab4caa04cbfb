"""A schema of 1,000 tables and 20,000 columns: looked at once, then asked about."""

import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benching.measures import Figure, fresh_home

TABLES, COLUMNS, ROWS = 1_000, 20, 20
SECONDS, MEBIBYTES, LINKING = 10.0, 500, 0.3
"""What the catalog may take, and an answer from it."""
_WORDS_OF_THINGS = """
    sales order invoice customer product supplier stock ledger payroll employee contract project budget asset shipment
    claim policy patient visit lesson
"""
_WORDS_OF_ASPECTS = """
    header line detail history audit archive summary snapshot region group plan target score link file event note batch
    quota term rule season route crew parcel
"""
_THINGS, _ASPECTS = _WORDS_OF_THINGS.split(), _WORDS_OF_ASPECTS.split()
_TEXTS = ("name", "code", "city", "country", "status", "type", "email")
_NUMBERS = ("amount", "price", "quantity", "rate", "discount", "tax")
QUESTIONS = (
    "How many sales headers are there?",
    "What is the average invoice amount by country of sales lines?",
    "List the names of customer regions with a price over 5",
    "Which patient plan has the most visits?",
)


def schemas(runs: int) -> list[Figure]:
    """The catalog of each engine's file, in a process of its own, and an answer from it; in processor seconds."""
    return [figure for kind in ("sqlite", "duckdb") for figure in _measured(kind, max(1, runs // 3))]


def _measured(kind: str, runs: int) -> Iterator[Figure]:
    with fresh_home() as home:
        path = home / f"wide.{kind}"
        # A process is told the peak of the one that it was forked from too: each of both has one of its own.
        _alone(kind, str(path))
        surveyed, peak, answered = map(float, _alone(kind, str(path), str(home / "cache"), str(runs)).split())
    what = f"{TABLES:,} tables in {kind}"
    yield Figure(f"catalog, {what} / 10 s", surveyed, SECONDS, surveyed / SECONDS, 1.0, unit="s cpu")
    yield Figure(f"memory, {what} / 500 MiB", peak, MEBIBYTES, peak / MEBIBYTES, 1.0, unit="MiB")
    yield Figure(f"an answer, {what} / 300 ms", answered, LINKING, answered / LINKING, 1.0, unit="s cpu")


def _alone(*arguments: str) -> str:
    command = [sys.executable, "-m", "benching.schemas", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def look(kind: Any, path: str, cache: Path, runs: int) -> tuple[float, float, float]:
    """Seconds until the catalog is there, MiB at the peak, and the median seconds of an answer."""
    from chatctl.analyst import builtin
    from chatctl.analyst.builtin.surveys import open_catalog
    from chatctl.analyst.contract import Question
    from chatctl.engines.sources import open_engine

    begun = time.process_time()
    engine = open_engine(name="wide", kind=kind, locations=[path], cache=cache)
    open_catalog("wide", engine, cache).values.close()
    surveyed = time.process_time() - begun
    spent: list[float] = []
    for text in (QUESTIONS[0], *QUESTIONS * runs):  # the first one loads the analyst's weights
        question = Question(text=text, engines={"wide": engine}, today=date(2026, 1, 1), cache=cache)
        begun = time.process_time()
        list(builtin.answer(question))
        spent.append(time.process_time() - begun)
    engine.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return surveyed, peak, statistics.median(spent[1:])


def _write(path: Path, kind: str) -> None:
    chance = random.Random(1)
    connect: Any = sqlite3.connect
    if kind == "duckdb":
        import duckdb

        connect = duckdb.connect
    file = connect(str(path))
    for statement in _statements(chance):
        file.execute(statement)
    file.commit()
    file.close()


def _statements(chance: random.Random) -> Iterator[str]:
    pairs = [(thing, aspect) for thing in _THINGS for aspect in _ASPECTS]
    names = [f"{thing}_{aspect}" for thing, aspect in pairs] + [f"{thing}_{aspect}_old" for thing, aspect in pairs]
    for at, name in enumerate(names[:TABLES]):
        columns = [f"{name}_id INTEGER PRIMARY KEY", f"{names[chance.randrange(at + 1) // 2]}_ref INTEGER"]
        columns += [f"{thing}_{text} TEXT" for thing, text in zip(_THINGS, _TEXTS, strict=False)]
        columns += [f"{chance.choice(_THINGS)}_{number} DOUBLE" for number in _NUMBERS]
        columns += ["created DATE", *(f"{aspect}_count INTEGER" for aspect in _ASPECTS[: COLUMNS - len(columns) - 1])]
        yield f"CREATE TABLE {name} ({', '.join(columns)})"
        yield f"INSERT INTO {name} VALUES {', '.join(_row(row, columns, chance) for row in range(ROWS))}"  # noqa: S608


def _row(number: int, columns: list[str], chance: random.Random) -> str:
    cells = [str(number)]
    for column in columns[1:]:
        name, kind = column.rsplit(" ", 1)
        figure = chance.randrange(40)
        text = f"'{name.split('_')[-1]} {figure}'"
        cells.append({"TEXT": text, "DATE": f"'2024-01-{figure % 28 + 1:02d}'"}.get(kind, str(figure)))
    return f"({', '.join(cells)})"


if __name__ == "__main__":
    _, given_kind, given_path, *others = sys.argv
    if others:
        print(*look(given_kind, given_path, Path(others[0]), int(others[1])))
    else:
        _write(Path(given_path), given_kind)
