"""Results as Parquet files, written by DuckDB."""

import tempfile
from pathlib import Path

from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import Cell, Column

_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "time": "TIME",
    "timestamp": "TIMESTAMP",
}


def encode(result: ResultEntry) -> bytes:
    """The rows as one Parquet file; columns of the same name are numbered, for Parquet tells them apart by name.

    Decimals and integers beyond 2^53 keep their digits as DECIMAL(38, s); what has no type of its own
    stays text.
    """
    import duckdb

    columns, rows = result.columns, result.rows

    names: list[str] = []
    for column in columns:
        number = sum(name == column.name or name.startswith(f"{column.name}_") for name in names)
        names.append(f"{column.name}_{number + 1}" if column.name in names else column.name)
    fields = [
        f'"{name.replace(chr(34), chr(34) * 2)}" {_type(column, [row[index] for row in rows])}'
        for index, (name, column) in enumerate(zip(names, columns, strict=True))
    ]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "result.parquet"
        connection.execute(f"CREATE TABLE result ({', '.join(fields)})")
        if rows:
            connection.executemany(f"INSERT INTO result VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608
        connection.execute("COPY result TO ? (FORMAT parquet)", [str(path)])
        return path.read_bytes()


def _type(column: Column, cells: list[Cell]) -> str:
    texts = [cell for cell in cells if isinstance(cell, str)]
    if column.type == "decimal":
        return f"DECIMAL(38, {max((len(text.partition('.')[2]) for text in texts), default=0)})"
    if column.type == "integer" and texts:
        return "DECIMAL(38, 0)"
    return _TYPES.get(column.type, "VARCHAR")
