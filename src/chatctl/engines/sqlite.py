"""A SQLite file as an engine, in SQLite's own read-only mode and with only reading authorized.

https://www.sqlite.org/c3ref/set_authorizer.html: the authorizer is asked while a statement is compiled, so a refused
one never runs.
"""

import hashlib
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from chatctl.domain.errors import QueryError, QueryTimeout, SourceError, SourceNotFound, SqlNotReadOnly
from chatctl.domain.results import Column, ResultSet, encode_cell
from chatctl.domain.sources import ForeignKey, SourceColumn, Table, TableProfile
from chatctl.engines import guard
from chatctl.engines.affinities import declared_type, observed_type
from chatctl.engines.engine import Limits
from chatctl.engines.names import nearest, quoted
from chatctl.sqlite import sqlite3

if TYPE_CHECKING:
    from sqlite3 import Connection
else:
    Connection = sqlite3.Connection

_PATIENCE: Final = 2.0
"""Seconds to wait for a writer that holds the file."""
_STEPS_BETWEEN_LOOKS: Final = 10_000
"""Virtual machine instructions between two looks at the clock: well under a millisecond."""
_LOOKED_AT: Final = 200
_COUNTING: Final = 0.2
"""Seconds that counting one table's rows may take while the source is opened: SQLite keeps no count."""
_LOOKING: Final = 2.0
"""Seconds that looking at some rows of every table and view may take while the source is opened."""

_READING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_OUTSIDE_FUNCTIONS: Final = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


def open_sqlite(path: Path) -> "SqliteEngine":
    """A SQLite file as an engine. Raises SourceError if it is gone, no database, encrypted, damaged or locked."""
    try:
        return SqliteEngine(path)
    except (sqlite3.Error, OSError) as error:
        raise _cannot_open(path, error) from error


