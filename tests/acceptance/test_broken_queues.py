"""The queue is only a doorbell: whatever happens to its file, questions are accepted and answered."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

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


def test_a_broken_queue_costs_no_question(own: Home) -> None:
    begun = time.monotonic()
    assert own.run("new", "-q", *QUESTION, "--wait").exit == 0
    usual = time.monotonic() - begun
    for damage, warned in ((garbage, False), (gone, False), (a_folder, True)):
        damage(own.folder / "queue.db")
        begun = time.monotonic()
        accepted = own.run("new", "--json", *QUESTION)
        assert time.monotonic() - begun < usual + 1
        assert accepted.exit == 0, accepted.stderr
        assert accepted.json()["trigger"]["success"] is not warned
        assert ("warning" in accepted.stderr) is warned
        own.reaches(accepted.json()["newMessageId"], "completed")


def test_a_locked_queue_costs_a_warning(own: Home) -> None:
    assert own.run("new", "-q", *QUESTION, "--wait").exit == 0
    with closing(sqlite3.connect(own.folder / "queue.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        accepted = own.run("new", "--json", *QUESTION)
        assert (accepted.exit, accepted.json()["trigger"]["success"]) == (0, False)
        assert "warning" in accepted.stderr
        own.reaches(accepted.json()["newMessageId"], "completed")
