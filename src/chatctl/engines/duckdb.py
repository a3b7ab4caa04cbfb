"""DuckDB as an engine: a database file opened read-only, with nothing outside it within reach.

`read_only` alone is no sandbox in DuckDB 2.0 (COPY TO and read_text still work), so external access is off and the
configuration locked before the first statement of a user runs. The file is attached to an instance of its own rather
than connected to: a process shares one instance for each file it connects to, and with it a locked configuration.
"""

import copy
import hashlib
import itertools
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from chatctl.domain.errors import QueryError, QueryTimeout, SourceError, SourceNotFound, SqlNotReadOnly
from chatctl.domain.results import Cell, Column, ResultSet, encode_cell
from chatctl.domain.sources import Table, TableProfile
from chatctl.engines import duckdb_catalog, guard
from chatctl.engines.duckdb_catalog import column_type
from chatctl.engines.engine import Limits
from chatctl.engines.names import literal, nearest, quoted

_MOST_MEMORY: Final = 4 * 1024**3
_MOST_THREADS: Final = 8
_DATABASE: Final = "source"
_instances: Final = itertools.count()


def configuration(cache: Path) -> dict[str, str | bool | int | float | list[str]]:
    """Settings of an instance: a share of the machine's memory and cores, and a folder under `cache` to spill to."""
    (cache / "spill").mkdir(parents=True, exist_ok=True)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "memory_limit": f"{min(memory // 2, _MOST_MEMORY) // 1024**2}MiB",
        "threads": str(min(os.cpu_count() or 1, _MOST_THREADS)),
        # Instances must not share a folder: DuckDB names all spill files alike. It makes and removes the folder itself.
        "temp_directory": str(cache / "spill" / f"{os.getpid()}-{next(_instances)}"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }


def sweep_spill(cache: Path) -> None:
    """Remove what processes that were killed have spilled."""
    for folder in (cache / "spill").glob("*-*"):
        process, _, _ = folder.name.partition("-")
        if not _alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def check_name(path: Path) -> None:
    """Raises SourceError for a file name that DuckDB, which takes UTF-8 only, cannot be told."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise SourceError(f"The file name {os.fsencode(path)!r} is not UTF-8.", hint="Rename the file.") from error


def open_duckdb(path: Path, cache: Path) -> "DuckdbEngine":
    """A DuckDB file as an engine. Raises SourceError if it is gone, damaged, too new, or open for writing elsewhere."""
    fingerprint = _fingerprint(path)
    connection = attach(path, cache)
    try:
        return DuckdbEngine(connection, fingerprint=fingerprint)
    except duckdb.Error as error:
        connection.close()
        raise _cannot_open(path, error) from error


def attach(path: Path, cache: Path) -> duckdb.DuckDBPyConnection:
    """An instance of DuckDB with the file attached read-only as `source`. Raises SourceError as `open_duckdb` does."""
    check_name(path)
    try:
        connection = duckdb.connect(":memory:", config=configuration(cache))
        try:
            connection.execute(f"ATTACH {literal(str(path))} AS {_DATABASE} (TYPE duckdb, READ_ONLY)")
        except duckdb.Error:
            connection.close()
            raise
    except (duckdb.Error, OSError) as error:
        raise _cannot_open(path, error) from error
    return connection


class DuckdbEngine:
    """Reads one DuckDB file; see the Engine protocol."""

    dialect = "duckdb"

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        fingerprint: str,
        warnings: tuple[str, ...] = (),
        tables: Sequence[Table] | None = None,
    ) -> None:
        """`tables` are those of the schema main, where they are known beforehand."""
        self.fingerprint = fingerprint
        self.warnings = warnings
        self._connection = connection
        # First of all, for what a view refers to may be outside.
        connection.execute("SET enable_external_access = false")
        if tables is None:
            tables, self._qualified = duckdb_catalog.read(connection, _DATABASE)
        else:
            self._qualified = [("main", table.name) for table in tables]
        self._by_name = {table.name: table for table in tables}
        self._search()
        # Global, for the connections of `beside` too.
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")

    def beside(self) -> "DuckdbEngine":
        """Another connection to the same instance, for queries at the same time; it is closed on its own."""
        other = copy.copy(self)
        other._connection = self._connection.cursor()
        other._search()
        return other

    def tables(self) -> list[Table]:
        """Every table and view, by name; of doubled names in several schemas, the first."""
        return list(self._by_name.values())

    def profile(self, table: str) -> TableProfile:
        """Row, null and distinct counts, ranges and samples. Raises SourceNotFound for an unknown table."""
        from chatctl.engines.profiles import profile_duckdb

        found = self._find(table)
        with self._bounded(Limits()):
            return profile_duckdb(self._connection, found)

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """At most `limits.rows` rows of one query; see the Engine protocol for what it raises."""
        qualified = [f"{schema}.{table}" for schema, table in self._qualified]
        guard.check(sql, dialect=self.dialect, tables=self._by_name, qualified=qualified)
        started = time.perf_counter()
        with self._bounded(limits):
            columns, rows = _fetch(self._connection, _statement(self._connection, sql), limits.rows + 1)
        return ResultSet(
            columns=columns,
            rows=rows[: limits.rows],
            truncated=len(rows) > limits.rows,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _search(self) -> None:
        """Let names stand for tables of all schemas; each connection has a path of its own."""
        schemas = dict.fromkeys(["main", *(schema for schema, _ in self._qualified)])
        path = ",".join(f"{_DATABASE}.{quoted(schema)}" for schema in schemas)
        self._connection.execute(f"SET search_path = {literal(path)}")

    def _find(self, name: str) -> Table:
        for table in self._by_name.values():
            if table.name.casefold() == name.casefold():
                return table
        similar = nearest(name, self._by_name)
        raise SourceNotFound(
            f"There is no table {name!r} in this source.", hint=f"Did you mean {similar[0]!r}?" if similar else None
        )

    @contextmanager
    def _bounded(self, limits: Limits) -> Iterator[None]:
        """Stop what runs inside when its time is over, and tell errors in our words."""
        try:
            with signals_kept(), _time_limit(self._connection, limits.seconds):
                yield
        except duckdb.InterruptException as error:
            raise QueryTimeout(
                f"The query took longer than {limits.seconds:g} s and was stopped.",
                hint="Ask for less, or raise --query-timeout.",
            ) from error
        except duckdb.Error as error:
            raise _query_error(error, self._by_name) from error
        except (RuntimeError, ValueError, OverflowError, TypeError) as error:
            # The driver raises these for values and texts that it cannot pass between Python and DuckDB.
            raise QueryError(f"The engine cannot run this: {error}") from error


def _statement(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise SqlNotReadOnly("The engine does not see exactly one query in this.", hint=guard.HINT)
    return statements[0]


def _fetch(
    connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement, count: int
) -> tuple[list[Column], list[list[Cell]]]:
    connection.execute(statement)
    natives = [(str(name), str(native)) for name, native, *_ in connection.description or ()]
    if any("WITH TIME ZONE" in native for _, native in natives):
        connection.execute(_zones_as_text(statement.query, natives))
    columns = [Column(name=name, type=column_type(native)) for name, native in natives]
    rows = [_row(row, natives) for row in connection.fetchmany(count)]
    return columns, rows


def _zones_as_text(query: str, natives: list[tuple[str, str]]) -> str:
    # Fetching a time with a zone needs the pytz package; as text, in UTC, it needs nothing.
    outputs = ", ".join(
        f"CAST(#{number} AS VARCHAR)" if "WITH TIME ZONE" in native else f"#{number}"
        for number, (_, native) in enumerate(natives, start=1)
    )
    bare = guard.without_semicolon(query, dialect="duckdb")
    return f"SELECT {outputs} FROM ({bare}\n)"  # noqa: S608 the query itself passed the guards


def _row(row: tuple[Any, ...], natives: list[tuple[str, str]]) -> list[Cell]:
    return [
        _iso(cell) if native == "TIMESTAMP WITH TIME ZONE" else encode_cell(cell)
        for cell, (_, native) in zip(row, natives, strict=True)
    ]


def _iso(cell: str | None) -> str | None:
    """DuckDB's `2013-01-01 10:00:00+00` as `2013-01-01T10:00:00Z`."""
    return None if cell is None else cell.replace(" ", "T", 1).replace("+00", "Z")


