"""Chats and messages: rows in, values out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, select, update

from chatctl.domain.chats import (
    Chat,
    ChatWithMessages,
    FileLink,
    Message,
    MessageError,
    Trigger,
)
from chatctl.domain.sources import SourceRef
from chatctl.domain.titles import last_word
from chatctl.storage.tables import (
    AssetRow,
    ChatRow,
    ChatSource,
    MessageRow,
    ResultRow,
    SourceRow,
    StepRow,
)


def utc(now: float) -> datetime:
    """Seconds since the epoch as a time that people read."""
    return datetime.fromtimestamp(now, UTC)


def by_id(session: Session, chat_id: UUID) -> ChatRow:
    """The chat of an id that is known to be there."""
    return session.exec(select(ChatRow).where(col(ChatRow.id) == chat_id)).one()


def touch(session: Session, chat_id: UUID, now: float, **values: Any) -> None:
    """Change a chat and say that it changed."""
    session.exec(update(ChatRow).where(col(ChatRow.id) == chat_id).values(updated_at=utc(now), **values))


def next_position(session: Session, chat_id: UUID) -> int:
    """The position after every one ever used in the chat, deleted ones included."""
    session.exec(select(ChatRow.id).where(col(ChatRow.id) == chat_id).with_for_update()).one()
    last = session.exec(select(func.max(MessageRow.position)).where(col(MessageRow.chat_id) == chat_id)).one()
    return (last or 0) + 1


def attach(session: Session, chat_id: UUID, source_ids: Sequence[UUID], now: float) -> None:
    """Add sources to a chat, each once, in the order given."""
    if not source_ids:
        return
    attached = session.exec(select(ChatSource.source_id).where(col(ChatSource.chat_id) == chat_id)).all()
    fresh = [source_id for source_id in dict.fromkeys(source_ids) if source_id not in attached]
    for ordinal, source_id in enumerate(fresh, start=len(attached) + 1):
        session.add(
            ChatSource(chat_id=chat_id, source_id=source_id, ordinal=ordinal, created_at=utc(now), updated_at=utc(now))
        )


def newest_message(session: Session, chat_id: UUID) -> MessageRow | None:
    """The live message with the highest position."""
    return session.exec(
        select(MessageRow)
        .where(col(MessageRow.chat_id) == chat_id, col(MessageRow.deleted_at).is_(None))
        .order_by(col(MessageRow.position).desc())
        .limit(1)
    ).first()


def open_messages(session: Session, chat_id: UUID) -> Sequence[UUID]:
    """The live messages of a chat that are not finished, oldest first."""
    return session.exec(
        select(MessageRow.id)
        .where(
            col(MessageRow.chat_id) == chat_id,
            col(MessageRow.deleted_at).is_(None),
            col(MessageRow.is_completed).is_(False),
        )
        .order_by(col(MessageRow.position))
    ).all()


def count_around(session: Session, chat_id: UUID, oldest: int, newest: int) -> tuple[int, int]:
    """How many live messages lie before the position `oldest`, and how many after `newest`."""
    position = col(MessageRow.position)
    counts = select(func.count().filter(position < oldest), func.count().filter(position > newest))
    return session.exec(counts.where(col(MessageRow.chat_id) == chat_id, col(MessageRow.deleted_at).is_(None))).one()


def page(
    session: Session,
    chat: ChatRow,
    *,
    limit: int,
    before: int | None = None,
    new_message_id: UUID | None = None,
    trigger: Trigger | None = None,
) -> ChatWithMessages:
    """The chat and its newest `limit` live messages below position `before`, newest first."""
    wanted = select(MessageRow).where(col(MessageRow.chat_id) == chat.id, col(MessageRow.deleted_at).is_(None))
    if before is not None:
        wanted = wanted.where(col(MessageRow.position) < before)
    rows = session.exec(wanted.order_by(col(MessageRow.position).desc()).limit(limit)).all()
    return ChatWithMessages(
        chat=chat_value(session, chat),
        messages=message_values(session, rows, files=chat.most_recent_file_id is not None),
        new_message_id=new_message_id,
        trigger=trigger,
    )


def chat_value(session: Session, row: ChatRow) -> Chat:
    """One chat with its sources."""
    return chat_values(session, [row])[0]


def chat_values(session: Session, rows: Sequence[ChatRow]) -> list[Chat]:
    """Chats with their sources, in the order of the rows."""
    sources = sources_of(session, [row.id for row in rows])
    return [Chat.model_validate(row.fields(_SHOWN) | {"sources": sources[row.id]}) for row in rows]


_SHOWN = set(Chat.model_fields) - {"sources"}


def sources_of(session: Session, chat_ids: Sequence[UUID]) -> dict[UUID, list[SourceRef]]:
    """The live sources of each chat, in the order of attachment."""
    found: dict[UUID, list[SourceRef]] = defaultdict(list)
    linked = (
        select(ChatSource.chat_id, SourceRow)
        .join(SourceRow, col(SourceRow.id) == ChatSource.source_id)
        .where(col(ChatSource.chat_id).in_(chat_ids), col(SourceRow.deleted_at).is_(None))
        .order_by(col(ChatSource.chat_id), col(ChatSource.ordinal))
    )
    for chat_id, source in session.exec(linked):
        found[chat_id].append(SourceRef.model_validate(source.fields(SourceRef.model_fields)))
    return found


def message_values(session: Session, rows: Sequence[MessageRow], *, files: bool = True) -> list[Message]:
    """Messages with their steps, results and files, in the order of the rows: four queries for any number.

    A chat that never had a file (`files` false) is spared the fourth, and the tables that it needs.
    """
    ids = [row.id for row in rows]
    steps, results = _steps(session, rows), _results(session, ids)
    linked = files_of(session, ids) if files else defaultdict(list)
    return [_message(row, steps[row.id], results[row.id], linked[row.id]) for row in rows]


def _message(
    row: MessageRow, steps: list[dict[str, Any]], results: dict[str, dict[str, Any]], linked: list[FileLink]
) -> Message:
    progress = row.status if row.is_completed else "processing"
    entries = [results[entry["id"]] if entry["type"] == "result" else entry for entry in row.response]
    error = (
        MessageError(code=row.error_code, message=row.error_message or "", hint=row.error_hint)
        if row.error_code
        else None
    )
    return Message.model_validate(
        row.fields(_PLAIN)
        | {
            "response_messages": {"status": progress, "messages": entries},
            "reasoning": {"status": progress, "steps": steps},
            "final_reasoning_message": last_word(row.status, _seconds(row)),
            "attempts": row.attempt,
            "error": error,
            "files": linked,
        }
    )


_PLAIN = set(Message.model_fields) & set(MessageRow.model_fields) - {"attempts", "error"}


def files_of(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, list[FileLink]]:
    """The assets of each message, those pulled into it before those that its answer made."""
    from chatctl.storage.asset_tables import MessageFileRow

    linked = (
        select(MessageFileRow, AssetRow.file_type, AssetRow.name)
        .join(AssetRow, col(AssetRow.id) == MessageFileRow.asset_id)
        .where(col(MessageFileRow.message_id).in_(message_ids))
        .order_by(col(MessageFileRow.origin), col(MessageFileRow.ordinal))
    )
    found: dict[UUID, list[FileLink]] = defaultdict(list)
    for row, file_type, name in session.exec(linked):
        value = {"file_id": row.asset_id, "file_type": file_type, "file_name": name}
        found[row.message_id].append(FileLink.model_validate(value | {"version_number": row.version_number}))
    return found


def _seconds(row: MessageRow) -> float:
    return max(0.0, row.finished_at - row.started_at) if row.finished_at and row.started_at else 0.0


def _steps(session: Session, rows: Sequence[MessageRow]) -> dict[UUID, list[dict[str, Any]]]:
    # While a message waits for its next attempt, there is none whose steps could be shown.
    attempts = {row.id: row.attempt for row in rows if row.status != "queued"}
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    stored = select(StepRow).where(col(StepRow.message_id).in_(attempts)).order_by(col(StepRow.ordinal))
    for step in session.exec(stored):
        if step.attempt == attempts[step.message_id]:
            found[step.message_id].append(step.step)
    return found


def _results(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, dict[str, dict[str, Any]]]:
    found: dict[UUID, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in session.exec(select(ResultRow).where(col(ResultRow.message_id).in_(message_ids))):
        values = row.fields(_RESULT) | {"type": "result"}
        found[row.message_id][str(row.id)] = values
    return found


_RESULT = {"id", "source", "sql", "columns", "rows", "row_count", "truncated", "elapsed_ms", "chart_config"}
