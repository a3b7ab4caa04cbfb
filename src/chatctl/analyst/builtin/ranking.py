"""How likely a candidate is meant: a vector of named features and a table of weights.

The weights are set by hand; learned ones can replace them, for the score is a plain weighted sum through a logistic
curve (log-linear ranking as in NaLIR and its successors).
"""

import math
from dataclasses import dataclass

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.forms import ColumnOf, RowsOf, Term
from chatctl.analyst.builtin.sketches import Sketch

# feature -> weight; the features are described in `features`.
WEIGHTS: dict[str, float] = {
    "bias": -4.0,
    "meaning_mean": 4.5,
    "meaning_least": 2.0,
    "lost": -2.5,
    "unknown_share": -4.0,
    "unknown": -0.4,
    "tables": -0.5,
    "fanning": -0.8,
    "unused_table": -0.8,
    "anchor_said": 0.5,
    "groups_unasked": -1.2,
    "columns_beyond_two": -0.5,
    "nothing_asked": -1.5,
    "identifier_selected": -0.1,
    "group_is_measured": -1.5,
    "rank_without_limit": -0.3,
    "counts_itself": -3.0,
}


NOTHING_TO_NAME = 0.9
"""How well the words of "month over month growth" are met, which need none of the schema's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A candidate's features and the score in 0..1 that the weights give them."""

    features: dict[str, float]
    score: float


def ranked(draft: Draft, sketch: Sketch, catalog: Catalog) -> Ranked:
    """Score a draft."""
    found = features(draft, sketch, catalog)
    total = sum(WEIGHTS[name] * value for name, value in found.items())
    return Ranked(features=found, score=1 / (1 + math.exp(-total)))


def features(draft: Draft, sketch: Sketch, catalog: Catalog) -> dict[str, float]:
    """What speaks for and against a draft: how well words were met, what was lost, how much was joined for it."""
    scores = [min(max(pick.choice.score, 0.0), 1.1) for pick in draft.picks]
    form = draft.form
    used = {
        operand.table for operand in [*(term.of for term in form.select), *form.group, *(p.term.of for p in form.where)]
    }
    said = {
        it.table for noun in sketch.nouns for it in noun.readings if not it.column and not it.unit and it.score >= 0.75
    }
    listed = not (sketch.growth or sketch.repeated or sketch.compares or sketch.running)
    shown = [it for it in form.group if Term(of=it) in form.select]
    figures = {term.of.model_dump_json() for term in form.select if term.function}
    wide = len(form.select) - form.supporting if listed else 1 + len(form.group) + len(figures)
    selected = [term.of for term in form.select if isinstance(term.of, ColumnOf) and not term.function]
    keys = {it.model_dump_json() for it in form.group}
    unnamed = NOTHING_TO_NAME if (sketch.growth or sketch.repeated) and not sketch.nouns else 0.5
    asked_groups = sum(len(dimension.nouns) for dimension in sketch.dimensions)
    return {
        "bias": 1.0,
        "meaning_mean": sum(scores) / len(scores) if scores else unnamed,
        "meaning_least": min(scores, default=unnamed),
        "lost": float(len(draft.lost)),
        "unknown_share": len(sketch.unknown) / max(1, len(sketch.unknown) + sketch.content),
        "unknown": float(len(sketch.unknown)),
        "tables": float(len(form.tables) - 1),
        "fanning": float(draft.fanning),
        "unused_table": float(len([table for table in form.tables if table not in used | said])),
        "anchor_said": float(draft.anchor in said),
        "groups_unasked": float(max(0, len(shown) - max(1, asked_groups)) if not sketch.repeated else 0),
        "columns_beyond_two": float(max(0, wide - max(2, asked_groups + 1)) if not sketch.repeated else 0),
        "nothing_asked": float(
            not (sketch.amounts or sketch.subjects or sketch.ranking or sketch.dimensions)
            and not (sketch.growth or sketch.repeated or sketch.rate)
        ),
        "identifier_selected": float(any(catalog.column(it.table, it.column).identifying for it in selected)),
        "group_is_measured": float(
            any(
                term.function and not isinstance(term.of, RowsOf) and term.of.model_dump_json() in keys
                for term in form.select
            )
        ),
        "counts_itself": float(not sketch.repeated and _counts_itself(draft, catalog)),
        "rank_without_limit": float(bool(sketch.ranking) and form.limit is None),
    }


def _counts_itself(draft: Draft, catalog: Catalog) -> bool:
    """Rows counted by what names each of them: every count would be one."""
    counted = any(term.function == "count" and isinstance(term.of, RowsOf) for term in draft.form.select)
    keys = [it for it in draft.form.group if isinstance(it, ColumnOf) and it.table == draft.anchor]
    label = catalog.tables[draft.anchor].label
    return counted and any(
        catalog.column(it.table, it.column).unique or (label is not None and it.column == label.name) for it in keys
    )
