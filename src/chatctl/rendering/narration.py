"""What is said on stderr beside the result: notes, warnings, errors, progress."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TextIO

from chatctl.rendering.text import visible_line

BOLD: Final = "1"
RED: Final = "1;31"
YELLOW: Final = "33"
DIM: Final = "2"
REDRAWS_PER_SECOND: Final = 10
BAR: Final = 20
"""Cells of a bar of progress."""


@dataclass(kw_only=True)
class Narration:
    """Speaks on one stream; on a terminal one line of progress is redrawn in place, elsewhere lines only follow."""

    stream: TextIO
    colour: bool
    quiet: bool
    width: int
    clock: Callable[[], float] = time.monotonic
    _shown: str = field(default="", init=False)
    _redrawn: float = field(default=-1.0, init=False)
    _told: set[object] = field(default_factory=set, init=False)

    def say(self, label: str, text: str, style: str = "") -> None:
        """A line of its own, after whatever progress was on the screen."""
        self.done()
        head = f"{self._styled(label, style)}: " if label else ""
        self.stream.write(f"{head}{text}\n")
        self.stream.flush()

    def progress(self, what: str, share: float | None) -> None:
        """What is being done; at most ten times a second on a terminal, else once for each thing that is done."""
        if self.quiet:
            return
        text = visible_line(what)
        if not self.stream.isatty():
            self.once(text, text)
            return
        now = self.clock()
        if now - self._redrawn >= 1 / REDRAWS_PER_SECOND:
            self._redrawn = now
            self.stand(text if share is None else f"{text} {_bar(share)} {share:.0%}")

    def stand(self, text: str | None) -> None:
        """Show how things stand on one line in place, on a terminal; None wipes it."""
        if text is None or not self.stream.isatty():
            self.done()
            return
        if text == self._shown:
            return
        self._shown = text
        self.stream.write("\r\x1b[K" + self._styled(_within(text, self.width - 1), DIM))
        self.stream.flush()

    def done(self) -> None:
        """Wipe the line of progress."""
        if self._shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
            self._shown = ""

    def once(self, key: object, text: str) -> None:
        """A line of its own, the first time that its key is met."""
        if key not in self._told:
            self._told.add(key)
            self.say("", text)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour and style else text


def columns(stream: TextIO) -> int | None:
    """The width of the terminal behind a stream, or None where there is none."""
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or None
    return None


def lines(stream: TextIO) -> int | None:
    """The height of the terminal behind a stream, or None where there is none."""
    with suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).lines or None
    return None


def _bar(share: float) -> str:
    return f"{'━' * round(min(max(share, 0.0), 1.0) * BAR):─<{BAR}}"


def _within(text: str, width: int) -> str:
    """Cut by characters: a wide one may make the line a little long, which only costs a line on the screen."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
