"""What a user may not see answers exactly as what is not there; what they may see with too low a role says so."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select, update

import support
from chatctl.storage import answers
from chatctl.storage.tables import AssetRow, ChatRow, MessageRow
from support import Outcome, Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")

NOWHERE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
METRIC = "name: {name}\nsource: numbers\nsql: SELECT x FROM numbers\nchartConfig: {{selectedChartType: table}}\n"
BOARD = "name: {name}\nrows:\n  - {{id: 1, items: [{{id: {metric}}}], columnSizes: [12]}}\n"


@pytest.fixture
def others(run: Run) -> None:
    """Bob, in ada's organization, and eve, in another."""
    run("list", "--as", "bob")
    run("list", "--as", "eve", "--organization", "elsewhere")


@pytest.fixture
def chat(run: Run, others: None) -> str:  # noqa: ARG001
    """Ada's chat."""
    return run("new", "x", "-q").id()


@pytest.fixture
def metric(run: Run, others: None) -> str:  # noqa: ARG001
    """Ada's metric, named Sales."""
    Path("numbers.csv").write_text("x\n1\n2\n")
    assert run("source", "add", "numbers", "numbers.csv").exit == 0
    return run("metric", "create", "-", "-q", stdin=METRIC.format(name="Sales")).id()


@pytest.fixture
def board(run: Run, metric: str) -> str:
    """Ada's dashboard, with her metric."""
    return run("dashboard", "create", "-", "-q", stdin=BOARD.format(name="Board", metric=metric)).id()


BOB = ("--as", "bob")
EVE = ("--as", "eve", "--organization", "elsewhere")


def told(outcome: Outcome, *replaced: str) -> Any:
    """The error object without what differs between any two runs, and without what the user typed."""
    error = {**outcome.error(), "requestId": "", "timestamp": ""}
    text = json.dumps(error)
    for each in replaced:
        text = text.replace(each, "IT")
    return outcome.exit, outcome.stdout, json.loads(text)


CHAT_COMMANDS = [
    ("show", "{}"),
    ("send", "x", "--chat-id", "{}"),
    ("redo", "{}"),
    ("retry", "{}"),
    ("cancel", "{}"),
    ("rename", "{}", "x"),
    ("feedback", "{}", "positive"),
    ("delete", "{}"),
    ("restore", "{}"),
    ("wait", "{}", "--timeout", "0"),
    ("watch", "{}", "--timeout", "0"),
    ("share", "{}", "--to", "bob", "--role", "can_view"),
    ("unshare", "{}", "--to-organization"),
    ("access", "{}"),
]


@pytest.mark.parametrize("who", [BOB, EVE], ids=["bob", "eve"])
def test_a_chat_that_is_not_shared_answers_as_one_that_is_not_there(run: Run, chat: str, who: tuple[str, ...]) -> None:
    message = run("show", chat, "--json").json()["messages"][0]["id"]
    for command in CHAT_COMMANDS:
        words = [[word.format(each) for word in command] for each in (NOWHERE, chat, message, chat[:8])]
        nowhere, *hidden = [told(run(*each, "--json", *who), NOWHERE, chat, message, chat[:8]) for each in words]
        assert nowhere[0] == 3
        assert hidden == [nowhere] * 3, command


@pytest.mark.parametrize("request_", [{"prompt": "x", "chat_id": "{}"}, {"message_id": "{}"}], ids=["chat", "message"])
def test_a_request_answers_likewise(run: Run, chat: str, request_: dict[str, str]) -> None:
    message = run("show", chat, "--json").json()["messages"][0]["id"]
    hidden = message if "message_id" in request_ else chat
    texts = [json.dumps({key: value.format(each) for key, value in request_.items()}) for each in (NOWHERE, hidden)]
    nowhere, there = [told(run("request", *BOB, stdin=text), NOWHERE, hidden) for text in texts]
    assert nowhere == there
    assert nowhere[0] == 3


ASSET_COMMANDS = [
    ("show", "{}"),
    ("edit", "{}", "--file", "-"),
    ("history", "{}"),
    ("restore", "{}", "--version", "1"),
    ("delete", "{}"),
]


@pytest.mark.parametrize("kind", ["metric", "dashboard"])
@pytest.mark.parametrize("who", [BOB, EVE], ids=["bob", "eve"])
def test_an_asset_that_is_not_shared_answers_as_one_that_is_not_there(
    run: Run, metric: str, kind: str, who: tuple[str, ...]
) -> None:
    """Live or deleted, of the type that is asked for or of the other one, by name or by id."""
    file = METRIC.format(name="Other")
    run("source", "add", "numbers", "numbers.csv", *EVE)
    if kind == "dashboard":
        other = run("metric", "create", "-", "-q", *who, stdin=file).id()
        file = BOARD.format(name="Other", metric=other)
    commands = [(kind, *command) for command in ASSET_COMMANDS] + [("new", f"--{kind}", "{}")]
    commands += [("metric", "run", "{}")] if kind == "metric" else []

    def answers(reference: str) -> list[Any]:
        return [
            told(run(*(word.format(reference) for word in command), "--json", *who, stdin=file), reference)
            for command in commands
        ]

    nowhere = answers(NOWHERE)
    assert {exit_ for exit_, *_ in nowhere} == {3}
    assert answers(metric) == nowhere
    assert answers(metric[:8]) == nowhere
    assert answers("Sales") == answers("Nothing")
    assert run("metric", "delete", metric).exit == 0
    assert answers(metric) == nowhere