class SqliteEngine:
    """Reads one SQLite file; see the Engine protocol."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.fingerprint = _fingerprint(path)
        self._connection, warnings = _connect(path)
        self._by_name, unreadable = _catalog(self._connection)
        self.warnings = (*warnings, *unreadable)
        self._connection.set_authorizer(_authorize)

    def tables(self) -> list[Table]:
        """Every table and view, by name."""
        return list(self._by_name.values())

    def profile(self, table: str) -> TableProfile:
        """Row, null and distinct counts, ranges and samples. Raises SourceNotFound for an unknown table."""
        from chatctl.engines.profiles import profile_sqlite

        found = self._find(table)
        with self._bounded(Limits()):
            return profile_sqlite(self._connection, found)

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """At most `limits.rows` rows of one query; see the Engine protocol for what it raises."""
        guard.check(
            sql, dialect=self.dialect, tables=self._by_name, qualified=[f"main.{name}" for name in self._by_name]
        )
        started = time.perf_counter()
        with self._bounded(limits):
            cursor = self._connection.execute(sql)
            try:
                raw = cursor.fetchmany(limits.rows + 1)
                names = [name for name, *_ in cursor.description or ()]
            finally:
                cursor.close()
        cells = [[encode_cell(cell) for cell in row] for row in raw[: limits.rows]]
        columns = [
            Column(name=name, type=observed_type([row[number] for row in raw])) for number, name in enumerate(names)
        ]
        return ResultSet(
            columns=columns,
            rows=cells,
            truncated=len(raw) > limits.rows,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

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
            with _time_limit(self._connection, limits.seconds):
                yield
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            raise _query_error(error, self._by_name, limits) from error


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _view: str | None) -> int:
    if action == sqlite3.SQLITE_PRAGMA:
        # Full-text search asks for this one by itself to see whether its index has changed.
        allowed = first == "data_version" and second is None
    else:
        allowed = action in _READING and (second or "").lower() not in _OUTSIDE_FUNCTIONS
    return int(sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY)


def _connect(path: Path) -> tuple[Connection, tuple[str, ...]]:
    """A connection that can read, and what to say of it.

    A database in WAL mode needs its -shm file, which cannot be made in a folder that may not be written; as an
    immutable file it can be read all the same (https://www.sqlite.org/wal.html#readonly).
    """
    try:
        return _probed(path, "mode=ro"), ()
    except sqlite3.OperationalError:
        if os.access(path.parent, os.W_OK) or not os.access(path, os.R_OK):
            raise
    log = path.with_name(path.name + "-wal")
    unseen = log.exists() and log.stat().st_size > 0
    warning = f"{path.name} is in a folder that cannot be written, so changes in its -wal file are not seen."
    return _probed(path, "immutable=1"), (warning,) if unseen else ()


def _probed(path: Path, option: str) -> Connection:
    # The file's name may hold anything, `?` and `%` too, which a URI gives a meaning.
    connection: Connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?{option}",
        uri=True,
        timeout=_PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.text_factory = _decoded
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _catalog(connection: Connection) -> tuple[dict[str, Table], list[str]]:
    """Tables and views by name, and a word for each view that refers to what is gone."""
    names = connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'view', 'virtual')"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    deadline = time.monotonic() + _LOOKING
    tables, unreadable = {}, []
    for (name,) in names:
        try:
            tables[name] = _table(connection, name, deadline)
        except sqlite3.OperationalError as error:
            unreadable.append(f"{name} cannot be read and is left out: {error}.")
    return tables, unreadable


def _table(connection: Connection, name: str, deadline: float) -> Table:
    described = connection.execute(
        'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid', (name,)
    ).fetchall()
    samples = _samples(connection, name, [column for column, *_ in described], deadline)
    columns = [
        SourceColumn(
            name=column,
            type=declared_type(declared, samples[column]),
            native_type=declared or "",
            nullable=not (required or key),
        )
        for column, declared, required, key in described
    ]
    keys = sorted((key, column) for column, _, _, key in described if key)
    return Table(
        name=name,
        columns=columns,
        primary_key=[column for _, column in keys],
        foreign_keys=_foreign_keys(connection, name),
        row_count=_quick_count(connection, name),
    )


def _samples(connection: Connection, name: str, columns: list[str], deadline: float) -> dict[str, list[Any]]:
    """Some cells of each column; none of a view or virtual table that cannot be read, or not in time."""
    try:
        with _time_limit(connection, deadline - time.monotonic()):
            rows = connection.execute(f"SELECT * FROM {quoted(name)} LIMIT {_LOOKED_AT}").fetchall()  # noqa: S608
    except sqlite3.Error:
        rows = []
    return {column: [row[number] for row in rows] for number, column in enumerate(columns)}


def _foreign_keys(connection: Connection, name: str) -> list[ForeignKey]:
    by_number: dict[int, list[tuple[str, str, str | None]]] = defaultdict(list)
    for number, target, column, reference in connection.execute(
        'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq', (name,)
    ):
        by_number[number].append((target, column, reference))
    return [
        ForeignKey(
            columns=[column for _, column, _ in pairs],
            table=pairs[0][0],
            references=_references(connection, pairs),
        )
        for pairs in by_number.values()
    ]


def _references(connection: Connection, pairs: list[tuple[str, str, str | None]]) -> list[str]:
    """The columns that a key points to; where it names none, the other table's primary key."""
    named = [reference for _, _, reference in pairs if reference]
    if named:
        return named
    keys = connection.execute("SELECT name FROM pragma_table_xinfo(?) WHERE pk ORDER BY pk", (pairs[0][0],)).fetchall()
    return [name for (name,) in keys]


def _quick_count(connection: Connection, name: str) -> int | None:
    """The number of rows, unless counting takes too long."""
    try:
        with _time_limit(connection, _COUNTING):
            (count,) = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()  # noqa: S608
    except sqlite3.Error:
        return None
    return int(count)


@contextmanager
def _time_limit(connection: Connection, seconds: float) -> Iterator[None]:
    """Interrupt what the connection runs when the time is over."""
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _query_error(error: Exception, tables: dict[str, Table], limits: Limits) -> Exception:
    text = str(error)
    if text == "interrupted":
        return QueryTimeout(
            f"The query took longer than {limits.seconds:g} s and was stopped.",
            hint="Ask for less, or raise --query-timeout.",
        )
    if any(words in text for words in ("not authorized", "authorization denied", "prohibited", "readonly")):
        return SqlNotReadOnly(f"The engine refuses this: {text}.", hint=guard.HINT)
    if "locked" in text:
        return SourceError("The database is locked by another program.", hint="Try again when it is done.")
    return QueryError(text, hint=_column_hint(text, tables))


def _column_hint(text: str, tables: dict[str, Table]) -> str | None:
    _, found, name = text.partition("no such column: ")
    columns = {column.name for table in tables.values() for column in table.columns}
    similar = nearest(name.rpartition(".")[2], columns) if found else []
    return f"Did you mean {', '.join(similar)}?" if similar else None


def _cannot_open(path: Path, error: Exception) -> SourceError:
    text = str(error)
    if not path.exists():
        return SourceError(f"There is no file {str(path)!r}.", hint="Was it moved? `chatctl source move` follows it.")
    if "not a database" in text:
        return SourceError(f"{str(path)!r} is not a SQLite database, or it is encrypted.")
    if "locked" in text or "busy" in text:
        return SourceError(f"{str(path)!r} is locked by another program.", hint="Try again when it is done.")
    return SourceError(f"Cannot open {str(path)!r} as a SQLite database: {text}.")


def _fingerprint(path: Path) -> str:
    """Of the file and its log: a change to either is a change of the data."""
    digest = hashlib.sha256()
    for part in (path, path.with_name(path.name + "-wal")):
        if part.exists():
            stat = part.stat()
            digest.update(f"{part}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]
