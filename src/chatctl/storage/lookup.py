"""Finding chats and messages: by id, by prefix, by time; only what the actor may see."""

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select

from chatctl.domain.access import Actor
from chatctl.domain.chats import ChatListing
from chatctl.domain.errors import ValidationError
from chatctl.domain.listing import Filter
from chatctl.storage import chats, permissions
from chatctl.storage.tables import ChatRow, MessageRow

MOST_CANDIDATES = 21
"""Of each kind, for one ambiguous prefix: as many as are named, and one to know that there are more."""


def matching_chats(session: Session, actor: Actor, reference: str, *, deleted: bool) -> Sequence[ChatRow]:
    """Chats that the actor may see whose id is, or starts with, the reference; at most MOST_CANDIDATES."""
    wanted = select(ChatRow).where(
        in_range(ChatRow.id, reference), _deleted(ChatRow.deleted_at, deleted), permissions.visible(actor, ChatRow)
    )
    return session.exec(wanted.order_by(col(ChatRow.id)).limit(MOST_CANDIDATES)).all()


def matching_messages(
    session: Session, actor: Actor, reference: str, *, deleted: bool
) -> Sequence[tuple[MessageRow, ChatRow]]:
    """Messages, with their chats, that the actor may see whose id is, or starts with, the reference, likewise."""
    wanted = (
        select(MessageRow, ChatRow)
        .join(ChatRow, col(ChatRow.id) == MessageRow.chat_id)
        .where(
            in_range(MessageRow.id, reference),
            _deleted(MessageRow.deleted_at, deleted),
            col(ChatRow.deleted_at).is_(None),
            permissions.visible(actor, ChatRow),
        )
    )
    return session.exec(wanted.order_by(col(MessageRow.id)).limit(MOST_CANDIDATES)).all()


def is_reference(text: str) -> bool:
    """Whether the text can be an id or a prefix of one."""
    return bool(re.fullmatch(r"[0-9a-fA-F]{4,8}(-?[0-9a-fA-F]{0,4}){0,3}-?[0-9a-fA-F]{0,12}", text))


def last_chat(session: Session, actor: Actor) -> ChatRow | None:
    """The live chat that this user created or wrote to last, of those that they may still see."""
    live = select(ChatRow.id).where(
        col(ChatRow.id) == MessageRow.chat_id, col(ChatRow.deleted_at).is_(None), permissions.visible(actor, ChatRow)
    )
    # Not a join: SQLite would read every chat first where one user wrote most messages.
    newest = (
        select(MessageRow.chat_id)
        .where(
            col(MessageRow.created_by) == actor.user_id,
            col(MessageRow.deleted_at).is_(None),
            live.correlate(MessageRow).exists(),
        )
        .order_by(col(MessageRow.created_at).desc())
        .limit(1)
    )
    return session.exec(select(ChatRow).where(col(ChatRow.id) == newest.scalar_subquery())).first()


def message(session: Session, message_id: UUID) -> MessageRow | None:
    """The message of this id, whoever made it."""
    return session.exec(select(MessageRow).where(col(MessageRow.id) == message_id)).first()


def seen(session: Session, actor: Actor, message_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Those of the messages that are in chats which the actor may see, deleted ones too."""
    wanted = select(MessageRow.id).join(ChatRow, col(ChatRow.id) == MessageRow.chat_id)
    return session.exec(wanted.where(col(MessageRow.id).in_(message_ids), permissions.visible(actor, ChatRow))).all()


def deleted(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the chats and messages that are put away."""
    found: set[UUID] = set()
    for table in (ChatRow, MessageRow):
        found.update(session.exec(select(table.id).where(col(table.id).in_(ids), col(table.deleted_at).is_not(None))))
    return found


def keyed_message(session: Session, actor: Actor, key: str) -> MessageRow | None:
    """The message that this user made with this idempotency key."""
    return session.exec(
        select(MessageRow).where(
            col(MessageRow.organization_id) == actor.organization_id,
            col(MessageRow.created_by) == actor.user_id,
            col(MessageRow.idempotency_key) == key,
        )
    ).first()


def listing(session: Session, actor: Actor, wanted: Filter) -> tuple[list[ChatListing], str | None]:
    """The chats that the actor made or was granted, last updated first, and the next page's cursor, None at the end.

    Those made and those granted are found by different indexes, so each kind gives a page, and the newest of both are
    shown.
    """
    last_status = (
        select(MessageRow.status)
        .where(col(MessageRow.chat_id) == ChatRow.id, col(MessageRow.deleted_at).is_(None))
        .order_by(col(MessageRow.position).desc())
        .limit(1)
        .correlate(ChatRow)
        .scalar_subquery()
    )
    count = (
        select(func.count())
        .where(col(MessageRow.chat_id) == ChatRow.id, col(MessageRow.deleted_at).is_(None))
        .correlate(ChatRow)
        .scalar_subquery()
    )
    conditions: list[ColumnElement[bool]] = [_deleted(ChatRow.deleted_at, wanted.deleted)]
    if wanted.status:
        conditions.append(last_status == wanted.status)
    if wanted.since:
        conditions.append(col(ChatRow.updated_at) >= wanted.since)
    if wanted.cursor:
        conditions.append(_after(wanted.cursor))
    page = (
        select(ChatRow, count, last_status)
        .where(*conditions)
        .order_by(col(ChatRow.updated_at).desc(), col(ChatRow.id).desc())
        .limit(wanted.limit + 1)
    )
    made = and_(col(ChatRow.organization_id) == actor.organization_id, col(ChatRow.created_by) == actor.user_id)
    rows = [row for which in (made, permissions.granted(actor, ChatRow)) for row in session.exec(page.where(which))]
    rows.sort(key=lambda row: (row[0].updated_at, row[0].id), reverse=True)
    shown = rows[: wanted.limit]
    values = chats.chat_values(session, [row for row, _, _ in shown])
    found = [
        ChatListing.model_validate(value.model_dump() | {"message_count": number, "last_status": status})
        for value, (_, number, status) in zip(values, shown, strict=True)
    ]
    return found, _cursor(shown[-1][0]) if len(rows) > wanted.limit else None


def in_range(column: Any, reference: str) -> ColumnElement[bool]:
    """Ids that start with the hex digits, as a range: the same index serves on every database."""
    digits = reference.replace("-", "").lower()
    return and_(
        col(column) >= UUID(digits.ljust(32, "0")),
        col(column) <= UUID(digits.ljust(32, "f")),
    )


def _deleted(column: Any, deleted: bool) -> ColumnElement[bool]:
    return col(column).is_not(None) if deleted else col(column).is_(None)


def _cursor(row: ChatRow) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at.isoformat()} {row.id}".encode()).decode().rstrip("=")


def _after(cursor: str) -> ColumnElement[bool]:
    try:
        moment, chat_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
        updated_at, last_id = datetime.fromisoformat(moment), UUID(chat_id)
    except (ValueError, binascii.Error):
        raise ValidationError.field("cursor", f"{cursor!r} is not a cursor that `chatctl list` printed") from None
    return or_(
        col(ChatRow.updated_at) < updated_at,
        and_(col(ChatRow.updated_at) == updated_at, col(ChatRow.id) < last_id),
    )