def test_who_may_view_an_asset_is_told_more(run: Run, metric: str, board: str) -> None:
    for shared in (metric, board):
        assert run("share", shared, "--to", "bob", "--role", "can_view").exit == 0
    mismatch = run("dashboard", "show", "Sales", "--json", *BOB)
    assert (mismatch.exit, mismatch.error()["code"]) == (2, "ASSET_TYPE_MISMATCH")
    denied = run("metric", "delete", "Sales", "--json", *BOB)
    assert (denied.exit, denied.error()["code"]) == (4, "ASSET_ACCESS_DENIED")
    assert run("metric", "delete", "Sales").exit == 0
    deleted = run("metric", "show", "Sales", "--json", *BOB)
    assert (deleted.exit, deleted.error()["code"]) == (3, "ASSET_DELETED")


def test_an_ambiguous_prefix_lists_only_what_may_be_seen(run: Run, worker: Worker, metric: str) -> None:
    own = run("new", "mine", "-q", *BOB).id()
    hidden = [run("new", f"hidden {number}", "-q").id() for number in range(3)]
    ids = {own: UUID(int=0xABCD0 << 108), **{each: UUID(int=(0xABCD1 << 108) + at) for at, each in enumerate(hidden)}}
    shared = hidden[0]
    with worker.database.write() as session:
        for row in session.exec(select(MessageRow)).all():
            session.delete(row)
        session.flush()
        for each, wanted in ids.items():
            session.exec(update(ChatRow).where(col(ChatRow.id) == UUID(each)).values(id=wanted))
        new_metric = UUID(int=0xABCD2 << 108)
        moved = update(AssetRow).where(col(AssetRow.id) == UUID(metric)).values(id=new_metric)
        session.connection().exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        session.connection().exec_driver_sql(
            "UPDATE asset_version SET asset_id = ? WHERE asset_id = ?", (new_metric.hex, UUID(metric).hex)
        )
        session.exec(moved)
    assert run("show", "abcd", "--json", *BOB).json()["chat"]["id"] == str(ids[own]), "nothing else is seen"
    assert len(run("access", "abcd", "--json", *BOB).json()) == 1
    assert run("share", str(ids[shared]), "--to", "bob", "--role", "can_view").exit == 0
    ambiguous = run("show", "abcd", "--json", *BOB)
    assert ambiguous.error()["code"] == "AMBIGUOUS_ID"
    assert "fits 2 ids" in ambiguous.error()["error"]
    assert {each["id"] for each in ambiguous.error()["details"]["candidates"]} == {str(ids[own]), str(ids[shared])}
    assert run("share", str(new_metric), "--to", "bob", "--role", "can_view").exit == 0
    candidates = run("access", "abcd", "--json", *BOB).error()["details"]["candidates"]
    assert [each["kind"] for each in candidates] == ["metric", "chat", "chat"]


def test_the_last_chat_is_the_last_that_may_still_be_seen(run: Run, chat: str) -> None:
    own = run("new", "mine", "-q", *BOB).id()
    assert run("share", chat, "--to", "bob", "--role", "can_edit").exit == 0
    assert run("send", "and?", "--chat-id", chat, *BOB).exit == 0
    assert run("show", "--json", *BOB).json()["chat"]["id"] == chat
    assert run("unshare", chat, "--to", "bob").exit == 0
    last = run("show", "--json", *BOB)
    assert last.json()["chat"]["id"] == own
    assert chat not in last.stderr


def test_a_key_repeats_nothing_that_may_not_be_seen_any_more(run: Run, chat: str) -> None:
    assert run("share", chat, "--to", "bob", "--role", "can_edit").exit == 0
    again = ("send", "and?", "--chat-id", chat, "--idempotency-key", "k", "--json", *BOB)
    assert run(*again).exit == 0
    assert run(*again).exit == 0
    assert run("unshare", chat, "--to", "bob").exit == 0
    refused = run(*again)
    assert (refused.exit, refused.stdout) == (3, "")
    assert refused.error()["code"] == "CHAT_NOT_FOUND"


def test_a_watcher_sees_no_change_after_the_chat_was_taken_back(run: Run, worker: Worker, chat: str) -> None:
    message = run("show", chat, "--json").json()["messages"][0]["id"]
    assert run("share", chat, "--to", "bob", "--role", "can_view").exit == 0
    assert run("wait", message, "--timeout", "0", *BOB).exit == 8
    assert run("unshare", chat, "--to", "bob").exit == 0
    worker.answer(message, "the secret")
    late = run("wait", message, "--timeout", "0", *BOB)
    assert late.exit == 3
    assert "secret" not in late.stdout + late.stderr


