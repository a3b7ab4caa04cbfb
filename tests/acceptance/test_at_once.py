"""Several commands at the same moment: nothing is lost, nothing is done twice."""

import calendar
from collections.abc import Sequence

from support import Outcome

from .homes import Home

SENDERS = 8


def test_eight_senders_to_one_chat_lose_nothing(own: Home) -> None:
    chat = own.run("new", "-q", "How many flights are there?", "--source", "flights").id()
    questions = [f"How many flights in {calendar.month_name[number]}?" for number in range(1, SENDERS + 1)]
    sent = own.together(*(["send", "-q", "--chat-id", chat, question] for question in questions))
    ids = ids_of(sent)
    waited = own.run("wait", chat, "--timeout", "60")
    assert waited.exit == 0, waited.stderr
    messages = own.run("show", chat, "--json").json()["messages"]
    assert [each["position"] for each in reversed(messages)] == list(range(1, SENDERS + 2))
    assert {each["id"] for each in messages[:-1]} == ids
    assert {each["requestMessage"] for each in messages[:-1]} == set(questions)
    assert {(each["status"], each["attempts"]) for each in messages} == {("completed", 1)}
    for message in messages:
        finals = [each for each in message["responseMessages"]["messages"] if each.get("isFinalMessage")]
        assert len(finals) == 1, message["requestMessage"]


def test_eight_first_commands_make_one_database_and_one_worker(empty: Home) -> None:
    made = ids_of(empty.together(*(["new", "-q", "How many?"] for _ in range(SENDERS))))
    assert len(made) == SENDERS
    assert empty.run("wait", *made, "--timeout", "60").exit == 10
    assert len(empty.alive()) == 1
    assert set(empty.run("list", "-q").stdout.split()) == made


def test_the_same_key_at_once_makes_one_chat(shared: Home) -> None:
    command = ["new", "--json", "How many flights?", "--source", "flights", "--idempotency-key", "at-once"]
    values = [each.json() for each in shared.together(*[command] * 4)]
    assert len({value["chat"]["id"] for value in values}) == 1
    assert len({value["newMessageId"] for value in values}) == 1
    chat = values[0]["chat"]["id"]
    shared.reaches(chat, "completed")
    again = shared.run(*command).json()
    assert (again["chat"]["id"], again["messages"][0]["status"]) == (chat, "completed")
    other = shared.run("new", "--json", "Which carriers?", "--source", "flights", "--idempotency-key", "at-once")
    assert (other.exit, other.error()["code"]) == (2, "VALIDATION_ERROR")


def ids_of(outcomes: Sequence[Outcome]) -> set[str]:
    """The ids that `new -q` and `send -q` printed."""
    return {outcome.id() for outcome in outcomes}
