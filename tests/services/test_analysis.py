"""One attempt at one message: what reaches the analyst, and what becomes of what it does."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

import support
from chatctl import config
from chatctl.analyst.contract import Analyst, Answer, Finding, Question, Step
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import QueryTimeout, SourceError
from chatctl.domain.jobs import Claim
from chatctl.domain.results import Column, ResultSet
from chatctl.services.analysis import Analysis
from chatctl.storage.ledger import Ledger
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")

Attempt = Callable[[str, Analyst], dict[str, Any]]

RESULT = ResultSet(columns=[Column(name="n", type="integer")], rows=[[42]], truncated=True, elapsed_ms=1.0)


@pytest.fixture
def attempt(run: Run, worker: Worker) -> Attempt:
    """Let an analyst work on a message once; the message as it is shown afterwards."""

    def act(message: str, work: Analyst) -> dict[str, Any]:
        settings = config.load({})
        ledger = Ledger(worker.database, settings.timing)
        Analysis(settings, worker.database, ledger, lambda _name, _how: work).answer(worker.claim(message))
        shown: dict[str, Any] = run("show", message, "--json").json()
        support.check("message", shown)
        return shown

    return act


def ask(run: Run, *words: str) -> str:
    """The id of a new message."""
    return str(run(*words, "--json").json()["newMessageId"])


def say(text: str, **more: Any) -> Analyst:
    """An analyst that answers at once."""

    def work(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001
        yield Answer(**{"outcome": "answered", "text": text} | more)

    return work


def test_the_answer_comes_first_then_what_it_rests_on(run: Run, attempt: Attempt) -> None:
    finding = Finding(source="flights", sql="SELECT 42 AS n", result=RESULT)
    shown = attempt(
        ask(run, "new", "x"),
        say("It is 42.", findings=(finding,), assumptions=("nulls are left out",), suggestions=("why?",)),
    )
    text, result, file = shown["responseMessages"]["messages"]
    assert text["message"] == "It is 42.\n\nAssumptions:\n- nulls are left out\n\nYou could ask:\n- why?"
    assert (result["source"], result["sql"], result["rows"]) == ("flights", "SELECT 42 AS n", [[42]])
    assert (result["rowCount"], result["truncated"]) == (1, True)
    assert (file["fileType"], file["fileName"], file["versionNumber"]) == ("metric_file", "X", 1)
    assert (shown["status"], shown["outcome"]) == ("completed", "answered")


def test_steps_are_kept_in_order_in_their_newest_form(run: Run, attempt: Attempt) -> None:
    first, second = (TextStep(id=uuid4(), title=title, status="loading") for title in ("first", "second"))

    def work(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001
        yield first
        yield second
        yield first.model_copy(update={"status": "completed"})
        yield Answer(outcome="declined", text="No")

    shown = attempt(ask(run, "new", "x"), work)
    steps = [(step["title"], step["status"]) for step in shown["reasoning"]["steps"]]
    assert steps == [("first", "completed"), ("second", "loading")]
    assert (shown["reasoning"]["status"], shown["outcome"]) == ("completed", "declined")


def test_history_is_of_finished_turns_oldest_first(run: Run, attempt: Attempt) -> None:
    seen: list[Question] = []

    def work(question: Question) -> Iterator[Step | Answer]:
        seen.append(question)
        yield Answer(outcome="answered", text=f"re: {question.text}", raw=({"asked": question.text},))

    for words in (("new", "one"), ("send", "-c", "two")):
        attempt(ask(run, *words), work)
    run("cancel", ask(run, "send", "-c", "never"))
    attempt(ask(run, "send", "-c", "three"), work)
    last = seen[-1]
    assert [(turn.position, turn.question, turn.text, turn.raw) for turn in last.history] == [
        (1, "one", "re: one", ({"asked": "one"},)),
        (2, "two", "re: two", ({"asked": "two"},)),
    ]
    assert (last.text, last.limits.rows, last.limits.seconds) == ("three", 1000, 30.0)


def fails(error: Exception) -> Analyst:
    def work(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001
        yield TextStep(id=uuid4(), title="looking", status="loading")
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SourceError("The file is gone", hint="Bring it back"), "SOURCE_ERROR"),
        (QueryTimeout("Too slow"), "QUERY_TIMEOUT"),
    ],
)
def test_wrong_data_fails_at_once(run: Run, attempt: Attempt, error: Any, code: str) -> None:
    shown = attempt(ask(run, "new", "x"), fails(error))
    assert (shown["status"], shown["attempts"]) == ("failed", 1)
    assert shown["error"] == {"code": code, "message": error.message, "hint": error.hint}
    assert shown["responseMessages"] == {"status": "failed", "messages": []}


def silent(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001
    yield from ()


@pytest.mark.parametrize("work", [fails(RuntimeError("secret row 7")), silent])
def test_an_analyst_that_breaks_is_tried_again_and_tells_no_data(
    run: Run, attempt: Attempt, home: Any, work: Analyst
) -> None:
    shown = attempt(ask(run, "new", "x"), work)
    assert (shown["status"], shown["error"]) == ("queued", None)
    assert "secret row" not in "".join(path.read_text() for path in (home / "logs").glob("*.log"))


def test_an_attempt_that_was_overtaken_leaves_no_trace(run: Run, attempt: Attempt, worker: Worker) -> None:
    message = ask(run, "new", "x")

    def work(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001
        Ledger(worker.database, config.load({}).timing).sweep(["by-hand"])
        yield TextStep(id=uuid4(), title="late", status="loading")
        yield Answer(outcome="answered", text="late")

    shown = attempt(message, work)
    assert (shown["status"], shown["responseMessages"]["messages"]) == ("queued", [])
    assert shown["reasoning"]["steps"] == []
    assert worker.claim(message) == Claim(message_id=UUID(message), attempt=2)
