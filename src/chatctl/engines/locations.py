"""Where data files lie: what a path, a folder or a pattern stands for now, and what kind of file each is."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from chatctl.domain.errors import SourceError

Format = Literal["csv", "json", "ndjson", "parquet"]

FORMATS: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
SUPPORTED: Final = "csv, tsv, json, ndjson (jsonl), parquet (the text formats also as .gz), SQLite and DuckDB files"

_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_DUCKDB_MAGIC: Final = b"DUCK"
_DUCKDB_MAGIC_OFFSET: Final = 8


def file_format(path: Path) -> Format | None:
    """The data format that the file's suffix promises, or None for another kind of file."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] == ".gz":
        inner = FORMATS.get(suffixes[0]) if len(suffixes) == 2 else None
        return None if inner == "parquet" else inner
    return FORMATS.get(suffixes[-1]) if suffixes else None


def database_kind(path: Path) -> Literal["sqlite", "duckdb"] | None:
    """The database that the file's first bytes say it is, whatever its name. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(16)
    if head == _SQLITE_MAGIC:
        return "sqlite"
    return "duckdb" if head[_DUCKDB_MAGIC_OFFSET:12] == _DUCKDB_MAGIC else None


def stem(path: Path) -> str:
    """The file's name without the suffixes of its format: `a.b.csv.gz` gives `a.b`."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem


def is_pattern(location: str) -> bool:
    """Whether the location is a glob; a file whose very name holds `*`, `?` or `[` is none."""
    return glob.has_magic(location) and not os.path.lexists(location)


def expand(locations: Sequence[str]) -> list[Path]:
    """The data files that the locations stand for now: each once, in the locations' order, a folder's by name.

    Raises SourceError for a location that is gone, may not be read, or holds no data file.
    """
    found: dict[Path, None] = {}
    for location in locations:
        found.update(dict.fromkeys(_expand_one(location)))
    return list(found)


def _expand_one(location: str) -> list[Path]:
    path = Path(location)
    if is_pattern(location):
        matches = [Path(match) for match in sorted(glob.glob(location, recursive=True))]
        return _data_files(matches, f"No data file matches {location!r}.")
    check_readable(path)
    if path.is_dir():
        return _data_files(sorted(path.iterdir()), f"The folder {location!r} has no data files.")
    return [path]


def _data_files(paths: Sequence[Path], otherwise: str) -> list[Path]:
    files = [path for path in paths if file_format(path) and not path.name.startswith(".") and path.is_file()]
    if not files:
        raise SourceError(otherwise, hint=f"Supported are {SUPPORTED}.")
    return files


def check_readable(path: Path) -> None:
    """Raises SourceError if there is nothing at `path`, or nothing that this user may read."""
    try:
        path.stat()
    except FileNotFoundError:
        raise SourceError(f"There is no file or folder {str(path)!r}.", hint=_where_it_might_be(path)) from None
    except OSError as error:
        raise SourceError(f"Cannot read {str(path)!r}: {error.strerror}.", hint="Check the path.") from error
    allowed = os.access(path, os.R_OK | os.X_OK if path.is_dir() else os.R_OK)
    if not allowed:
        raise SourceError(f"No permission to read {str(path)!r}.", hint="Ask its owner for the right to read it.")


def _where_it_might_be(path: Path) -> str:
    from chatctl.engines.names import nearest

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return "Check the path; relative ones start from the current folder."
    similar = nearest(path.name, names)
    return (
        f"Did you mean {similar[0]!r}?" if similar else "Check the path; relative ones start from the current folder."
    )
