"""The queue is only a doorbell: whatever happens to its file, questions are accepted and answered."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from .homes import Home

QUESTION = ("How many flights are there?", "--source", "flights")


def garbage(queue: Path) -> None:
    """Overwrite the file."""
    queue.write_bytes(b"this is no database" * 1_000)


def gone(queue: Path) -> None:
    """Delete the file, and what belongs to it."""
    for path in queue.parent.glob("queue.db*"):
        path.unlink()


def a_folder(queue: Path) -> None:
    """Put something there that can be neither read nor written as a file, also by root."""
    gone(queue)
    queue.mkdir()


@pytest.mark.parametrize(("damage", "warned"), [(garbage, False), (gone, False), (a_folder, True)])
def test_a_broken_queue_costs_no_question(own: Home, damage: Callable[[Path], None], warned: bool) -> None:
    before = time.monotonic()
    assert own.run("new", "-q", *QUESTION, "--wait").exit == 0
    usual = time.monotonic() - before
    damage(own.folder / "queue.db")
    begun = time.monotonic()
    accepted = own.run("new", "--json", *QUESTION)
    assert time.monotonic() - begun < usual + 1
    assert accepted.exit == 0, accepted.stderr
    assert accepted.json()["trigger"]["success"] is not warned
    assert ("warning" in accepted.stderr) is warned
    assert own.run("wait", accepted.json()["newMessageId"], "--timeout", "30").exit == 0


def test_a_locked_queue_costs_a_warning(own: Home) -> None:
    assert own.run("new", "-q", *QUESTION, "--wait").exit == 0
    with closing(sqlite3.connect(own.folder / "queue.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        accepted = own.run("new", "--json", *QUESTION)
        assert (accepted.exit, accepted.json()["trigger"]["success"]) == (0, False)
        assert "warning" in accepted.stderr
        assert own.run("wait", accepted.json()["newMessageId"], "--timeout", "30").exit == 0
