"""The direct answer: one or two sentences with the figures of the result, by the shape of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chatctl.analyst.builtin import wording
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.charts import ordered
from chatctl.analyst.builtin.forms import BinOf, ColumnOf, Form, RowsOf, Term, time_unit
from chatctl.analyst.builtin.wording import conditions, figure, safe, term
from chatctl.analyst.builtin.words import spoken
from chatctl.domain.results import Cell, ResultSet, approximated

NAMED_IN_PROSE = 5


@dataclass(frozen=True, kw_only=True)
class Told:
    """A form and its result, to be put into words; `existence` is a yes-or-no question, `past` one about the past."""

    form: Form
    result: ResultSet
    catalog: Catalog
    existence: bool = False
    past: bool = False

    def are(self, count: Cell = None) -> str:
        """ "is", "are", "was" or "were", as the question speaks."""
        return ("was" if self.past else "is") if count == 1 else "were" if self.past else "are"

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

    def called(self, item: Term) -> str:
        """What a figure is called, a share with what it is the share of."""
        part = " and ".join(map(wording.condition, self.form.share_of)) if item.share else ""
        return f"{term(item)} where {part}" if part else term(item)

    def value(self, row: list[Cell], at: int) -> str:
        """A figure of a row."""
        return figure(row[at], self.form.select[at])


def tell(told: Told) -> str:
    """The answer as Markdown-safe text."""
    told = replace(told, result=approximated(told.result))
    return next(shape.write(told) for shape in SHAPES if shape.fits(told))


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of answer: when it fits, and how it is told."""

    fits: Callable[[Told], bool]
    write: Callable[[Told], str]


def _nothing(told: Told) -> str:
    if told.existence:
        return f"No: there are no such rows in {_rows_of(told)}{told.where}."
    if told.form.group and told.form.having:
        return (
            f"There is no {term(told.form.select[0])} for which {told.where.removeprefix(' where ') or 'that holds'}."
        )
    return f"No rows of {_rows_of(told)} match{told.where or ' the question'}."


def _rows_of(told: Told) -> str:
    return safe(told.form.tables[0])


def _existence(told: Told) -> str:
    count = told.result.rows[0][0]
    name = _rows_of(told)
    if not count:
        return f"No: there {told.are()} no {name}{told.where}."
    return f"Yes: there {told.are()} {figure(count, told.form.select[0])} {name}{told.where}."


def _one_count(told: Told) -> str:
    item = told.form.select[0]
    count = told.result.rows[0][0]
    noun = wording.operand(item.of)
    one = count == 1
    if item.distinct:
        noun = f"different {'value' if one else 'values'} of {noun}"
    elif one:
        noun = noun.removesuffix("s")
    return f"There {told.are(count)} {figure(count, item)} {noun}{told.where}."


def _one_share(told: Told) -> str:
    part = " and ".join(map(wording.condition, told.form.share_of))
    value = told.value(told.result.rows[0], 0)
    if not part:
        return f"The {term(told.form.select[0])} is {value}{told.where}."
    whole = told.form.select[0]
    counted = (
        wording.operand(whole.of) if isinstance(whole.of, RowsOf) else term(whole.model_copy(update={"share": False}))
    )
    return f"{value} of {counted}{told.where} {told.are()} those where {part}."


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
    called = told.called(item)
    name = told.name(row, at) or _rows_of(told)
    if item.function == "count" and isinstance(item.of, RowsOf) and not item.share:
        what = f"the {'most' if most else 'fewest'} {wording.operand(item.of)}"
    else:
        what = f"the {'highest' if most else 'lowest'} {called}"
    return f"{name} {'had' if told.past else 'has'} {what}{told.where}: {told.value(row, at)}."


def _ranked_at(told: Told) -> int:
    return told.form.select.index(told.form.order[0].term)


def _top(told: Told) -> str:
    at = _ranked_at(told)
    item = told.form.select[at]
    order = "highest" if told.form.order[0].descending else "lowest"
    listed = [f"{told.name(row, at)} ({told.value(row, at)})" for row in told.result.rows[:NAMED_IN_PROSE]]
    more = ", …" if len(told.result.rows) > NAMED_IN_PROSE else ""
    return f"By {told.called(item)}, {order} first{told.where}: {', '.join(listed)}{more}."


