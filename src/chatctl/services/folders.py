"""Assets as files in a folder: where they are, and what they are called."""

import hashlib
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Final
from uuid import uuid4

from chatctl.domain.chats import FileType
from chatctl.domain.errors import ValidationError

FOLDERS: Final[dict[FileType, str]] = {"metric_file": "metrics", "dashboard_file": "dashboards"}
"""The folder of each type within the one that is named, so that both can be kept side by side."""

LONGEST_SLUG: Final = 60
_SUFFIXES: Final = frozenset({".yaml", ".yml"})
_RESERVED: Final = re.compile(r"con|prn|aux|nul|(com|lpt)\d")


def home(folder: Path, file_type: FileType) -> Path:
    """Where an export into a folder puts the files of a type: `FOLDER/metrics`, unless that is its name already."""
    name = FOLDERS[file_type]
    return folder if folder.resolve().name == name else folder / name


def asset_files(folder: Path, file_type: FileType) -> list[Path]:
    """The YAML files of a type: those in `FOLDER/metrics` if there is one, else those in the folder itself.

    A path to a file is that file. Raises ValidationError for what cannot be read, or has none.
    """
    if folder.is_file():
        return [folder]
    inner = folder / FOLDERS[file_type]
    chosen = inner if inner.is_dir() else folder
    if not chosen.is_dir():
        raise ValidationError.field("dir", f"There is no folder {folder}", "unknown")
    found = yaml_files(chosen)
    if not found:
        raise ValidationError.field(
            "dir", f"There is no .yaml file in {chosen}", "empty", hint="`chatctl metric export DIR` writes some."
        )
    return found


def metrics_beside(dashboard: Path) -> list[Path]:
    """The metrics' files of the folder that a dashboard's file is in; none where it stands alone."""
    folder = dashboard.resolve().parent
    return yaml_files(folder.parent / FOLDERS["metric_file"]) if folder.name == FOLDERS["dashboard_file"] else []


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files right in a folder, by name; none in one that is not there. Raises ValidationError."""
    try:
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise ValidationError.field("dir", f"{folder} cannot be read: {error.strerror}", "unreadable") from None
    return [each for each in there if each.suffix.lower() in _SUFFIXES and each.is_file()]


def content(path: Path) -> bytes:
    """The bytes of a file. Raises ValidationError for one that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValidationError.field("file", f"{path} cannot be read: {error.strerror}", "unreadable") from None


def write(path: Path, text: str) -> None:
    """Put a whole file in place, or leave what is there. Raises ValidationError where that cannot be done."""
    unfinished = path.with_name(f".{uuid4().hex}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ValidationError.field("file", f"{path} cannot be written: {error.strerror}", "unwritable") from None


def file_name(name: str, taken: Collection[str]) -> str:
    """A name for an asset's file: its own in plain letters, with a mark of its own where that is `taken` or says
    nothing. Only small letters, for some file systems take small and capital ones for the same.
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    if slug and not _RESERVED.fullmatch(slug) and f"{slug}.yaml" not in taken:
        return f"{slug}.yaml"
    mark = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{slug or 'asset'}-{mark}.yaml"
