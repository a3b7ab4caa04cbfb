"""Cells as people read them, by the label format of their column; and the same as expressions of Vega for its axes."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from chatctl.domain.charts import ColumnLabelFormat
from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import NUMERIC, Cell, Column
from chatctl.rendering.grids import Grid
from chatctl.rendering.text import shown

TIMES: Final = frozenset({"date", "timestamp"})
SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$"}
WITHOUT_CENTS: Final = frozenset({"JPY", "KRW"})
THOUSANDS: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

# The tokens of date formats in the product that the guide describes, and what strftime and d3-time-format call them.
_TOKENS: Final = {
    "YYYY": "%Y",
    "YY": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%-m",
    "DD": "%d",
    "D": "%-d",
    "dddd": "%A",
    "ddd": "%a",
    "HH": "%H",
    "H": "%-H",
    "hh": "%I",
    "h": "%-I",
    "mm": "%M",
    "ss": "%S",
    "A": "%p",
}
_TOKEN: Final = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)))


def formats(entry: ResultEntry) -> Mapping[str, ColumnLabelFormat]:
    """The label formats of a result's columns, by name."""
    return entry.chart_config.column_label_formats if entry.chart_config else {}


def labelled(entry: ResultEntry) -> Grid:
    """A result to be read: cells of columns with a label format as their labels, all others as they are."""
    wanted = [formats(entry).get(column.name) for column in entry.columns]
    if not any(wanted):
        return Grid(columns=entry.columns, rows=entry.rows)
    places = list(zip(entry.columns, wanted, strict=True))
    rows = [
        [
            label(cell, column, form) if form and cell is not None else cell
            for cell, (column, form) in zip(row, places, strict=True)
        ]
        for row in entry.rows
    ]
    return Grid(columns=entry.columns, rows=rows)


def label(cell: Cell, column: Column, form: ColumnLabelFormat | None, *, brief: bool = False) -> str:
    """A cell as people read it; `brief` writes figures without a format with a few digits only."""
    if form is not None and form.style == "date" and (moment := seconds(cell)) is not None:
        return form.prefix + _dated(moment, date_format(form, column)) + form.suffix
    figure = number(cell) if column.type in NUMERIC else None
    if figure is None or (form and form.style in {"string", "date"}):
        return (form.prefix + shown(cell) + form.suffix) if form and cell is not None else shown(cell)
    if form is None:
        return _brief(figure) if brief and column.type == "number" else shown(cell)
    return form.prefix + _figured(figure, cell, form) + form.suffix


def number(cell: Cell) -> float | None:
    """A cell as a figure; decimals and large integers are stored as text."""
    if cell is None or isinstance(cell, bool):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def seconds(cell: Cell) -> float | None:
    """A date or a time as seconds since 1970; one without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(str(cell))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def date_format(form: ColumnLabelFormat | None, column: Column) -> str:
    """How dates of a column are written, in the letters of strftime and d3."""
    if form is None or not form.date_format:
        return "%Y-%m-%d" if column.type == "date" else "%Y-%m-%d %H:%M"
    if "%" in form.date_format:
        return form.date_format
    return _TOKEN.sub(lambda found: _TOKENS[found[0]], form.date_format)


def expression(column: Column, form: ColumnLabelFormat | None, *, band: bool = False) -> str | None:
    """The label of `datum.value` on an axis, as a Vega expression; None where Vega's own label is right.

    A `band` has a place for each value: there Vega takes a time, in milliseconds, for a figure.
    """
    if column.type in TIMES:
        chosen = band or (form is not None and form.date_format)
        told = f"utcFormat(datum.value, {json.dumps(date_format(form, column))})" if chosen else None
    elif column.type not in NUMERIC or (form and form.style == "string"):
        told = "datum.label" if form else None
    elif form is None:
        told = "format(datum.value, 'd')" if column.type == "integer" else None
    else:
        told = _figure_expression(form)
    if told is None or form is None or not (form.prefix or form.suffix):
        return told
    return f"{json.dumps(form.prefix)} + {told} + {json.dumps(form.suffix)}"


def _dated(moment: float, form: str) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime(form)


def _figured(figure: float, cell: Cell, form: ColumnLabelFormat) -> str:
    sign = "-" if figure < 0 else ""
    if form.style == "percent":
        return f"{_rounded(figure * 100, form.decimals, most=1)}%"
    written = _compact(abs(figure), form.decimals) if form.compact else _amount(abs(figure), cell, form)
    return f"{sign}{_symbol(form)}{written}"


def _amount(figure: float, cell: Cell, form: ColumnLabelFormat) -> str:
    if form.style == "currency" and form.decimals is None:
        return f"{figure:,.{0 if form.currency in WITHOUT_CENTS else 2}f}"
    if form.decimals is None and isinstance(cell, int):
        return f"{abs(cell):,}"
    return _rounded(figure, form.decimals, most=2)


def _rounded(figure: float, decimals: int | None, *, most: int) -> str:
    """With so many decimals, or with at most `most` of them that say something."""
    if decimals is not None:
        return f"{figure:,.{decimals}f}"
    text = f"{figure:,.{most}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _compact(figure: float, decimals: int | None) -> str:
    size, letter = next(((size, letter) for size, letter in THOUSANDS if figure >= size), (1, ""))
    least = figure / size
    most = 0 if least >= 100 else 1 if least >= 10 else 2
    return _rounded(least, decimals, most=most) + letter


def _brief(figure: float) -> str:
    """Two decimals, more of what is small, so that at least three digits say something."""
    size = abs(figure)
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{figure:.3g}"
    most = 2 if size >= 1 else 3 if size >= 0.1 else 5
    return _rounded(figure, None, most=most)


def _symbol(form: ColumnLabelFormat) -> str:
    if form.style != "currency" or form.currency is None:
        return ""
    return SYMBOLS.get(form.currency) or f"{form.currency}\u00a0"


def _figure_expression(form: ColumnLabelFormat) -> str:
    """Ticks are round numbers: decimals that say nothing are left out."""
    if form.style == "percent":
        return f"format(datum.value, '.{2 if form.decimals is None else form.decimals}~%')"
    if form.compact:
        told = "replace(replace(format(abs(datum.value), '.3~s'), 'G', 'B'), 'k', 'K')"
        told = f"(abs(datum.value) < 1 ? format(abs(datum.value), '.3~g') : {told})"
    else:
        told = f"format(abs(datum.value), ',.{6 if form.decimals is None else form.decimals}~f')"
    return f"(datum.value < 0 ? '-' : '') + {json.dumps(_symbol(form))} + {told}"
