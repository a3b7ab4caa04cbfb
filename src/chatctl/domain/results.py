"""Query results as they are stored and shown."""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from chatctl.domain.values import Value

ColumnType = Literal["integer", "decimal", "number", "text", "boolean", "date", "time", "timestamp", "other"]
NUMERIC: frozenset[str] = frozenset({"integer", "decimal", "number"})

Cell = None | bool | int | float | str
"""A value in a result: decimals and integers beyond 2^53 are text, NaN and infinities null, times ISO 8601."""

LARGEST_EXACT_INTEGER = 2**53


class Column(Value):
    """A column of a result: its label and its type in our own few words."""

    name: str
    type: ColumnType


class ResultSet(Value):
    """Rows that a query gave, at most as many as asked for; `truncated` says that there were more."""

    columns: list[Column]
    rows: list[list[Cell]]
    truncated: bool = False
    elapsed_ms: float = 0.0


def approximated(result: ResultSet) -> ResultSet:
    """The result with its decimals as numbers, near enough to compare them and to put them into words."""
    decimals = {at for at, column in enumerate(result.columns) if column.type == "decimal"}
    if not decimals:
        return result
    rows = [
        [float(cell) if at in decimals and isinstance(cell, str) else cell for at, cell in enumerate(row)]
        for row in result.rows
    ]
    return result.model_copy(update={"rows": rows})


def encode_cell(value: object) -> Cell:
    """A Python value from a database driver as a JSON cell, losing nothing that JSON numbers would lose."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if abs(value) <= LARGEST_EXACT_INTEGER else str(value)
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return format(value, "f") if value.is_finite() else None
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case Mapping() | list() | tuple() | set() | frozenset():
            return json.dumps(_nested(value), ensure_ascii=False)
        case _:
            return str(value)


def _nested(value: object) -> object:
    """A container with cells in it; a key that is no text becomes the text of its cell."""
    match value:
        case Mapping():
            return {
                key if isinstance(key, str) else str(encode_cell(key)): _nested(each) for key, each in value.items()
            }
        case list() | tuple():
            return [_nested(each) for each in value]
        case set() | frozenset():
            return [_nested(each) for each in sorted(value, key=str)]
        case _:
            return encode_cell(value)
