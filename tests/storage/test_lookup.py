"""Finding chats: page by page, by prefix, and only by index."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session

from chatctl.domain.chats import ChatListing
from chatctl.domain.errors import ValidationError
from chatctl.domain.listing import Filter
from chatctl.domain.requests import ChatRequest
from chatctl.storage import answers, chats, identities, lookup, messages, progress, sources
from chatctl.storage.ledger import queue_again, request_cancel

from .conftest import Bench


def page(bench: Bench, **wanted: Any) -> tuple[list[ChatListing], str | None]:
    with bench.database.read() as session:
        return lookup.listing(session, bench.actor, Filter(**wanted))


def new_chat(bench: Bench) -> UUID:
    with bench.database.write() as session:
        return messages.new_chat(session, bench.actor, ChatRequest(prompt="x"), bench.now)


def pages(bench: Bench, meanwhile: Callable[[], object], **wanted: Any) -> list[UUID]:
    found: list[UUID] = []
    cursor = None
    while True:
        values, cursor = page(bench, cursor=cursor, **wanted)
        found += [value.id for value in values]
        if cursor is None:
            return found
        meanwhile()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20, 21])
@pytest.mark.parametrize("tick", [0, 1], ids=["all at one moment", "one after the other"])
def test_pages_have_no_duplicates_and_no_gaps_while_chats_arrive(bench: Bench, size: int, tick: int) -> None:
    there = set()
    for _ in range(20):
        there.add(new_chat(bench))
        bench.now += tick

    def arrive() -> None:
        bench.now += 1
        new_chat(bench)

    found = pages(bench, arrive, limit=size)
    assert len(found) == len(set(found)) == 20
    assert set(found) == there


def test_the_last_page_has_no_cursor(bench: Bench) -> None:
    for _ in range(3):
        new_chat(bench)
    assert page(bench, limit=3)[1] is None
    assert page(bench, limit=2)[1] is not None
    assert page(bench, limit=4)[1] is None


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "bm8gY3Vyc29y", "é", "MjAyNg"])
def test_a_cursor_that_list_did_not_print_is_refused(bench: Bench, cursor: str) -> None:
    new_chat(bench)
    if cursor == "":
        assert page(bench, cursor=cursor)[1] is None
        return
    with pytest.raises(ValidationError, match="is not a cursor"):
        page(bench, cursor=cursor)


def test_a_filter_by_status_looks_at_the_newest_message(bench: Bench) -> None:
    one, two = bench.chat(2)[0], bench.chat(1)[0]
    bench.cancel(one)
    bench.cancel(two)
    (found,) = page(bench, status="cancelled")[0]
    assert found.id == bench.row(two).chat_id
    assert (found.message_count, found.last_status) == (1, "cancelled")
    (other,) = page(bench, status="queued")[0]
    assert (other.message_count, other.last_status) == (2, "queued")
    assert page(bench, status="failed")[0] == []


def test_an_empty_chat_has_no_last_status(bench: Bench) -> None:
    new_chat(bench)
    ((found,), _) = page(bench)
    assert (found.message_count, found.last_status) == (0, None)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("abcd", True),
        ("ABCD", True),
        ("abc", False),
        ("abcdefg", False),
        ("2f1f1c1e-7d3b", True),
        ("2f1f1c1e7d3b4c5e9a630a4e7c9f1b2d", True),
        ("2f1f1c1e-7d3b-4c5e-9a63-0a4e7c9f1b2d", True),
        ("2f1f1c1e-7d3b-4c5e-9a63-0a4e7c9f1b2d0", False),
        ("2f1f1c1e7d3b4c5e9a630a4e7c9f1b2d0", False),
        ("", False),
        ("abcd ", False),
        ("abcd\n", False),
        ("%%%%", False),
        ("@last", False),
    ],
)
def test_what_can_be_an_id(text: str, fits: bool) -> None:
    assert lookup.is_reference(text) is fits


def test_a_prefix_finds_every_id_that_starts_with_it(bench: Bench) -> None:
    chat_id = new_chat(bench)
    with bench.database.read() as session:
        for length in range(4, 33):
            (found,) = lookup.matching_chats(session, bench.actor, chat_id.hex[:length].upper(), deleted=False)
            assert found.id == chat_id
        nobody = lookup.matching_chats(session, bench.actor, chat_id.hex[:8], deleted=True)
        assert not nobody


COMMANDS: dict[str, Callable[[Bench, Session, UUID, UUID], object]] = {
    "list": lambda bench, session, *_: lookup.listing(session, bench.actor, Filter()),
    "list --cursor": lambda bench, session, *_: lookup.listing(
        session, bench.actor, Filter(limit=1, cursor=page(bench, limit=1)[1])
    ),
    "list --status --since": lambda bench, session, *_: lookup.listing(
        session, bench.actor, Filter(status="queued", since=chats.utc(bench.now))
    ),
    "show PREFIX": lambda bench, session, chat, _: lookup.matching_chats(
        session, bench.actor, chat.hex[:6], deleted=False
    ),
    "show MESSAGE": lambda bench, session, _, message: lookup.matching_messages(
        session, bench.actor, message.hex[:6], deleted=False
    ),
    "show @last": lambda bench, session, *_: lookup.last_chat(session, bench.actor),
    "show CHAT": lambda _bench, session, chat, _: chats.page(session, chats.by_id(session, chat), limit=5, before=9),
    "show, counting": lambda _bench, session, chat, _: chats.count_around(session, chat, 1, 2),
    "wait": lambda _bench, session, chat, _: chats.open_messages(session, chat),
    "wait, polling": lambda _bench, session, _, message: progress.marks(session, [message]),
    "wait, looking": lambda _bench, session, _, message: progress.values(session, [message]),
    "redo": lambda _bench, session, chat, _: chats.newest_message(session, chat),
    "send": lambda _bench, session, chat, _: chats.next_position(session, chat),
    "send, sources": lambda _bench, session, chat, _: chats.sources_of(session, [chat]),
    "delete": lambda bench, session, _, message: messages.put_away(session, [message], bench.now),
    "cancel": lambda bench, session, _, message: request_cancel(session, message, bench.now),
    "retry": lambda bench, session, _, message: queue_again(session, message, bench.now),
    "--idempotency-key": lambda bench, session, *_: lookup.keyed_message(session, bench.actor, "k"),
    "source list": lambda bench, session, *_: sources.everything(session, bench.actor),
    "source show": lambda bench, session, *_: sources.named(session, bench.actor, "s"),
    "source remove": lambda _bench, session, *_: sources.chats_with(session, uuid4()),
    "--as": lambda _bench, session, *_: identities.find_actor(session, user="ada", organization="local"),
    "worker status": lambda bench, session, *_: progress.load(session, bench.now),
    "doctor --fix": lambda _bench, session, *_: progress.queued(session),
    "doctor": lambda _bench, session, *_: progress.newest_ring(session),
    "an attempt": lambda bench, session, _, message: answers.assignment(session, claim_of(bench, message)),
}


def claim_of(bench: Bench, message: UUID) -> Any:
    from chatctl.domain.jobs import Claim

    return Claim(message_id=message, attempt=bench.row(message).attempt)


def scans(bench: Bench, act: Callable[[Session], object]) -> list[str]:
    """The steps of the query plans that read a whole table of chats, messages, steps, results or sources."""
    statements: list[tuple[str, Any]] = []
    with bench.database.write() as session:
        connection = session.connection()

        def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((statement, parameters))

        event.listen(connection, "before_cursor_execute", note)
        act(session)
        session.flush()
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, parameters in statements
            if statement.startswith(("SELECT", "UPDATE", "DELETE"))
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
        session.rollback()
    assert plans, "nothing was looked at"
    return whole_tables(plans)


def whole_tables(plans: list[str]) -> list[str]:
    """The steps that read all of a table; what an index has already narrowed to a subquery is none."""
    return [step for step in plans if step.startswith("SCAN") and not step.startswith(("SCAN (", "SCAN CONSTANT"))]


# A server plans by the size of its tables, which are empty here; SQLite plans by the indexes alone.
on_sqlite = pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize("command", COMMANDS)
def test_every_query_of_a_command_has_an_index(bench: Bench, command: str) -> None:
    message = bench.chat(3)[0]
    bench.chat()
    chat = bench.row(message).chat_id
    assert scans(bench, lambda session: COMMANDS[command](bench, session, chat, message)) == []


@on_sqlite
@pytest.mark.parametrize("act", ["claim", "claim_next", "heartbeat", "sweep", "has_queued"])
def test_every_query_of_a_worker_has_an_index(bench: Bench, act: str) -> None:
    message = bench.chat(3)[0]
    claim = claim_of(bench, message)
    arguments = {"claim": (message, "w"), "claim_next": ("w",), "heartbeat": ([claim],), "sweep": (["gone"],)}
    plans: list[str] = []

    def explain(connection: Any, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.startswith(("EXPLAIN", "PRAGMA", "BEGIN")):
            explained = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in explained)

    engines = [bench.database._writer, bench.database._reader]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", explain)
    getattr(bench.ledger, act)(*arguments.get(act, ()))
    assert plans
    assert whole_tables(plans) == []
