"""Several processes at once, on each kind of database: what must happen once happens once."""

from functools import partial
from uuid import UUID

import pytest
from sqlmodel import col, func, select

from at_once import together
from chatctl.domain.errors import DatabaseError
from chatctl.domain.jobs import Claim, Timing
from chatctl.domain.requests import ChatRequest
from chatctl.storage import chats, identities, ledger, messages
from chatctl.storage.database import Database
from chatctl.storage.faults import Collision
from chatctl.storage.retries import settled
from chatctl.storage.tables import MessageRow, Organization, UserAccount

from .conftest import Bench

TOGETHER = 4
PATIENCE = 30.0


def drain(url: str, number: int) -> list[tuple[UUID, int]]:
    """Claim, look whether a neighbour of the chat runs as well, and end the message, until nothing is due."""
    database = Database(url, patience=PATIENCE)
    desk = ledger.Ledger(database, Timing())
    done: list[tuple[UUID, int]] = []
    while claim := desk.claim_next(f"w{number}"):
        done.append((claim.message_id, running_beside(database, claim)))
        if len(done) % 5 == 0:
            desk.give_back(claim)
        else:
            desk.cancelled(claim)
    database.close()
    return done


def running_beside(database: Database, claim: Claim) -> int:
    with database.read() as session:
        mine = select(MessageRow.chat_id).where(col(MessageRow.id) == claim.message_id).scalar_subquery()
        running = col(MessageRow.chat_id) == mine, col(MessageRow.status) == "running"
        return session.exec(select(func.count()).select_from(MessageRow).where(*running)).one()


def test_neighbours_of_a_chat_are_never_worked_on_at_once(bench: Bench) -> None:
    asked = [message for _ in range(4) for message in bench.chat(12)]
    bench.change_all(not_before=0.0)
    found = [each for done in together(partial(drain, bench.url), TOGETHER) for each in done]
    assert {message for message, _ in found} == set(asked)
    assert {beside for _, beside in found} == {1}
    assert [bench.row(message).status for message in asked] == ["cancelled"] * len(asked)


def ask(url: str, chat_id: UUID, number: int) -> int:
    """Ten follow-ups."""
    database = Database(url, patience=PATIENCE)
    for _ in range(10):
        with database.write() as session:
            actor = identities.find_actor(session, user="ada", organization="local")
            assert actor
            now = database.now(session)
            chats.touch(session, chat_id, now)
            position = chats.next_position(session, chat_id)
            request = ChatRequest(prompt="x", chat_id=chat_id)
            values = {"position": position, "prompt": "x", "model": "builtin", "now": now}
            messages.placeholder(session, actor, chat_id, request, None, **values)  # type: ignore[arg-type]
    database.close()
    return number


def test_positions_have_no_gap_and_no_double(bench: Bench) -> None:
    chat_id = bench.row(bench.chat()[0]).chat_id
    together(partial(ask, bench.url, chat_id), TOGETHER)
    with bench.database.read() as session:
        positions = session.exec(select(MessageRow.position).where(col(MessageRow.chat_id) == chat_id)).all()
    assert sorted(positions) == list(range(1, TOGETHER * 10 + 2))


def arrive(url: str, number: int) -> UUID:
    """Act as a user who was never seen before."""
    from chatctl.config import load
    from chatctl.services.identities import identify

    database = Database(url, patience=PATIENCE)
    config = load({"database": url, "user": "grace", "organization": "navy"}, {})
    actor = identify(database, config, lambda _text: None)
    database.close()
    assert number >= 0
    return actor.user_id


def test_a_new_user_is_made_once(bench: Bench) -> None:
    assert len(set(together(partial(arrive, bench.url), TOGETHER))) == 1
    with bench.database.read() as session:
        assert session.exec(select(func.count()).select_from(Organization)).one() == 2
        assert session.exec(select(func.count()).select_from(UserAccount)).one() == 2


def test_a_race_that_is_lost_again_and_again_is_told(bench: Bench) -> None:
    tries = []

    def collide() -> None:
        tries.append(1)
        with bench.database.write() as session:
            session.add(Organization(name="local", created_at=chats.utc(0), updated_at=chats.utc(0)))

    with pytest.raises(Collision, match="Another process changed the same"):
        settled(collide)
    assert len(tries) == 6
    assert issubclass(Collision, DatabaseError)
