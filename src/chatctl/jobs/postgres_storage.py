"""Rings in a PostgreSQL table: taken with SKIP LOCKED, heard of by LISTEN and NOTIFY.

The table is made when it is missed, and is unlogged: rings need not survive a crash, so none waits for the disk. libpq
bounds neither connecting (below 2 s) nor an answer, so calls are bounded here, and one that still hangs is ended by
shutting its socket.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg
from huey import storage as huey_storage

from chatctl.jobs.patience import within

# Huey looked for its drivers when it was imported, which may have been for a queue that needs another one.
huey_storage.psycopg = psycopg

Result = TypeVar("Result")

_LISTEN: Final = 0.5
"""Seconds that a look waits for a ring."""

_WATCHED: Final[dict[str, str | int]] = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "chatctl queue",
}
"""A peer that vanished without a word is found out within about ten seconds (libpq's parameters)."""

_TABLE: Final = "chatctl_task"
_RING: Final = f"WITH ring AS (INSERT INTO {_TABLE} (queue, data) VALUES (%s, %s)) SELECT pg_notify(%s, '')"  # noqa: S608
_NEWEST: Final = f"SELECT coalesce(max(id), 0) FROM {_TABLE} WHERE queue = %s"  # noqa: S608
_WAITING: Final = f"SELECT count(*) FROM {_TABLE} WHERE queue = %s"  # noqa: S608
_DISCARD: Final = f"DELETE FROM {_TABLE} WHERE queue = %s AND id <= %s"  # noqa: S608


class PostgresBellStorage(huey_storage.PostgresStorage):  # type: ignore[misc]
    """Rings at one libpq URL; `patience` bounds every call but a look, in seconds."""

    failures = (psycopg.Error, OSError)
    ddl: list[str]

    def __init__(self, name: str, *, url: str, patience: float) -> None:
        self._url = url
        self._patience = patience
        self._looking = threading.Lock()
        self._ear: psycopg.Connection[Any] | None = None
        super().__init__(name, connection=self._connected, blocking=False, table_prefix="chatctl", create_tables=False)
        assert self.table_task == _TABLE
        self.ddl = [statement.replace("create table", "create unlogged table") for statement in self.ddl[3:5]]

    def ring(self, data: bytes) -> None:
        """Add a ring and tell the listeners, in one round trip."""
        ring = (_RING, (self.name, data, self.channel))
        try:
            self._patiently(lambda: self.sql(*ring))
        except psycopg.errors.UndefinedTable:
            self._patiently(self._make_table)
            self._patiently(lambda: self.sql(*ring))

    def dequeue(self) -> bytes | None:
        """Take the oldest ring, waiting a moment for one; None where there is none or another thread is looking."""
        if not self._looking.acquire(blocking=False):
            return None
        try:
            return self._heard()
        except psycopg.Error:
            self._deafen()
            raise
        finally:
            self._looking.release()

    def horizon(self) -> int:
        """The number of the newest ring: whoever rings has committed the message before its ring gets a number."""
        return int(self._patiently(lambda: self.sql(_NEWEST, (self.name,), results=True))[0][0])

    def discard(self, horizon: int) -> None:
        """Drop the rings up to this number."""
        self._patiently(lambda: self.sql(_DISCARD, (self.name, horizon)))

    def waiting(self) -> int:
        """How many rings nobody took yet."""
        try:
            return int(self._patiently(lambda: self.sql(_WAITING, (self.name,), results=True))[0][0])
        except psycopg.errors.UndefinedTable:
            return 0

    def close(self) -> bool:
        """Close the connections."""
        self._deafen()
        return bool(super().close())

    def _heard(self) -> bytes | None:
        # Listening comes before the look, or a ring in between would not be heard.
        if self._ear is None:
            self._make_table()
            self._ear = self._connected()
            self._ear.execute(f'LISTEN "{self.channel}"')
        data: bytes | None = self._dequeue()
        if data is None and list(self._ear.notifies(timeout=_LISTEN, stop_after=1)):
            data = self._dequeue()
        return data

    def _deafen(self) -> None:
        """Close the listening connection; the next look opens one."""
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()

    def _make_table(self) -> None:
        with self.db(commit=True) as cursor:
            cursor.execute("SELECT to_regclass(%s)", (_TABLE,))
            if cursor.fetchone() == (None,):
                # Two that make it at once would fail in spite of `if not exists`.
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (_TABLE,))
                for statement in self.ddl:
                    cursor.execute(statement)

    def _connected(self) -> "psycopg.Connection[Any]":
        # What the user's own URL says comes first; a bare one is completed.
        told = psycopg.conninfo.conninfo_to_dict(self._url)
        added = {name: value for name, value in _WATCHED.items() if name not in told}
        return psycopg.connect(psycopg.conninfo.make_conninfo(self._url, **added), autocommit=True)

    def _patiently(self, act: Callable[[], Result]) -> Result:
        try:
            return within(self._patience, act, self.failures)
        except TimeoutError:
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        """End whatever waits for an answer on the connection: its socket is shut under it."""
        connection = self._conn
        with suppress(psycopg.Error, OSError):
            if connection is not None:
                with socket.socket(fileno=os.dup(connection.fileno())) as shared:
                    shared.shutdown(socket.SHUT_RDWR)
