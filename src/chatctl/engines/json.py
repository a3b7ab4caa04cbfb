"""JSON, NDJSON and Parquet files into tables of the cache; DuckDB knows their types, so only their shape is changed.

What lies in a record is made columns (`address.city` as `address_city`), and a file that is one object around one list
of records becomes a table of these.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb

from chatctl.domain.errors import SourceError
from chatctl.engines import encodings
from chatctl.engines.locations import file_format
from chatctl.engines.names import literal, quoted, unglobbed, unique

_DEEPEST: Final = 4
_LEAST_OBJECT: Final = 16 * 1024**2
_MOST_OBJECT: Final = 512 * 1024**2
_NAMED_LINES: Final = 5


def load_json(connection: duckdb.DuckDBPyConnection, path: Path, table: str, scratch: Path) -> list[str]:
    """Load the file as `table` (a quoted, qualified name) by way of `scratch`; gives what a user should know of it.

    Broken lines of NDJSON are left out and counted. Raises SourceError for an empty or binary file and for broken JSON.
    """
    encoding = encodings.detect(path)
    notes = encodings.notes(encoding)
    source = path
    try:
        if encoding != encodings.UTF8:
            encodings.rewrite(path, encoding, scratch)
            source = scratch
        lines = file_format(path) == "ndjson"
        notes += _load_lines(connection, source, table) if lines else _load_document(connection, source, table)
        notes += _shape(connection, table)
    except duckdb.InvalidInputException as error:
        sentence = str(error).splitlines()[0].partition("Error: ")[2].replace(str(source), path.name)
        raise SourceError(f"{path.name} is not valid JSON.", hint=sentence) from error
    finally:
        scratch.unlink(missing_ok=True)
    return [f"{path.name}: {note}." for note in notes]


def load_parquet(connection: duckdb.DuckDBPyConnection, path: Path, table: str, _scratch: Path) -> list[str]:
    """Load the file as `table`. Raises SourceError if it is no Parquet file."""
    with path.open("rb") as file:
        if file.read(4) != b"PAR1":
            raise SourceError(f"{path.name} is not a Parquet file.", hint="Its bytes are something else.")
    try:
        connection.execute(f"CREATE TABLE {table} AS FROM read_parquet({literal(unglobbed(path))})")
    except duckdb.InvalidInputException as error:
        raise SourceError(f"{path.name} is a damaged Parquet file.", hint=str(error).splitlines()[0]) from error
    return [f"{path.name}: {note}." for note in _shape(connection, table)]


def _load_document(connection: duckdb.DuckDBPyConnection, source: Path, table: str) -> list[str]:
    options = f"sample_size = -1, maximum_object_size = {_object_size(source)}"
    connection.execute(f"CREATE TABLE {table} AS FROM read_json({literal(unglobbed(source))}, {options})")
    # DuckDB takes what it has when a list is cut off.
    cut = encodings.first_letter(source) == "[" and encodings.last_letter(source) != "]"
    return ["its list is cut off; what came before the end was loaded"] if cut else []


def _object_size(source: Path) -> int:
    """Bytes that one object may have: those of the file, as one may hold all the others; of packed files a guess."""
    size = source.stat().st_size * (10 if source.suffix.lower() == ".gz" else 1)
    return max(_LEAST_OBJECT, min(size, _MOST_OBJECT))


def _load_lines(connection: duckdb.DuckDBPyConnection, source: Path, table: str) -> list[str]:
    reader = f"read_json({literal(unglobbed(source))}, format = 'newline_delimited', ignore_errors = true"
    connection.execute(f"CREATE TABLE {table} AS FROM {reader}, sample_size = -1)")
    ((broken,),) = connection.execute(
        f"SELECT count(*) FROM {reader}, records = false, columns = {{line: 'JSON'}}) WHERE line IS NULL"  # noqa: S608
    ).fetchall()
    if not broken:
        return []
    # A broken line has become a row of nothing.
    names = [quoted(name) for name, _ in _columns(connection, table)]
    nothing = " AND ".join(f"{name} IS NULL" for name in names)
    _replace(connection, table, f"SELECT * FROM {table} WHERE NOT ({nothing})")  # noqa: S608 our own names
    shown = ", ".join(f"{number:,}" for number in islice(_broken_lines(source), _NAMED_LINES))
    what = "line is not valid JSON and was" if broken == 1 else "lines are not valid JSON and were"
    return [
        f"{broken:,} {what} left out (line{'s' if broken > 1 else ''} {shown}{', …' if broken > _NAMED_LINES else ''})"
    ]


def _broken_lines(source: Path) -> Iterator[int]:
    for number, line in enumerate(encodings.lines(source), start=1):
        try:
            json.loads(line or "null")
        except ValueError:
            yield number


def _shape(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Make columns of records, UTC of times with zones and text of mixed values, as far as there are any."""
    rows, notes = _unwrap(connection, table)
    described = _columns(connection, table)
    outputs = [output for name, native in described for output in _outputs(quoted(name), name, native, _DEEPEST)]
    if any(expression != quoted(name) for expression, name in outputs):
        names = unique(name for _, name in outputs)
        chosen = ", ".join(
            f"{expression} AS {quoted(name)}" for (expression, _), name in zip(outputs, names, strict=True)
        )
        _replace(connection, table, f"SELECT {chosen} FROM {table}")  # noqa: S608 our own names
    if not rows:
        return [*notes, "it has no rows"]
    mixed = [name for name, native in described if str(native) == "JSON"]
    return [*notes, *(f"{name} holds values of several types and stays text" for name in mixed)]


def _outputs(expression: str, name: str, native: Any, depth: int) -> list[tuple[str, str]]:
    """What a column becomes: pairs of SQL expression and name, several for a record."""
    if native.id == "struct" and depth:
        return [
            output
            for child, child_type in native.children
            for output in _outputs(f"{expression}.{quoted(child)}", f"{name}_{child}", child_type, depth - 1)
        ]
    if str(native) == "TIMESTAMP WITH TIME ZONE":
        # Fetching it as it is would need the package pytz.
        return [(f"({expression} AT TIME ZONE 'UTC')", name)]
    return [(f"({expression} ->> '$')" if str(native) == "JSON" else expression, name)]


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, Any]]:
    """The names and DuckDB types of the table's columns."""
    return [(name, native) for name, native, *_ in connection.execute(f"FROM {table} LIMIT 0").description or ()]


def _unwrap(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, list[str]]:
    """Turn one row that holds one list of records into a table of these; gives the rows before it, and a note."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608 our own name
    lists = [
        name
        for name, native in _columns(connection, table)
        if native.id == "list" and native.children[0][1].id == "struct"
    ]
    if rows != 1 or len(lists) != 1:
        return rows, []
    _replace(connection, table, f"SELECT unnest({quoted(lists[0])}, max_depth := 2) FROM {table}")  # noqa: S608
    return rows, [f"its rows are those of the list {lists[0]!r}"]


def _replace(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    connection.execute(f"CREATE TABLE main._chatctl_shaped AS {query}")
    connection.execute(f"DROP TABLE {table}")
    connection.execute(f"ALTER TABLE main._chatctl_shaped RENAME TO {table.removeprefix('main.')}")
