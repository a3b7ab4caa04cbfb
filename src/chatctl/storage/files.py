"""Assets in messages: those pulled into a question, and those that an answer made or changed.

Plain table statements, as for all that an attempt does (see `answers`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

from sqlalchemy import CursorResult, Executable, Row, delete, insert, select
from sqlmodel import Session

from chatctl.domain.access import Actor, Role
from chatctl.domain.assets import DashboardFile, MetricFile
from chatctl.domain.chats import FileEntry, FileType
from chatctl.domain.errors import AssetNotFound
from chatctl.domain.titles import numbered, shorten
from chatctl.storage import assets, chats, permissions
from chatctl.storage.asset_tables import metadata
from chatctl.storage.tables import AssetRow

LONGEST_NOTE = 200

Origin = Literal["given", "made"]

_links = metadata.tables["message_file"]
_assets = metadata.tables["asset"].c
_versions = metadata.tables["asset_version"].c
_message = metadata.tables["message"].c


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A metric or a dashboard at the version that was pulled into a message.

    `raw` is what the analyst left that made this version, if one did.
    """

    message_id: UUID
    file: MetricFile | DashboardFile
    raw: tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """The metric that an answer rests on, under the name it has if that is free; `refines` says that it changes that of
    the turn before.
    """

    file: MetricFile
    question: str
    refines: bool


def link(session: Session, message_id: UUID, found: Sequence[tuple[UUID, int]], origin: Origin, now: float) -> None:
    """Put assets, with the version of each, into a message in the order given."""
    rows = [
        {
            "id": uuid4(),
            "message_id": message_id,
            "asset_id": asset_id,
            "version_number": number,
            "origin": origin,
            "ordinal": ordinal,
            "created_at": chats.utc(now),
            "updated_at": chats.utc(now),
        }
        for ordinal, (asset_id, number) in enumerate(found, start=1)
    ]
    _run(session, delete(_links).where(_links.c.message_id == message_id, _links.c.origin == origin))
    if rows:
        _run(session, insert(_links), rows)


def given(session: Session, author: Actor, message_id: UUID, chat_id: UUID, position: int) -> list[Given]:
    """What was pulled into the live messages of a chat up to one, oldest first, as far as its author may still view it.

    Raises AssetNotFound if that is no longer so for the asset that the message itself is about.
    """
    viewable = permissions.visible(author, AssetRow).label("viewable")
    wanted = (
        select(_links, _assets.file_type, _versions.content, viewable)
        .join(metadata.tables["message"], _message.id == _links.c.message_id)
        .join(metadata.tables["asset"], _assets.id == _links.c.asset_id)
        .join(
            metadata.tables["asset_version"],
            (_versions.asset_id == _links.c.asset_id) & (_versions.number == _links.c.version_number),
        )
        .where(
            _message.chat_id == chat_id,
            _message.position <= position,
            _message.deleted_at.is_(None),
            _links.c.origin == "given",
        )
        .order_by(_message.position, _links.c.ordinal)
    )
    found = _run(session, wanted).all()
    if any(row.message_id == message_id and row.ordinal == 1 and not row.viewable for row in found):
        raise AssetNotFound("Asset not found or access denied", hint="It was shared when the question was asked.")
    return [
        Given(
            message_id=row.message_id,
            file=assets.file_of(row.file_type, row.content),
            raw=_left_with(session, row.asset_id, row.version_number),
        )
        for row in found
        if row.viewable
    ]


def keep(session: Session, message_id: UUID, kept: Kept, now: float) -> FileEntry:
    """Save the metric of an answer: a refinement, and the same question again, are new versions of the same one."""
    row = _run(
        session,
        select(_message.chat_id, _message.position, _message.created_by, _message.organization_id).where(
            _message.id == message_id
        ),
    ).one()
    actor = Actor(user_id=row.created_by, organization_id=row.organization_id)
    former = _former(session, actor, row, kept)
    if former is None:
        asset = _new(session, actor, kept, now)
    else:
        asset = former
        standing = assets.content(session, former)
        file = kept.file.model_copy(update={"name": standing.name, "description": standing.description})
        if file != standing:
            note = f"from a chat: {shorten(kept.question, LONGEST_NOTE)}"
            assets.change(session, actor, former, file, note=note, version_id=uuid4(), now=now)
            session.refresh(former)
    link(session, message_id, [(asset.id, asset.version_number)], "made", now)
    most_recent(session, row.chat_id, "metric_file", asset.id, asset.version_number, now)
    return FileEntry(
        id=uuid4(),
        file_type="metric_file",
        file_id=asset.id,
        file_name=asset.name,
        version_number=asset.version_number,
    )


def most_recent(session: Session, chat_id: UUID, file_type: FileType, asset_id: UUID, number: int, now: float) -> None:
    """Tell a chat which file it had last."""
    values = {"most_recent_file_id": asset_id, "most_recent_file_type": file_type, "most_recent_version_number": number}
    chats.touch(session, chat_id, now, **values)


def _new(session: Session, actor: Actor, kept: Kept, now: float) -> AssetRow:
    base = name = kept.file.name
    number = 1
    while assets.own_named(session, actor, "metric_file", name):
        number += 1
        name = numbered(base, number)
    file = kept.file.model_copy(update={"name": name})
    return assets.insert(session, actor, file, asset_id=uuid4(), file_type="metric_file", note="from a chat", now=now)


def _former(session: Session, actor: Actor, row: Row[Any], kept: Kept) -> AssetRow | None:
    """The metric that the answer continues: that of the turn before, or of the same question; if it may be changed."""
    wanted = (
        select(_links.c.asset_id)
        .join(metadata.tables["message"], _message.id == _links.c.message_id)
        .where(
            _message.chat_id == row.chat_id,
            _message.position < row.position,
            _message.deleted_at.is_(None),
            _links.c.origin == "made",
        )
        .order_by(_message.position.desc())
        .limit(1)
    )
    if not kept.refines:
        wanted = wanted.where(_message.request_message == kept.question)
    asset_id = _run(session, wanted).scalar()
    seen = assets.seen(session, actor, asset_id) if asset_id else None
    return seen.row if seen and seen.row.deleted_at is None and seen.role >= Role.CAN_EDIT else None


def _left_with(session: Session, asset_id: UUID, number: int) -> tuple[Any, ...]:
    """What the analyst left with the answer that made a version of an asset."""
    wanted = (
        select(_message.raw_llm_messages)
        .join(_links, _links.c.message_id == _message.id)
        .where(_links.c.asset_id == asset_id, _links.c.version_number == number, _links.c.origin == "made")
        .limit(1)
    )
    return tuple(_run(session, wanted).scalar() or ())


def _run(session: Session, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> CursorResult[Any]:
    return session.connection().execute(statement, rows)
