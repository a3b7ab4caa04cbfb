"""Ids, prefixes and @last; and that what is not yours answers exactly as what is not there."""

import re

import pytest

import support
from support import Run

pytestmark = pytest.mark.usefixtures("seeded")

COMMANDS = [
    ("show", "{id}"),
    ("send", "x", "--chat-id", "{id}"),
    ("redo", "{id}"),
    ("retry", "{id}"),
    ("cancel", "{id}"),
    ("rename", "{id}", "x"),
    ("feedback", "{id}", "positive"),
    ("delete", "{id}"),
    ("restore", "{id}"),
    ("wait", "{id}"),
    ("watch", "{id}"),
]
NOBODY = "2f1f1c1e-7d3b-4c5e-9a63-0a4e7c9f1b2d"


def filled(command: tuple[str, ...], reference: str) -> list[str]:
    return [word.format(id=reference) for word in command]


def told(outcome: support.Outcome, reference: str) -> str:
    """What stderr says, without what differs between any two runs."""
    text = outcome.stderr.replace(reference, "ID")
    return re.sub(r'"(requestId|timestamp)": "[^"]+"', "", text)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_unknown_id_is_not_found(run: Run, command: tuple[str, ...]) -> None:
    run("new", "x")
    for reference in (NOBODY, NOBODY[:8], "abc", "nonsense", " ", "@first", "%", "2f1f1c1e-"):
        missing = run("--json", *filled(command, reference))
        assert (missing.exit, missing.stdout) == (3, ""), reference
        error = missing.error()
        assert error["code"] in ("CHAT_NOT_FOUND", "MESSAGE_NOT_FOUND")
        assert error["error"].endswith("not found or access denied")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_an_empty_id_names_nothing(run: Run, command: tuple[str, ...]) -> None:
    run("new", "x")
    before = run("list", "--json").json()
    assert run(*filled(command, "")).exit in (2, 3)
    assert run("list", "--json").json() == before


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_what_is_not_yours_answers_as_what_is_not_there(run: Run, command: tuple[str, ...]) -> None:
    value = run("new", "x", "--json").json()
    chat, message = value["chat"]["id"], value["newMessageId"]
    if command[0] == "restore":
        run("delete", chat)
    for other in (("--as", "bob"), ("--organization", "elsewhere")):
        assert run("list", "--json", *other).json() == []
        nobody = run("--json", *filled(command, NOBODY), *other)
        for reference in (chat, message[:13]):
            refused = run("--json", *filled(command, reference), *other)
            assert (refused.exit, refused.stdout) == (3, "")
            assert told(refused, reference) == told(nobody, NOBODY)


def test_a_prefix_of_four_digits_is_enough_in_any_case_and_with_dashes(run: Run) -> None:
    chat = run("new", "x", "-q").id()
    for reference in (chat[:4], chat[:8].upper(), chat[:9], chat[:13], chat.replace("-", ""), chat):
        assert run("show", reference, "-q").id() == chat
    assert run("show", chat[:3]).exit == 3


def test_a_message_stands_for_its_chat_and_a_chat_for_its_newest_message(run: Run) -> None:
    value = run("new", "one", "--json").json()
    chat, first = value["chat"]["id"], value["newMessageId"]
    second = run("send", "two", "--chat-id", first, "-q").id()
    assert run("rename", second, "T", "--json").json()["chat"]["id"] == chat
    assert run("cancel", chat, "-q").id() == second
    assert run("retry", chat, "-q").id() == second
    assert run("feedback", chat, "positive", "-q").id() == second


def test_an_ambiguous_prefix_lists_the_candidates(run: Run, database_with_twins: tuple[str, str]) -> None:
    one, two = database_with_twins
    twins = run("show", one[:6], "--json")
    assert (twins.exit, twins.stdout) == (2, "")
    error = twins.error()
    assert error["code"] == "AMBIGUOUS_ID"
    assert sorted(each["id"] for each in error["details"]["candidates"]) == sorted([one, two])
    assert {each["kind"] for each in error["details"]["candidates"]} == {"chat"}
    plain = run("show", one[:6])
    assert one in plain.stderr
    assert two in plain.stderr
    assert run("show", one, "-q").id() == one
    assert run("show", one[:6], "--as", "bob").exit == 3


