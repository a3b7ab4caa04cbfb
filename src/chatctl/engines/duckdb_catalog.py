"""What tables a DuckDB database has."""

from collections import defaultdict
from typing import Final

import duckdb

from chatctl.domain.results import ColumnType
from chatctl.domain.sources import ForeignKey, SourceColumn, Table
from chatctl.engines.names import quoted

META_SCHEMA: Final = "_chatctl"
"""Where a loaded file has notes of our own."""
_COUNTED: Final = 50
"""Tables whose rows are counted by one query."""

_TYPES: Final[dict[str, ColumnType]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "BIGNUM"), "integer"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE"), "number"),
    **dict.fromkeys(("VARCHAR", "UUID", "ENUM"), "text"),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "timestamp"),
    **dict.fromkeys(("TIMESTAMP WITH TIME ZONE", "TIMESTAMP_TZ_NS"), "timestamp"),
    **dict.fromkeys(("TIME", "TIME_NS", "TIME WITH TIME ZONE"), "time"),
    "DECIMAL": "decimal",
    "BOOLEAN": "boolean",
    "DATE": "date",
}


def column_type(native: str) -> ColumnType:
    """Our word for a DuckDB type such as `DECIMAL(10,2)`; lists, structs, blobs and intervals are `other`."""
    return "other" if native.endswith("]") else _TYPES.get(native.partition("(")[0].strip(), "other")


def read(connection: duckdb.DuckDBPyConnection, database: str) -> tuple[list[Table], list[tuple[str, str]]]:
    """Every table and view of an attached database, by name, and the schema and name of each.

    Of doubled names in several schemas the first is taken. Asking costs 30 ms even of an empty database: DuckDB first
    makes the entries of all its own functions.
    """
    columns: dict[tuple[str, str], list[SourceColumn]] = defaultdict(list)
    for schema, table, name, native, nullable in connection.execute(
        "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns()"
        " WHERE NOT internal AND database_name = ? AND schema_name <> ?"
        " ORDER BY schema_name <> 'main', schema_name, table_name, column_index",
        [database, META_SCHEMA],
    ).fetchall():
        columns[schema, table].append(
            SourceColumn(name=name, type=column_type(native), native_type=native, nullable=nullable)
        )
    primary, foreign = _keys(connection)
    counts = _row_counts(connection, database)
    tables: dict[str, Table] = {}
    for key, found in columns.items():
        tables.setdefault(
            key[1],
            Table(
                name=key[1],
                columns=found,
                primary_key=primary.get(key, []),
                foreign_keys=foreign.get(key, []),
                row_count=counts.get(key),
            ),
        )
    return [table for _, table in sorted(tables.items())], list(columns)


def _row_counts(connection: duckdb.DuckDBPyConnection, database: str) -> dict[tuple[str, str], int]:
    """Rows of every table; DuckDB keeps them, so counting costs nothing. Those of views would have to be computed."""
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND database_name = ?", [database]
    ).fetchall()
    counts = [
        f"SELECT {number}, count(*) FROM {quoted(database)}.{quoted(schema)}.{quoted(table)}"  # noqa: S608 names of the catalog
        for number, (schema, table) in enumerate(tables)
    ]
    # The plan of a thousand tables at once takes three times as long as those of its parts, and 80 MB.
    parts = (" UNION ALL ".join(counts[at : at + _COUNTED]) for at in range(0, len(counts), _COUNTED))
    return {tables[number]: count for part in parts for number, count in connection.execute(part).fetchall()}


def _keys(
    connection: duckdb.DuckDBPyConnection,
) -> tuple[dict[tuple[str, str], list[str]], dict[tuple[str, str], list[ForeignKey]]]:
    primary: dict[tuple[str, str], list[str]] = {}
    foreign: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
    for schema, table, kind, columns, target, references in connection.execute(
        "SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table,"
        " referenced_column_names FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')"
    ).fetchall():
        if kind == "PRIMARY KEY":
            primary[schema, table] = columns
        else:
            foreign[schema, table].append(ForeignKey(columns=columns, table=target, references=references))
    return primary, foreign
