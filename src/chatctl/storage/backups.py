"""Backups of the database of chats: of a SQLite file a copy of it, of a server's database what pg_dump writes."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from chatctl.domain.errors import DatabaseError
from chatctl.storage import copies, dumps, schema
from chatctl.storage.database import Database


def backup(database: Database, target: Path, environment: Mapping[str, str]) -> None:
    """A copy of the database, complete although others write, and checked; programs run in this environment.

    Raises DatabaseError when the copy cannot be made or does not pass its check; then no file is left.
    """
    if database.path:
        copies.copy(database.path, target)
    else:
        dumps.dump(database.url, target, environment)


def restore(database: Database, origin: Path, environment: Mapping[str, str]) -> Path | None:
    """Put a backup in the database's place and bring it to head.

    A former SQLite file is kept beside it, and its path returned; a server's database must be empty. Raises
    DatabaseError for a file that is not a sound backup of the same kind of database.
    """
    if database.path:
        return _restore_file(database, database.path, origin)
    schema.refuse_unknown(dumps.check(origin, environment))
    if schema.revision(database) is not None:
        raise DatabaseError(
            f"The database {database.url.database} holds chats already; a backup is restored into an empty one",
            hint="Make one with createdb, and name it with --database.",
        )
    dumps.load(database.url, origin, environment)
    schema.upgrade(database)
    return None


def _restore_file(database: Database, path: Path, origin: Path) -> Path | None:
    schema.refuse_unknown(copies.check(origin))
    database.close()
    kept = path.with_name(f"{path.name}.replaced-{datetime.now(UTC):%Y%m%d%H%M%S}")
    there = path.exists()
    schema.prepare_folder(path)
    with schema.single_flight(path):
        fresh = path.with_name(f"{path.name}.restoring")
        copies.copy(origin, fresh)
        if there:
            _keep(path, kept)
        fresh.replace(path)
    schema.ensure(database)
    return kept if there else None


def _keep(path: Path, kept: Path) -> None:
    """Give the file a second name, so that a database is there at every moment, and put its log away with it."""
    copies.settle(path)
    os.link(path, kept)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{kept}{suffix}")
