"""A look at a table, bounded in time: whole where that is cheap, else an even part of it.

Row counts are exact. Null counts, minimum and maximum are exact unless a SQLite table is large; distinct counts are
DuckDB's approximation, and on a large table those of the part; samples are the most frequent values of the part.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from chatctl.domain.results import Cell, ColumnType, encode_cell
from chatctl.domain.sources import ColumnProfile, SourceColumn, Table, TableProfile
from chatctl.engines.names import quoted
from chatctl.sqlite import sqlite3

if TYPE_CHECKING:
    from sqlite3 import Connection

    from duckdb import DuckDBPyConnection

SAMPLES: Final = 5
DUCKDB_DISTINCT_CELLS: Final = 200_000_000
DUCKDB_SAMPLED_CELLS: Final = 2_000_000
SQLITE_CELLS: Final = 10_000_000
SQLITE_SAMPLED_CELLS: Final = 300_000
"""Cells that each part of a profile looks at: at most a few seconds' work."""

_VECTOR: Final = 2048
"""Rows that DuckDB handles as one, so the least that it can skip."""
_LONGEST_SAMPLE: Final = 200
_ZONED: Final = "TIMESTAMP WITH TIME ZONE"
_ORDERED: Final[frozenset[ColumnType]] = frozenset(
    {"integer", "decimal", "number", "text", "boolean", "date", "time", "timestamp"}
)


def profile_duckdb(connection: "DuckDBPyConnection", table: Table) -> TableProfile:
    """The profile of a DuckDB table or view. Raises duckdb.Error."""
    total = _one(connection, f"SELECT count(*) FROM {quoted(table.name)}")[0]  # noqa: S608 a name of the catalog
    ordered = [column for column in table.columns if column.type in _ORDERED]
    distinct_source = _part(table, total, DUCKDB_DISTINCT_CELLS)
    nulls = _over(connection, quoted(table.name), table.columns, "count(*) - count({raw})")
    distinct = _over(connection, distinct_source, table.columns, "approx_count_distinct({raw})")
    least = _over(connection, quoted(table.name), ordered, "min({value})")
    most = _over(connection, quoted(table.name), ordered, "max({value})")
    samples = _over(
        connection, _part(table, total, DUCKDB_SAMPLED_CELLS), ordered, f"approx_top_k({{value}}, {SAMPLES})"
    )
    columns = [
        _column(column, nulls[name], distinct[name], least.get(name), most.get(name), samples.get(name))
        for column in table.columns
        for name in (column.name,)
    ]
    return TableProfile(table=table.name, row_count=total, columns=columns)


def _over(
    connection: "DuckDBPyConnection", source: str, columns: Sequence[SourceColumn], measure: str
) -> dict[str, Any]:
    """The measure of each column, by the column's name."""
    measures = [measure.format(raw=quoted(column.name), value=_fetchable(column)) for column in columns]
    cells = _one(connection, f"SELECT {', '.join(measures)} FROM {source}") if measures else ()  # noqa: S608
    return dict(zip((column.name for column in columns), cells, strict=True))


def _one(connection: "DuckDBPyConnection", query: str) -> tuple[Any, ...]:
    (row,) = connection.execute(query).fetchall()
    return tuple(row)


def _fetchable(column: SourceColumn) -> str:
    """SQL: the column; a time with a zone as UTC, for fetching it as it is would need the package pytz."""
    if column.native_type == _ZONED:
        return f"({quoted(column.name)} AT TIME ZONE 'UTC')"
    return f"CAST({quoted(column.name)} AS VARCHAR)" if "TIME ZONE" in column.native_type else quoted(column.name)


def _part(table: Table, total: int, cells: int) -> str:
    """SQL: the table if it has at most so many cells, else blocks of rows from all over it; of a view the first."""
    rows = max(cells // max(len(table.columns), 1), _VECTOR)
    if total <= rows:
        return quoted(table.name)
    if table.row_count is None or any(column.name.lower() == "rowid" for column in table.columns):
        return f"(FROM {quoted(table.name)} LIMIT {rows})"
    return f"(FROM {quoted(table.name)} WHERE (rowid // {_VECTOR}) % {-(-total // rows)} = 0)"


def profile_sqlite(connection: "Connection", table: Table) -> TableProfile:
    """The profile of a SQLite table or view. Raises sqlite3.Error."""
    (total,) = connection.execute(f"SELECT count(*) FROM {quoted(table.name)}").fetchone()  # noqa: S608
    width = max(len(table.columns), 1)
    rows = _sqlite_rows(connection, table, total, max(SQLITE_SAMPLED_CELLS // width, 1_000))
    whole = _sqlite_extremes(connection, table) if total * width <= SQLITE_CELLS else None
    columns = []
    for number, column in enumerate(table.columns):
        filled = [row[number] for row in rows if row[number] is not None]
        if whole:
            nulls, least, most = whole[3 * number : 3 * number + 3]
        else:
            nulls = round((len(rows) - len(filled)) * total / max(len(rows), 1))
            least, most = min(filled, key=_sqlite_order, default=None), max(filled, key=_sqlite_order, default=None)
        counted = Counter(filled)
        samples = [value for value, _ in counted.most_common(SAMPLES)]
        columns.append(_column(column, nulls, len(counted), least, most, samples))
    return TableProfile(table=table.name, row_count=total, columns=columns)


def _sqlite_rows(connection: "Connection", table: Table, total: int, wanted: int) -> list[tuple[Any, ...]]:
    """Rows from all over the table, or the first where it has no row ids; long cells are cut."""
    cells = ", ".join(
        f"CASE WHEN length({name}) > {_LONGEST_SAMPLE} THEN substr({name}, 1, {_LONGEST_SAMPLE}) ELSE {name} END"
        for name in (quoted(column.name) for column in table.columns)
    )
    source = f"SELECT {cells} FROM {quoted(table.name)}"  # noqa: S608 names of the catalog
    try:
        return connection.execute(f"{source} WHERE rowid % {max(-(-total // wanted), 1)} = 0 LIMIT {wanted}").fetchall()
    except sqlite3.OperationalError as error:
        if "no such column" not in str(error):
            raise
    return connection.execute(f"{source} LIMIT {wanted}").fetchall()


def _sqlite_extremes(connection: "Connection", table: Table) -> list[Any]:
    """Nulls, minimum and maximum of each column, one after the other."""
    measures = ", ".join(
        f"count(*) - count({name}), min({name}), max({name})"
        for name in (quoted(column.name) for column in table.columns)
    )
    return list(connection.execute(f"SELECT {measures} FROM {quoted(table.name)}").fetchone())  # noqa: S608


def _sqlite_order(value: Any) -> tuple[int, Any]:
    """SQLite's order of values of several classes: numbers, texts, blobs."""
    return (0 if isinstance(value, int | float) else 1 if isinstance(value, str) else 2), value


def _column(
    column: SourceColumn, nulls: int, distinct: int, least: Any, most: Any, samples: Sequence[Any] | None
) -> ColumnProfile:
    return ColumnProfile(
        name=column.name,
        type=column.type,
        null_count=nulls,
        distinct_count=distinct,
        minimum=_cell(column, least),
        maximum=_cell(column, most),
        samples=[_cell(column, sample) for sample in samples or ()],
    )


def _cell(column: SourceColumn, value: Any) -> Cell:
    cell = encode_cell(value)
    return f"{cell}Z" if column.native_type == _ZONED and cell is not None else cell
