"""Copies of a SQLite database: made while others write, checked before they get their name."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from chatctl.domain.errors import DatabaseError
from chatctl.sqlite import sqlite3


def copy(origin: Path, target: Path) -> None:
    """Copy a database that others may be writing to; the copy is for its owner alone.

    Raises DatabaseError when it cannot be written or does not pass its check; then there is no file.
    """
    try:
        with unfinished(target) as fresh, _opened(origin, "ro") as source, _opened(fresh, "rw") as written:
            source.backup(written)
            if (verdict := written.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(f"malformed: {verdict}")
    except sqlite3.Error as error:
        raise DatabaseError(
            f"The database could not be copied to {target}: {error}", hint="Check the free space and your rights there."
        ) from error


def check(path: Path) -> str:
    """The revision of a sound SQLite database of chatctl. Raises DatabaseError for any other file."""
    try:
        with _opened(path, "ro") as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            at = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise DatabaseError(f"{path} is not a sound chatctl database: {error}") from error
    if verdict != "ok":
        raise DatabaseError(f"{path} is damaged: {verdict}")
    if at is None:
        raise DatabaseError(f"{path} is not a sound chatctl database: it has no schema")
    return str(at[0])


def settle(path: Path) -> None:
    """Bring what is in the log of a database into its file, where that can be done."""
    with suppress(sqlite3.Error), _opened(path, "rw") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """An empty file beside the target that takes its name at the end of the block, and is gone if that fails.

    Raises DatabaseError where no file can be made.
    """
    fresh = target.with_name(f".{target.name}.unfinished")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"The database could not be copied to {target}: {error.strerror}",
            hint="Check that the folder is there and may be written.",
        ) from error
    try:
        yield fresh
        fresh.rename(target)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            fresh.with_name(fresh.name + suffix).unlink(missing_ok=True)


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as connection:
        yield connection
