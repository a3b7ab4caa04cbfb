"""Whether a reading is sure enough to be answered."""

from collections.abc import Sequence
from itertools import pairwise

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.forms import ColumnOf, Form, Predicate, RowsOf
from chatctl.analyst.builtin.lexicon import HARMLESS
from chatctl.analyst.builtin.restricting import PERCENT
from chatctl.analyst.builtin.slots import Pick
from chatctl.analyst.builtin.understanding import Understanding
from chatctl.analyst.builtin.words import Token

LEAST_SCORE = 0.5
"""A reading below this is not answered."""
TIE = 0.04
WHOLE = 100
"""Percent."""
NAMED = 0.75
"""How well a name must be met for a question to be about the data."""


def verdict(found: Understanding) -> str:
    """Why a question is not answered: `nothing`, `unknown`, `unsure` or `tie`; empty where it can be."""
    best = found.best
    if best is None:
        return "nothing"
    unknown = [word for word in found.sketch.unknown if word.lower() not in HARMLESS]
    if unknown or best.draft.lost:
        return "unknown"
    if found.sketch.supposed and not _about_the_data(found):
        return "unknown"
    if best.score < LEAST_SCORE:
        return "unsure"
    return "tie" if tied(best.draft) else ""


def _about_the_data(found: Understanding) -> bool:
    """Whether anything but a word for a thing that no name bears is met by the data: "how many unicorns" says nothing.

    "companies per country" does, where there is a country.
    """
    picks = found.best.draft.picks if found.best else ()
    return any(pick.choice.score >= NAMED and not isinstance(pick.choice.operand, RowsOf) for pick in picks)


def tied(draft: Draft) -> Pick | None:
    """A value that two columns of one table hold, with nothing said to tell them apart."""
    for pick in draft.picks:
        if pick.slot == "value" and len(pick.choices) > 1:
            first, second = pick.choices[:2]
            if second.score >= first.score - TIE and first.operand.table == second.operand.table:
                return pick
    return None


def no_percentage(form: Form, words: Sequence[Token], catalog: Catalog) -> bool:
    """Whether a number that is said in percent bounds what is none: "with more than 30% of the orders" is no count."""
    said = {float(it.text) for it, unit in pairwise(words) if it.kind == "number" and unit.text in PERCENT}
    bounds = [it for part in form.parts for it in (*part.where, *part.having)] if said else []
    return any(
        said & {it for it in bound.values if isinstance(it, int | float)} and _amount(bound, catalog)
        for bound in bounds
    )


def _amount(bound: Predicate, catalog: Catalog) -> bool:
    """Whether what is bounded is a number of rows, a sum, or a column of other numbers than 0 to 100."""
    term = bound.term
    if term.share or term.window:
        return False
    if term.function in ("count", "sum") or not isinstance(term.of, ColumnOf):
        return isinstance(term.of, ColumnOf | RowsOf)
    table = catalog.tables.get(term.of.table)
    column = table.by_name.get(term.of.column) if table else None
    return column is not None and isinstance(column.maximum, int | float) and not 1 < column.maximum <= WHOLE