def _over_time(told: Told) -> str:
    at = told.figures[0]
    item = told.form.select[at]
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    grouped = " and ".join(term(told.form.select[key]) for key in told.keys)
    text = f"The {told.called(item)} by {grouped}{told.where}"
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


def _counted_groups(told: Told) -> str:
    """How many groups meet a condition."""
    count = told.result.rows[0][0]
    key = wording.things(told.catalog, told.form.group[0])
    conditions = [wording.condition(item) for item in told.form.having if not item.term.within]
    having = f" whose {' and '.join(conditions)}" if conditions else ""
    what = key.removesuffix("s") if count == 1 else key
    return f"There {told.are(count)} {count:,} {what}{told.where}{having}."


def _recurring(told: Told) -> str:
    """What occurs more than once."""
    whole = len(told.form.group) > 1
    what = f"rows of {_rows_of(told)}" if whole else f"values of {wording.operand(told.form.group[0])}"
    if told.form.counted or not told.result.rows:
        count = told.result.rows[0][0] if told.result.rows else 0
        return f"{count or 'No'} {what}{told.where} occur{'s' if count == 1 else ''} more than once."
    at = told.figures[0]
    more = "" if not told.result.truncated else "at least "
    first = told.result.rows[0]
    named = told.name(first) if not whole else "one of them"
    return f"{more}{len(told.result.rows):,} {what}{told.where} occur more than once; {named} {first[at]} times."


def _recurs(told: Told) -> bool:
    having = told.form.having
    only = len(having) == 1 and having[0].operator == ">" and having[0].values == (1,)
    return only and isinstance(having[0].term.of, RowsOf) and not having[0].term.within and bool(told.form.group)


def _growth_of(told: Told, row: list[Cell]) -> str:
    """ "+12.5 % (from 200 in 2024 to 225 in 2025)"."""
    at = _growth_at(told)
    growth, before, after = row[at], row[at - 3], row[at - 2]
    base, now = told.form.select[at - 3], told.form.select[at - 2]
    moved = f"{safe(base.label)}: {figure(before, base)}, {safe(now.label)}: {figure(after, now)}"
    return f"{_signed(growth)} ({moved})"


def _signed(growth: Cell) -> str:
    if not isinstance(growth, int | float):
        return "no relative change"
    return f"{growth:+,.1f}%"


def _growth_at(told: Told) -> int:
    return next(at for at, item in enumerate(told.form.select) if item.window == "growth")


def _compared_ends(told: Told) -> str:
    """One figure in two periods, or its change by group."""
    at = _growth_at(told)
    item = told.form.select[at - 3]
    name = term(item.model_copy(update={"label": "", "within": ()}))
    if not told.keys:
        return f"The {name} changed by {_growth_of(told, told.result.rows[0])}{told.where}."
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    if not rows:
        return f"No group has the {name} in both periods{told.where}."
    rising = not told.form.order or told.form.order[0].descending
    if not told.form.order or told.form.order[0].term.window != "growth":
        rows.sort(key=lambda row: -_size(row[at]))
    first = _size(rows[0][at])
    verb = ("grew most" if first > 0 else "fell least") if rising else "fell most" if first < 0 else "grew least"
    others = [f"{told.name(row)} {_signed(row[at])}" for row in rows[1:NAMED_IN_PROSE]]
    rest = f" Then {', '.join(others)}{', …' if len(rows) > NAMED_IN_PROSE else ''}." if others else ""
    return f"{told.name(rows[0])} {verb}, by the {name}{told.where}: {_growth_of(told, rows[0])}.{rest}"


