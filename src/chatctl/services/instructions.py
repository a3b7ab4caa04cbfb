"""What a project tells language models of its data: definitions, hints for joins, rules of the house.

The project that a question is asked in has a file that the setting `instructions` names, or ANALYST.md beside its
.chatctl.toml or in the working folder. Its text is kept with the message: the worker that answers may have been started
in another project, or be on another machine. What is in an ANALYST.md beside the data goes with the data.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from chatctl.config import PROJECT_INSTRUCTIONS, Config
from chatctl.engines.locations import is_pattern

MOST: Final = 32 * 1024
"""Bytes of instructions that a model is given: every request of an answer carries them."""

_FILES: Final = frozenset({"files", "sqlite", "duckdb"})
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Located(Protocol):
    """Data, registered or not, that may have instructions beside it."""

    @property
    def kind(self) -> str:
        """As of a source."""

    @property
    def locations(self) -> Sequence[str]:
        """Paths, globs or one URL."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Instructions:
    """The text of all, the files that it is from, and what is wrong with any."""

    text: str = ""
    files: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


def of_project(config: Config) -> Instructions:
    """The instructions of the project that the settings are from; a file that cannot be read is a warning."""
    return _read([Path(config.instructions)] if config.instructions else [], MOST)


def beside(sources: Sequence[Located], *, after: str = "") -> Instructions:
    """The instructions beside files of data, as far as they find room after others and are not among them."""
    folders = dict.fromkeys(_folder(location) for each in sources if each.kind in _FILES for location in each.locations)
    paths = [path for folder in folders if (path := folder / PROJECT_INSTRUCTIONS).is_file()]
    return _read(paths, max(0, MOST - len(after.encode())), known=after)


def _read(paths: Sequence[Path], left: int, known: str = "") -> Instructions:
    texts: list[str] = []
    files: list[Path] = []
    warnings: list[str] = []
    for path in paths:
        try:
            text, cut = _text(path, left)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            warnings.append(f"{path} was not read: {reason}")
            continue
        if text and text in known:
            continue
        if cut:
            warnings.append(
                f"Of {path} only the first {left:,} bytes were read: {MOST // 1024} KB in all are the limit"
            )
        left -= len(text.encode())
        files.append(path)
        texts.append(text)
    return Instructions(text="\n\n".join(filter(None, texts)), files=tuple(files), warnings=tuple(warnings))


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
