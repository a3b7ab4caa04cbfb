"""The direct answer: one or two sentences with the figures of the result, by the shape of what was asked."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chatctl.analyst.builtin import wording
from chatctl.analyst.builtin.charts import ordered
from chatctl.analyst.builtin.findings import (
    compared_ends,
    correlation,
    counted_groups,
    distribution,
    first_of_each,
    recurring,
    recurs,
    running,
    series_growth,
    windowed,
)
from chatctl.analyst.builtin.forms import BinOf, RowsOf
from chatctl.analyst.builtin.told import NAMED_IN_PROSE, Told, size
from chatctl.analyst.builtin.wording import figure, safe, term
from chatctl.analyst.builtin.words import spoken
from chatctl.domain.results import approximated


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
        return f"No: there are no such rows in {told.table}{told.where}."
    if told.form.group and told.form.having:
        return (
            f"There is no {term(told.form.select[0])} for which {told.where.removeprefix(' where ') or 'that holds'}."
        )
    return f"No rows of {told.table} match{told.where or ' the question'}."


def _existence(told: Told) -> str:
    count = told.result.rows[0][0]
    name = told.table
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
    name = told.name(row, at) or told.table
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
    high, low = max(rows, key=lambda row: size(row[at])), min(rows, key=lambda row: size(row[at]))
    if high == low:
        return f"{text}: {told.name(high)}, {told.value(high, at)}."
    return (
        f"{text}: highest for {told.name(high)} ({told.value(high, at)}), "
        f"lowest for {told.name(low)} ({told.value(low, at)})."
    )


def _one_row(told: Told) -> str:
    row = told.result.rows[0]
    cells = [
        f"{safe(spoken(column.name))} {safe(cell) if cell is not None else 'missing'}"
        for column, cell in zip(told.result.columns, row, strict=True)
    ]
    more = ", …" if len(cells) > 10 else ""
    return f"The row of {told.table}{told.where}{_order(told)}: {_stopped(', '.join(cells[:10]) + more)}"


def _listing(told: Told) -> str:
    if len(told.form.select) == 1 and told.keys:
        item = told.form.select[0]
        shown = [figure(row[0], item) for row in told.result.rows[:10]]
        more = ", …" if len(told.result.rows) > 10 or told.result.truncated else ""
        if not isinstance(item.of, RowsOf):
            name = term(item)
            return f"{name[0].upper()}{name[1:]}{told.where}{_order(told)}: {_stopped(', '.join(shown) + more)}"
    what = ", ".join(told.table if isinstance(item.of, RowsOf) else term(item) for item in told.form.select)
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
    Shape(recurs, recurring),  # duplicate emails
    Shape(lambda told: not told.result.rows, _nothing),  # flights to the moon
    Shape(lambda told: told.form.counted, counted_groups),  # how many carriers have more than 1000 flights
    Shape(lambda told: windowed(told, "growth") and any(it.base for it in told.form.select), compared_ends),  # growth
    Shape(lambda told: windowed(told, "growth"), series_growth),  # month over month
    Shape(lambda told: windowed(told, "running"), running),  # running total by month
    Shape(lambda told: bool(told.form.each), first_of_each),  # the top 3 destinations of each origin
    Shape(lambda told: windowed(told, "ratio") and not told.keys, _figures),  # ratio of JFK to LGA
    Shape(
        lambda told: isinstance(told.form.select[0].of, BinOf) and len(told.keys) == 1, distribution
    ),  # distribution of delay
    Shape(lambda told: _single(told) and told.form.select[0].function == "correlation", correlation),  # correlation
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
