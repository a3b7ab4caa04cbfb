"""Bringing a database to the schema of this version.

One cheap SELECT decides; Alembic is imported only when there is something to migrate. A SQLite database is created
and migrated by itself, by one process at a time and after a backup; on a server `chatctl db upgrade` does it.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from chatctl.domain.errors import DatabaseError
from chatctl.storage import copies, faults
from chatctl.storage.database import Database
from chatctl.storage.retries import repeatable

HEAD: Final = "0004"
"""The newest revision in migrations/versions; a test holds the two together."""

_VERSION_TABLE: Final = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""
"""As Alembic makes it."""

_REVISION: Final = text("SELECT version_num FROM alembic_version")
_SERVER: Final = text("""
    SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1) AS version,
        pg_database_size(current_database()) AS size,
        pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS read_only,
        (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
        current_setting('max_connections')::integer AS most_connections
""")
_NO_TABLE: Final = "42p01"
_ADVISORY_LOCK: Final = 0x63686174
"""The number under which upgrades of one server's database take turns; any that no other program uses."""


def ensure(database: Database) -> None:
    """Create or migrate a SQLite database where it needs it.

    Raises DatabaseError for a server's database that is not at head, and for one that a newer version wrote.
    """
    path = database.path
    if path is None:
        _require_head(database)
    elif not path.exists() or revision(database) != HEAD:
        prepare_folder(path)
        with single_flight(path):
            _create_private(path)
            upgrade(database)


@repeatable
def revision(database: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    with database.read() as session:
        return _revision(session.connection())


def upgrade(database: Database) -> list[str]:
    """Bring the database to head; the revisions passed through, oldest first. A SQLite file is backed up before.

    Of several that do this at once, on a server too, one does it and the others find it done.
    """
    at = revision(database)
    if at == HEAD:
        return []
    refuse_unknown(at)
    if at and database.path:
        path = database.path
        copies.copy(path, path.with_name(f"{path.name}.before-{HEAD}-{datetime.now(UTC):%Y%m%d%H%M%S}"))
    with _migrating(database) as connection:
        at = _revision(connection)
        if at == HEAD:
            return []
        refuse_unknown(at)
        return _migrate(connection) if at else _create(database, connection)


def _revision(connection: Connection) -> str | None:
    try:
        with connection.begin_nested():  # on a server a failed statement would spoil the transaction
            return connection.execute(_REVISION).scalar_one_or_none()
    except (OperationalError, ProgrammingError) as error:
        if faults.sqlstate(error) == _NO_TABLE or "no such table" in str(error.orig):
            return None
        raise


def _migrate(connection: Connection) -> list[str]:
    from chatctl.storage import migrations

    return migrations.run(connection)


def _create(database: Database, connection: Connection) -> list[str]:
    from chatctl.storage.asset_tables import metadata

    found = set(inspect(connection).get_table_names())
    # A team may keep its queue, or other things, in the same database of a server.
    if found if database.is_sqlite else found & set(metadata.tables):
        raise DatabaseError(
            f"The database {database.url.database} holds tables that are not chatctl's",
            hint="Choose another one with --database or --home.",
        )
    metadata.create_all(connection)
    connection.execute(text(_VERSION_TABLE))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    return [HEAD]


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A database server as it stands: its version in words, the bytes of the database, connections used and allowed."""

    version: str
    size: int
    read_only: bool
    connections: int
    most_connections: int


@repeatable
def server(database: Database) -> Server:
    """What the server of the database says of itself."""
    with database.read() as session:
        row = session.connection().execute(_SERVER).one()
    return Server(**row._mapping)


@contextmanager
def _migrating(database: Database) -> Iterator[Connection]:
    """One transaction for the whole change; on SQLite without foreign keys, which are checked before the commit.

    Rebuilding a parent table with foreign keys on would delete its children.
    """
    connection = database.connect()
    try:
        if database.is_sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with connection.begin():
            if not database.is_sqlite:
                _await_turn(connection)
            yield connection
            if database.is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).fetchall()):
                raise DatabaseError(f"The migration would break {len(broken)} references; nothing was changed")
    except SQLAlchemyError as error:
        raise faults.translate(error, database.url) from error
    finally:
        connection.invalidate()
        connection.close()


def _await_turn(connection: Connection) -> None:
    """Wait for another upgrade however long it takes, but not for readers: a waiting ALTER TABLE stops them all."""
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
    connection.execute(text("SET LOCAL lock_timeout = '5s'"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


@contextmanager
def single_flight(path: Path) -> Iterator[None]:
    """One process at a time makes, migrates or replaces the file."""
    with path.with_name(path.name + ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare_folder(path: Path) -> None:
    """Make the file's folder and its lock. Raises DatabaseError where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.with_name(path.name + ".lock").open("a").close()
    except OSError as error:
        raise DatabaseError(
            f"The folder {path.parent} cannot be written: {error.strerror}",
            hint="Choose another place with --home or CHATCTL_HOME.",
        ) from error


def _create_private(path: Path) -> None:
    """Make the file where there is none, for its owner alone; SQLite gives its log the same rights."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"The database {path} cannot be opened: {error.strerror}",
            hint="Check its rights and the free space, or choose another place with --home.",
        ) from error


def _require_head(database: Database) -> None:
    at = revision(database)
    refuse_unknown(at)
    if at != HEAD:
        raise DatabaseError(
            f"The database is at schema {at or 'none'}, this version needs {HEAD}", hint="Run `chatctl db upgrade`."
        )


def refuse_unknown(at: str | None) -> None:
    """Raises DatabaseError for a revision that this version does not know."""
    if at is not None and not re.fullmatch(r"\d{4}", at):
        raise DatabaseError(
            f"The database holds the tables of another program (schema {at!r})",
            hint="Choose another one with --database or --home; nothing was changed.",
        )
    if at is not None and at > HEAD:
        raise DatabaseError(
            f"The database was written by a newer version of chatctl (schema {at}, this one knows {HEAD})",
            hint="Install the newer version; nothing was changed.",
        )
