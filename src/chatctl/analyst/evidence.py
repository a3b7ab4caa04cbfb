"""What follows from results by the arithmetic that readers do in passing.

Little is taken on purpose: any two of a hundred numbers would give almost any percentage.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, islice, pairwise, product
from math import isfinite, nan
from typing import Any, Final, Self

from chatctl.domain.results import NUMERIC, Cell, Column, ResultSet

FEW: Final = 6
"""Rows of which any two are compared, named or not."""
SEVERAL: Final = 40
"""Rows whose cells are all taken as shares of their column, and compared with totals."""
RUN: Final = 24
"""Rows of which any that follow each other are added up: the hours of a day, the months of two years."""
TOP: Final = 10
"""Rows that are added up as the first or the largest."""
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
_NOT_ADDED: Final = re.compile(
    r"(?:^|_|\b)(?:avg|average|mean|median|min|max|rate|ratio|share|pct|percent(?:age)?|stddev|per|id|year|month|day|dow"
    r"|week|weekday|hour|quarter|rank|position|code|zip|age|latitude|longitude)(?:_|\b|$)",
    re.IGNORECASE,
)
"""Labels of columns whose sum says nothing."""
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DATE: Final = re.compile(r"\d{4}-(\d{2})(?:-\d{2})?(?:[T ].*)?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """A numeric column: its cells by row, None where there is no number; the numbers alone, as they come and by size;
    their sum, and whether that says anything.
    """

    label: str
    cells: Sequence[float | None]
    values: Sequence[float]
    ordered: Sequence[float]
    total: float
    additive: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two numbers that a text may compare; `additive` if they may be added, or one be a part of the other."""

    one: float
    other: float
    additive: bool

    @property
    def amounts(self) -> Iterator[float]:
        """The difference, and the sum of what may be added."""
        yield self.one - self.other
        if self.additive:
            yield self.one + self.other

    @property
    def quotients(self) -> Iterator[float]:
        """How many times the one the other is, both ways."""
        if self.other:
            yield self.one / self.other
        if self.one:
            yield self.other / self.one

    @property
    def percentages(self) -> Iterator[float]:
        """How much more or less the one is than the other (0.1 for 10 %), and what part it is of it, both ways."""
        for quotient in self.quotients:
            yield quotient - 1
            if self.additive and abs(quotient) <= 1:
                yield quotient


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
                read = cells if kinds <= _PLAIN else [_number(cell, column) for cell in cells]
                numbers.append(_numbers(column.name, read))
            else:
                words.append([cell if isinstance(cell, str) else "" for cell in cells])
        labels = [column.name for column in result.columns]
        return cls(rows=len(result.rows), numbers=numbers, words=words, labels=labels)


def _numbers(label: str, cells: Sequence[Any]) -> Numbers:
    values = [cell for cell in cells if cell is not None]
    return Numbers(
        label=label,
        cells=cells,
        values=values,
        ordered=sorted(values),
        total=float(sum(values)),
        additive=not _NOT_ADDED.search(label),
    )


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
        number = len(column.values)
        for bound in {0.0, column.total / max(number, 1)}:
            below, up_to = bisect_left(column.ordered, bound), bisect_right(column.ordered, bound)
            yield from (below, up_to - below, number - up_to)
        yield from (number, len(set(column.values)))
    for words in table.words:
        by_text = Counter(words)
        yield len(by_text)
        if len(by_text) <= CATEGORIES:
            yield from by_text.values()


def sums(table: Table) -> Iterator[float]:
    """The average of each column, and of those that add up the sum, of all, of the largest, and of rows that follow
    each other.
    """
    for column in table.numbers:
        if column.values:
            yield column.total / len(column.values)
        if column.additive:
            yield column.total
            yield from _cumulated(column)
            if len(column.values) <= RUN:
                for start in range(1, len(column.values)):
                    yield from accumulate(column.values[start:])


