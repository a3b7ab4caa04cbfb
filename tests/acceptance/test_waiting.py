"""Waiting for answers, and going away meanwhile: the work never depends on who waits."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from support import eventually

from .homes import COMMAND, Home, finished, loading_elsewhere

Slow = tuple[Home, Path]
QUESTION = ("How many flights are there?", "--source", "flights")


def test_ctrl_c_while_waiting_leaves_the_work_running(slow: Slow) -> None:
    home, data = slow
    with loading_elsewhere(home, data):
        chat = home.run("new", "-q", "Which?", "--wait").stdout.strip()
        waiting = home.start("send", "-c", QUESTION[0], "--source", "flights", "--wait", "--json")
        home.reaches(chat, "completed", "running")
        os.killpg(waiting.pid, signal.SIGINT)
        left = finished(waiting)
        assert (left.exit, left.stdout) == (130, "")
        message = home.message()
        assert message["status"] == "running"
        assert f"chatctl wait {message['id']}" in left.stderr
    assert home.run("wait", message["id"]).exit == 0
    assert home.message()["attempts"] == 1


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


def test_the_exit_of_several_is_the_first_of_7_8_10_and_0_that_applies(slow: Slow) -> None:
    home, data = slow
    answered, declined, cancelled = (
        each.id()
        for each in home.together(
            ["new", "-q", *QUESTION], ["new", "-q", "Sing me a song", "--source", "flights"], ["new", "-q", "Which?"]
        )
    )
    assert home.run("wait", answered, declined, cancelled).exit == 10
    with loading_elsewhere(home, data):
        pending, stopped = (each.id() for each in home.together(["new", "-q", *QUESTION], ["new", "-q", *QUESTION]))
        assert home.run("cancel", stopped).exit == 0
        home.reaches(stopped, "cancelled")
        fine, asked, late, failed = home.together(
            ["wait", answered],
            ["wait", answered, declined, "-o", "json"],
            ["wait", answered, declined, pending, "--timeout", "0.2", "--json"],
            ["wait", pending, declined, stopped, "--timeout", "0.2", "--json"],
        )
    assert (fine.exit, asked.exit, late.exit, failed.exit) == (0, 10, 8, 7)
    assert late.error()["code"] == "WAIT_TIMEOUT"
    assert late.error()["exitCode"] == 8
    assert failed.error()["code"] == "ANALYST_FAILED"


def test_a_wait_that_times_out_prints_how_the_message_stands(slow: Slow) -> None:
    home, data = slow
    with loading_elsewhere(home, data):
        late = home.run("new", *QUESTION, "--wait", "--timeout", "0.2", "--json")
        assert late.exit == 8
        assert late.json()["messages"][0]["status"] in ("queued", "running")
        assert late.error()["code"] == "WAIT_TIMEOUT"
    assert home.run("wait", "@last").exit == 0


def test_watch_tells_every_change_a_line_each(slow: Slow) -> None:
    home, data = slow
    with loading_elsewhere(home, data):
        home.reaches(home.run("new", "-q", *QUESTION).id(), "running")
        watching = home.start("watch", "-o", "ndjson")
        assert watching.stdout is not None
        first = json.loads(watching.stdout.readline())
    told = finished(watching)
    events = [first, *map(json.loads, told.stdout.splitlines())]
    assert told.exit == 0
    assert [events[0]["status"], events[-1]["status"]] == ["running", "completed"]
    assert len({each["id"] for each in events}) == 1
    assert events[-1]["outcome"] == "answered"
