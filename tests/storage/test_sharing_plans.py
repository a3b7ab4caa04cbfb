"""What is shared is found by indexes too: among 10,000 chats, 5,000 metrics and 20,000 grants, on each database."""

import re
from collections.abc import Callable, Iterator
from typing import Final
from uuid import UUID

import pytest
from sqlmodel import Session, insert

from chatctl.domain.access import Actor, Role
from chatctl.domain.listing import Filter
from chatctl.storage import assets, chats, identities, lookup, permissions
from chatctl.storage.asset_tables import AssetVersionRow
from chatctl.storage.database import Transaction
from chatctl.storage.tables import AssetRow, ChatRow, PermissionRow

from .conftest import MORNING, Bench
from .test_plans import Large, Plan

MANY: Final = ("chat", "message", "permission", "asset", "asset_version")
FIRST_CHAT: Final = 1_000_000
FIRST_ASSET: Final = 9_000_000


def whole(plans: Iterator[Plan]) -> list[str]:
    """The steps that read a table, or an index of one, from one end to the other."""
    found = [(plan, re.search(r"(?:Seq Scan on|^SCAN) \"?(\w+)", line)) for plan in plans for line in plan.lines]
    return [f"{match[0]} in {plan.statement}" for plan, match in found if match and match[1].rstrip("_123") in MANY]


@pytest.fixture
def shared(bench: Bench) -> tuple[Large, Actor]:
    """Much that ada made, some of it shared with bob and with the organization, most with others."""
    large = Large(bench)
    large.fill()
    with bench.database.write() as session:
        bob, _ = identities.create_actor(bench.database, session, user="bob", organization="local")
        write(session, bench.actor, bob)
    with bench.database.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return large, bob


def write(session: Session, ada: Actor, bob: Actor) -> None:
    moment = chats.utc(MORNING)
    times = {"created_at": moment, "updated_at": moment}
    authors = {"created_by": ada.user_id, "updated_by": ada.user_id, "organization_id": ada.organization_id}
    numbers = range(5_000)
    connection = session.connection()
    connection.execute(
        insert(AssetRow),
        [
            authors
            | times
            | {"id": UUID(int=FIRST_ASSET + n), "file_type": "metric_file", "name": f"m{n}", "version_number": 1}
            | {"live": True, "publicly_accessible": False}
            for n in numbers
        ],
    )
    versions = {"number": 1, "created_by": ada.user_id, "content": {}, **times}
    connection.execute(
        insert(AssetVersionRow),
        [versions | {"id": UUID(int=n + 1), "asset_id": UUID(int=FIRST_ASSET + n)} for n in numbers],
    )
    grant = {"role": "can_edit", "created_by": ada.user_id, "identity_type": "user", **times}
    strangers = [UUID(int=10**9 + n) for n in range(10_000)]
    few = dict.fromkeys(range(0, 5_000, 500), bob.user_id) | dict.fromkeys(range(7, 5_000, 1_000), bob.organization_id)
    for column, first, count in (("chat_id", FIRST_CHAT, 10_000), ("asset_id", FIRST_ASSET, 5_000)):
        empty = {"chat_id": None, "asset_id": None}
        connection.execute(
            insert(PermissionRow),
            [
                grant
                | empty
                | {
                    "id": UUID(int=first * 1_000 + n),
                    column: UUID(int=first + n),
                    "identity_id": few.get(n, strangers[n]),
                }
                for n in range(count)
            ],
        )


def test_what_is_shared_is_found_by_indexes(shared: tuple[Large, Actor]) -> None:
    large, bob = shared
    chat, asset = UUID(int=FIRST_CHAT + 500), UUID(int=FIRST_ASSET + 500)
    message = UUID(int=5_001)

    def row(session: Transaction) -> ChatRow:
        return chats.by_id(session, chat)

    looks: list[Callable[[Transaction], object]] = [
        lambda session: lookup.listing(session, bob, Filter(limit=30)),
        lambda session: lookup.listing(session, bob, Filter(limit=30, since=chats.utc(MORNING), status="queued")),
        lambda session: lookup.listing(session, bob, Filter(limit=30, deleted=True)),
        lambda session: lookup.matching_chats(session, bob, chat.hex, deleted=False),
        lambda session: lookup.matching_chats(session, bob, "00000000-0000", deleted=False),
        lambda session: lookup.matching_messages(session, bob, message.hex, deleted=False),
        lambda session: lookup.last_chat(session, bob),
        lambda session: lookup.seen(session, bob, [message, UUID(int=77)]),
        lambda session: permissions.role_on(session, bob, row(session)),
        lambda session: permissions.entries(session, row(session)),
        lambda session: permissions.held(session, row(session), bob.user_id),
        lambda session: assets.named(session, bob, "m500"),
        lambda session: assets.matching(session, bob, asset.hex),
        lambda session: assets.seen(session, bob, asset),
        lambda session: identities.user_of(session, bob.organization_id, "ada"),
    ]
    for look in looks:
        assert whole(large.reading(look)) == []
    with large.bench.database.read() as session:
        listed, cursor = lookup.listing(session, bob, Filter(limit=30))
        assert (len(listed), cursor) == (15, None)
        assert permissions.role_on(session, bob, row(session)) is Role.CAN_EDIT


def test_sharing_writes_by_indexes(shared: tuple[Large, Actor]) -> None:
    large, bob = shared
    database, ada = large.bench.database, large.bench.actor

    def share(role: Role) -> None:
        with database.write() as session:
            chat = chats.by_id(session, UUID(int=FIRST_CHAT + 3))
            permissions.lock(session, chat)
            now = chats.utc(MORNING)
            permissions.grant(session, ada, chat, identity_type="user", identity_id=bob.user_id, role=role, now=now)
            permissions.publish(session, chat, True)

    for role in (Role.CAN_VIEW, Role.CAN_EDIT, Role.NONE):
        assert whole(large.plans(lambda role=role: share(role))) == []  # type: ignore[misc]
