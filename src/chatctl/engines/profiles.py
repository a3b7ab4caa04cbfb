"""A look at a table: one pass over it, or over an even part of it where the table is large or wide."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from chatctl.domain.results import ColumnType, encode_cell
from chatctl.domain.sources import ColumnProfile, SourceColumn, Table, TableProfile
from chatctl.engines.names import quoted

if TYPE_CHECKING:
    from sqlite3 import Connection

    import duckdb

SAMPLES: Final = 5
MOST_DUCKDB_CELLS: Final = 20_000_000
MOST_SQLITE_CELLS: Final = 2_000_000
"""Cells that one profile looks at: about two seconds' work of either engine."""

_ORDERED: Final[frozenset[ColumnType]] = frozenset(
    {"integer", "decimal", "number", "text", "boolean", "date", "time", "timestamp"}
)


def profile_duckdb(connection: "duckdb.DuckDBPyConnection", table: Table) -> TableProfile:
    """Row count of the whole table; the rest from at most MOST_DUCKDB_CELLS cells, null counts scaled up."""
    ((total,),) = connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchall()  # noqa: S608
    taken = min(total, max(MOST_DUCKDB_CELLS // max(len(table.columns), 1), 1_000))
    source = quoted(table.name) if taken == total else f"(FROM {quoted(table.name)} LIMIT {taken})"
    measures = ", ".join(part for column in table.columns for part in _duckdb_measures(column))
    ((*cells,),) = connection.execute(f"SELECT {measures} FROM {source}").fetchall()  # noqa: S608
    return _profile(table, total, cells, total / taken if taken else 1.0)


def _duckdb_measures(column: SourceColumn) -> list[str]:
    name = quoted(column.name)
    native = column.native_type
    value = f"({name} AT TIME ZONE 'UTC')" if native == "TIMESTAMP WITH TIME ZONE" else name
    value = f"CAST({name} AS VARCHAR)" if native == "TIME WITH TIME ZONE" else value
    ordered = column.type in _ORDERED
    return [
        f"count(*) - count({name})",
        f"approx_count_distinct({name})",
        f"min({value})" if ordered else "NULL",
        f"max({value})" if ordered else "NULL",
        f"approx_top_k({value}, {SAMPLES})" if ordered else "NULL",
    ]


def profile_sqlite(connection: "Connection", table: Table) -> TableProfile:
    """Row count of the whole table; the rest from its first rows, at most MOST_SQLITE_CELLS cells."""
    (total,) = connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()  # noqa: S608
    taken = min(total, max(MOST_SQLITE_CELLS // max(len(table.columns), 1), 1_000))
    cells: list[Any] = []
    for column in table.columns:
        name = quoted(column.name)
        source = f"(SELECT {name} FROM {quoted(table.name)} LIMIT {taken})"  # noqa: S608
        cells += connection.execute(
            f"SELECT count(*) - count({name}), count(DISTINCT {name}), min({name}), max({name}) FROM {source}"  # noqa: S608
        ).fetchone()
        rows = connection.execute(
            f"SELECT {name} FROM {source} WHERE {name} IS NOT NULL"  # noqa: S608
            f" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {SAMPLES}"
        ).fetchall()
        cells.append([cell for (cell,) in rows])
    return _profile(table, total, cells, total / taken if taken else 1.0)


def _profile(table: Table, total: int, cells: Sequence[Any], scale: float) -> TableProfile:
    columns = [
        _column(column, cells[start : start + 5], scale)
        for column, start in zip(table.columns, range(0, len(cells), 5), strict=True)
    ]
    return TableProfile(table=table.name, row_count=total, columns=columns)


def _column(column: SourceColumn, cells: Sequence[Any], scale: float) -> ColumnProfile:
    nulls, distinct, minimum, maximum, samples = cells
    return ColumnProfile(
        name=column.name,
        type=column.type,
        null_count=round(nulls * scale),
        distinct_count=distinct,
        minimum=encode_cell(minimum),
        maximum=encode_cell(maximum),
        samples=[encode_cell(sample) for sample in samples or ()],
    )
