"""How the work stands: cheap marks for those who wait, counts for those who look after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from chatctl.domain.chats import Message
from chatctl.storage import chats
from chatctl.storage.tables import MessageRow

RUNG_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Mark:
    """Changes whenever anything visible of a message does."""

    status: str
    attempt: int
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What one worker is at: how many messages, and until when it keeps them, in seconds since the epoch."""

    messages: int
    until: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What waits, and who holds what, at the time `now`; ages in seconds, `abandoned` are held by nobody any more."""

    now: float
    held: dict[str, Held]
    abandoned: int
    queued: int
    oldest_queued_age: float | None
    failed_today: int


def marks(session: Session, message_ids: Sequence[UUID]) -> dict[UUID, Mark]:
    """The mark of each message."""
    columns = select(MessageRow.id, MessageRow.status, MessageRow.attempt, MessageRow.updated_at)
    found = session.exec(columns.where(col(MessageRow.id).in_(message_ids)))
    return {message_id: Mark(status, attempt, updated_at) for message_id, status, attempt, updated_at in found}


def values(session: Session, message_ids: Sequence[UUID]) -> list[Message]:
    """The messages as they are shown."""
    if not message_ids:
        return []
    return chats.message_values(
        session, session.exec(select(MessageRow).where(col(MessageRow.id).in_(message_ids))).all()
    )


def queued(session: Session) -> Sequence[UUID]:
    """Messages that wait for a worker, the longest waiting first; as many as are rung at once."""
    waiting = select(MessageRow.id).where(col(MessageRow.status) == "queued")
    return session.exec(waiting.order_by(col(MessageRow.not_before)).limit(RUNG_AT_ONCE)).all()


def newest_ring(session: Session) -> float:
    """When the last ring for a waiting message was sent, in seconds since the epoch; 0 for never."""
    newest = select(func.max(MessageRow.wake_sent_at)).where(col(MessageRow.status) == "queued")
    return session.exec(newest).one() or 0.0


def load(session: Session, now: float) -> Load:
    """What waits and who works at `now`, seconds since the epoch."""
    status = col(MessageRow.status)
    lease = col(MessageRow.lease_expires_at)
    columns = select(MessageRow.worker_id, func.count(), func.max(lease), func.count().filter(lease <= now))
    held = session.exec(columns.where(status == "running").group_by(col(MessageRow.worker_id))).all()
    number, oldest = session.exec(select(func.count(), func.min(MessageRow.not_before)).where(status == "queued")).one()
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    today = col(MessageRow.finished_at) >= midnight.timestamp()
    failed = session.exec(select(func.count()).where(status == "failed", today)).one()
    age = None if oldest is None else round(max(0.0, now - oldest), 3)
    return Load(
        now=now,
        held={worker or "": Held(messages=count, until=until or 0.0) for worker, count, until, _ in held},
        abandoned=sum(expired for *_, expired in held),
        queued=number,
        oldest_queued_age=age,
        failed_today=failed,
    )
