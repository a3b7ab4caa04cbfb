"""Pipes, narrow terminals, and text that would like to be more than text."""

import os
import pty
import select
import subprocess
from pathlib import Path

import pytest

from .homes import COMMAND, Home

QUESTION = ("How many flights by carrier?", "--source", "flights")
HOSTILE = "\x1b]0;owned\x07\x1b[2J[bold red]red[/] \u202egnp.exe"


def test_a_reader_that_goes_away_ends_the_command_silently(shared: Home) -> None:
    ran = shared.shell('chatctl sql "SELECT * FROM flights" --source flights -o csv --limit 20000 | head -n 1')
    assert (ran.exit, ran.stdout.count("\n")) == (0, 1)
    assert "rror" not in ran.stderr


def test_hostile_text_is_shown_as_text(own: Home, tmp_path: Path) -> None:
    data = tmp_path / "hostile.csv"
    data.write_text(f'name,"{HOSTILE}"\n"{HOSTILE}",1\nplain,2\n', encoding="utf-8")
    assert own.run("new", f"How many rows? {HOSTILE}", "--source", str(data), "--wait").exit in (0, 10)
    sent = [["show"], ["list"], ["source", "sample", "hostile"]]
    for screen in (terminal(own, 100, *command, "--no-pager") for command in sent):
        assert not set(screen) & {"\x1b", "\x07", "\u202e"}, screen
    assert "[bold red]red[/]" in terminal(own, 200, "list")
    queried = own.run("sql", "SELECT * FROM hostile", "--source", "hostile", "--json").json()
    assert queried["rows"][0][0] == HOSTILE


@pytest.fixture(scope="module")
def answered(shared: Home) -> str:
    """A chat with an answer that has a table and a chart."""
    chat = shared.run("new", "-q", *QUESTION).id()
    shared.reaches(chat, "completed")
    return chat


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_is_wider_than_the_terminal(shared: Home, answered: str, width: int) -> None:
    for command in (["show", answered, "--no-pager"], ["list"]):
        lines = terminal(shared, width, *command).splitlines()
        assert lines
        assert max(map(len, lines)) <= width, command


def test_colour_only_where_it_is_wanted(shared: Home) -> None:
    assert shared.run("new", "Which?", "-q").exit == 0
    plain = shared.run("list", NO_COLOR="")
    assert "\x1b[" not in plain.stdout
    assert "\x1b[" in terminal(shared, 80, "list", NO_COLOR="")
    assert "\x1b[" not in terminal(shared, 80, "list", NO_COLOR="1")


def test_a_prompt_comes_from_the_argument_or_from_stdin(shared: Home) -> None:
    large = "Why? " * 13_000
    assert large.strip() == shared.message(shared.run("new", "-q", "-", stdin=large).id())["requestMessage"].strip()
    assert shared.run("new", "-q", "--", "-5 degrees?").exit == 0
    beside = shared.run("new", "-q", "An argument", stdin="unread").id()
    assert shared.message(beside)["requestMessage"] == "An argument"


@pytest.mark.parametrize(
    ("stdin", "field"),
    [(b"", "prompt"), (b" \n\n", "prompt"), (b"\xff\xfe\x80", "prompt"), (b"y" * 2_000_000, "prompt")],
)
def test_a_prompt_that_is_none_is_refused(shared: Home, stdin: bytes, field: str) -> None:
    refused = shared.run("new", "-", "--json", stdin=stdin)
    assert (refused.exit, refused.stdout) == (2, "")
    assert [each["field"] for each in refused.problems()] == [field]


def terminal(home: Home, width: int, *args: str, **environment: str) -> str:
    """What the command shows on a terminal of this width, line ends as one character."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    subprocess.run(["stty", "cols", str(width), "rows", "50"], stdin=theirs, check=True)
    process = subprocess.Popen(
        [*COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs, env={**home.environment, **environment}
    )
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other side was closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0, shown
    return shown.decode().replace("\r\n", "\n")
