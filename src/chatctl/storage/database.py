"""The one configuration of the database that neither loses updates nor fails (measured in the design of the jobs).

SQLite: WAL, foreign keys, synchronous=FULL (the commit is the promise), `isolation_level=None` on connect and
BEGIN IMMEDIATE for every writing transaction; reads have a pool of their own with plain BEGIN and query_only.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from chatctl.domain.errors import DatabaseError
from chatctl.sqlite import sqlite3
from chatctl.storage import faults

Transaction = Session
"""What `read` and `write` give: a handle for the functions of this package; who holds it decides what commits."""

Clock = Callable[[], float]
"""Seconds since the epoch."""

COMMAND_PATIENCE = 10.0
"""Seconds a command waits for another writer; a worker waits longer."""

WORKER_PATIENCE = 30.0


class Database:
    """Sessions for reading and for writing; every driver error leaves as a DatabaseError."""

    def __init__(self, url: str, *, patience: float = COMMAND_PATIENCE, clock: Clock = time.time) -> None:
        self.url = make_url(url)
        self.patience = patience
        self._clock = clock

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
        """A transaction that sees the newest state and holds the write lock; commits at the end, else rolls back."""
        with self._translated(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view that writes nothing."""
        with self._translated(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def now(self, session: Transaction) -> float:
        """Seconds since the epoch: by the server's clock where there is a server, else by this machine's."""
        if self.is_sqlite:
            return self._clock()
        return float(session.connection().execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def connect(self) -> Connection:
        """A bare writing connection, for migrations and checks."""
        with self._translated():
            return self._writer.connect()

    def close(self) -> None:
        """Give every connection back."""
        for name in ("_writer", "_reader"):
            if name in self.__dict__:
                self.__dict__.pop(name).dispose()

    @cached_property
    def _writer(self) -> Engine:
        return self._engine("BEGIN IMMEDIATE", "PRAGMA query_only=OFF")

    @cached_property
    def _reader(self) -> Engine:
        return self._engine("BEGIN", "PRAGMA query_only=ON") if self.is_sqlite else self._writer

    def _engine(self, begin: str, mode: str) -> Engine:
        if not self.is_sqlite:
            return create_engine(self.url, pool_pre_ping=True)
        engine = create_engine(
            self.url, module=sqlite3, connect_args={"timeout": self.patience, "check_same_thread": False}
        )

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _record: object) -> None:
            connection.isolation_level = None
            connection.execute(f"PRAGMA busy_timeout={int(self.patience * 1000)}")
            _write_ahead(connection)
            for pragma in ("synchronous=FULL", "foreign_keys=ON", f"journal_size_limit={64 * 2**20}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute(mode)

        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise faults.translate(error, self.url) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise faults.unfit(error) from error


def _write_ahead(connection: Any) -> None:
    """Switch to WAL; on a file that another process is just creating this may need more than one try."""
    for _ in range(50):
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.02)
        else:
            return
    raise DatabaseError("The database stays locked while it is being created", hint="Run `chatctl doctor`.")
