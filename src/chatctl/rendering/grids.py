"""Columns and rows, and the text formats they are written in: CSV, TSV, tab-separated lines, Markdown."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel

from chatctl.domain.results import Cell, Column, ColumnType, encode_cell
from chatctl.rendering import documents
from chatctl.rendering.text import NULL, literal, shown, visible, visible_line

# Marks of inline Markdown; an underscore within a word and an ampersand that begins no entity are none.
_MARKDOWN: Final = re.compile(r"([\\`*\[\]<>|~]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])|&(?=#?\w+;))")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of cells; every row is as long as `columns`.

    To be read, the columns in `fixed` are never cut, and NULL is shown as `absent`: data says so, our own lists
    leave the place empty.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    fixed: frozenset[str] = frozenset()
    absent: str = NULL


def of_records(records: Sequence[Mapping[str, object]], *, fixed: frozenset[str] = frozenset()) -> Grid:
    """Flat records as a grid: a column for every key in the order met, a missing value NULL."""
    names = list(dict.fromkeys(name for record in records for name in record))
    rows = [[cell(record.get(name)) for name in names] for record in records]
    columns = [Column(name=name, type=_type_of(row[at] for row in rows)) for at, name in enumerate(names)]
    return Grid(columns=columns, rows=rows, fixed=fixed, absent="")


def fields(value: BaseModel | Mapping[str, object]) -> Mapping[str, object]:
    """The fields of an object under the names that they have in JSON."""
    return value if isinstance(value, Mapping) else value.model_dump(by_alias=True)


def cell(value: object) -> Cell:
    """Any value as a cell; times as RFC 3339 in UTC, as everywhere in JSON."""
    match value:
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case UUID():
            return str(value)
        case BaseModel() | Mapping() | list() | tuple():
            return documents.line(value).rstrip()
        case _:
            return encode_cell(value)


def separated(grid: Grid, delimiter: str, *, exact: bool) -> Iterator[str]:
    """Lines of CSV (or TSV) with a header, as RFC 4180 but with "\\n"; NULL is empty and "" is quoted.

    Not the csv module: before Python 3.12 its writer cannot tell NULL from "". With `exact` the data is written as
    it is, else control characters but newlines are spelled out, for a terminal. Without columns there is nothing.
    """
    if not grid.columns:
        return
    yield delimiter.join(_quoted(column.name, delimiter, exact=exact) for column in grid.columns) + "\n"
    for row in grid.rows:
        yield delimiter.join(_quoted(cell, delimiter, exact=exact) for cell in row) + "\n"


def tabbed(grid: Grid) -> Iterator[str]:
    """A line for each row, tabs between cells, no header: for `cut`, `awk` and `while read`. NULL is empty."""
    for row in grid.rows:
        yield "\t".join("" if cell is None else shown(cell) for cell in row) + "\n"


def markdown(grid: Grid) -> Iterator[str]:
    """A pipe table whose cells are text, not Markdown; numbers to the right. Without columns there is nothing."""
    if not grid.columns:
        return
    yield _pipes(markdown_text(column.name) for column in grid.columns)
    yield _pipes("---:" if is_numeric(column) else "---" for column in grid.columns)
    for row in grid.rows:
        yield _pipes(_markdown_cell(cell, grid.absent) for cell in row)


def markdown_text(text: str) -> str:
    """Text that reads as itself in Markdown, on one line."""
    return _MARKDOWN.sub(r"\\\1", visible_line(text))


def is_numeric(column: Column) -> bool:
    """Whether a column's cells are aligned to the right."""
    return column.type in {"integer", "decimal", "number"}


def _quoted(value: Cell, delimiter: str, *, exact: bool) -> str:
    if value is None:
        return ""
    text = literal(value) if exact else visible(literal(value))
    if text and not any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return text
    return '"' + text.replace('"', '""') + '"'


def _markdown_cell(value: Cell, absent: str) -> str:
    if value is None:
        return f"*{absent}*" if absent else ""
    return shown(value) if isinstance(value, int | float) else markdown_text(shown(value))


def _pipes(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _type_of(cells: Iterable[Cell]) -> ColumnType:
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds or not kinds <= {int, float}:
        return "text"
    return "integer" if kinds == {int} else "number"
