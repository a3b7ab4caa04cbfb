"""Huey's queue in a SQLite file of its own, which may vanish or break at any moment: it holds hints only.

A damaged file is renamed aside under a lock and made anew; a file that was replaced is opened anew.
"""

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from huey.storage import SqliteStorage

from chatctl.domain.health import Finding
from chatctl.sqlite import sqlite3

_BUSY: Final = frozenset({5, 6})
_DAMAGED: Final = frozenset({11, 26})
"""Primary result codes: SQLITE_BUSY and SQLITE_LOCKED; SQLITE_CORRUPT and SQLITE_NOTADB (sqlite.org/rescode.html)."""

_log = logging.getLogger("chatctl.jobs")


class SqliteBellStorage(SqliteStorage):  # type: ignore[misc]
    """Rings in the table `task` of a private file (mode 0600) in WAL mode; `patience` is the busy time-out in seconds.

    Opens the file at its first use. One thread at a time looks for rings: the others would only wait for it.
    """

    _conn: Any
    failures = (sqlite3.Error, OSError)
    integrity_error = sqlite3.IntegrityError
    operational_error = sqlite3.OperationalError

    def __init__(self, name: str, *, path: Path, patience: float) -> None:
        self._path = path
        self._opened: tuple[int, int] | None = None
        self._looking = threading.Lock()
        self._opens = self._rings = 0
        self._empty_at: tuple[int, int, int] | None = None
        super().__init__(name, filename=str(path), timeout=patience, create_tables=False, strict_fifo=True)

    def ring(self, data: bytes) -> None:
        """Add a ring; once more if the file turned out to be damaged, moved or emptied."""
        try:
            self.enqueue(data)
        except sqlite3.Error as error:
            if _code(error) in _BUSY:
                raise
            self.enqueue(data)
        self._rings += 1

    def dequeue(self) -> Any:
        """Take the oldest row, or None where there is none or another thread is looking."""
        if not self._looking.acquire(blocking=False):
            return None
        try:
            return None if self._unchanged() else self._take()
        finally:
            self._looking.release()

    def horizon(self) -> int:
        """The number of the newest ring; numbers are never used twice."""
        newest = self.sql("SELECT max(id) FROM task", results=True)[0][0]
        return int(newest or 0)

    def discard(self, horizon: int) -> None:
        """Drop the rings up to this number."""
        if horizon:
            self.sql("DELETE FROM task WHERE id <= ?", (horizon,), commit=True)

    def close(self) -> bool:
        """Close the connection if there is one."""
        with self.lock:
            connection, self._conn = self._conn, None
            if connection is not None:
                connection.close()
            return connection is not None

    def _unchanged(self) -> bool:
        """Whether nobody wrote since the last look, which found nothing: a fiftieth of the cost of a look."""
        if self._empty_at is None or self._displaced():
            return False
        with self.lock, suppress(sqlite3.Error):
            return self._conn is not None and self._state(self._conn) == self._empty_at
        # A broken connection is healed by the look.
        return False

    def _take(self) -> Any:
        with self.db() as cursor:
            before = self._state(cursor)
        data = super().dequeue()
        self._empty_at = before if data is None else None
        return data

    def _state(self, reader: Any) -> tuple[int, int, int]:
        """Differs after every write: of this connection by our count, of others by SQLite's.

        See sqlite.org/pragma.html#pragma_data_version.
        """
        return self._opens, self._rings, int(reader.execute("PRAGMA data_version").fetchone()[0])

    @contextmanager
    def db(self, commit: bool = False, close: bool = False) -> Iterator[Any]:
        """A cursor on the file that stands at the path now; damage is set aside for the next to come."""
        if self._conn is not None and self._displaced():
            self.close()
            self._set_aside(emptied=True)
        try:
            with super().db(commit=commit, close=close) as cursor:
                yield cursor
        except sqlite3.DatabaseError as error:
            if _code(error) not in _BUSY:
                self.close()
            if _code(error) in _DAMAGED:
                self._set_aside()
            raise

    def _displaced(self) -> bool:
        """Whether the file that is open is not the whole file at the path any more."""
        return _identity(self._path) != self._opened or _is_empty(self._path)

    def _create_connection(self) -> Any:
        _create_privately(self._path)
        self._opened = _identity(self._path)
        self._opens += 1
        connection = sqlite3.connect(self.filename, timeout=self._timeout, check_same_thread=False)
        connection.isolation_level = None
        try:
            self._set_journal_mode(connection)
            connection.execute("PRAGMA synchronous=NORMAL")
            self._create_tables(connection)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _create_tables(self, connection: Any) -> None:
        # A look first: the DDL takes an exclusive lock even where there is nothing to do.
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'task_queue_priority_id'").fetchone():
            return
        connection.execute("BEGIN EXCLUSIVE")
        for statement in self.ddl:
            connection.execute(statement)
        connection.execute("COMMIT")

    def _set_aside(self, *, emptied: bool = False) -> None:
        """Rename the file that was opened; an emptied one too, or others would go on with its unlinked log."""
        with _lock_beside(self._path) as held:
            if not held or _identity(self._path) != self._opened or (emptied and not _is_empty(self._path)):
                return
            aside = _rename_aside(self._path)
        _log.warning("set a damaged queue file aside", extra={"path": str(aside)})


def check(path: Path) -> Finding:
    """Whether the file is sound; looks only, and makes none."""
    if not path.exists():
        return Finding(check="queue", verdict="ok", finding="no file yet; it is made when first needed")
    try:
        fault = _fault(path)
    except sqlite3.OperationalError as error:
        hint = "Nothing is lost: workers find due messages in the database, only a little later."
        return Finding(check="queue", verdict="warning", finding=f"{path} cannot be read: {error}", hint=hint)
    if fault is None:
        return Finding(check="queue", verdict="ok", finding=f"{path} is sound")
    hint = "Nothing is lost: `chatctl doctor --fix` puts it aside, and so does whoever meets it first."
    return Finding(check="queue", verdict="warning", finding=f"{path} is damaged: {fault}", hint=hint)


def quarantine(path: Path) -> Path | None:
    """Rename a broken file aside; where it is now, or None where it is sound or another process is at it."""
    with suppress(sqlite3.OperationalError):
        if path.exists() and _fault(path):
            with _lock_beside(path) as held:
                return _rename_aside(path) if held else None
    return None


def _fault(path: Path) -> str | None:
    """What is wrong with the file, or None. Raises OperationalError where it cannot be looked at now."""
    if path.is_dir():
        return "it is a folder"
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=1)) as connection:
            verdict = str(connection.execute("PRAGMA quick_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if _code(error) not in _DAMAGED:
            raise
        return str(error)
    return None if verdict == "ok" else verdict


def _rename_aside(path: Path) -> Path:
    """Rename the file and its log, whoever has them open."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    # The log goes first: a new file that finds an old log would take its pages over.
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    return aside


def _create_privately(path: Path) -> None:
    # Only ever by O_EXCL: closing a descriptor of a file that SQLite has open would drop SQLite's locks on it.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _is_empty(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return path.stat().st_size == 0
    return False


@contextmanager
def _lock_beside(path: Path) -> Iterator[bool]:
    """Whether the lock on renewing this file was free; it is held inside the block."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _taken(lock)
    finally:
        os.close(lock)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
