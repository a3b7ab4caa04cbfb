"""Whether two results say the same, whatever their columns are called and in whatever order they stand."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal

from chatctl.domain.results import Cell, ColumnType, ResultSet

Match = Literal["strict", "relaxed", "none"]
"""The same rows; the same rows in some of the columns; other rows."""

DIGITS: Final = 10
"""Significant digits in which fractions agree: sums differ in the last ones by the order in which they were made."""
MOST_TRIED: Final = 10_000
"""Assignments of columns tried, far beyond what results of any sense need."""

_MIDNIGHT: Final = re.compile(r"[T ]00:00:00(\.0+)?(Z|\+00:00)?$")

_Columns = list[list[Cell]]


def match(expected: ResultSet, found: ResultSet, *, ordered: bool) -> Match:
    """How the rows found fit the expected ones: as multisets, or as sequences where they are `ordered`.

    `strict` as in execution accuracy (Yu et al. 2018, Spider) with the columns in any order; two results without rows
    say the same. `relaxed` where columns were found beyond the expected ones.
    """
    if len(expected.rows) != len(found.rows):
        return "none"
    if not expected.rows:
        return "strict"
    if not _fits(_columns(expected), _columns(found), ordered=ordered):
        return "none"
    return "strict" if len(expected.columns) == len(found.columns) else "relaxed"


def _columns(result: ResultSet) -> _Columns:
    types = [column.type for column in result.columns]
    return [[_plain(row[at], type_) for row in result.rows] for at, type_ in enumerate(types)]


def _plain(cell: Cell, type_: ColumnType) -> Cell:
    """The cell as it is compared: 1 is 1.0 is true, a day is its midnight."""
    if isinstance(cell, str) and type_ in ("date", "timestamp"):
        return _MIDNIGHT.sub("", cell).replace("T", " ")
    if isinstance(cell, str) and type_ in ("decimal", "integer", "number"):
        return _number(float(cell))
    return _number(cell) if isinstance(cell, int | float) else cell


def _number(number: float) -> int | float:
    if not float(number).is_integer():
        number = float(f"{number:.{DIGITS}g}")
    return int(number) if float(number).is_integer() else number


def _fits(expected: _Columns, found: _Columns, *, ordered: bool) -> bool:
    """Whether each expected column has one of its own among those found, so that the rows are the same."""
    fitting = [[at for at, column in enumerate(found) if _alike(each, column, ordered)] for each in expected]
    tried = 0

    def assign(taken: tuple[int, ...]) -> bool:
        nonlocal tried
        tried += 1
        if taken and not ordered and not _same_rows(expected[: len(taken)], [found[at] for at in taken]):
            return False
        if len(taken) == len(expected):
            return True
        return tried < MOST_TRIED and any(assign((*taken, at)) for at in fitting[len(taken)] if at not in taken)

    return assign(())


def _alike(expected: Sequence[Cell], found: Sequence[Cell], ordered: bool) -> bool:
    return expected == found if ordered else Counter(expected) == Counter(found)


def _same_rows(expected: _Columns, found: _Columns) -> bool:
    return Counter(zip(*expected, strict=True)) == Counter(zip(*found, strict=True))
