"""The direct answer: one or two sentences with the figures of the result, by the shape of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass

from chatctl.analyst.builtin import wording
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.charts import ordered
from chatctl.analyst.builtin.forms import ColumnOf, Form, RowsOf, Term, time_unit
from chatctl.analyst.builtin.wording import conditions, figure, safe, term
from chatctl.analyst.builtin.words import spoken
from chatctl.domain.results import Cell, ResultSet

NAMED_IN_PROSE = 5


@dataclass(frozen=True, kw_only=True)
class Told:
    """A form and its result, to be put into words; `existence` is a yes-or-no question."""

    form: Form
    result: ResultSet
    catalog: Catalog
    existence: bool = False

    @property
    def where(self) -> str:
        """The conditions as the end of a sentence."""
        clause = conditions(self.form, self.catalog)
        return f" where {clause}" if clause else ""

    @property
    def keys(self) -> list[int]:
        """The places of what the result is grouped by or lists."""
        return [at for at, item in enumerate(self.form.select) if not item.function and not item.share]

    @property
    def figures(self) -> list[int]:
        """The places of what was computed."""
        return [at for at, item in enumerate(self.form.select) if item.function or item.share]

    def name(self, row: list[Cell], figure_at: int = -1) -> str:
        """What a row is about: its keys but for the one that is its figure, codes with what they stand for."""
        return ", ".join(self._key(row[at], self.form.select[at]) for at in self.keys if at != figure_at)

    def _key(self, cell: Cell, item: Term) -> str:
        shown = figure(cell, item) if cell is not None else f"no {term(item)}"
        if isinstance(cell, int) and time_unit(item.of) in ("hour", "day", "week", "quarter"):
            return f"{time_unit(item.of)} {shown}"
        label = (
            wording.name_of(self.catalog, item.of, cell) if isinstance(item.of, ColumnOf) and cell is not None else None
        )
        return f"{safe(label)} ({shown})" if label and label != cell else shown

    def value(self, row: list[Cell], at: int) -> str:
        """A figure of a row."""
        return figure(row[at], self.form.select[at])


def tell(told: Told) -> str:
    """The answer as Markdown-safe text."""
    return next(shape.write(told) for shape in SHAPES if shape.fits(told))


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of answer: when it fits, and how it is told."""

    fits: Callable[[Told], bool]
    write: Callable[[Told], str]


def _nothing(told: Told) -> str:
    if told.existence:
        return f"No: there are no such rows in {_rows_of(told)}{told.where}."
    return f"No rows of {_rows_of(told)} match{told.where or ' the question'}."


def _rows_of(told: Told) -> str:
    return safe(told.form.tables[0])


def _existence(told: Told) -> str:
    count = told.result.rows[0][0]
    name = _rows_of(told)
    if not count:
        return f"No: there are no {name}{told.where}."
    return f"Yes: there are {figure(count, told.form.select[0])} {name}{told.where}."


def _one_count(told: Told) -> str:
    item = told.form.select[0]
    count = told.result.rows[0][0]
    noun = wording.operand(item.of)
    one = count == 1
    verb = "is" if one else "are"
    if item.distinct:
        noun = f"different {'value' if one else 'values'} of {noun}"
    elif one:
        noun = noun.removesuffix("s")
    return f"There {verb} {figure(count, item)} {noun}{told.where}."


def _one_share(told: Told) -> str:
    part = " and ".join(map(wording.condition, told.form.share_of))
    value = told.value(told.result.rows[0], 0)
    if not part:
        return f"The {term(told.form.select[0])} is {value}{told.where}."
    whole = told.form.select[0]
    counted = (
        wording.operand(whole.of) if isinstance(whole.of, RowsOf) else term(whole.model_copy(update={"share": False}))
    )
    return f"{value} of {counted}{told.where} are those where {part}."


def _figures(told: Told) -> str:
    row = told.result.rows[0]
    told_figures = [f"the {term(told.form.select[at])} is {told.value(row, at)}" for at in told.figures]
    sentence = " and ".join(told_figures)
    return f"{sentence[0].upper()}{sentence[1:]}{told.where}."


