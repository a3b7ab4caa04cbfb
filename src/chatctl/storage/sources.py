"""Registered sources: rows in, values out."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlmodel import Session, col, func, select

from chatctl.domain.access import Actor
from chatctl.domain.sources import Source, SourceKind
from chatctl.storage.chats import utc
from chatctl.storage.tables import ChatRow, ChatSource, SourceRow


def named(session: Session, actor: Actor, name: str) -> SourceRow | None:
    """The organization's live source of this name."""
    return session.exec(select(SourceRow).where(*_live(actor), col(SourceRow.name) == name)).first()


def by_id(session: Session, actor: Actor, source_id: UUID) -> SourceRow | None:
    """The organization's live source of this id."""
    return session.exec(select(SourceRow).where(*_live(actor), col(SourceRow.id) == source_id)).first()


def everything(session: Session, actor: Actor) -> list[Source]:
    """Every live source of the organization, by name."""
    rows = session.exec(select(SourceRow).where(*_live(actor)).order_by(col(SourceRow.name))).all()
    return [value(row) for row in rows]


def insert(
    session: Session,
    actor: Actor,
    *,
    name: str,
    kind: SourceKind,
    locations: Sequence[str],
    now: float,
    source_id: UUID | None = None,
) -> SourceRow:
    """Register a source under a name that is free; by an id chosen before, the caller can look for it later."""
    row = SourceRow(
        id=source_id or uuid4(),
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        updated_by=actor.user_id,
        created_at=utc(now),
        updated_at=utc(now),
        name=name,
        kind=kind,
        locations=list(locations),
    )
    session.add(row)
    session.flush()
    return row


def chats_with(session: Session, source_id: UUID) -> int:
    """How many live chats use the source."""
    return session.exec(
        select(func.count())
        .select_from(ChatSource)
        .join(ChatRow, col(ChatRow.id) == ChatSource.chat_id)
        .where(col(ChatSource.source_id) == source_id, col(ChatRow.deleted_at).is_(None))
    ).one()


def of_chat(session: Session, chat_id: UUID) -> list[Source]:
    """The live sources of a chat, in the order of attachment."""
    rows = session.exec(
        select(SourceRow)
        .join(ChatSource, col(ChatSource.source_id) == SourceRow.id)
        .where(col(ChatSource.chat_id) == chat_id, col(SourceRow.deleted_at).is_(None))
        .order_by(col(ChatSource.ordinal))
    ).all()
    return [value(row) for row in rows]


def value(row: SourceRow) -> Source:
    """The row as it is shown."""
    return Source.model_validate(row.fields(Source.model_fields))


def _live(actor: Actor):  # type: ignore[no-untyped-def]
    return col(SourceRow.organization_id) == actor.organization_id, col(SourceRow.deleted_at).is_(None)
