"""Chats and messages as rows, for lists and for every format of rows."""

from collections.abc import Sequence
from datetime import tzinfo

from chatctl.domain.chats import Chat, ChatListing, Message, ResultEntry
from chatctl.domain.results import Cell, Column
from chatctl.rendering.grids import Grid, of_records
from chatctl.rendering.words import answer_text, local, short


def of_result(value: ResultEntry) -> Grid:
    """A result as it is stored."""
    return Grid(columns=value.columns, rows=value.rows)


def of_created(chat: Chat, message: Message) -> Grid:
    """What `new` tells a script: chat id, message id, status."""
    return of_records([{"chatId": chat.id, "messageId": message.id, "status": message.status}])


def of_messages(messages: Sequence[Message]) -> Grid:
    """A row for each message: its place, ids, state, question and answer."""
    return of_records(
        [
            {
                "position": message.position,
                "id": message.id,
                "status": message.status,
                "outcome": message.outcome,
                "createdAt": message.created_at,
                "requestMessage": message.request_message,
                "answer": answer_text(message) or None,
            }
            for message in messages
        ]
    )


def of_chats(values: Sequence[ChatListing]) -> Grid:
    """A row for each chat, with full ids and UTC times."""
    return of_records(
        [
            {
                "id": chat.id,
                "title": chat.title,
                "lastStatus": chat.last_status,
                "messageCount": chat.message_count,
                "updatedAt": chat.updated_at,
            }
            for chat in values
        ]
    )


def of_chats_to_read(values: Sequence[ChatListing], zone: tzinfo | None) -> Grid:
    """A row for each chat as a person reads it: short ids, local times."""
    columns = [
        Column(name="chat", type="text"),
        Column(name="title", type="text"),
        Column(name="status", type="text"),
        Column(name="messages", type="integer"),
        Column(name="updated", type="text"),
    ]
    rows: list[list[Cell]] = [
        [short(chat.id), chat.title, chat.last_status or "—", chat.message_count, local(chat.updated_at, zone)]
        for chat in values
    ]
    return Grid(columns=columns, rows=rows, fixed=frozenset({"chat", "status", "updated"}))
