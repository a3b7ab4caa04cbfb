"""From what a user typed to a source, and from a source to an engine; drivers are imported only to open one."""

import importlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from chatctl.domain.errors import SourceError
from chatctl.domain.sources import SourceKind
from chatctl.engines import addresses
from chatctl.engines.engine import Engine, Progress, silent
from chatctl.engines.locations import SUPPORTED, check_readable, database_kind, expand, file_format, is_pattern, stem
from chatctl.engines.names import identifier

_POSTGRES: Final = frozenset({"postgresql", "postgres"})
_NO_DATABASES: Final = frozenset({"http", "https", "ftp", "s3", "gs", "az", "abfs", "hdfs", "mongodb", "redis"})
_FILE_DATABASES: Final[dict[str, SourceKind]] = {"sqlite": "sqlite", "duckdb": "duckdb"}


def resolve(locations: Sequence[str]) -> tuple[SourceKind, list[str]]:
    """The kind of a source and its absolute locations; folders and globs stay patterns, so that new files are noticed.

    Takes paths, globs, folders, `~`, `file://` and database URLs. Raises SourceError for what is not there, may not be
    read, holds no data, is of an unsupported type, or mixes kinds.
    """
    if not locations:
        raise SourceError("A source needs at least one path or URL.", hint=f"Supported are {SUPPORTED}.")
    resolved = [_resolve_one(location) for location in locations]
    kinds = sorted({kind for kind, _ in resolved})
    if len(kinds) > 1:
        raise SourceError(
            f"A source is of one kind, but these are {' and '.join(kinds)}.",
            hint="Add one source for each; a chat can use several.",
        )
    if kinds[0] != "files" and len(resolved) > 1:
        raise SourceError("A source is one database.", hint="Add one source for each; a chat can use several.")
    return kinds[0], list(dict.fromkeys(location for _, location in resolved))


def suggest_name(location: str) -> str:
    """A name for a source at this path, glob, folder or URL: its stem; of a glob, the folder that it lies in."""
    scheme, separator, _ = location.partition("://")
    if separator and scheme.lower().partition("+")[0] not in (*_FILE_DATABASES, "file"):
        return identifier(addresses.database_name(location), fallback="data")
    path = Path(unquote(urlsplit(location).path) if separator else location).expanduser()
    if is_pattern(str(path)):
        path = next((up for up in path.parents if not is_pattern(str(up))), path)
    return identifier(path.name if path.is_dir() else stem(path), fallback="data")


def open_engine(
    *, name: str, kind: SourceKind, locations: Sequence[str], cache: Path, progress: Progress = silent
) -> Engine:
    """The source opened for reading; files are loaded into `cache` first unless they are there already.

    Raises SourceError, with the source's name in its details, if the data cannot be read.
    """
    try:
        return _open(kind, locations, cache, progress)
    except SourceError as error:
        error.details.setdefault("source", name)
        raise


def forget(kind: SourceKind, locations: Sequence[str], cache: Path) -> list[str]:
    """Remove what the cache holds of data that no source names any more; the fingerprints of its engines."""
    if kind != "files":
        return []
    from chatctl.engines import files

    return files.forget(locations, cache)


def _open(kind: SourceKind, locations: Sequence[str], cache: Path, progress: Progress) -> Engine:
    if kind == "files":
        from chatctl.engines.files import open_files

        return open_files(locations, cache, progress)
    if kind == "sqlite":
        from chatctl.engines.sqlite import open_sqlite

        return open_sqlite(Path(locations[0]))
    if kind == "duckdb":
        from chatctl.engines.duckdb import open_duckdb

        return open_duckdb(Path(locations[0]), cache)
    if kind == "postgresql":
        _check_psycopg()
        from chatctl.engines.postgres import open_postgres

        return open_postgres(locations[0])
    from chatctl.engines.alchemy import open_alchemy

    return open_alchemy(locations[0])


def _resolve_one(location: str) -> tuple[SourceKind, str]:
    scheme, separator, _ = location.partition("://")
    if separator and not os.path.lexists(location):
        return _resolve_url(location, scheme.lower())
    return _resolve_path(location)


def _resolve_url(url: str, scheme: str) -> tuple[SourceKind, str]:
    path = unquote(urlsplit(url).path)
    if scheme == "file":
        return _resolve_path(path)
    # By whatever driver: these have engines of their own, which are stricter than any driver.
    backend = scheme.partition("+")[0]
    if backend in _FILE_DATABASES:
        # As SQLAlchemy has it: three slashes for a relative path, four for an absolute one.
        kind, found = _resolve_path(path.removeprefix("/"))
        if kind != _FILE_DATABASES[backend]:
            raise SourceError(f"{found!r} is not a {backend} database.", hint="Give its path without a URL.")
        return kind, found
    addresses.check(url)
    if backend in _POSTGRES:
        _check_psycopg()
        return "postgresql", url
    if scheme in _NO_DATABASES:
        raise SourceError(
            f"Cannot read from {addresses.shown(url)}.", hint=f"Supported are {SUPPORTED}, and databases."
        )
    from chatctl.engines.backends import check_installed

    check_installed(url)
    return "sqlalchemy", url


def _check_psycopg() -> None:
    try:
        # Imported, for without libpq it is there and yet no use.
        importlib.import_module("psycopg")
    except ImportError as error:
        raise SourceError(
            "PostgreSQL needs the driver psycopg, which is not installed.", hint="pip install 'chatctl[postgres]'"
        ) from error


def _resolve_path(text: str) -> tuple[SourceKind, str]:
    # Not Path.resolve(): a pattern's `..` must go, and links must stay as the user named them.
    path = Path(os.path.abspath(os.path.expanduser(text)))
    location = str(path)
    if is_pattern(location):
        expand([location])
        return "files", location
    check_readable(path)
    if path.is_dir():
        expand([location])
        return "files", location
    return _kind_of_file(path), location


def _kind_of_file(path: Path) -> SourceKind:
    if not path.is_file():
        raise SourceError(f"{str(path)!r} is not a regular file.", hint=f"Supported are {SUPPORTED}.")
    if database := database_kind(path):
        return database
    if file_format(path):
        return "files"
    raise SourceError(_why_unsupported(path), hint=f"Supported are {SUPPORTED}.")


def _why_unsupported(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in (".db", ".sqlite", ".sqlite3", ".duckdb", ".ddb"):
        return f"{str(path)!r} is {'empty' if not path.stat().st_size else 'not a SQLite or DuckDB database'}."
    if suffix in (".xls", ".xlsx", ".ods"):
        return f"{str(path)!r} is a spreadsheet: export its sheets as CSV."
    return f"{str(path)!r} is of an unsupported type{f' ({suffix})' if suffix else ''}."
