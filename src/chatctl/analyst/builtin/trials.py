"""Candidates tried on the data: on small tables the nearest readings run before one is chosen.

A reading whose result is empty is rarely the one meant, and readings that differ in form but agree in their rows
support each other. On large tables nothing is tried: there the form alone decides, and one statement runs.
"""

from collections import defaultdict
from dataclasses import dataclass

from chatctl.analyst.builtin.allowances import Allowance
from chatctl.analyst.builtin.candidates import Candidate
from chatctl.analyst.builtin.carrying import resolved
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.understanding import Opened
from chatctl.domain.errors import SourceError
from chatctl.engines.engine import Limits

SMALL = 20_000
"""Rows of all tables of a reading, up to which it is tried."""
TRIED = 5
NEAR = 0.15
EMPTY, FAILED, AGREEMENT = -0.35, -1.0, 0.05
"""What a result without rows or without values, a failure, and agreement with the others add to a score."""
_TRIAL = Limits(rows=200, seconds=1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trial:
    candidate: Candidate
    rows: str
    worth: float


def tried(candidates: tuple[Candidate, ...], opened: Opened, allowance: Allowance) -> list[Candidate]:
    """The candidates in the order that their results suggest; in the given order where trying is dear."""
    near = [it for it in candidates[:TRIED] if it.score >= candidates[0].score - NEAR]
    if len(near) < 2 or any(not _small(it, opened) for it in near):
        return list(candidates)
    trials = [_trial(candidate, opened, allowance) for candidate in near]
    support: dict[str, float] = defaultdict(float)
    for trial in trials:
        support[trial.rows] += trial.candidate.score
    whole = sum(support.values()) or 1.0
    trials.sort(key=lambda it: -round(it.worth + AGREEMENT * support[it.rows] / whole, 6))
    return [*(trial.candidate for trial in trials), *candidates[len(near) :]]


def _small(candidate: Candidate, opened: Opened) -> bool:
    rows = [opened.catalog.tables[table].rows for table in candidate.draft.form.tables]
    return sum(count if count is not None else SMALL + 1 for count in rows) <= SMALL


def _trial(candidate: Candidate, opened: Opened, allowance: Allowance) -> _Trial:
    try:
        meant = resolved(candidate.draft.form.asked, opened.given, opened.catalog)
        result = allowance.run(to_sql(meant, opened.catalog), _TRIAL)
    except SourceError as error:
        return _Trial(candidate=candidate, rows=error.message, worth=candidate.score + FAILED)
    empty = all(cell is None for row in result.rows for cell in row) or result.rows == [[0]]
    rows = repr(sorted(map(repr, result.rows)))
    return _Trial(candidate=candidate, rows=rows, worth=candidate.score + (EMPTY if empty else 0.0))
