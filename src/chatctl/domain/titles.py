"""Titles and last words, by the guide's rules, and the names of metrics; lengths are in code points."""

import unicodedata
from typing import Final

CHAT_TITLE = 100
MESSAGE_TITLE = 50
METRIC_NAME = 80
ELLIPSIS = "..."

_ENDS: Final = " ?!.,;:…-–—¿¡‽؟،؛。！？、，；："
"""What ends a sentence or a part of it: a name goes without."""


def shorten(prompt: str, length: int) -> str:
    """The trimmed prompt; one that is longer than `length` becomes its first `length - 3` characters and `...`."""
    title = prompt.strip()
    return title if len(title) <= length else title[: length - len(ELLIPSIS)] + ELLIPSIS


def last_word(status: str, seconds: float) -> str | None:
    """How the reasoning ended: `Reasoned for 3 seconds`, in minutes from 60; None while it goes on."""
    if status == "cancelled":
        return "Stopped reasoning"
    verb = {"completed": "Reasoned for", "failed": "Failed after"}.get(status)
    whole = round(seconds)
    count, unit = (whole, "second") if whole < 60 else ((whole + 30) // 60, "minute")
    return f"{verb} {count} {unit}{'' if count == 1 else 's'}" if verb else None


def metric_name(question: str) -> str:
    """The name of the metric that answers a question: its words on one line, without what ends a sentence.

    The same question always has the same name, of 1 to 80 characters, cut between words where that can be;
    `numbered` tells it from another metric's.
    """
    shown = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in question)
    name = _cut(" ".join(shown.split()).strip(_ENDS), METRIC_NAME)
    first = name[:1].upper()
    return first + name[1:] if len(first) == 1 else name or "Metric"


def numbered(name: str, number: int) -> str:
    """The name of the nth metric (from 2) that would have this name: `Flights per month (2)`, of at most 80."""
    mark = f" ({number})"
    return _cut(name, METRIC_NAME - len(mark)) + mark


def _cut(name: str, length: int) -> str:
    if len(name) <= length:
        return name
    start = name[: length + 1].rpartition(" ")[0]
    return (start if len(start) >= length // 2 else name[:length]).rstrip(_ENDS)