def _winner(told: Told) -> str:
    row = told.result.rows[0]
    at = _ranked_at(told)
    item = told.form.select[at]
    most = told.form.order[0].descending
    name = told.name(row, at) or _rows_of(told)
    if item.function == "count" and isinstance(item.of, RowsOf):
        what = f"the {'most' if most else 'fewest'} {wording.operand(item.of)}"
    else:
        what = f"the {'highest' if most else 'lowest'} {term(item)}"
    return f"{name} has {what}{told.where}: {told.value(row, at)}."


def _ranked_at(told: Told) -> int:
    return told.form.select.index(told.form.order[0].term)


def _top(told: Told) -> str:
    at = _ranked_at(told)
    item = told.form.select[at]
    order = "highest" if told.form.order[0].descending else "lowest"
    listed = [f"{told.name(row, at)} ({told.value(row, at)})" for row in told.result.rows[:NAMED_IN_PROSE]]
    more = ", …" if len(told.result.rows) > NAMED_IN_PROSE else ""
    return f"By {term(item)}, {order} first{told.where}: {', '.join(listed)}{more}."


def _over_time(told: Told) -> str:
    at = told.figures[0]
    item = told.form.select[at]
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    grouped = " and ".join(term(told.form.select[key]) for key in told.keys)
    text = f"The {term(item)} by {grouped}{told.where}"
    if not rows:
        return f"{text}: no figures."
    high, low = max(rows, key=lambda row: _size(row[at])), min(rows, key=lambda row: _size(row[at]))
    if high == low:
        return f"{text}: {told.name(high)}, {told.value(high, at)}."
    return (
        f"{text}: highest for {told.name(high)} ({told.value(high, at)}), "
        f"lowest for {told.name(low)} ({told.value(low, at)})."
    )


def _size(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _one_row(told: Told) -> str:
    row = told.result.rows[0]
    cells = [
        f"{safe(spoken(column.name))} {safe(cell) if cell is not None else 'missing'}"
        for column, cell in zip(told.result.columns, row, strict=True)
    ]
    more = ", …" if len(cells) > 10 else ""
    return f"The row of {_rows_of(told)}{told.where}{_order(told)}: {_stopped(', '.join(cells[:10]) + more)}"


def _listing(told: Told) -> str:
    if len(told.form.select) == 1 and told.keys:
        item = told.form.select[0]
        shown = [figure(row[0], item) for row in told.result.rows[:10]]
        more = ", …" if len(told.result.rows) > 10 or told.result.truncated else ""
        if not isinstance(item.of, RowsOf):
            name = term(item)
            return f"{name[0].upper()}{name[1:]}{told.where}{_order(told)}: {_stopped(', '.join(shown) + more)}"
    what = ", ".join(_rows_of(told) if isinstance(item.of, RowsOf) else term(item) for item in told.form.select)
    return f"Here are {what}{told.where}{_order(told)}."


def _stopped(text: str) -> str:
    return text if text.endswith((".", "…")) else f"{text}."


def _order(told: Told) -> str:
    if not told.form.order:
        return ""
    first = told.form.order[0]
    return f", {'highest' if first.descending else 'lowest'} {term(first.term)} first"


def _is_ranked(told: Told) -> bool:
    return bool(told.form.order) and told.form.order[0].term in told.form.select and told.form.limit is not None


def _single(told: Told) -> bool:
    return len(told.result.rows) == 1 and len(told.form.select) == 1


SHAPES = (
    Shape(lambda told: not told.result.rows, _nothing),  # flights to the moon
    Shape(lambda told: told.existence and _single(told) and bool(told.figures), _existence),  # are there flights…
    Shape(lambda told: _single(told) and told.form.select[0].share, _one_share),  # what share of flights…
    Shape(
        lambda told: _single(told) and told.form.select[0].function == "count" and not told.form.select[0].per,
        _one_count,
    ),  # how many flights…
    Shape(lambda told: not told.keys and len(told.result.rows) == 1, _figures),  # max and min delay
    Shape(lambda told: _is_ranked(told) and len(told.result.rows) == 1, _winner),  # which carrier has the highest…
    Shape(
        lambda told: _is_ranked(told) and not any(ordered(told.form.select[at]) for at in told.keys[:1]),
        _top,
    ),  # top 5 carriers
    Shape(lambda told: bool(told.figures) and bool(told.form.group), _over_time),  # flights by month
    Shape(lambda told: len(told.result.rows) == 1 and len(told.result.columns) > 1, _one_row),  # the longest flight
    Shape(lambda _: True, _listing),  # list the carriers
)