def shares(tables: Sequence[Table]) -> Iterator[float]:
    """Cells, and sums of the first and the largest, as parts of their column's sum and of totals in other results.

    Where there are few, and of a column of fractions, also what is left.
    """
    totals = [total for scalar, total in _scalars(tables) if scalar.additive]
    for column in (column for table in tables for column in table.numbers if column.values):
        values, few = column.ordered, len(column.values) <= FEW
        if values[0] < 0:
            continue
        if values[-1] <= 1:
            yield from (1 - value for value in values)
        if column.additive:
            parts = (*(values if len(values) <= SEVERAL else (values[0], values[-1])), *_cumulated(column))
            for whole in {column.total, *totals}:
                found = [part / whole for part in parts if 0 < part <= whole]
                yield from found
                yield from (1 - share for share in found if few)


def _cumulated(column: Numbers) -> Iterator[float]:
    yield from accumulate(column.values[:TOP])
    yield from accumulate(column.ordered[: -TOP - 1 : -1])


def pairs(tables: Sequence[Table], named: set[float], text: str) -> Iterator[Pair]:
    """Numbers that a text is likely to compare; `named` are cells that it has as figures.

    They are of the same kind: both may be added, or neither.
    """
    scalars = _scalars(tables)
    yield from _each_two(scalars)
    for table in tables:
        columns, rows = table.numbers[:COLUMNS], _named_rows(table, named, text)
        yield from _each_two([(column, column.total) for column in columns if column.additive])
        for row in rows:
            yield from _each_two(_at(columns, row))
        for column in columns:
            cells = [cell for row in rows if (cell := column.cells[row]) is not None]
            for one, other in (*combinations(cells, 2), *_standing_out(column), *_beside(column, rows)):
                yield Pair(one=one, other=other, additive=column.additive)
            if table.rows > 1 and not column.additive:
                # An average of some beside the average of all.
                alike = [scalar for other, scalar in scalars if other.label == column.label]
                for cell, scalar in product(column.values[:SEVERAL], alike):
                    yield Pair(one=cell, other=scalar, additive=False)


_Labelled = tuple[Numbers, float]


def _scalars(tables: Sequence[Table]) -> list[_Labelled]:
    found = (cell for table in tables if table.rows == 1 for cell in _at(table.numbers, 0))
    return list(islice(found, SCALARS))


def _at(columns: Sequence[Numbers], row: int) -> list[_Labelled]:
    return [(column, cell) for column in columns if (cell := column.cells[row]) is not None]


def _each_two(cells: Sequence[_Labelled]) -> Iterator[Pair]:
    for (one, cell), (other, second) in combinations(cells, 2):
        if one.additive == other.additive:
            yield Pair(one=cell, other=second, additive=one.additive)


def _standing_out(column: Numbers) -> Iterator[tuple[float, float]]:
    """The first and the last, the largest with the next and with the smallest."""
    values, ordered = column.values, column.ordered
    if len(values) > 1:
        yield from ((values[0], values[-1]), (ordered[-1], ordered[-2]), (ordered[-1], ordered[0]))


def _beside(column: Numbers, rows: Sequence[int]) -> Iterator[tuple[float, float]]:
    """The cells of rows with those before and after them."""
    for at, (one, other) in enumerate(pairwise(column.cells)):
        if (at in rows or at + 1 in rows) and one is not None and other is not None:
            yield one, other


def _named_rows(table: Table, named: set[float], text: str) -> list[int]:
    """Rows that the text names by a word or a figure; all where there are few."""
    if table.rows <= FEW:
        return list(range(table.rows))
    found: dict[int, None] = {}
    if table.rows <= NAMEABLE:
        there = (row for words in table.words for row, word in enumerate(words) if _is_said(word, text))
        found |= dict.fromkeys(there)
        found |= dict.fromkeys(_months(table, text))
    if named:
        cells = (row for column in table.numbers for row, cell in enumerate(column.cells) if cell in named)
        found |= dict.fromkeys(cells)
    return list(islice(found, OPERANDS))


def _is_said(word: str, text: str) -> bool:
    if len(word) < 2:
        return False
    date = _DATE.fullmatch(word)
    return word in text or bool(date and 0 < int(date[1]) <= 12 and _MONTHS[int(date[1]) - 1] in text)


def _months(table: Table, text: str) -> Iterator[int]:
    """Rows of months by number that the text has by name."""
    said = {number for number, name in enumerate(_MONTHS, start=1) if name in text}
    for column in table.numbers:
        if said and "month" in column.label.lower():
            yield from (row for row, cell in enumerate(column.cells) if cell in said)
