"""Writing messages, and the chats they open, inside the caller's transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, insert, select, update

from chatctl.domain.access import Actor
from chatctl.domain.models import ModelSetup
from chatctl.domain.requests import ChatRequest
from chatctl.domain.titles import CHAT_TITLE, MESSAGE_TITLE, shorten
from chatctl.storage import chats
from chatctl.storage.ledger import request_cancel
from chatctl.storage.tables import ChatRow, MessageRow

if TYPE_CHECKING:
    from chatctl.storage.answers import Entry


def new_chat(session: Session, actor: Actor, request: ChatRequest, now: float, *, prefix: str = "") -> UUID:
    """A chat titled by its user, else by its first prompt; `prefix` names the asset that it begins with."""
    chat_id = uuid4()
    first = shorten(request.prompt or "", CHAT_TITLE)
    values = _CHAT | {
        "id": chat_id,
        "organization_id": actor.organization_id,
        "created_by": actor.user_id,
        "updated_by": actor.user_id,
        "created_at": chats.utc(now),
        "updated_at": chats.utc(now),
        "title": request.title.strip() if request.title else ": ".join(filter(None, [prefix, first])),
        "title_set": request.title is not None,
    }
    session.connection().execute(_INSERT_CHAT, values)
    return chat_id


def placeholder(
    session: Session,
    actor: Actor,
    chat_id: UUID,
    request: ChatRequest,
    asked: str | None,
    *,
    position: int,
    prompt: str | None,
    model: str,
    now: float,
    message_id: UUID | None = None,
    instructions: str | None = None,
    setup: ModelSetup | None = None,
) -> UUID:
    """The queued message of a request, before a worker has it; its position was never used before.

    `asked` is the request's fingerprint, by which its repetition is known; an id chosen by the caller tells it later
    whether a transaction that it had no answer to took effect. `instructions` are those of the project it comes from,
    `setup` is how a language model is asked there.
    """
    message_id = message_id or uuid4()
    values = _MESSAGE | {
        "id": message_id,
        "chat_id": chat_id,
        "organization_id": actor.organization_id,
        "created_by": actor.user_id,
        "created_at": chats.utc(now),
        "updated_at": chats.utc(now),
        "position": position,
        "request_message": prompt,
        "title": shorten(prompt or "", MESSAGE_TITLE),
        "model": model,
        "instructions": instructions,
        "model_setup": setup.as_json() if setup else None,
        "response": [],
        "raw_llm_messages": [],
        "not_before": now,
        "wake_sent_at": now,
        "idempotency_key": request.idempotency_key,
        "request_hash": asked,
    }
    session.connection().execute(_INSERT_MESSAGE, values)
    return message_id


def complete(session: Session, message_id: UUID, entries: "Sequence[Entry]", title: str, now: float) -> None:
    """End a placeholder at once: what it shows is there already, and no analyst is asked."""
    from chatctl.storage import answers

    values = answers.shown(session, message_id, entries, now)
    done = {"status": "completed", "is_completed": True, "outcome": "answered", "started_at": now, "finished_at": now}
    changed = update(MessageRow).where(col(MessageRow.id) == message_id)
    session.exec(changed.values(title=shorten(title, MESSAGE_TITLE), response=values, **done))


def _defaults(table: type[ChatRow] | type[MessageRow]) -> dict[str, Any]:
    return {name: field.get_default() for name, field in table.model_fields.items() if not field.is_required()}


# A batch writes thousands: a plain INSERT costs a tenth of what the unit of work does.
_CHAT, _MESSAGE = _defaults(ChatRow), _defaults(MessageRow)
_INSERT_CHAT, _INSERT_MESSAGE = insert(ChatRow), insert(MessageRow)


def from_here_on(session: Session, row: MessageRow) -> Sequence[UUID]:
    """The message and every later live one of its chat, oldest first."""
    return session.exec(
        select(MessageRow.id)
        .where(
            col(MessageRow.chat_id) == row.chat_id,
            col(MessageRow.position) >= row.position,
            col(MessageRow.deleted_at).is_(None),
        )
        .order_by(col(MessageRow.position))
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
