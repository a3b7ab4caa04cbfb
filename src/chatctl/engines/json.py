"""JSON, NDJSON and Parquet files into tables of the cache; DuckDB knows their types."""

from pathlib import Path

import duckdb

from chatctl.domain.errors import SourceError
from chatctl.engines import encodings
from chatctl.engines.locations import file_format
from chatctl.engines.names import literal, quoted, unglobbed


def load_json(connection: duckdb.DuckDBPyConnection, path: Path, table: str, scratch: Path) -> list[str]:
    """Load the file as `table`; broken lines of NDJSON are left out and counted in what is given back.

    Raises SourceError for an empty or binary file, and for JSON that is broken or holds no objects.
    """
    encoding = encodings.detect(path)
    source = path
    try:
        if encoding != "utf-8":
            encodings.rewrite(path, encoding, scratch)
            source = scratch
        return _load_json(connection, path, source, table)
    except duckdb.InvalidInputException as error:
        sentence = str(error).splitlines()[0].partition("Error: ")[2].replace(str(source), path.name)
        raise SourceError(f"{path.name} is not valid JSON.", hint=sentence) from error
    finally:
        scratch.unlink(missing_ok=True)


def load_parquet(connection: duckdb.DuckDBPyConnection, path: Path, table: str, _scratch: Path) -> list[str]:
    """Load the file as `table`. Raises SourceError if it is no Parquet file."""
    try:
        _create(connection, table, f"read_parquet({literal(unglobbed(path))})")
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        if path.stat().st_size and "space" in str(error):
            raise
        raise SourceError(f"{path.name} is not a valid Parquet file.", hint=str(error).splitlines()[0]) from error
    return []


def _load_json(connection: duckdb.DuckDBPyConnection, path: Path, source: Path, table: str) -> list[str]:
    lines = file_format(path) == "ndjson"
    options = "format = 'newline_delimited', ignore_errors = true" if lines else "format = 'auto'"
    _create(connection, table, f"read_json({literal(unglobbed(source))}, {options}, sample_size = -1)")
    return []


def _create(connection: duckdb.DuckDBPyConnection, table: str, source: str) -> None:
    """The table, with times that carry a zone as UTC: fetching them as they are needs a further package."""
    described = connection.execute(f"DESCRIBE FROM {source}").fetchall()
    zoned = [name for name, native, *_ in described if native == "TIMESTAMP WITH TIME ZONE"]
    replaced = ", ".join(f"{quoted(name)} AT TIME ZONE 'UTC' AS {quoted(name)}" for name in zoned)
    outputs = f"* REPLACE ({replaced})" if zoned else "*"
    connection.execute(f"CREATE TABLE {table} AS SELECT {outputs} FROM {source}")  # noqa: S608 our own names
