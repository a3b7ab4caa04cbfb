"""Chats, messages and sources as rows, for lists and for every format of rows."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from chatctl.domain.chats import Chat, ChatListing, Message, ResultEntry
from chatctl.domain.sources import Source, SourceDetails, Table, TableProfile
from chatctl.rendering.grids import Grid, of_records
from chatctl.rendering.text import shown
from chatctl.rendering.words import answer_text, local, short


def of_result(value: ResultEntry) -> Grid:
    """A result as it is stored."""
    return Grid(columns=value.columns, rows=value.rows)


def of_created(made: Sequence[tuple[Chat, Message | None]]) -> Grid:
    """What `new` tells a script: chat id, message id, status."""
    return of_records(
        [
            {
                "chatId": chat.id,
                "messageId": message.id if message else None,
                "status": message.status if message else None,
            }
            for chat, message in made
        ]
    )


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
    records = [
        {
            "chat": short(chat.id),
            "title": chat.title,
            "status": chat.last_status,
            "messages": chat.message_count,
            "updated": local(chat.updated_at, zone),
        }
        for chat in values
    ]
    return of_records(records, fixed=frozenset({"chat", "status", "updated"}))


def of_sources(values: Sequence[Source]) -> Grid:
    """A row for each source; several locations stand one after the other."""
    return of_records(
        [
            {
                "name": source.name,
                "kind": source.kind,
                "locations": " ".join(source.locations),
                "updatedAt": source.updated_at,
                "id": source.id,
            }
            for source in values
        ]
    )


def of_sources_to_read(values: Sequence[Source], zone: tzinfo | None) -> Grid:
    """A row for each source as a person reads it."""
    records = [
        {
            "name": source.name,
            "kind": source.kind,
            "updated": local(source.updated_at, zone),
            "where": " ".join(source.locations),
        }
        for source in values
    ]
    return of_records(records, fixed=frozenset({"kind", "updated"}))


def of_columns(source: SourceDetails) -> Grid:
    """A row for each column of each table of a source."""
    return of_records(
        [
            {
                "table": table.name,
                "column": column.name,
                "type": column.type,
                "nativeType": column.native_type,
                "nullable": column.nullable,
                "rowCount": table.row_count,
            }
            for table in source.tables
            for column in table.columns
        ]
    )


def of_table(table: Table) -> Grid:
    """A table's columns as a person reads them, with their part in keys."""
    points_to = {
        name: f"→ {key.table}.{target}"
        for key in table.foreign_keys
        for name, target in zip(key.columns, key.references, strict=True)
    }
    return of_records(
        [
            {
                "column": column.name,
                "type": column.type,
                "native": column.native_type,
                "key": "primary" if column.name in table.primary_key else points_to.get(column.name),
            }
            for column in table.columns
        ]
    )


def of_profile(profile: TableProfile) -> Grid:
    """A row for each column with what a look at the data told."""
    return of_records(
        [
            {
                "column": column.name,
                "type": column.type,
                "nulls": column.null_count,
                "distinct": column.distinct_count,
                "minimum": column.minimum,
                "maximum": column.maximum,
                "samples": ", ".join(shown(sample) for sample in column.samples),
            }
            for column in profile.columns
        ]
    )


def of_fields(document: Mapping[str, object]) -> Grid:
    """A row for each field of an object."""
    return of_records([{"field": name, "value": value} for name, value in document.items()])
