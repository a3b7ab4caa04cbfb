"""No worker, and none to be started: messages are kept, and whoever waits does the work."""

import os
import signal

from support import eventually

from .homes import Home, finished, loading_elsewhere

QUESTION = ("How many flights are there?", "--source", "flights")
NEVER = {"CHATCTL_AUTO_WORKER": "never"}


def test_the_question_is_kept_and_answered_by_whoever_waits(own: Home) -> None:
    accepted = own.run("new", "--json", *QUESTION, **NEVER)
    assert accepted.exit == 0, accepted.stderr
    assert accepted.json()["messages"][0]["status"] == "queued"
    assert not own.processes()
    waited = own.run("wait", "@last", "--json", **NEVER)
    assert (waited.exit, waited.json()["messages"][0]["outcome"]) == (0, "answered")
    assert own.run("send", "-c", "by carrier", "--wait", **NEVER).exit == 0
    assert not own.processes()


def test_ctrl_c_gives_the_message_back_to_the_queue(own: Home) -> None:
    with loading_elsewhere(own):
        chat = own.run("new", "-q", *QUESTION, **NEVER).id()
        waiting = own.start("wait", chat, **NEVER)
        own.reaches(chat, "running")
        assert [each.kind for each in own.alive()] == ["inline"]
        eventually(lambda: own.message(chat)["reasoning"]["steps"], within=30)
        os.killpg(waiting.pid, signal.SIGINT)
        left = finished(waiting)
        assert (left.exit, left.stdout) == (130, "")
        assert own.statuses(chat) == ["queued"]
        assert not own.processes()
    assert own.run("wait", chat, **NEVER).exit == 0
