"""Commands that take several ids print one document, and change all or none."""

import csv
import io

import pytest

import support
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def three(run: Run) -> list[str]:
    """Three queued messages: two of one chat, one of another."""
    first = run("new", "one", "--json").json()
    second = run("send", "two", "--chat-id", first["chat"]["id"], "-q").id()
    return [first["newMessageId"], second, run("new", "three", "--json").json()["newMessageId"]]


def test_cancel_of_several_is_one_document(run: Run, three: list[str]) -> None:
    values = run("cancel", *three, "--json").json()
    support.check("chats", values)
    assert [value["messages"][0]["id"] for value in values] == three
    assert [value["messages"][0]["status"] for value in values] == ["cancelled"] * 3
    assert [value["newMessageId"] for value in values] == [None] * 3


def test_cancel_of_several_in_the_formats_for_scripts(run: Run, three: list[str]) -> None:
    lines = run("cancel", *three, "-o", "ndjson").ndjson()
    assert [line["messages"][0]["id"] for line in lines] == three
    again = [run("retry", each).exit for each in three]
    assert again == [0, 0, 0]
    rows = list(csv.DictReader(io.StringIO(run("cancel", *three, "-o", "csv").stdout)))
    assert [(row["messageId"], row["status"]) for row in rows] == [(each, "cancelled") for each in three]
    assert [run("retry", each).exit for each in three] == [0, 0, 0]
    assert run("cancel", *three, "-q").stdout.split() == three


def test_cancel_of_one_is_its_chat_up_to_it(run: Run, three: list[str]) -> None:
    value = run("cancel", three[0], "--json").json()
    support.check("chat", value)
    assert value["messages"][0]["id"] == three[0]
    assert run("cancel", three[1], "-q").id() == three[1]


def test_a_message_named_twice_is_cancelled_once(run: Run, three: list[str]) -> None:
    assert run("cancel", three[2], three[2][:13], "-q").stdout.split() == [three[2]]


def test_nothing_is_cancelled_where_one_is_unknown(run: Run, three: list[str]) -> None:
    refused = run("cancel", three[0], "deadbeef", three[2], "--json")
    assert (refused.exit, refused.stdout) == (3, "")
    assert {run("show", each, "--json").json()["status"] for each in three} == {"queued"}


def test_nothing_is_cancelled_where_some_are_finished_and_all_of_those_are_named(
    run: Run, worker: Worker, three: list[str]
) -> None:
    worker.answer(three[0])
    worker.answer(three[2])
    refused = run("cancel", *three, "--json")
    assert (refused.exit, refused.stdout) == (2, "")
    for problem, message in zip(refused.problems(), (three[0], three[2]), strict=True):
        assert message in problem["message"]
    assert run("show", three[1], "--json").json()["status"] == "queued"


def test_delete_takes_an_id_twice_for_once(run: Run, three: list[str]) -> None:
    assert run("delete", three[2], three[2]).stdout.split() == [three[2]]


def test_wait_for_several_is_an_array_or_a_line_each(run: Run, worker: Worker, three: list[str]) -> None:
    for each in three:
        worker.answer(each)
    values = run("wait", *three, "--json").json()
    support.check("waited", values)
    assert [value["messageId"] for value in values] == three
    assert run("wait", *three, "-o", "ndjson").ndjson() == values


def test_feedback_names_the_message_it_is_about(run: Run, worker: Worker, three: list[str]) -> None:
    worker.answer(three[0])
    assert run("feedback", three[0], "positive", "-q").id() == three[0]
    assert run("feedback", three[0], "positive", "--json").json()["messages"][0]["feedback"] == "positive"


def test_a_message_queued_again_shows_no_steps_of_the_attempt_before(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.fail(message, thoughts=["Thought about it"])
    (step,) = run("show", message, "--json").json()["reasoning"]["steps"]
    assert step["title"] == "Thought about it"
    value = run("retry", message, "--json").json()["messages"][0]
    assert (value["status"], value["reasoning"]) == ("queued", {"status": "processing", "steps": []})
