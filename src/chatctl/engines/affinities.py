"""Our types for SQLite's values, which follow a column's declaration only loosely."""

import re
from collections.abc import Sequence
from typing import Any, Final

from chatctl.domain.results import ColumnType

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_DATE_OR_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_TIME: Final = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")

# The rules of https://www.sqlite.org/datatype3.html#determination_of_column_affinity, in their order, and before them
# the words that SQLite takes for numbers though people mean something else.
_DECLARED: Final[tuple[tuple[tuple[str, ...], ColumnType], ...]] = (
    (("BOOL",), "boolean"),
    (("DATETIME", "TIMESTAMP"), "timestamp"),
    (("DATE",), "date"),
    (("TIME",), "time"),
    (("INT",), "integer"),
    (("CHAR", "CLOB", "TEXT", "STRING", "UUID", "JSON"), "text"),
    (("BLOB",), "other"),
    (("REAL", "FLOA", "DOUB"), "number"),
    (("DEC", "NUM", "MONEY"), "number"),
)


def declared_type(declaration: str | None, cells: Sequence[Any]) -> ColumnType:
    """The type that the declaration promises, if some of the column's cells do not say otherwise.

    Without a declaration, or where a declared number, date or boolean holds something else, the cells decide.
    """
    promised = next(
        (type_ for words, type_ in _DECLARED if any(word in (declaration or "").upper() for word in words)), None
    )
    observed = observed_type(cells)
    if promised is None or not any(cell is not None for cell in cells):
        return promised or observed
    return promised if _keeps(promised, observed, cells) else observed


def _keeps(promised: ColumnType, observed: ColumnType, cells: Sequence[Any]) -> bool:
    if promised == "boolean":
        return all(cell in (0, 1) for cell in cells if cell is not None)
    if promised == "number":
        return observed in ("number", "integer")
    if promised == "timestamp":
        return observed in ("timestamp", "date")
    return promised in (observed, "text")


def observed_type(cells: Sequence[Any]) -> ColumnType:
    """The type of cells as SQLite gave them; ISO dates and times are told from other text, all nulls are text."""
    filled = [cell for cell in cells if cell is not None]
    classes = {type(cell) for cell in filled}
    if not classes:
        return "text"
    if classes == {int}:
        return "integer"
    if classes <= {int, float}:
        return "number"
    if classes == {str}:
        return _observed_text(filled)
    return "text" if str in classes else "other"


def _observed_text(cells: Sequence[str]) -> ColumnType:
    ways: tuple[tuple[re.Pattern[str], ColumnType], ...] = (
        (_DATE, "date"),
        (_DATE_OR_TIMESTAMP, "timestamp"),
        (_TIME, "time"),
    )
    return next((type_ for way, type_ in ways if all(way.fullmatch(cell) for cell in cells)), "text")