def _series_growth(told: Told) -> str:
    """The change from each period to the next."""
    at = _growth_at(told)
    name = term(told.form.select[at - 2])
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    if not rows:
        return f"There are no two periods of the {name}{told.where} to compare."
    high, low = max(rows, key=lambda row: _size(row[at])), min(rows, key=lambda row: _size(row[at]))
    if high is low:
        return f"The {name}{told.where} changed by {_signed(high[at])} in {told.name(high)}."
    if told.form.limit is not None:
        end, row = ("most", rows[0]) if told.form.order[0].descending else ("least", rows[0])
        return f"The {name}{told.where} grew {end} in {told.name(row)}: {_signed(row[at])} against the period before."
    return (
        f"The {name}{told.where} grew most in {told.name(high)} ({_signed(high[at])}) and least in "
        f"{told.name(low)} ({_signed(low[at])}), each against the period before."
    )


def _running(told: Told) -> str:
    """Where the running total ends."""
    at = next(at for at, item in enumerate(told.form.select) if item.window == "running")
    name = term(told.form.select[at])
    if len(told.keys) > 1 or told.result.truncated:
        return f"Here is the {name}{told.where}."
    last = told.result.rows[-1]
    return f"The {name}{told.where} reaches {told.value(last, at)} in {told.name(last)}."


def _distribution(told: Told) -> str:
    """The most usual stretch of numbers, and its share."""
    at = told.figures[0]
    rows = [row for row in told.result.rows if isinstance(row[at], int | float) and row[0] is not None]
    if not rows:
        return f"There are no numbers{told.where}."
    most = max(rows, key=lambda row: _size(row[at]))
    total = sum(_size(row[at]) for row in rows) or 1.0
    item = told.form.select[0]
    name, counted = term(item), wording.operand(told.form.select[at].of)
    share = f"{100 * _size(most[at]) / total:.1f}% of those with a figure"
    return (
        f"{name[0].upper()}{name[1:]}{told.where} is most often {_stretch(most[0], item)}: "
        f"{told.value(most, at)} {counted}, {share}."
    )


def _stretch(cell: Cell, item: Term) -> str:
    bin_of = item.of
    if not isinstance(bin_of, BinOf) or bin_of.width is None:
        return figure(cell, item)
    if bin_of.width == 1.0:
        more = " or more" if bin_of.high is not None and _size(cell) >= bin_of.high else ""
        return f"{figure(cell, item)}{more}"
    start, end = figure(cell, item), figure(_size(cell) + bin_of.width, item)
    if bin_of.low is not None and _size(cell) <= bin_of.low:
        return f"below {end}"
    if bin_of.high is not None and _size(cell) >= bin_of.high:
        return f"{start} or more"
    return f"from {start} to below {end}"


def _correlation(told: Told) -> str:
    """A coefficient with its usual word."""
    item = told.form.select[0]
    cell = told.result.rows[0][0]
    if not isinstance(cell, int | float):
        return f"The {term(item)} cannot be computed{told.where}."
    size = abs(cell)
    strength = next(word for least, word in STRENGTHS if size >= least)
    way = "" if size < STRENGTHS[-2][0] else ", positive" if cell > 0 else ", negative"
    return f"The {term(item)}{told.where} is {cell:.3f} (Pearson; {strength}{way})."


# The least absolute coefficient of each word (Evans, Straightforward Statistics for the Behavioral Sciences, 1996).
STRENGTHS = ((0.8, "very strong"), (0.6, "strong"), (0.4, "moderate"), (0.2, "weak"), (0.0, "very weak or none"))


def _windowed(told: Told, *windows: str) -> bool:
    return any(item.window in windows for item in told.form.select)


SHAPES = (
    Shape(_recurs, _recurring),  # duplicate emails
    Shape(lambda told: not told.result.rows, _nothing),  # flights to the moon
    Shape(lambda told: told.form.counted, _counted_groups),  # how many carriers have more than 1000 flights
    Shape(lambda told: _windowed(told, "growth") and any(it.base for it in told.form.select), _compared_ends),  # growth
    Shape(lambda told: _windowed(told, "growth"), _series_growth),  # month over month
    Shape(lambda told: _windowed(told, "running"), _running),  # running total by month
    Shape(lambda told: isinstance(told.form.select[0].of, BinOf), _distribution),  # distribution of delay
    Shape(lambda told: _single(told) and told.form.select[0].function == "correlation", _correlation),  # correlation
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
