"""Data files as an engine: loaded once into a DuckDB file of the cache, which is opened instead.

`cache/files/<locations>/<stamps>.duckdb`: the folder is the source's, the file's name a digest of each data
file's path, size and time. A change gives another name, so a stale file is never read. One process loads, under a lock,
into a temporary file that is renamed when it is whole; the others wait for it.
"""

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from chatctl.domain.errors import SourceError
from chatctl.domain.sources import Table
from chatctl.engines import duckdb_catalog
from chatctl.engines.csv import load_csv
from chatctl.engines.duckdb import DuckdbEngine, attach, check_name, configuration, signals_kept, sweep_spill
from chatctl.engines.duckdb_catalog import META_SCHEMA
from chatctl.engines.encodings import unpacking
from chatctl.engines.engine import Progress, silent
from chatctl.engines.json import load_json, load_parquet
from chatctl.engines.locations import Format, expand, file_format, stem
from chatctl.engines.names import identifier, quoted, unique

LOADER_VERSION: Final = "2"
"""Part of every key: raise it when the same files would be loaded differently."""

_TRIES: Final = 3
_GLANCE: Final = 0.5
"""Seconds between two words about the progress of one file."""

_Loader = Callable[[duckdb.DuckDBPyConnection, Path, str, Path], list[str]]
_LOADERS: Final[dict[Format, _Loader]] = {
    "csv": load_csv,
    "json": load_json,
    "ndjson": load_json,
    "parquet": load_parquet,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stamp:
    """A data file as it was when it was looked at."""

    path: str
    size: int
    mtime_ns: int


def open_files(locations: Sequence[str], cache: Path, progress: Progress = silent) -> DuckdbEngine:
    """The files behind the locations as one engine, a table for each; loads them first if they are new or changed.

    `engine.warnings` holds what was odd in the files and, if this call found the cache out of date, what changed.
    Raises SourceError if they cannot be read or there is no space for the cache.
    """
    folder = cache / "files" / _digest(*locations)
    unusable: _Unusable | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(_TRIES):
            stamps = _stamps(expand(locations))
            loaded = folder / f"{_key(stamps)}.duckdb"
            stale = not loaded.exists()
            if stale:
                _load_once(stamps, loaded, cache, progress)
            try:
                return _opened(loaded, cache, stale)
            except _Unusable as error:
                unusable = error
    except OSError as error:
        raise _storage_error(cache, error) from error
    raise SourceError("The files were loaded, but the result cannot be opened.", hint=str(unusable)) from unusable


def forget(locations: Sequence[str], cache: Path) -> list[str]:
    """Remove what was loaded from the locations, unless it is being loaded right now; who reads it reads on.

    Returns the fingerprints of the engines that it was.
    """
    folder = cache / "files" / _digest(*locations)
    with suppress(OSError), (folder / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        gone = [loaded.stem for loaded in folder.glob("*.duckdb")]
        shutil.rmtree(folder)
        return gone
    return []


class _Unusable(Exception):
    """The loaded file was replaced by another process in this moment, or is damaged."""


def _opened(loaded: Path, cache: Path, stale: bool) -> DuckdbEngine:
    try:
        connection = attach(loaded, cache)
        notes = [*(_texts(connection, "changes") if stale else ()), *_texts(connection, "warnings")]
        tables = [Table.model_validate_json(text) for text in _texts(connection, "catalog")]
        return DuckdbEngine(connection, fingerprint=loaded.stem, warnings=tuple(notes), tables=tables)
    except (SourceError, duckdb.Error) as error:
        loaded.unlink(missing_ok=True)
        raise _Unusable(error) from error


def _stamps(files: Sequence[Path]) -> list[_Stamp]:
    return [
        _Stamp(path=str(file), size=stat.st_size, mtime_ns=stat.st_mtime_ns)
        for file in files
        for stat in (file.stat(),)
    ]


def _key(stamps: Sequence[_Stamp]) -> str:
    # Another version of DuckDB may type the same files differently, or be unable to read the loaded one.
    return _digest(LOADER_VERSION, duckdb.__version__, *(repr(stamp) for stamp in stamps))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _load_once(stamps: list[_Stamp], loaded: Path, cache: Path, progress: Progress) -> None:
    """Load unless another process has done so while this one waited for the lock."""
    with _lock(loaded.parent / "lock", progress):
        if loaded.exists():
            return
        sweep_spill(cache)
        old = sorted(loaded.parent.glob("*.duckdb"), key=lambda path: path.stat().st_mtime_ns)
        changes = _changes(old[-1], stamps, cache) if old else []
        # Whoever holds the lock is alone in writing here: an unfinished file was left by a process that died.
        _remove(loaded.parent.glob("*.tmp*"))
        try:
            _build(stamps, loaded, cache, changes, progress)
        finally:
            _remove(loaded.parent.glob("*.tmp*"))
        # Whoever still reads an old file keeps it until it is closed.
        _remove(old)


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        path.unlink(missing_ok=True)


@contextmanager
def _lock(path: Path, progress: Progress) -> Iterator[None]:
    """Hold the lock file; one that was removed with its folder while we waited is made anew."""
    held = False
    while not held:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for another process to load the files", None)
                fcntl.flock(file, fcntl.LOCK_EX)
            if held := _is_at(file.fileno(), path):
                yield


def _is_at(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _build(stamps: list[_Stamp], loaded: Path, cache: Path, changes: list[str], progress: Progress) -> None:
    unfinished = loaded.with_suffix(".tmp")
    try:
        with signals_kept(), duckdb.connect(str(unfinished), config=configuration(cache)) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            warnings = _load_tables(connection, stamps, loaded.with_suffix(".tmp.txt"), progress)
            _write_notes(connection, stamps, warnings, changes)
    except duckdb.Error as error:
        raise _load_error(cache, error) from error
    unfinished.rename(loaded)
    progress("loaded", 1.0)


def _load_tables(
    connection: duckdb.DuckDBPyConnection, stamps: list[_Stamp], scratch: Path, progress: Progress
) -> list[str]:
    tables = unique(identifier(stem(Path(stamp.path)), fallback="table") for stamp in stamps)
    total = sum(stamp.size for stamp in stamps) or 1
    done = 0
    warnings: list[str] = []
    failures: list[SourceError] = []
    for stamp, table in zip(stamps, tables, strict=True):
        path = Path(stamp.path)
        try:
            with _told(connection, progress, f"loading {path.name}", done / total, stamp.size / total):
                warnings += _load_one(connection, path, table, scratch)
        except SourceError as error:
            failures.append(error)
        done += stamp.size
    if len(failures) == len(stamps):
        raise failures[0]
    return [*(f"{failure.message} It was left out." for failure in failures), *warnings]


@contextmanager
def _told(
    connection: duckdb.DuckDBPyConnection, progress: Progress, what: str, done: float, share: float
) -> Iterator[None]:
    """Tell how far the load of one file is: a thread asks DuckDB, whose own bar would write to the terminal."""
    progress(what, done)
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    over = threading.Event()

    def watch() -> None:
        furthest = 0.0
        while not over.wait(_GLANCE):
            # Each of a file's queries counts from 0 to 100 and a load has two long ones, so it is a lower bound.
            furthest = max(furthest, connection.query_progress() / 100 / 2)
            progress(what, done + share * min(furthest, 1.0))

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        # Started inside, for a signal that arrives in here must not leave it running.
        watcher.start()
        yield
    finally:
        over.set()
        if watcher.ident:
            watcher.join()


def _load_one(connection: duckdb.DuckDBPyConnection, path: Path, table: str, scratch: Path) -> list[str]:
    format_ = file_format(path)
    if format_ is None:
        raise SourceError(f"{path.name} is of an unsupported type.")
    check_name(path)
    with unpacking(path):
        return _LOADERS[format_](connection, path, f"main.{quoted(table)}", scratch)


def _write_notes(
    connection: duckdb.DuckDBPyConnection, stamps: list[_Stamp], warnings: list[str], changes: list[str]
) -> None:
    ((database,),) = connection.execute("SELECT current_database()").fetchall()
    catalog = [table.model_dump_json() for table in duckdb_catalog.read(connection, database)[0]]
    connection.execute(f"CREATE SCHEMA {META_SCHEMA}")
    for name, texts in (("warnings", warnings), ("changes", changes), ("catalog", catalog)):
        connection.execute(f"CREATE TABLE {META_SCHEMA}.{name} AS SELECT unnest($1::VARCHAR[]) AS text", [texts])
    connection.execute(f"CREATE TABLE {META_SCHEMA}.files (path VARCHAR, size BIGINT, mtime_ns BIGINT)")
    connection.executemany(
        f"INSERT INTO {META_SCHEMA}.files VALUES (?, ?, ?)",  # noqa: S608 our own name
        [(stamp.path, stamp.size, stamp.mtime_ns) for stamp in stamps],
    )


def _texts(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    rows = connection.execute(f"SELECT text FROM source.{META_SCHEMA}.{name}").fetchall()  # noqa: S608 our own name
    return [text for (text,) in rows]


def _changes(old: Path, stamps: list[_Stamp], cache: Path) -> list[str]:
    """What differs from the last load; nothing if that cannot be read, as it is only a courtesy."""
    try:
        with attach(old, cache) as connection:
            rows = connection.execute(f"SELECT path, size, mtime_ns FROM source.{META_SCHEMA}.files").fetchall()  # noqa: S608
    except (duckdb.Error, SourceError):
        return []
    before = {path: _Stamp(path=path, size=size, mtime_ns=mtime_ns) for path, size, mtime_ns in rows}
    now = {stamp.path: stamp for stamp in stamps}
    return [
        *(
            f"{Path(path).name} changed since it was last loaded; loaded again."
            for path, stamp in now.items()
            if path in before and before[path] != stamp
        ),
        *(f"{Path(path).name} is new and was loaded." for path in now if path not in before),
        *(f"{Path(path).name} is gone; its table is too." for path in before if path not in now),
    ]


def _load_error(cache: Path, error: duckdb.Error) -> SourceError:
    text = str(error)
    if any(words in text for words in ("No space left", "File too large", "Disk quota", "max_temp_directory_size")):
        return SourceError(
            f"There is no space left in {cache} to load the files.", hint="Free some, or set CHATCTL_HOME."
        )
    return SourceError(f"The files cannot be loaded: {text.splitlines()[0]}")


def _storage_error(cache: Path, error: OSError) -> SourceError:
    where = error.filename or cache
    return SourceError(f"Cannot load the files: {error.strerror or error} ({where}).", hint=f"The cache is in {cache}.")
