"""Long output on a real terminal goes through the pager."""

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TextIO

import pytest

from chatctl.rendering.output import Output
from chatctl.rendering.views import ChatView

from .factories import conversation, message, result

HEIGHT = 10
ROWS = result([("n", "integer")], [[at] for at in range(30)])


class Tty:
    """A pseudo-terminal ten lines high: the program's end as a stream, the person's end to read from."""

    def __init__(self) -> None:
        self._person, program = pty.openpty()
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, 80, 0, 0))
        self.stream: TextIO = open(program, "w", encoding="utf-8")  # noqa: SIM115  closed by the fixture

    def seen(self) -> str:
        """What arrived on the screen."""
        self.stream.flush()
        os.set_blocking(self._person, False)
        try:
            return os.read(self._person, 65_536).decode()
        except BlockingIOError:
            return ""

    def close(self) -> None:
        self.stream.close()
        os.close(self._person)


@pytest.fixture
def tty() -> Iterator[Tty]:
    screen = Tty()
    yield screen
    screen.close()


def output(tty: Tty, pager: str | None) -> Output:
    return Output(stdout=tty.stream, stderr=StringIO(), format=None, colour=False, pager=pager)


def test_what_is_longer_than_the_screen_is_paged(tty: Tty, tmp_path: Path) -> None:
    output(tty, f"cat > '{tmp_path}/paged'").result(ROWS)
    assert (tmp_path / "paged").read_text().splitlines()[-1].split() == ["29"]
    assert tty.seen() == ""


def test_an_answer_that_was_waited_for_is_not_paged(tty: Tty) -> None:
    output(tty, "false").answer(conversation(message(1, ROWS)), view=ChatView())
    assert "19" in tty.seen()


def test_what_fits_is_not(tty: Tty) -> None:
    output(tty, "false").result(result([("n", "integer")], [[1]]))
    assert "1" in tty.seen()


def test_without_a_pager_it_is_printed(tty: Tty) -> None:
    output(tty, None).result(ROWS)
    assert "29" in tty.seen()


def test_a_pager_that_is_not_there_is_no_obstacle(tty: Tty) -> None:
    output(tty, "no-such-pager 2>/dev/null").result(ROWS)
    assert "29" in tty.seen()


def test_a_pager_left_early_is_no_error(tty: Tty) -> None:
    output(tty, "true").result(result([("n", "integer")], [[at] for at in range(20_000)]))
    assert tty.seen() == ""


def test_less_keeps_colours_and_leaves_short_texts(tty: Tty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LESS", raising=False)
    output(tty, f"printenv LESS > '{tmp_path}/less'").result(ROWS)
    monkeypatch.setenv("LESS", "S")
    output(tty, f"printenv LESS >> '{tmp_path}/less'").result(ROWS)
    assert (tmp_path / "less").read_text().split() == ["FRX", "S"]
