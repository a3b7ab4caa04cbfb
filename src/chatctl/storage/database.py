"""Transactions on the database of chats; every driver error leaves as a DatabaseError.

SQLite: BEGIN IMMEDIATE for every writing transaction, and a pool of its own with plain BEGIN for reads. PostgreSQL:
READ COMMITTED with row locks where a decision rests on what was read, and one snapshot for each reading transaction.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from chatctl.storage import connections, faults

Transaction = Session
"""What `read` and `write` give: a handle for the functions of this package; who holds it decides what commits."""

Clock = Callable[[], float]
"""Seconds since the epoch."""

COMMAND_PATIENCE = 10.0
"""Seconds a command waits for another writer; a worker waits longer."""

WORKER_PATIENCE = 30.0


class Database:
    """Sessions for reading and for writing. Raises ValidationError for a URL that no driver serves."""

    def __init__(self, url: str, *, patience: float = COMMAND_PATIENCE, clock: Clock | None = None) -> None:
        self.url = connections.parse(url)
        self.patience = patience
        self._clock = clock or (time.time if self.is_sqlite else None)

    @property
    def path(self) -> Path | None:
        """The SQLite file, or None on a server."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    @property
    def is_sqlite(self) -> bool:
        """Whether the clock and the locks are this machine's."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that may write; commits at the end, else rolls back.

        On SQLite it sees the newest state and holds the write lock; on a server others write at the same time.
        """
        with self._translated(), Session(self._writer, expire_on_commit=False) as session:
            with self._translated():
                # At once: a time that is read before the wait for the lock is old by that wait, and a lease with it.
                session.connection()
                yield session
                session.flush()
            with self._translated(committing=True):
                session.commit()

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view that writes nothing."""
        with self._translated(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def now(self, session: Transaction) -> float:
        """Seconds since the epoch: by the clock that was given, else by the server's, else by this machine's."""
        if self._clock:
            return self._clock()
        return float(session.connection().execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def connect(self) -> Connection:
        """A bare writing connection, for migrations and checks."""
        with self._translated():
            return self._writer.connect()

    def engines(self) -> tuple[Engine, Engine]:
        """For writing and for reading."""
        return self._writer, self._reader

    def close(self) -> None:
        """Give every connection back."""
        for name in ("_reader", "_writer"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()

    @cached_property
    def _writer(self) -> Engine:
        if self.is_sqlite:
            return connections.sqlite_engine(
                self.url, patience=self.patience, begin="BEGIN IMMEDIATE", query_only=False
            )
        return connections.postgres_engine(self.url, patience=self.patience)

    @cached_property
    def _reader(self) -> Engine:
        if self.is_sqlite:
            return connections.sqlite_engine(self.url, patience=self.patience, begin="BEGIN", query_only=True)
        return connections.snapshots(self._writer)

    @contextmanager
    def _translated(self, *, committing: bool = False) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise faults.translate(error, self.url, committing=committing) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise faults.unfit(error) from error
