"""A chat with one page of its messages."""

from typing import Any
from uuid import UUID

from chatctl.domain.chats import ChatWithMessages
from chatctl.storage import chats as rows
from chatctl.storage.database import Database
from chatctl.storage.retries import settled

SIZE = 50
"""Messages of a chat shown at once; `show --limit` and `--before` reach the others."""


def after_change(database: Database, chat_id: UUID, **more: Any) -> ChatWithMessages:
    """The chat after a change; what is committed must not be told as failed, so this is patient.

    `more` is for `storage.chats.page`: up to which position, which message is new, how its ring went.
    """

    def look() -> ChatWithMessages:
        with database.read() as session:
            return rows.page(session, rows.by_id(session, chat_id), limit=SIZE, **more)

    return settled(look, patience=database.patience)
