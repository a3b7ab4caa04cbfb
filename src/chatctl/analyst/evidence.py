"""What follows from results by the arithmetic that readers do in passing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate, combinations, islice, pairwise, product
from math import isfinite, nan
from typing import Any, Final, Self

from chatctl.domain.results import NUMERIC, Cell, Column, ResultSet

FEW: Final = 6
"""Rows of which any two are compared, named or not."""
SEVERAL: Final = 40
"""Rows whose cells are all taken as shares of their column, and compared with totals."""
NEIGHBOURS: Final = 24
"""Rows whose neighbours are compared: the hours of a day, the months of two years."""
NAMEABLE: Final = 200
"""Rows that are looked for in the text by their words."""
COLUMNS: Final = 8
"""Numeric columns of a result whose cells are compared with each other."""
OPERANDS: Final = 16
"""Rows, named in the text, whose cells are compared with each other."""
SCALARS: Final = 12
"""Cells of results of one row, totals most likely, that cells of other results are compared with."""
CATEGORIES: Final = 20
"""Different texts of a column up to which the rows of each are counted."""


_PLAIN: Final = {int, float, type(None)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """A numeric column: its cells by row, None where there is no number; the numbers alone, and their sum."""

    cells: Sequence[float | None]
    values: Sequence[float]
    total: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A result as evidence: its numeric columns, its other columns as texts by row, and its columns' labels."""

    rows: int
    numbers: Sequence[Numbers]
    words: Sequence[Sequence[str]]
    labels: Sequence[str]

    @classmethod
    def of(cls, result: ResultSet) -> Self:
        """The table of a result."""
        numbers: list[Numbers] = []
        words: list[list[str]] = []
        for at, column in enumerate(result.columns):
            cells = [row[at] for row in result.rows]
            kinds = set(map(type, cells))
            if column.type in NUMERIC or kinds & {int, float}:
                numbers.append(_numbers(cells if kinds <= _PLAIN else [_number(cell, column) for cell in cells]))
            else:
                words.append([cell if isinstance(cell, str) else "" for cell in cells])
        labels = [column.name for column in result.columns]
        return cls(rows=len(result.rows), numbers=numbers, words=words, labels=labels)


def _numbers(cells: Sequence[Any]) -> Numbers:
    values = [cell for cell in cells if cell is not None]
    return Numbers(cells=cells, values=values, total=float(sum(values)))


def _number(cell: Cell, column: Column) -> float | None:
    """A cell's number; decimals and large integers are texts in a numeric column."""
    if isinstance(cell, str):
        try:
            number = float(cell) if column.type in NUMERIC else nan
        except ValueError:
            return None
        return number if isfinite(number) else None
    return None if isinstance(cell, bool) else cell


def counts(table: Table) -> Iterator[float]:
    """How many rows there are, how many have a number, a different one, one of either sign or side of the average, and
    how many have each of a few texts.
    """
    yield table.rows
    for column in table.numbers:
        values = column.values
        average = column.total / len(values) if values else 0.0
        for bound in {0.0, average}:
            above = sum(map(bound.__lt__, values))
            equal = values.count(bound)
            yield from (above, equal, len(values) - above - equal)
        yield from (len(values), len(set(values)))
    for words in table.words:
        by_text = Counter(words)
        yield len(by_text)
        if len(by_text) <= CATEGORIES:
            yield from by_text.values()


def sums(table: Table) -> Iterator[float]:
    """The sum and the average of each column; of one with several rows, the sums of its first ones and its largest."""
    for column in table.numbers:
        if column.values:
            yield from (column.total, column.total / len(column.values))
            yield from _cumulated(column.values)


def shares(table: Table) -> Iterator[float]:
    """Cells, and sums of the first and the largest, as parts of their column's sum, and what is left of it.

    Of a column of fractions, what each leaves of one.
    """
    for column in table.numbers:
        total = column.total
        if column.values and min(column.values) >= 0 and max(column.values) <= 1:
            yield from (1 - value for value in column.values)
        if not total or not isfinite(total):
            continue
        parts = column.values if len(column.values) <= SEVERAL else (max(column.values), min(column.values))
        for part in (*parts, *_cumulated(column.values)):
            yield from (part / total, 1 - part / total)


def _cumulated(values: Sequence[float]) -> Iterator[float]:
    if len(values) <= SEVERAL:
        yield from accumulate(values)
        yield from accumulate(sorted(values, reverse=True))


def pairs(tables: Sequence[Table], named: set[float], text: str) -> Iterator[tuple[float, float]]:
    """Numbers that a text is likely to compare; `named` are cells that it has as figures."""
    scalars = _scalars(tables)
    yield from combinations(scalars, 2)
    for table in tables:
        columns, rows = table.numbers[:COLUMNS], _named_rows(table, named, text)
        yield from combinations([column.total for column in columns if column.values], 2)
        for row in rows:
            yield from combinations(_at(columns, row), 2)
        for column in columns:
            cells = [cell for row in rows if (cell := column.cells[row]) is not None]
            yield from combinations(cells, 2)
            yield from _standing_out(column.values)
            if table.rows > 1:
                whole = column.values if len(column.values) <= SEVERAL else cells
                yield from product((*whole, column.total), scalars)


def _scalars(tables: Sequence[Table]) -> list[float]:
    found = (cell for table in tables if table.rows == 1 for cell in _at(table.numbers, 0))
    return list(islice(found, SCALARS))


def _at(columns: Sequence[Numbers], row: int) -> list[float]:
    return [cell for column in columns if (cell := column.cells[row]) is not None]


def _standing_out(values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """The first and the last, the largest with the next and with the smallest; neighbours where there are few."""
    if len(values) > 1:
        largest = nlargest(2, values)
        yield from ((values[0], values[-1]), (largest[0], largest[1]), (largest[0], min(values)))
    if len(values) <= NEIGHBOURS:
        yield from pairwise(values)


def _named_rows(table: Table, named: set[float], text: str) -> list[int]:
    """Rows that the text names by a word or a figure; all where there are few."""
    if table.rows <= FEW:
        return list(range(table.rows))
    found: dict[int, None] = {}
    if table.rows <= NAMEABLE:
        there = (row for words in table.words for row, word in enumerate(words) if len(word) > 1 and word in text)
        found |= dict.fromkeys(there)
    if named:
        cells = (row for column in table.numbers for row, cell in enumerate(column.cells) if cell in named)
        found |= dict.fromkeys(cells)
    return list(islice(found, OPERANDS))
