"""Text of users, data and models, made safe to look at."""

import re
from typing import Final

from chatctl.domain.results import Cell

NULL: Final = "‹null›"
EMPTY: Final = '""'

# C0 but tab and newline, DEL, C1, embeddings, overrides and isolates of direction, and lone surrogates, which no
# stream can encode. Source of the bidi list: Boucher and Anderson, "Trojan Source", USENIX Security 2023.
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_UNSAFE_IN_LINE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED: Final = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
"""A backslash before ASCII punctuation (CommonMark 0.31, section 2.4)."""


def visible(text: str) -> str:
    """The text with every control character spelled out, newlines and tabs kept: no terminal obeys what it says."""
    return _UNSAFE.sub(_spell, text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """The text on one line, every control character spelled out, newlines and tabs too."""
    return _UNSAFE_IN_LINE.sub(_spell, text)


def unescaped(markdown: str) -> str:
    """Markdown for plain text: a backslash that only keeps a sign from being markup is left out."""
    return _ESCAPED.sub(r"\1", markdown)


def literal(cell: Cell) -> str:
    """A cell as written in CSV, but for quoting; NULL and "" are both empty here."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float():
            return repr(cell)
        case _:
            return str(cell)


def shown(cell: Cell) -> str:
    """A cell as people see it: on one line, NULL and "" told apart from each other and from text that says so."""
    if cell is None:
        return NULL
    return visible_line(literal(cell)) or EMPTY


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 row`, `1,000 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _spell(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
