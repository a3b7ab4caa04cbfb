"""Training cases put through the reader: each form tried, what speaks for it, and whether its rows are right."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import sqlglot
from numpy.typing import NDArray

from chatctl.analyst.builtin.deciding import plain_forms
from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned.evidence import Evidence
from chatctl.analyst.builtin.learned.models import Model
from chatctl.analyst.builtin.learned.readings import PROPOSED, attempts
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.understanding import understand
from chatctl.analyst.builtin.words import tokens
from chatctl.domain.errors import QueryError, QueryTimeout
from chatctl.domain.matching import match
from chatctl.domain.results import Column, ResultSet, encode_cell
from training.cases import Case, Sources

TODAY = date(2026, 1, 1)
SECONDS = 0.5
MOST_ROWS = 5_000
MOST_SHOWN = 200
"""As in use."""


@dataclass(frozen=True, kw_only=True)
class Attempted:
    """The forms tried for a case: their features, of shape (forms, features), and which of them are right.

    `rows` tells equal results, `ruled` is the place among the readings by rules, `proposed` the score of a proposal.
    """

    case: Case
    features: NDArray[np.float32]
    right: tuple[bool, ...]
    rows: tuple[int, ...]
    ruled: tuple[int, ...]
    proposed: tuple[float | None, ...]


class Trials:
    """Runs forms over the databases of a folder, straight in SQLite, which trains faster than through the engine."""

    def __init__(self, folder: Path, sources: Sources) -> None:
        self._folder = folder
        self._sources = sources
        self._gold = lru_cache(maxsize=None)(self._run_gold)
        self._connection = lru_cache(maxsize=None)(self._connect)

    def attempted(self, case: Case, model: Model) -> Attempted:
        """What the reader tries for a case."""
        opened = self._sources.opened(case.source)
        marks = self._sources.marks(case)
        if not marks.view.fields:
            return Attempted(
                case=case, features=np.zeros((0, 0), dtype=np.float32), right=(), rows=(), ruled=(), proposed=()
            )
        scores = model.scores(marks)
        rules = plain_forms(understand(tokens(case.question), opened, TODAY).candidates)
        results: dict[Form, ResultSet] = {}

        def run(form: Form) -> ResultSet:
            results[form] = self._run(case.source, to_sql(form, opened.catalog, pretty=False), SECONDS)
            return results[form].model_copy(update={"rows": results[form].rows[:MOST_SHOWN]})

        tried = attempts(marks, scores, model, rules, run, PROPOSED)
        features = [list(it.values()) for it in Evidence(marks, scores, tried).features()]
        golds = [self._gold(case.source, sql) for sql in (case.sql, *case.alternatives) if sql]
        return Attempted(
            case=case,
            features=np.array(features, dtype=np.float32),
            right=tuple(it.form in results and _is_right(results[it.form], golds) for it in tried),
            rows=tuple(hash(it.outcome.rows) for it in tried),
            ruled=tuple(it.place for it in tried),
            proposed=tuple(it.score for it in tried),
        )

    def _run_gold(self, source: str, sql: str) -> tuple[ResultSet, bool]:
        tree = sqlglot.parse_one(sql.rstrip("; "), dialect="sqlite")
        return self._run(source, sql, 20.0), bool(tree.args.get("order"))

    def _connect(self, source: str) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self._folder / source}?mode=ro", uri=True)
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        return connection

    def _run(self, source: str, sql: str, seconds: float) -> ResultSet:
        connection, end = self._connection(source), time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
        try:
            with closing(connection.execute(sql)) as cursor:
                raw = cursor.fetchmany(MOST_ROWS)
                columns = [Column(name=name, type="other") for name, *_ in cursor.description]
        except sqlite3.OperationalError as error:
            kind = QueryTimeout if "interrupted" in str(error) else QueryError
            raise kind(str(error)) from error
        return ResultSet(columns=columns, rows=[[encode_cell(cell) for cell in row] for row in raw])


def strays(cases: Sequence[Case]) -> list[Case]:
    """The cases put to another database, where no form is right: what cannot be answered must look improbable."""
    sources = sorted({case.source for case in cases})
    turned = dict(zip(sources, [*sources[7:], *sources[:7]], strict=True))
    return [replace(case, source=turned[case.source], sql="", alternatives=(), variant="stray") for case in cases]


def all_attempted(cases: Iterable[Case], model: Model, trials: Trials, tell: Callable[[str], None]) -> list[Attempted]:
    """Every case attempted, with a word now and then."""
    found: list[Attempted] = []
    for case in cases:
        found.append(trials.attempted(case, model))
        if len(found) % 500 == 0:
            tell(f"{len(found)} attempted")
    return found


def _is_right(result: ResultSet, golds: Sequence[tuple[ResultSet, bool]]) -> bool:
    return any(match(gold, result, ordered=ordered) == "strict" for gold, ordered in golds)
