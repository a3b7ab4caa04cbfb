"""PostgreSQL's values as our cells: read from its text format, so that none is too large, too early or infinite.

psycopg's own loaders make Python values, which cannot be infinite dates, years before Christ or 24:00.
"""

import math
from typing import TYPE_CHECKING, Final

from psycopg.adapt import Loader
from psycopg.postgres import types

from chatctl.domain.results import Cell, ColumnType

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection
    from psycopg.abc import Buffer

_TYPES: Final[dict[str, ColumnType]] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "integer"),
    **dict.fromkeys(("float4", "float8"), "number"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "char", "citext", "uuid", "unknown"), "text"),
    **dict.fromkeys(("timestamp", "timestamptz"), "timestamp"),
    **dict.fromkeys(("time", "timetz"), "time"),
    "numeric": "decimal",
    "bool": "boolean",
    "date": "date",
}
_INFINITE: Final = frozenset({"NaN", "Infinity", "-Infinity", "infinity", "-infinity"})


def column_type(name: str, category: str = "") -> ColumnType:
    """Our word for a type by its name in pg_type; enumerations (category E) are text, all else is `other`."""
    return "text" if category == "E" else _TYPES.get(name, "other")


def known_type(oid: int, texts: frozenset[int] = frozenset()) -> ColumnType:
    """Our word for a type of PostgreSQL itself, or for one of those that were found to be text."""
    if oid in texts:
        return "text"
    found = types.get(oid)
    return "other" if found is None or found.array_oid == oid else column_type(found.name)


def register(connection: "Connection") -> None:
    """Have the connection give cells: a list for an array, the server's own text for what has no better form."""
    adapters = connection.adapters
    adapters.register_loader(0, _TextLoader)
    for found in types:
        if found.name != "record":
            adapters.register_loader(found.oid, _LOADERS.get(found.name, _TextLoader))


def _text(data: "Buffer") -> str:
    # A database in SQL_ASCII holds whatever it was given.
    return bytes(data).decode("utf-8", "replace")


def _finite(data: "Buffer") -> str | None:
    text = _text(data)
    if text.endswith(" BC"):
        # As ISO 8601 counts: the year before 1 is 0.
        year, _, rest = text.removesuffix(" BC").partition("-")
        return f"{1 - int(year):05d}-{rest}" if int(year) > 1 else f"0000-{rest}"
    return None if text in _INFINITE else text


def _number(data: "Buffer") -> float | None:
    value = float(bytes(data))
    return value if math.isfinite(value) else None


def _timestamp(data: "Buffer") -> str | None:
    """`2013-01-01 10:00:00+00` as `2013-01-01T10:00:00Z`; the session is in UTC."""
    text = _finite(data)
    return text and text.replace(" ", "T", 1).replace("+00", "Z")


def _loader(load: "Callable[[Buffer], Cell]") -> type[Loader]:
    return type("CellLoader", (Loader,), {"load": lambda _self, data: load(data)})


_TextLoader: Final = _loader(_text)
_LOADERS: Final = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), _loader(lambda data: int(bytes(data)))),
    **dict.fromkeys(("float4", "float8"), _loader(_number)),
    **dict.fromkeys(("timestamp", "timestamptz"), _loader(_timestamp)),
    **dict.fromkeys(("numeric", "date"), _loader(_finite)),
    "bool": _loader(lambda data: bytes(data) == b"t"),
    "bytea": _loader(lambda data: _text(data).removeprefix("\\x")),
}
