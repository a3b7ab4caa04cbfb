"""Nearby questions about the tables that a question seems to be about, each tried before it is offered."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from chatctl.analyst.builtin.allowances import Allowance
from chatctl.analyst.builtin.catalog import CatalogColumn, CatalogTable
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.understanding import Opened, understand
from chatctl.analyst.builtin.verdicts import verdict
from chatctl.analyst.builtin.words import spoken, tokens
from chatctl.domain.errors import SourceError
from chatctl.engines.engine import Limits

MOST = 3
TRIED = 12
SECONDS = 1.0
"""For all that is tried: who is told no should not wait for it."""
_TRIAL = Limits(rows=10, seconds=SECONDS)


def suggestions(opened: Opened, sketch: Sketch | None, today: date) -> tuple[str, ...]:
    """Up to three questions that this analyst answers over this source; each one was run."""
    return answerable(islice(_questions(opened, sketch), TRIED), opened, today)


def answerable(questions: Iterable[str], opened: Opened, today: date) -> tuple[str, ...]:
    """The first three of these questions that are understood whole and whose statements run and give rows."""
    allowance = Allowance(opened.engine, SECONDS)
    found = (it for it in dict.fromkeys(questions) if _answerable(it, opened, today, allowance))
    return tuple(islice(found, MOST))


def _answerable(question: str, opened: Opened, today: date, allowance: Allowance) -> bool:
    """Whether a question is understood whole and its statement runs and gives rows."""
    understood = understand(tokens(question), opened, today)
    best = understood.best
    if best is None or verdict(understood) or understood.sketch.unknown:
        return False
    try:
        return bool(allowance.run(to_sql(best.draft.form, opened.catalog), _TRIAL).rows)
    except SourceError:
        return False


def _questions(opened: Opened, sketch: Sketch | None) -> Iterator[str]:
    """Candidates, those about the tables and columns that were named first."""
    named = {
        (it.table, it.column) for noun in (sketch.nouns if sketch else ()) for it in noun.readings if it.score > 0.7
    }
    for table in _tables(opened, {table for table, _ in named}):
        name = spoken(table.name)
        measures = _first([it for it in table.columns if _measure(it)], named)
        groups = _first([it for it in table.columns if _groups(it)], named)
        for measure in measures[:1]:
            for group in groups[:1]:
                yield f"What is the average {spoken(measure.name)} by {spoken(group.name)} in {name}?"
        for group in groups[:1]:
            if name.endswith("s"):
                yield f"How many {name} are there by {spoken(group.name)}?"
        yield f"How many {name} are there?" if name.endswith("s") else f"How many rows are in {name}?"
        for measure in measures[:1]:
            yield f"What is the highest {spoken(measure.name)} in {name}?"


def _tables(opened: Opened, named: set[str]) -> list[CatalogTable]:
    tables = list(opened.catalog.tables.values())
    return sorted(tables, key=lambda it: (it.name not in named, -(it.rows or 0)))[:4]


def _first(columns: list[CatalogColumn], named: set[tuple[str, str]]) -> list[CatalogColumn]:
    return sorted(columns, key=lambda it: (it.table, it.name) not in named)


def _measure(column: CatalogColumn) -> bool:
    names_the_row = spoken(column.name).rstrip("s") == spoken(column.table).rstrip("s")
    clock = {"time", "lat", "lon", "number"} & set(column.words)
    return column.additive and not clock and not names_the_row and (column.distinct or 0) > 1


def _groups(column: CatalogColumn) -> bool:
    return column.type == "text" and not column.temporal and 1 < (column.distinct or 0) <= 50
