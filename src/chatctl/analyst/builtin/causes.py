"""Why a figure changed: no data tells the cause, but they tell where the change lies, in which groups of which column.

The change of a total between two periods is the sum of the changes of its groups; the column is chosen in which the
fewest groups explain the most of it (cf. Abuzaid et al., DIFF: A Relational Interface for Large-Scale Data Explanation,
PVLDB 2018).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import against
from chatctl.analyst.builtin.forms import ColumnOf, Form, Operand, Predicate, Sorting, Term, time_key, time_unit
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.told import Told
from chatctl.analyst.builtin.wording import figure, operand, safe, term
from chatctl.analyst.builtin.words import Token
from chatctl.domain.results import Cell, ResultSet

MOST_COLUMNS: Final = 8
MOST_GROUPS: Final = 50
NAMED: Final = 3
_DOWN: Final = """
    drop dropped fall fell fallen decline declined decrease decreased down dip sink sank low lower less fewer"""
_UP: Final = """
    rise rose risen grow grew grown increase increased jump jumped up climb spike peak high higher more"""
FALLING, RISING = frozenset(_DOWN.split()), frozenset(_UP.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A total in one period and in the one before, each with its key and its name."""

    keys: tuple[Cell, Cell]
    names: tuple[str, str]
    figures: tuple[float, float]

    @property
    def size(self) -> float:
        """By how much it changed."""
        return self.figures[1] - self.figures[0]


def asks(words: Sequence[Token]) -> bool:
    """Whether a question asks why."""
    said = [token.lower for token in words if token.kind == "word"]
    return said[:1] == ["why"] or said[:2] == ["how", "come"]


def measure(form: Form) -> Term | None:
    """The figure of a form that is the sum of its groups': a count or a total over time, or nothing."""
    plain = (it for it in form.select if it.function in ("count", "sum") and not (it.distinct or it.share or it.per))
    found = next((it for it in plain if it.window is None), None)
    return found if found is not None and time_key(form) is not None else None


def series(form: Form, figure_of: Term) -> Form:
    """The figure by period alone."""
    key = _key(form)
    return _grouped(form, key, (Term(of=key), figure_of), Sorting(term=Term(of=key)))


def change(told: Told, sketch: Sketch, words: Sequence[Token]) -> Change | None:
    """The period that is meant against the one before it: the one named, else that of the largest change."""
    rows = [row for row in told.result.rows if row[0] is not None and _number(row[1]) is not None]
    steps = [
        Change(
            keys=(before[0], after[0]),
            names=(told.name(before), told.name(after)),
            figures=(_number(before[1]) or 0.0, _number(after[1]) or 0.0),
        )
        for before, after in pairwise(rows)
    ]
    frames = [frame for condition in sketch.conditions for frame in condition.frames]
    if frames:
        unit = time_unit(told.form.group[0])
        steps = [it for it in steps if all(_within(it.keys[1], unit, dict(frame.parts)) for frame in frames)]
    if not steps:
        return None
    way = direction(words)
    return max(steps, key=lambda it: it.size * way if way else abs(it.size))


def direction(words: Sequence[Token]) -> int:
    """-1 for a question about a fall, 1 about a rise, 0 where it does not say."""
    said = {token.lower for token in words}
    return -1 if said & FALLING else 1 if said & RISING else 0


def columns(form: Form, catalog: Catalog) -> Iterator[ColumnOf]:
    """The columns by which the change may be taken apart: texts of few values that no condition fixes."""
    fixed = {it.term.of for it in form.where if it.operator in ("=", "in")}
    found = 0
    for table in form.tables:
        for column in catalog.tables[table].columns:
            item = ColumnOf(table=table, column=column.name)
            few = column.distinct is not None and 2 <= column.distinct <= MOST_GROUPS
            if column.type == "text" and few and not column.temporal and item not in fixed and found < MOST_COLUMNS:
                found += 1
                yield item


def parts(form: Form, figure_of: Term, found: Change, column: ColumnOf) -> Form:
    """The figure in both periods for each group of a column, the largest first: before a fall, after a rise."""
    key = _key(form)
    base, now = (
        (name, (Predicate(term=Term(of=key), operator="=", values=(value,)),))
        for name, value in zip(found.names, found.keys, strict=True)
    )
    before, after, *_ = against(figure_of, base, now)
    largest = Sorting(term=after if found.size > 0 else before, descending=True)
    return _grouped(form, column, (Term(of=column), before, after), largest)


def explained(result: ResultSet, found: Change) -> float:
    """Which share of the change its first group makes up; a column in which all changed alike explains little."""
    changes = [_moved(row) for row in result.rows]
    return max((it / found.size for it in changes), default=0.0) - 1 / max(len(changes), 1)


def tell(told: Told, figure_of: Term, found: Change, words: Sequence[Token]) -> str:
    """How much it changed, and in which groups the change lies."""
    verb = "fell" if found.size < 0 else "rose"
    way = direction(words)
    mistaken = f"It did not {'fall' if way < 0 else 'rise'}. " if way * found.size < 0 else ""
    before, after = (figure(value, figure_of) for value in found.figures)
    share = f", {found.size / abs(found.figures[0]):+.1%}" if found.figures[0] else ""
    whole = (
        f"{mistaken}The {term(figure_of)} {verb} from {before} in {safe(found.names[0])} to {after} in "
        f"{safe(found.names[1])} ({found.size:+,.6g}{share})."
    )
    rows = sorted(told.result.rows, key=lambda row: _moved(row) * (1 if found.size > 0 else -1), reverse=True)
    same = [row for row in rows if _moved(row) * found.size > 0]
    if not same:
        return whole
    named = [f"{told.name(row)} ({_moved(row):+,.6g})" for row in same[:NAMED]]
    rest = f", then {' and '.join(named[1:])}" if named[1:] else ""
    return f"{whole} By {operand(told.form.group[0])} it lies mostly in {named[0]}{rest}."


def _grouped(form: Form, key: Operand, select: tuple[Term, ...], order: Sorting) -> Form:
    return Form(
        source=form.source,
        tables=form.tables,
        links=form.links,
        select=select,
        where=form.where,
        connective=form.connective,
        absent=form.absent,
        group=(key,),
        order=(order,),
    )


def _key(form: Form) -> Operand:
    key = time_key(form)
    assert key is not None
    return key


def _within(key: Cell, unit: str, frame: dict[str, tuple[int, ...]]) -> bool:
    """Whether a period is the one that a frame names: "March" is the third month of any year."""
    found = {unit: key}
    if isinstance(key, str):
        try:
            day = date.fromisoformat(key[:10])
        except ValueError:
            return False
        found = {"year": day.year, "quarter": (day.month + 2) // 3, "month": day.month, "day": day.day}
    return all(found.get(part) in values for part, values in frame.items() if part in found)


def _moved(row: Sequence[Cell]) -> float:
    return (_number(row[2]) or 0.0) - (_number(row[1]) or 0.0)


def _number(cell: Cell) -> float | None:
    try:
        return None if cell is None or isinstance(cell, bool) else float(cell)
    except ValueError:
        return None
