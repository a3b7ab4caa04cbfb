"""A connection that is lost in the middle of a command costs a moment: the command succeeds and does its work once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

import servers
from chatctl.domain.chats import MessageError
from chatctl.domain.jobs import Timing
from chatctl.storage.database import Database
from chatctl.storage.ledger import Ledger
from server_fixtures import BLANK
from support import Outcome, Run
from wires import Break, Wire, wire

WRITES: list[Break] = ["before the commit", "after the commit"]


class Desk:
    """The commands on a database behind the wire, and a look at it that does not use the wire."""

    def __init__(self, run: Run, strung: Wire, url: str) -> None:
        self._run = run
        self.wire = strung
        self.database = Database(url)

    def run(self, *args: str) -> Outcome:
        """A command that must succeed."""
        outcome = self._run(*args)
        assert outcome.exit == 0, outcome.stderr
        return outcome

    def new(self, *more: str) -> tuple[str, str]:
        """A new chat and its message."""
        made = self.run("new", "How many?", "--json", *more).json()
        return made["chat"]["id"], made["newMessageId"]

    def fail(self, message_id: str) -> None:
        """Let a message fail for good."""
        ledger = Ledger(self.database, Timing())
        claim = ledger.claim(UUID(message_id), "by-hand")
        assert claim
        assert ledger.failed(claim, MessageError(code="QUERY_ERROR", message="It broke"), retryable=False)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database itself says."""
        with self.database.read() as session:
            return [tuple(row) for row in session.connection().exec_driver_sql(query)]