def test_a_cursor_opens_nothing(run: Run, chat: str) -> None:
    run("new", "y", "-q")
    cursor = re.search(r"--cursor (\S+)", run("list", "-n", "1").stderr)
    assert cursor
    assert run("list", "--cursor", cursor[1], "--json", *BOB).json() == []
    assert run("list", "--cursor", cursor[1], "--json").json()[0]["id"] == chat


def test_a_name_that_another_has_taken_is_free(run: Run, metric: str) -> None:
    mine = run("metric", "create", "-", "-q", *BOB, stdin=METRIC.format(name="Sales")).id()
    assert mine != metric


def test_an_editor_learns_nothing_of_the_other_names_of_the_owner(run: Run, metric: str) -> None:
    hidden = run("metric", "create", "-", "-q", stdin=METRIC.format(name="Hidden")).id()
    assert run("share", metric, "--to", "bob", "--role", "can_edit").exit == 0
    renamed = run("metric", "edit", metric, "--file", "-", *BOB, stdin=METRIC.format(name="Hidden"))
    assert renamed.exit == 0, renamed.stderr
    assert run("metric", "show", "Hidden", "--json", *BOB).json()["id"] == metric
    both = run("metric", "show", "Hidden", "--json").error()["details"]["candidates"]
    assert {each["id"] for each in both} == {metric, hidden}
    back = run("metric", "edit", metric, "--file", "-", stdin=METRIC.format(name="Sales"))
    assert back.exit == 0, back.stderr


def test_a_dashboard_shows_nothing_of_a_metric_that_is_not_shared(run: Run, metric: str, board: str) -> None:
    assert run("share", board, "--to", "bob", "--role", "can_view").exit == 0
    shown = run("dashboard", "show", "Board", "--json", *BOB)
    assert shown.exit == 0
    assert metric in shown.stdout, "of the metric there is its id"
    assert "Sales" not in shown.stdout + shown.stderr
    assert "numbers" not in shown.stdout + shown.stderr


def test_what_is_public_is_not_told_with_whom_else_it_is_shared(run: Run, chat: str) -> None:
    assert run("share", chat, "--to", "bob", "--role", "can_edit").exit == 0
    assert run("share", chat, "--public").exit == 0
    seen = run("access", chat, "--json", *EVE)
    support.check("access", seen.json())
    assert [entry["identityType"] for entry in seen.json()] == ["public"]
    assert run("show", chat, "--json", *EVE).exit == 0
    refused = run("send", "x", "--chat-id", chat, "--json", *EVE)
    assert (refused.exit, refused.error()["code"]) == (4, "PERMISSION_DENIED")


def test_an_attempt_asks_again_whether_the_asset_may_be_used(run: Run, metric: str) -> None:
    assert run("share", metric, "--to", "bob", "--role", "can_view").exit == 0
    chat = run("new", "How many?", "--metric", "Sales", "-q", *BOB).id()
    message = run("show", chat, "--json", *BOB).json()["messages"][0]["id"]
    assert run("unshare", metric, "--to", "bob").exit == 0
    failed = run("wait", message, "--json", *BOB)
    assert failed.exit == 7
    error = failed.json()["messages"][0]["error"]
    assert (error["code"], error["message"]) == ("ASSET_NOT_FOUND", "Asset not found or access denied")
    assert run("share", metric, "--to", "bob", "--role", "can_view").exit == 0
    assert run("retry", message, "--wait", *BOB).exit in (0, 10)


def test_a_later_question_goes_on_without_what_was_taken_back(run: Run, worker: Worker, metric: str) -> None:
    assert run("share", metric, "--to", "bob", "--role", "can_view").exit == 0
    later = []
    for _ in range(2):
        chat = run("new", "--metric", "Sales", "-q", *BOB, stdin="").id()
        later.append(run("send", "and?", "--chat-id", chat, "-q", *BOB).id())

    def pulled_in(message: str) -> int:
        with worker.database.read() as session:
            found = answers.assignment(session, worker.claim(message))
        assert found
        return sum(len(turn.given) for turn in found.history)

    assert pulled_in(later[0]) == 1
    assert run("unshare", metric, "--to", "bob").exit == 0
    assert pulled_in(later[1]) == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--role", "can_view"), "USAGE_ERROR"),
        (("--to", "bob"), "USAGE_ERROR"),
        (("--to", "bob", "--public", "--role", "can_view"), "USAGE_ERROR"),
        (("--to", "bob", "--role", "admin"), "VALIDATION_ERROR"),
        (("--public", "--role", "can_edit"), "VALIDATION_ERROR"),
        (("--to", "ada", "--role", "can_view"), "VALIDATION_ERROR"),
        (("--to", "", "--role", "can_view"), "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_shared_so_is_said(run: Run, chat: str, words: tuple[str, ...], code: str) -> None:
    refused = run("share", chat, *words, "--json")
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.error()["code"] == code
    assert [entry["role"] for entry in run("access", chat, "--json").json()] == ["owner"]
