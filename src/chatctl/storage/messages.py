"""Writing messages, and the chats they open, inside the caller's transaction."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlmodel import Session, col, insert, select, update

from chatctl.domain.access import Actor
from chatctl.domain.requests import ChatRequest
from chatctl.domain.titles import CHAT_TITLE, MESSAGE_TITLE, shorten
from chatctl.storage import chats
from chatctl.storage.ledger import request_cancel
from chatctl.storage.tables import ChatRow, MessageRow


def new_chat(session: Session, actor: Actor, request: ChatRequest, now: float) -> ChatRow:
    """A chat titled by its user, else by its first prompt."""
    chat = ChatRow(
        id=uuid4(),
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        updated_by=actor.user_id,
        created_at=chats.utc(now),
        updated_at=chats.utc(now),
        title=request.title.strip() if request.title else shorten(request.prompt or "", CHAT_TITLE),
        title_set=request.title is not None,
    )
    session.exec(insert(ChatRow).values(**chat.model_dump()))
    return chat


def placeholder(
    session: Session,
    actor: Actor,
    chat_id: UUID,
    request: ChatRequest,
    *,
    prompt: str | None,
    model: str,
    now: float,
) -> UUID:
    """The queued message of a request, before a worker has it; its position was never used before."""
    message = MessageRow(
        id=uuid4(),
        chat_id=chat_id,
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        created_at=chats.utc(now),
        updated_at=chats.utc(now),
        position=chats.next_position(session, chat_id),
        request_message=prompt,
        title=shorten(prompt or "", MESSAGE_TITLE),
        model=model,
        response=[],
        raw_llm_messages=[],
        not_before=now,
        wake_sent_at=now,
        idempotency_key=request.idempotency_key,
        request_hash=request.fingerprint() if request.idempotency_key else None,
    )
    session.exec(insert(MessageRow).values(**message.model_dump()))
    return message.id


def from_here_on(session: Session, row: MessageRow) -> Sequence[UUID]:
    """The message and every later live one of its chat."""
    return session.exec(
        select(MessageRow.id).where(
            col(MessageRow.chat_id) == row.chat_id,
            col(MessageRow.position) >= row.position,
            col(MessageRow.deleted_at).is_(None),
        )
    ).all()


def put_away(session: Session, message_ids: Sequence[UUID], now: float) -> None:
    """Soft-delete messages under one time stamp, which is what `bring_back` knows them by; open ones are cancelled."""
    for message_id in message_ids:
        request_cancel(session, message_id, now)
    away = update(MessageRow).where(col(MessageRow.id).in_(message_ids))
    session.exec(away.values(deleted_at=chats.utc(now)))


def bring_back(session: Session, row: MessageRow) -> None:
    """Undo `put_away` for the message and the later ones that went with it."""
    together = (
        col(MessageRow.chat_id) == row.chat_id,
        col(MessageRow.deleted_at) == row.deleted_at,
        col(MessageRow.position) >= row.position,
    )
    session.exec(update(MessageRow).where(*together).values(deleted_at=None))


def rate(session: Session, message_id: UUID, feedback: str | None) -> None:
    """Keep what a user thinks of an answer."""
    session.exec(update(MessageRow).where(col(MessageRow.id) == message_id).values(feedback=feedback))
