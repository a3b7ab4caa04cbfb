"""What the messages of an organization have used, deleted ones too: they were paid for."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from chatctl.domain.access import Actor
from chatctl.domain.chats import MessageStatus, Usage
from chatctl.domain.usage import Spent
from chatctl.storage import permissions
from chatctl.storage.tables import ChatRow, UserAccount, metadata

_AT_ONCE: Final = 500
"""Ids in one statement."""

_message = metadata.tables["message"].c


def since(session: Session, organization_id: UUID, moment: float) -> Iterator[Spent]:
    """What each message has used whose last attempt was due at `moment` (seconds since the epoch) or later."""
    wanted = sqlalchemy.select(_message.not_before, _message.chat_id, _message.created_by, _message.usage).where(
        # Every status there is, so that the index on status and time serves.
        _message.status.in_(get_args(MessageStatus)),
        _message.not_before >= moment,
        _message.organization_id == organization_id,
        _message.usage.is_not(None),
    )
    for at, chat_id, user_id, usage in session.connection().execute(wanted):
        due = datetime.fromtimestamp(at, UTC)
        yield Spent(at=due, chat_id=chat_id, user_id=user_id, usage=Usage.model_validate(usage))


def titles(session: Session, actor: Actor, chat_ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of those chats that the actor may see."""
    found: dict[UUID, str] = {}
    for ids in _batches(chat_ids):
        wanted = select(ChatRow.id, ChatRow.title).where(col(ChatRow.id).in_(ids), permissions.visible(actor, ChatRow))
        found.update(session.exec(wanted).all())
    return found


def names(session: Session, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of users."""
    found: dict[UUID, str] = {}
    for ids in _batches(user_ids):
        found.update(session.exec(select(UserAccount.id, UserAccount.name).where(col(UserAccount.id).in_(ids))).all())
    return found


def _batches(ids: Collection[UUID]) -> Iterator[list[Any]]:
    every = list(ids)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
