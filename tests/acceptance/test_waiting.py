"""Waiting for answers, and going away meanwhile: the work never depends on who waits."""

import json
import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from support import eventually

from .homes import COMMAND, Home, finished, loading_elsewhere

QUESTION = ("How many flights are there?", "--source", "flights")


def test_ctrl_c_while_waiting_leaves_the_work_running(own: Home) -> None:
    with loading_elsewhere(own), screen() as (ours, theirs):
        waiting = own.start_at(theirs, "new", *QUESTION, "--wait", "--json")
        os.close(theirs)
        seen_until(ours, b"running")
        os.killpg(waiting.pid, signal.SIGINT)
        told = seen_until(ours, None)
        left = finished(waiting)
        message = own.message()
        assert (left.exit, left.stdout, message["status"]) == (130, "", "running")
        assert f"chatctl wait {message['id']}" in told
    own.reaches(message["id"], "completed")
    assert own.message()["attempts"] == 1


def test_a_captured_command_ends_at_once_though_it_started_a_worker(own: Home) -> None:
    begun = time.monotonic()
    chat = subprocess.run(
        [*COMMAND, "new", "-q", *QUESTION], env=own.environment, capture_output=True, text=True, timeout=30, check=True
    ).stdout.strip()
    taken = time.monotonic() - begun
    (worker,) = eventually(own.alive)
    assert worker.kind == "automatic"
    assert own.run("wait", chat).exit == 0
    assert taken < 30 < float(own.environment["CHATCTL_IDLE_EXIT"]) + 1, "it waited for the worker's end"


def test_the_exit_of_several_is_the_first_of_7_8_10_and_0_that_applies(own: Home) -> None:
    answered, declined, cancelled = (
        each.id()
        for each in own.together(
            ["new", "-q", *QUESTION], ["new", "-q", "Sing me a song", "--source", "flights"], ["new", "-q", "Which?"]
        )
    )
    assert own.run("wait", answered, declined, cancelled).exit == 10
    with loading_elsewhere(own):
        pending, stopped = (each.id() for each in own.together(["new", "-q", *QUESTION], ["new", "-q", *QUESTION]))
        assert own.run("cancel", stopped).exit == 0
        own.reaches(stopped, "cancelled")
        fine, asked, late, failed = own.together(
            ["wait", answered],
            ["wait", answered, declined, "-o", "json"],
            ["wait", answered, declined, pending, "--timeout", "0.2", "--json"],
            ["wait", pending, declined, stopped, "--timeout", "0.2", "--json"],
        )
    assert (fine.exit, asked.exit, late.exit, failed.exit) == (0, 10, 8, 7)
    assert late.error()["code"] == "WAIT_TIMEOUT"
    assert late.error()["exitCode"] == 8
    assert failed.error()["code"] == "ANALYST_FAILED"


def test_a_wait_that_times_out_prints_how_the_message_stands(own: Home) -> None:
    with loading_elsewhere(own):
        late = own.run("new", *QUESTION, "--wait", "--timeout", "0.2", "--json")
        assert late.exit == 8
        assert late.json()["messages"][0]["status"] in ("queued", "running")
        assert late.error()["code"] == "WAIT_TIMEOUT"
    assert own.run("wait", "@last").exit == 0


def test_watch_tells_every_change_a_line_each(own: Home) -> None:
    with loading_elsewhere(own):
        own.reaches(own.run("new", "-q", *QUESTION).id(), "running")
        watching = own.start("watch", "-o", "ndjson")
        assert watching.stdout is not None
        first = json.loads(watching.stdout.readline())
    told = finished(watching)
    events = [first, *map(json.loads, told.stdout.splitlines())]
    assert told.exit == 0
    assert [events[0]["status"], events[-1]["status"]] == ["running", "completed"]
    assert len({each["id"] for each in events}) == 1
    assert events[-1]["outcome"] == "answered"


@contextmanager
def screen() -> Iterator[tuple[int, int]]:
    """A terminal: our end of it, and the end of what runs there."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def seen_until(ours: int, words: bytes | None) -> str:
    """What is shown until these words come, or until nobody writes there any more."""
    seen = b""
    with suppress(OSError):  # nobody is left at the other end
        while words is None or words not in seen:
            seen += os.read(ours, 4096)
    assert words is None or words in seen
    return seen.decode()
