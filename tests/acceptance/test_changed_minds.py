"""Cancel, retry, redo, delete, restore: what a user takes back, and takes back again."""

import time

from .homes import Home, loading_elsewhere

QUESTION = ("How many flights are there?", "--source", "flights")


def test_queued_and_running_work_is_cancelled_within_two_seconds_and_can_be_retried(own: Home) -> None:
    with loading_elsewhere(own):
        chat = own.run("new", "-q", *QUESTION).id()
        queued = own.run("send", "-q", "-c", "and by month?").id()
        own.reaches(chat, "running", "queued")
        running = own.run("show", chat, "--json").json()["messages"][1]["id"]
        assert [each.exit for each in own.together(["cancel", queued], ["cancel", running])] == [0, 0]
        begun = time.monotonic()
        own.reaches(chat, "cancelled", "cancelled")
        assert time.monotonic() - begun < 2
    for message in (own.message(queued), own.message(running)):
        assert message["finalReasoningMessage"] == "Stopped reasoning"
        assert message["responseMessages"] == {"status": "cancelled", "messages": []}
    again = own.run("cancel", running, "--json")
    assert (again.exit, again.error()["code"]) == (2, "VALIDATION_ERROR")
    retried = own.run("retry", running, "--wait", "--json")
    assert (retried.exit, retried.json()["newMessageId"]) == (0, running)
    assert own.message(running)["outcome"] == "answered"


def test_redo_puts_a_turn_and_what_followed_away_and_restore_brings_it_back(shared: Home) -> None:
    first = shared.run("new", *QUESTION, "--wait", "--json").json()["newMessageId"]
    second = shared.run("send", "-c", "-q", "by month", "--wait").id()
    redone = shared.run("redo", first, "How many flights by carrier?", "--wait", "--json")
    assert redone.exit == 0, redone.stderr
    value = redone.json()
    assert [(each["position"], each["requestMessage"]) for each in value["messages"]] == [
        (3, "How many flights by carrier?")
    ]
    gone = shared.run("show", first, "--json")
    assert (gone.exit, gone.error()["code"]) == (3, "CHAT_NOT_FOUND")
    assert shared.run("restore", first).exit == 0
    back = shared.run("show", value["chat"]["id"], "--json").json()["messages"]
    assert [each["id"] for each in back[1:]] == [second, first]


def test_a_deleted_chat_is_gone_until_it_is_restored(shared: Home) -> None:
    chat = shared.run("new", "-q", "Which?", "--title", "Kept").id()
    assert shared.run("delete", chat).exit == 0
    hidden, listed, deleted = shared.together(["show", chat], ["list", "-q"], ["list", "--deleted", "-q"])
    assert (hidden.exit, hidden.stdout) == (3, "")
    assert chat not in listed.stdout
    assert chat in deleted.stdout
    assert shared.run("restore", chat).exit == 0
    assert shared.run("show", chat, "--json").json()["chat"]["title"] == "Kept"
