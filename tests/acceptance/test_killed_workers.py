"""The worker is killed in the middle of an answer: the message still gets its answer, and only one."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from support import eventually

from .homes import Home, loading_elsewhere

Slow = tuple[Home, Path]
QUESTION = ("How many flights are there?", "--source", "flights")


def kill_in_the_middle(home: Home, data: Path) -> str:
    """Ask, and kill the worker with SIGKILL while its attempt runs; the chat's id."""
    with loading_elsewhere(home, data):
        chat = home.run("new", "-q", *QUESTION).id()
        home.reaches(chat, "running")
        (worker,) = home.alive()
        os.kill(worker.pid, signal.SIGKILL)
        eventually(lambda: not home.alive())
        eventually(lambda: len(home.processes()) == 0, within=20)
    return chat


def one_answer(message: dict[str, Any]) -> None:
    """The message was answered by its second attempt, once."""
    assert (message["status"], message["outcome"], message["attempts"]) == ("completed", "answered", 2)
    assert [entry["type"] for entry in message["responseMessages"]["messages"]] == ["text", "result"]


def test_who_waits_starts_another_worker(slow: Slow) -> None:
    home, data = slow
    chat = kill_in_the_middle(home, data)
    waited = home.run("wait", chat, "--json", "--timeout", "60")
    assert waited.exit == 0, waited.stderr
    one_answer(waited.json()["messages"][0])


def test_a_worker_started_by_hand_takes_it_over(slow: Slow) -> None:
    home, data = slow
    chat = kill_in_the_middle(home, data)
    home.worker()
    home.reaches(chat, "completed")
    one_answer(home.message(chat))


def test_doctor_fix_takes_it_back_and_rings_for_it(slow: Slow) -> None:
    home, data = slow
    chat = kill_in_the_middle(home, data)
    fixed = home.run("doctor", "--fix", "--json")
    assert fixed.exit == 0, fixed.stdout
    home.reaches(chat, "completed")
    one_answer(home.message(chat))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_first(slow: Slow, ending: signal.Signals) -> None:
    home, data = slow
    worker = home.worker()
    with loading_elsewhere(home, data):
        chat = home.run("new", "-q", *QUESTION, CHATCTL_AUTO_WORKER="never").id()
        home.reaches(chat, "running")
        worker.send_signal(ending)
    assert worker.wait(timeout=30) == 0
    message = home.message(chat)
    assert (message["status"], message["attempts"]) == ("completed", 1)
