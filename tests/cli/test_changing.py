"""rename, feedback, delete, restore."""

import pytest

import support
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")


def test_rename_sets_a_title_that_stays(run: Run) -> None:
    chat = run("new", "x", "-q").id()
    value = run("rename", chat, " Flights\u00a0in July ", "--json").json()
    support.check("chat", value)
    assert value["chat"]["title"] == "Flights\u00a0in July"
    run("send", "more", "--chat-id", chat)
    assert run("show", chat, "--json").json()["chat"]["title"] == "Flights\u00a0in July"


@pytest.mark.parametrize("title", ["", "  ", "x" * 1001])
def test_a_title_must_be_one(run: Run, title: str) -> None:
    run("new", "x")
    refused = run("rename", "@last", "--json", "--", title)
    assert refused.exit == 2
    assert refused.problems()[0]["field"] == "title"


def test_feedback_is_given_and_taken_back(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message)
    for opinion, kept in (("positive", "positive"), ("negative", "negative"), ("none", None)):
        value = run("feedback", message, opinion, "--json").json()
        support.check("chat", value)
        assert value["messages"][0]["feedback"] == kept
    assert run("feedback", message, "great").exit == 2


def test_a_deleted_chat_is_gone_until_restored(run: Run) -> None:
    chat = run("new", "x", "-q").id()
    assert run("delete", chat).stdout == f"{chat}\n"
    assert run("show", chat).exit == 3
    assert run("list", "--json").json() == []
    assert [value["id"] for value in run("list", "--deleted", "--json").json()] == [chat]
    assert run("delete", chat).exit == 3
    assert run("restore", chat).stdout == f"{chat}\n"
    assert run("show", chat, "--json").json()["messages"][0]["status"] == "cancelled"
    assert run("list", "--deleted", "--json").json() == []


def test_a_deleted_message_leaves_the_others(run: Run) -> None:
    chat = run("new", "one", "-q").id()
    two = run("send", "two", "--chat-id", chat, "-q").id()
    run("send", "three", "--chat-id", chat)
    run("delete", two)
    assert [each["position"] for each in run("show", chat, "--json").json()["messages"]] == [3, 1]
    run("restore", two)
    assert [each["position"] for each in run("show", chat, "--json").json()["messages"]] == [3, 2, 1]
    run("send", "four", "--chat-id", chat)
    assert run("show", chat, "--json").json()["messages"][0]["position"] == 4


def test_several_at_once_are_all_or_none(run: Run) -> None:
    one, two = run("new", "one", "-q").id(), run("new", "two", "-q").id()
    refused = run("delete", one, "deadbeef", two)
    assert (refused.exit, refused.stdout) == (3, "")
    assert len(run("list", "--json").json()) == 2
    deleted = run("delete", one, two, "--json")
    support.check("ids", deleted.json())
    assert deleted.json() == [{"id": one}, {"id": two}]
    assert run("restore", two, "deadbeef").exit == 3
    assert run("list", "--json").json() == []
    assert run("restore", one, two, "-q").stdout.split() == [one, two]


def test_restore_of_what_is_not_deleted_is_not_found(run: Run) -> None:
    chat = run("new", "x", "-q").id()
    assert run("restore", chat).exit == 3
