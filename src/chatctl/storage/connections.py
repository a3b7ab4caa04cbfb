"""How each kind of database is connected to: the settings under which it neither loses updates nor waits for ever.

SQLite: WAL, foreign keys, synchronous=FULL (the commit is the promise), `isolation_level=None` on connect and an
explicit BEGIN for every transaction. PostgreSQL: READ COMMITTED for writing, one snapshot for reading, and a bound on
everything that a silent server or a vanished client could make others wait for.
"""

import json
import math
import time
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from chatctl.config import mask
from chatctl.domain.errors import DatabaseError, ValidationError
from chatctl.sqlite import sqlite3

CONNECT_PATIENCE: Final = 4
"""Seconds a silent server is given to answer a connection."""

IDLE_IN_TRANSACTION: Final = 5.0
"""Seconds after which the server ends a transaction whose client says nothing: a paused worker holds no lock longer."""

KEPT, MOST = 3, 10
"""Connections that a process keeps, and that it opens at most."""

_SHARED: Final = 8
"""Engines that are kept: with them their compiled statements, which cost more than running them."""

_SUPPORTED: Final = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def parse(url: str) -> URL:
    """The URL with the driver that is used for it. Raises ValidationError for one that no driver serves."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    driver = parsed and _SUPPORTED.get(parsed.drivername, parsed.drivername)
    if parsed is None or driver not in _SUPPORTED.values() or not parsed.database:
        raise ValidationError.field(
            "database",
            f"No database of chats can be kept at {mask(url)!r}",
            hint="Supported are a file, sqlite:///PATH, and postgresql+psycopg://USER@HOST/NAME.",
        )
    return parsed.set(drivername=str(driver))


@lru_cache(maxsize=_SHARED)
def sqlite_engine(url: URL, *, patience: float, begin: str, query_only: bool) -> Engine:
    """Connections to a SQLite file whose every transaction starts with `begin`; one engine for all who ask alike."""
    engine = create_engine(
        url,
        module=sqlite3,
        hide_parameters=True,
        json_serializer=_json,
        connect_args={"timeout": patience, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"journal_size_limit={64 * 2**20}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA query_only={'ON' if query_only else 'OFF'}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def postgres_engine(url: URL, *, patience: float) -> Engine:
    """Connections to a PostgreSQL database. Raises DatabaseError where its driver is not installed.

    What the URL itself says of the connection wins.
    """
    bounds = {
        "connect_timeout": CONNECT_PATIENCE,
        "application_name": "chatctl",
        # A server that went away while it owes an answer: the kernel tells within 5 s, not after two hours.
        "keepalives_idle": 3,
        "keepalives_interval": 1,
        "keepalives_count": 2,
        "tcp_user_timeout": 5_000,
    }
    try:
        engine = create_engine(
            url,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            json_serializer=_json,
            pool_pre_ping=True,
            pool_size=KEPT,
            max_overflow=MOST - KEPT,
            pool_timeout=patience,
            pool_use_lifo=True,
            connect_args={name: value for name, value in bounds.items() if name not in url.query},
        )
    except ImportError as error:
        raise DatabaseError(
            "PostgreSQL needs the driver psycopg, which is not installed", hint="pip install 'chatctl[postgres]'"
        ) from error

    _settle(engine, patience)
    return engine


def _settle(engine: Engine, patience: float) -> None:
    """Give every connection its limits when it is made, and let it forget what a user of it left behind."""
    # Statements and not the startup packet's `options`, which poolers refuse.
    settings = {
        "lock_timeout": f"{patience * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{IDLE_IN_TRANSACTION * 1000:.0f}",
        "TimeZone": "UTC",
    }
    statement = "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute(statement)
        connection.commit()

    @event.listens_for(engine, "checkin")
    def forget(connection: Any, _record: object) -> None:
        # SQLAlchemy leaves an explicit READ WRITE behind, which a standby refuses before it says what it is.
        if connection is not None and not connection.closed:
            connection.read_only = None


def snapshots(engine: Engine) -> Engine:
    """The same connections for reading: every statement of a transaction sees one state, and none can write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _json(value: object) -> str:
    """JSON as its standard has it, which PostgreSQL insists on: neither NaN nor infinities, which become null."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
