"""What a project tells the analysts of its data: definitions, hints for joins, rules of the house.

They are in the file that the setting `instructions` names (where there is none, ANALYST.md beside the project's
.chatctl.toml), and in every ANALYST.md beside the data.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatctl.config import PROJECT_INSTRUCTIONS, Config
from chatctl.domain.sources import Source
from chatctl.engines.locations import is_pattern

MOST: Final = 32 * 1024
"""Bytes of instructions that a model is given: every request of an answer carries them."""

_FILES: Final = frozenset({"files", "sqlite", "duckdb"})
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instructions:
    """The text of all, the files that it is from, and what is wrong with any."""

    text: str = ""
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


def read(config: Config, sources: Sequence[Source]) -> Instructions:
    """What is to be known of these sources, at most `MOST` bytes of it.

    A file that cannot be read costs no answer: it is a warning.
    """
    texts: list[str] = []
    files: list[Path] = []
    warnings: list[str] = []
    left = MOST
    for path in dict.fromkeys(_paths(config, sources)):
        try:
            text, cut = _text(path, left)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            warnings.append(f"{path} was not read: {reason}")
            continue
        if cut:
            warnings.append(
                f"Of {path} only the first {left:,} bytes were read: {MOST // 1024} KB in all are the limit"
            )
        left -= len(text.encode())
        files.append(path)
        texts.append(text)
    return Instructions(text="\n\n".join(filter(None, texts)), files=tuple(files), warnings=tuple(warnings))


def _paths(config: Config, sources: Sequence[Source]) -> Iterator[Path]:
    if config.instructions:
        yield Path(config.instructions)
    for folder in {_folder(location): None for each in sources if each.kind in _FILES for location in each.locations}:
        if (path := folder / PROJECT_INSTRUCTIONS).is_file():
            yield path


def _folder(location: str) -> Path:
    """The folder that holds the files of a location; of a pattern, the one that all its matches are in."""
    path = Path(location)
    if is_pattern(location):
        plain = re.split(r"[*?\[]", location, maxsplit=1)[0]
        return Path(plain) if plain.endswith("/") else Path(plain).parent
    return path if path.is_dir() else path.parent


def _text(path: Path, most: int) -> tuple[str, bool]:
    """The file's text, and whether it was cut. Raises OSError, ValueError for bytes that are no text."""
    if path.exists() and not path.is_file():
        raise ValueError
    with path.open("rb") as file:
        raw = file.read(most + 1)
    cut = len(raw) > most
    text = _decoded(raw[:most], whole=not cut)
    if "\0" in text:
        raise ValueError
    return text.strip(), cut


def _decoded(raw: bytes, *, whole: bool) -> str:
    """The text of bytes of which the last letter may be cut in two."""
    if raw.startswith(_UTF16):
        return codecs.getincrementaldecoder("utf-16")().decode(raw, final=whole)
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw, final=whole)
    except UnicodeDecodeError:
        return raw.decode("cp1252")
