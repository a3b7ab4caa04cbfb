"""What an answer takes for granted, said so that it can be checked."""

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.forms import ColumnOf, Form, GrainOf, Operand, RowsOf
from chatctl.analyst.builtin.lexicon import HARMLESS
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.slots import Pick, Slot
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import normal
from chatctl.domain.results import ResultSet

AMBIGUOUS = 0.12
UNSURE = 0.78
LIKE = 0.85
"""A quantity that is only called alike ("sales" for revenue) is named up to this score."""


def assumptions(draft: Draft, sketch: Sketch, result: ResultSet, catalog: Catalog) -> tuple[str, ...]:
    """The assumptions, most important first, each once."""
    said = [
        *(text for pick in draft.picks if (text := _meant(pick, catalog))),
        *_supposed(draft, sketch),
        *draft.remarks,
        *_nulls(draft.form, catalog),
        *_grains(draft.form),
        *_ties(draft.form, result),
        *_left_out(sketch),
        *_cut(result),
    ]
    return tuple(dict.fromkeys(said))


def _meant(pick: Pick, catalog: Catalog) -> str | None:
    """Which column was meant, where it was not said outright, and which others could be."""
    chosen = pick.choice
    if isinstance(chosen.operand, RowsOf | GrainOf):
        return None
    near = [it for it in pick.choices if it != chosen and it.score >= chosen.score - AMBIGUOUS]
    others = [
        name for it in near if (name := _name(it.operand)) and not _same_thing(it.operand, chosen.operand, catalog)
    ]
    sure = chosen.score >= (LIKE if pick.slot == Slot.MEASURE else UNSURE)
    if not others and (sure or normal(pick.text) == normal(_short(chosen.operand))):
        return None
    text = f'"{safe(pick.text)}" was read as {_name(chosen.operand)}'
    return f"{text}; it could also mean {' or '.join(dict.fromkeys(others[:3]))}." if others else f"{text}."


def _supposed(draft: Draft, sketch: Sketch) -> list[str]:
    """Which rows were meant by a word that no name bears."""
    picks = [it for it in draft.picks if it.text in sketch.supposed and isinstance(it.choice.operand, RowsOf)]
    return [f'"{safe(it.text)}" was read as the rows of {safe(it.choice.operand.table)}.' for it in picks]


def _name(operand: Operand) -> str:
    return safe(f"{operand.table}.{operand.column}") if isinstance(operand, ColumnOf) else ""


def _short(operand: Operand) -> str:
    return operand.column if isinstance(operand, ColumnOf) else ""


def _same_thing(one: Operand, other: Operand, catalog: Catalog) -> bool:
    """A key and what it points to are one thing, and so are columns of one name."""
    pair = {_name(one), _name(other)}
    joined = any(
        pair == {safe(f"{it.table}.{it.column}"), safe(f"{it.to_table}.{it.to_column}")} for it in catalog.edges
    )
    return joined or _short(one) == _short(other)


def _nulls(form: Form, catalog: Catalog) -> list[str]:
    found = []
    for item in form.select:
        if isinstance(item.of, ColumnOf) and item.function not in (None, "count"):
            column = catalog.column(item.of.table, item.of.column)
            if column.nulls:
                found.append(f"Rows without {safe(column.name)} are left out.")
    return found


def _grains(form: Form) -> list[str]:
    operands = [*form.group, *(it.term.of for it in form.where)]
    dates = [it for it in operands if isinstance(it, GrainOf)]
    return [
        f"Time is taken from {safe(it.date) if it.date else ', '.join(map(safe, it.parts))} of {safe(it.table)}."
        for it in dates
    ]


def _ties(form: Form, result: ResultSet) -> list[str]:
    if form.limit == 1 and form.order and result.rows:
        return ["Where several tie, only the first is shown."]
    return []


def _left_out(sketch: Sketch) -> list[str]:
    return [
        f'"{safe(word)}" was not understood and is left out.'
        for word in dict.fromkeys(sketch.unknown)
        if word.lower() not in HARMLESS
    ]


def _cut(result: ResultSet) -> list[str]:
    return ["There are more rows than are shown here."] if result.truncated else []
