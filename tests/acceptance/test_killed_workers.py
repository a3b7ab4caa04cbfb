"""The worker is killed in the middle of an answer: the message still gets its answer, and only one."""

import os
import signal
from typing import Any

import pytest

from support import eventually

from .homes import Home, loading_elsewhere

QUESTION = ("How many flights are there?", "--source", "flights")


def kill_in_the_middle(own: Home) -> str:
    """Ask, and kill the worker with SIGKILL while its attempt runs; the chat's id."""
    with loading_elsewhere(own):
        chat = own.run("new", "-q", *QUESTION).id()
        own.reaches(chat, "running")
        (worker,) = own.alive()
        os.kill(worker.pid, signal.SIGKILL)
        eventually(lambda: not own.alive())
        eventually(lambda: len(own.processes()) == 0, within=20)
    return chat


def one_answer(message: dict[str, Any]) -> None:
    """The message was answered by its second attempt, once."""
    assert (message["status"], message["outcome"], message["attempts"]) == ("completed", "answered", 2)
    assert [entry["type"] for entry in message["responseMessages"]["messages"]] == ["text", "result", "file"]


def test_who_waits_starts_another_worker(own: Home) -> None:
    chat = kill_in_the_middle(own)
    waited = own.run("wait", chat, "--json", "--timeout", "60")
    assert waited.exit == 0, waited.stderr
    one_answer(waited.json()["messages"][0])


def test_a_worker_started_by_hand_takes_it_over(own: Home) -> None:
    chat = kill_in_the_middle(own)
    own.worker()
    own.reaches(chat, "completed")
    one_answer(own.message(chat))


def test_doctor_fix_takes_it_back_and_rings_for_it(own: Home) -> None:
    chat = kill_in_the_middle(own)
    fixed = own.run("doctor", "--fix", "--json")
    assert fixed.exit == 0, fixed.stdout
    own.reaches(chat, "completed")
    one_answer(own.message(chat))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_first(own: Home, ending: signal.Signals) -> None:
    worker = own.worker()
    with loading_elsewhere(own):
        chat = own.run("new", "-q", *QUESTION, CHATCTL_AUTO_WORKER="never").id()
        own.reaches(chat, "running")
        worker.send_signal(ending)
    assert worker.wait(timeout=30) == 0
    message = own.message(chat)
    assert (message["status"], message["attempts"]) == ("completed", 1)