@contextmanager
def signals_kept() -> Iterator[None]:
    """DuckDB answers a signal during a query with a RuntimeError and drops what the signal's handler raised."""
    try:
        yield
    except RuntimeError as error:
        if "Query interrupted" in str(error):
            raise KeyboardInterrupt from error
        raise


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    try:
        # Started inside, for a signal that arrives in here must not leave it running.
        timer.start()
        yield
    finally:
        timer.cancel()
        if timer.ident:
            # A late interrupt would hit the next query.
            timer.join()


def _query_error(error: duckdb.Error, tables: dict[str, Table]) -> QueryError:
    """DuckDB's own sentence, without its marker line; its candidates or suggestion become the hint."""
    message, _, _ = str(error).partition("\n\nLINE ")
    sentence, *more = message.strip().splitlines()
    _, _, words = sentence.partition("Error: ")
    hint = " ".join(line.strip() for line in more if line.strip()) or None
    if isinstance(error, duckdb.OutOfMemoryException):
        words, hint = "The query needs more memory than it may use.", "Group or filter more, so that less is held."
    if near := re.search(r'syntax error at or near "(\w+)"', words):
        names = {name.casefold() for table in tables.values() for name in (table.name, *_column_names(table))}
        # A file may well be called order.csv.
        hint = f'Write the name in double quotes: "{near[1]}".' if near[1].casefold() in names else hint
    return QueryError(words or sentence, hint=hint)


def _column_names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _cannot_open(path: Path, error: Exception) -> SourceError:
    text = str(error)
    if isinstance(error, FileNotFoundError) or not path.exists():
        return SourceError(f"There is no file {str(path)!r}.", hint="Was it moved? `chatctl source move` follows it.")
    if "Could not set lock" in text:
        return SourceError(
            f"{str(path)!r} is open for writing in another program.", hint="Close it there, then try again."
        )
    if "encrypt" in text:
        return SourceError(f"{str(path)!r} is encrypted.", hint="Make a copy that is not.")
    if "newer version" in text or "version number" in text:
        return SourceError(f"{str(path)!r} was written by another version of DuckDB than {duckdb.__version__}.")
    return SourceError(f"Cannot open {str(path)!r} as a DuckDB database.", hint=text.splitlines()[0])


def _fingerprint(path: Path) -> str:
    """Of the file and its log: a change to either is a change of the data."""
    digest = hashlib.sha256()
    for part in (path, path.with_name(path.name + ".wal")):
        if part.exists():
            stat = part.stat()
            digest.update(f"{part}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:32]
