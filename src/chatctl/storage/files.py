"""Assets in messages: those pulled into a question, and those that an answer made or changed.

Plain table statements, as for all that an attempt does (see `answers`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
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
    """What an answer leaves, under the name it has if that is free: the metric that it rests on, or what was asked for.

    `refines` says that it changes the metric of the turn before; `changes` is the asset that is changed on request.
    `proposed` was asked for, by its own name and description.
    """

    file: MetricFile | DashboardFile
    question: str
    refines: bool = False
    proposed: bool = False
    changes: UUID | None = None


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


def keep(session: Session, message_id: UUID, wanted: Sequence[Kept], now: float) -> list[FileEntry]:
    """Save what an answer leaves: refinements, and the same question again, are new versions of the same metric.

    Dashboards come last: they may name metrics that are saved with them.
    """
    row = _run(
        session,
        select(_message.chat_id, _message.position, _message.created_by, _message.organization_id).where(
            _message.id == message_id
        ),
    ).one()
    actor = Actor(user_id=row.created_by, organization_id=row.organization_id)
    ids: dict[str, str] = {}
    saved: list[AssetRow] = []
    for kept in sorted(wanted, key=lambda each: isinstance(each.file, DashboardFile)):
        if isinstance(kept.file, DashboardFile):
            kept = replace(kept, file=kept.file.with_metrics(ids))
        asset = _keep(session, actor, row, kept, now)
        ids[kept.file.name] = str(asset.id)
        saved.append(asset)
    link(session, message_id, [(asset.id, asset.version_number) for asset in saved], "made", now)
    for asset in saved[-1:]:
        most_recent(session, row.chat_id, cast(FileType, asset.file_type), asset.id, asset.version_number, now)
    return [_entry(asset) for asset in saved]


def _keep(session: Session, actor: Actor, row: Row[Any], kept: Kept, now: float) -> AssetRow:
    former = _former(session, actor, row, kept)
    if former is None:
        return _new(session, actor, kept, now)
    standing = assets.content(session, former)
    known = {"name": standing.name} if kept.proposed else {"name": standing.name, "description": standing.description}
    file = kept.file.model_copy(update=known)
    if file != standing:
        note = f"from a chat: {shorten(kept.question, LONGEST_NOTE)}"
        assets.change(session, actor, former, file, note=note, version_id=uuid4(), now=now)
        session.refresh(former)
    return former


def _entry(asset: AssetRow) -> FileEntry:
    return FileEntry(
        id=uuid4(),
        file_type=cast(FileType, asset.file_type),
        file_id=asset.id,
        file_name=asset.name,
        version_number=asset.version_number,
    )


def most_recent(session: Session, chat_id: UUID, file_type: FileType, asset_id: UUID, number: int, now: float) -> None:
    """Tell a chat which file it had last."""
    values = {"most_recent_file_id": asset_id, "most_recent_file_type": file_type, "most_recent_version_number": number}
    chats.touch(session, chat_id, now, **values)


def _new(session: Session, actor: Actor, kept: Kept, now: float) -> AssetRow:
    file_type: FileType = "metric_file" if isinstance(kept.file, MetricFile) else "dashboard_file"
    base = name = kept.file.name
    number = 1
    while assets.own_named(session, actor, file_type, name):
        number += 1
        name = numbered(base, number)
    file = kept.file.model_copy(update={"name": name})
    return assets.insert(session, actor, file, asset_id=uuid4(), file_type=file_type, note="from a chat", now=now)


def _former(session: Session, actor: Actor, row: Row[Any], kept: Kept) -> AssetRow | None:
    """What the answer continues, if it may be changed: that of the turn before, of the same question, or the named."""
    asset_id = kept.changes if kept.proposed else _continued(session, row, kept)
    seen = assets.seen(session, actor, asset_id) if asset_id else None
    return seen.row if seen and seen.row.deleted_at is None and seen.role >= Role.CAN_EDIT else None


def _continued(session: Session, row: Row[Any], kept: Kept) -> UUID | None:
    wanted = (
        select(_links.c.asset_id)
        .join(metadata.tables["message"], _message.id == _links.c.message_id)
        .join(metadata.tables["asset"], _assets.id == _links.c.asset_id)
        .where(
            _message.chat_id == row.chat_id,
            _message.position < row.position,
            _message.deleted_at.is_(None),
            _links.c.origin == "made",
            _assets.file_type == "metric_file",
        )
        .order_by(_message.position.desc())
        .limit(1)
    )
    if not kept.refines:
        wanted = wanted.where(_message.request_message == kept.question)
    return cast(UUID | None, _run(session, wanted).scalar())


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