@pytest.fixture
def desk(run: Run, home: Path, postgres_server: servers.Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Commands on a database of their own; the queue is elsewhere."""
    name = f"test_{uuid4().hex}"
    url = postgres_server.create(name, BLANK)
    with wire(postgres_server) as strung:
        monkeypatch.setenv("CHATCTL_DATABASE_URL", strung.url(name))
        monkeypatch.setenv("CHATCTL_QUEUE_URL", f"sqlite:///{home}/queue.db")
        fresh = Desk(run, strung, url)
        yield fresh
        fresh.database.close()
    postgres_server.drop(name)


MESSAGES = "SELECT position, status FROM message WHERE deleted_at IS NULL ORDER BY position"


@pytest.mark.parametrize("kind", WRITES)
def test_new_makes_its_user_and_its_message_once(desk: Desk, kind: Break) -> None:
    desk.wire.break_(kind, times=2)
    chat, message = desk.new()
    assert desk.wire.broken == 2, "one for the user, one for the message"
    assert desk.rows("SELECT CAST(id AS text) FROM user_account WHERE name = 'ada'") != []
    assert desk.rows("SELECT CAST(id AS text), CAST(chat_id AS text) FROM message") == [(message, chat)]


def send(desk: Desk, chat: str, _message: str) -> None:
    desk.run("send", "And?", "--chat-id", chat)
    assert desk.rows(MESSAGES) == [(1, "queued"), (2, "queued")]


def redo(desk: Desk, _chat: str, message: str) -> None:
    desk.run("redo", message)
    assert desk.rows(MESSAGES) == [(2, "queued")]


def cancel(desk: Desk, _chat: str, _message: str) -> None:
    assert desk.run("cancel", "@last", "--json").json()["messages"][0]["status"] == "cancelled"
    assert desk.rows(MESSAGES) == [(1, "cancelled")]


def retry(desk: Desk, _chat: str, message: str) -> None:
    desk.wire.break_(desk.wire.kind, times=0)
    desk.fail(message)
    desk.wire.break_(desk.wire.kind)
    assert desk.run("retry", message, "--json").json()["messages"][0]["status"] == "queued"
    assert desk.rows(MESSAGES) == [(1, "queued")]


def rename(desk: Desk, chat: str, _message: str) -> None:
    desk.run("rename", chat, "Flights")
    assert desk.rows("SELECT title FROM chat") == [("Flights",)]


def feedback(desk: Desk, _chat: str, message: str) -> None:
    desk.run("feedback", message, "positive")
    assert desk.rows("SELECT feedback FROM message") == [("positive",)]


def delete(desk: Desk, chat: str, _message: str) -> None:
    assert desk.run("delete", chat, "-q").id() == chat
    assert desk.rows("SELECT status FROM message") == [("cancelled",)]
    assert desk.rows("SELECT count(*) FROM chat WHERE deleted_at IS NULL") == [(0,)]


def restore(desk: Desk, chat: str, message: str) -> None:
    desk.wire.break_(desk.wire.kind, times=0)
    desk.run("delete", message)
    desk.wire.break_(desk.wire.kind)
    assert desk.run("restore", message, "-q").id() == message
    assert desk.rows(MESSAGES) == [(1, "cancelled")]
    assert desk.run("show", "-q").id() == chat


CHANGES: list[Callable[[Desk, str, str], None]] = [send, redo, cancel, retry, rename, feedback, delete, restore]


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_made_once(desk: Desk, change: Callable[[Desk, str, str], None], kind: Break) -> None:
    chat, message = desk.new()
    desk.wire.break_(kind)
    change(desk, chat, message)
    assert desk.wire.broken == 1


@pytest.mark.parametrize("kind", WRITES)
def test_a_source_is_registered_moved_and_removed_once(desk: Desk, kind: Break, tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    for file in (one, two):
        file.write_text("a,b\n1,2\n")
    desk.run("list")
    steps: list[tuple[tuple[str, ...], list[tuple[object, ...]]]] = [
        (("add", "sales", str(one)), [(str(one),)]),
        (("move", "sales", str(two)), [(str(two),)]),
        (("remove", "sales"), []),
    ]
    for words, expected in steps:
        desk.wire.break_(kind)
        desk.run("source", *words)
        assert desk.wire.broken == 1
        assert desk.rows("SELECT locations ->> 0 FROM source WHERE live") == expected


@pytest.mark.parametrize("kind", WRITES)
def test_a_role_is_given_lowered_by_its_holder_and_taken_once(desk: Desk, kind: Break) -> None:
    """Who lowers their own role may not repeat that: what was done is seen and told."""
    chat, _ = desk.new()
    desk.run("list", "--as", "bob")
    steps: list[tuple[tuple[str, ...], list[tuple[object, ...]]]] = [
        (("share", chat, "--to", "bob", "--role", "full_access"), [("full_access",)]),
        (("share", chat, "--to", "bob", "--role", "can_view", "--as", "bob"), [("can_view",)]),
        (("share", chat, "--public"), [("can_view",)]),
        (("unshare", chat, "--to", "bob"), []),
    ]
    for words, expected in steps:
        desk.wire.break_(kind)
        desk.run(*words)
        assert desk.wire.broken == 1
        assert desk.rows("SELECT role FROM permission") == expected
    assert desk.rows("SELECT publicly_accessible FROM chat") == [(True,)]


@pytest.mark.parametrize("kind", WRITES)
def test_a_batch_is_stored_once(desk: Desk, run: Run, kind: Break) -> None:
    desk.run("list")
    desk.wire.break_(kind)
    lines = '{"prompt": "one"}\n{"prompt": "two"}\n'
    outcome = run("request", "--batch", stdin=lines)
    assert (outcome.exit, desk.wire.broken) == (0, 1), outcome.stderr
    stored = desk.rows("SELECT CAST(id AS text) FROM message")
    assert {message for (message,) in stored} == {line["newMessageId"] for line in outcome.ndjson()}


@pytest.mark.parametrize("kind", WRITES)
def test_an_idempotency_key_answers_the_same(desk: Desk, kind: Break) -> None:
    desk.run("list")
    desk.wire.break_(kind)
    first = desk.new("--idempotency-key", "k")
    assert desk.wire.broken == 1
    assert desk.new("--idempotency-key", "k") == first
    assert desk.rows("SELECT count(*) FROM message") == [(1,)]


LOOKS = [
    ("show",),
    ("list",),
    ("access", "@last"),
    ("wait", "@last"),
    ("watch", "@last"),
    ("source", "list"),
    ("doctor",),
    ("worker", "status"),
]


@pytest.mark.parametrize("words", LOOKS)
def test_a_look_is_taken_again(desk: Desk, words: tuple[str, ...]) -> None:
    desk.new()
    desk.run("cancel", "@last")
    desk.wire.break_("at a question")
    outcome = desk._run(*words)
    assert (desk.wire.broken, outcome.exit in (0, 7)) == (1, True), outcome.stderr


def test_a_server_that_stays_away_is_told_within_seconds_and_nothing_is_doubled(desk: Desk, run: Run) -> None:
    chat, _ = desk.new()
    desk.wire.break_("after the commit", times=100)
    outcome = run("send", "And?", "--chat-id", chat, "--json")
    assert outcome.exit in (0, 5)
    assert desk.rows(MESSAGES) == [(1, "queued"), (2, "queued")]