@pytest.mark.parametrize("own_last", [True, False])
def test_a_prefix_that_fits_many_of_others_finds_your_own(run: Run, worker: support.Worker, own_last: bool) -> None:
    run("new", "theirs", "--as", "bob")
    mine = run("new", "mine", "-q").id()
    renamed = f"abcdef00-{'ffff' if own_last else '0000'}-4000-8000-000000000000"
    with worker.database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        values = (renamed.replace("-", ""), mine.replace("-", ""))
        connection.exec_driver_sql("UPDATE chat SET id = ? WHERE id = ?", values)
        connection.exec_driver_sql("UPDATE message SET chat_id = ? WHERE chat_id = ?", values)
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(chat)") if row[1] != "id"]
        others = ", ".join(columns)
        copies = f"INSERT INTO chat (id, {others}) SELECT ?, {others} FROM chat WHERE title = 'theirs' LIMIT 1"  # noqa: S608
        for number in range(300):
            connection.exec_driver_sql(copies, (f"abcdef008{number:023d}",))
    assert run("show", "abcdef", "-q").id() == renamed
    crowd = run("show", "abcdef", "--json", "--as", "bob").error()
    assert (crowd["code"], len(crowd["details"]["candidates"])) == ("AMBIGUOUS_ID", 20)
    assert "more than 20" in crowd["error"]


@pytest.fixture
def database_with_twins(run: Run, worker: support.Worker) -> tuple[str, str]:
    """Two chats whose ids start alike."""
    ids = run("new", "x", "-q").id(), run("new", "y", "-q").id()
    twins = "abcdef00-0000-4000-8000-000000000001", "abcdef00-0000-4000-8000-000000000002"
    with worker.database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for old, new in zip(ids, twins, strict=True):
            values = (new.replace("-", ""), old.replace("-", ""))
            connection.exec_driver_sql("UPDATE chat SET id = ? WHERE id = ?", values)
            connection.exec_driver_sql("UPDATE message SET chat_id = ? WHERE chat_id = ?", values)
    return twins


def test_last_is_the_chat_this_user_wrote_to_last(run: Run) -> None:
    assert run("show", "@last").exit == 3
    one, two = run("new", "one", "-q").id(), run("new", "two", "-q").id()
    shown = run("show", "--json")
    assert shown.json()["chat"]["id"] == two
    assert two in shown.stderr, "the choice is said"
    run("send", "more", "--chat-id", one)
    assert run("show", "-q").id() == one
    other = run("new", "theirs", "-q", "--as", "bob").id()
    assert run("show", "-q").id() == one
    assert run("show", "-q", "--as", "bob").id() == other
    assert run("show", "--as", "carol").exit == 3
    run("delete", one)
    assert run("show", "-q").id() == two


def test_c_is_the_last_chat(run: Run) -> None:
    chat = run("new", "one", "-q").id()
    sent = run("send", "-c", "two", "--json")
    assert sent.json()["chat"]["id"] == chat
    assert chat in sent.stderr
    assert run("send", "-c", "two", "--as", "bob").exit == 3


# who acts


def test_new_names_are_said_once_on_stderr(run: Run) -> None:
    first = run("list", "--as", "zoe", "--organization", "acme")
    assert "Created organization 'acme' and user 'zoe'" in first.stderr
    assert "Created" not in run("list", "--as", "zoe", "--organization", "acme").stderr
    assert "Created user 'zoe'" in run("list", "--as", "zoe").stderr, "users belong to one organization"


def test_a_user_may_be_named_by_id(run: Run) -> None:
    value = run("new", "x", "--json").json()["chat"]
    by_id = run("list", "--json", "--as", value["createdBy"], "--organization", value["organizationId"])
    assert [chat["id"] for chat in by_id.json()] == [value["id"]]
    unknown = run("list", "--json", "--as", NOBODY)
    assert (unknown.exit, unknown.stdout) == (2, "")
    assert unknown.problems()[0]["field"] == "user"


@pytest.mark.parametrize("flag", ["--organization", "--as"])
def test_a_name_must_be_text(run: Run, flag: str) -> None:
    for name in (" ", "\udcff"):
        refused = run("list", "--json", flag, name)
        assert (refused.exit, refused.stdout) == (2, "")
        assert refused.error()["code"] == "VALIDATION_ERROR"
