"""Metrics and dashboards: rows in, values out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select, update

from chatctl.domain.access import Actor, Role
from chatctl.domain.assets import FILES, Asset, AssetFile, AssetListing, AssetVersion, MetricFile
from chatctl.domain.chats import FileType
from chatctl.storage import permissions
from chatctl.storage.asset_tables import AssetVersionRow, MetricResultRow
from chatctl.storage.chats import utc
from chatctl.storage.lookup import in_range
from chatctl.storage.tables import AssetRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """An asset with the role of the one who looks at it."""

    row: AssetRow
    role: Role


def named(session: Session, actor: Actor, name: str) -> list[Seen]:
    """Assets of this name in the organization, of both types, deleted ones too, that the actor may view."""
    wanted = select(AssetRow).where(
        col(AssetRow.organization_id) == actor.organization_id,
        col(AssetRow.file_type).in_(list(FILES)),
        col(AssetRow.name) == name,
        permissions.visible(actor, AssetRow),
    )
    return _visible(session, actor, session.exec(wanted).all())


def matching(session: Session, actor: Actor, reference: str) -> list[Seen]:
    """Assets whose id is, or starts with, the reference, deleted ones too, that the actor may view."""
    wanted = select(AssetRow).where(in_range(AssetRow.id, reference), permissions.visible(actor, AssetRow))
    return _visible(session, actor, session.exec(wanted).all())


def listing(session: Session, actor: Actor, file_type: FileType) -> list[AssetListing]:
    """The organization's live assets of a type that the actor may view, by name."""
    rows = session.exec(
        select(AssetRow, AssetVersionRow.content)
        .join(AssetVersionRow, _AT_VERSION)
        .where(
            col(AssetRow.organization_id) == actor.organization_id,
            col(AssetRow.file_type) == file_type,
            col(AssetRow.deleted_at).is_(None),
            permissions.visible(actor, AssetRow),
        )
        .order_by(col(AssetRow.name), col(AssetRow.id))
    ).all()
    return [_listed(row, content) for row, content in rows]


def changeable(session: Session, actor: Actor, most: int) -> list[Asset]:
    """Of so many assets that were changed last, those that the actor may change, newest first."""
    newest = session.exec(
        select(AssetRow, AssetVersionRow)
        .join(AssetVersionRow, _AT_VERSION)
        .where(
            col(AssetRow.organization_id) == actor.organization_id,
            col(AssetRow.deleted_at).is_(None),
            permissions.visible(actor, AssetRow),
        )
        .order_by(col(AssetRow.updated_at).desc())
        .limit(most)
    ).all()
    roles = permissions.roles(session, actor, [row for row, _ in newest])
    return [_at(row, version) for row, version in newest if roles[row.id] >= Role.CAN_EDIT]


def value(session: Session, row: AssetRow, number: int | None = None) -> Asset | None:
    """The asset at a version, its current one if none is named; None for a version that it never had."""
    wanted = row.version_number if number is None else number
    version = session.exec(
        select(AssetVersionRow).where(col(AssetVersionRow.asset_id) == row.id, col(AssetVersionRow.number) == wanted)
    ).first()
    return _at(row, version) if version else None


def current(session: Session, actor: Actor, file_type: FileType, asset_ids: Iterable[UUID]) -> dict[UUID, Asset]:
    """Those live assets of the type that the actor may view, at their current versions, in one query."""
    found = session.exec(
        select(AssetRow, AssetVersionRow)
        .join(AssetVersionRow, _AT_VERSION)
        .where(
            col(AssetRow.id).in_(list(asset_ids)),
            col(AssetRow.file_type) == file_type,
            col(AssetRow.deleted_at).is_(None),
            permissions.visible(actor, AssetRow),
        )
    ).all()
    return {row.id: _at(row, version) for row, version in found}


def _at(row: AssetRow, version: AssetVersionRow) -> Asset:
    content = file_of(row.file_type, version.content)
    return Asset.model_validate(
        row.fields(_PLAIN)
        | {
            "version_number": version.number,
            "name": content.name,
            "source": content.source if isinstance(content, MetricFile) else None,
            "content": content,
        }
    )


def insert(
    session: Session, actor: Actor, file: AssetFile, *, asset_id: UUID, file_type: FileType, note: str, now: float
) -> AssetRow:
    """A new asset at version 1, under a name that is free."""
    row = AssetRow(
        id=asset_id,
        organization_id=actor.organization_id,
        created_by=actor.user_id,
        updated_by=actor.user_id,
        created_at=utc(now),
        updated_at=utc(now),
        file_type=file_type,
        name=file.name,
        version_number=1,
    )
    session.add(row)
    session.flush()
    _add_version(session, actor, row.id, 1, file, note=note, version_id=uuid4(), now=now)
    return row


def change(
    session: Session, actor: Actor, row: AssetRow, file: AssetFile, *, note: str, version_id: UUID, now: float
) -> bool:
    """The next version of an asset; False if another one came in between."""
    at = row.version_number
    changed = session.exec(
        update(AssetRow)
        .where(col(AssetRow.id) == row.id, col(AssetRow.version_number) == at, col(AssetRow.deleted_at).is_(None))
        .values(
            version_number=at + 1,
            name=file.name,
            live=None if _is_taken(session, row, file.name) else True,
            updated_at=utc(now),
            updated_by=actor.user_id,
        )
    )
    if changed.rowcount == 1:
        _add_version(session, actor, row.id, at + 1, file, note=note, version_id=version_id, now=now)
    return changed.rowcount == 1


def put_away(session: Session, actor: Actor, asset_id: UUID, now: float) -> None:
    """Delete an asset softly; its name is free again."""
    values = {"deleted_at": utc(now), "live": None, "updated_at": utc(now), "updated_by": actor.user_id}
    session.exec(update(AssetRow).where(col(AssetRow.id) == asset_id).values(**values))


def seen(session: Session, actor: Actor, asset_id: UUID) -> Seen | None:
    """The asset of this id, deleted or not, if the actor may view it."""
    row = by_id(session, asset_id)
    return next(iter(_visible(session, actor, [row] if row else [])), None)


def content(session: Session, row: AssetRow) -> AssetFile:
    """The file of the asset as it stands."""
    found = value(session, row)
    assert found is not None
    return found.content


def by_id(session: Session, asset_id: UUID) -> AssetRow | None:
    """The asset of this id, whoever's it is."""
    return session.exec(select(AssetRow).where(col(AssetRow.id) == asset_id)).first()


def has_version(session: Session, version_id: UUID) -> bool:
    """Whether a version with this id was written."""
    return session.exec(select(AssetVersionRow.id).where(col(AssetVersionRow.id) == version_id)).first() is not None


def own_named(session: Session, actor: Actor, file_type: FileType, name: str) -> AssetRow | None:
    """The actor's own live asset of this type and name."""
    return session.exec(
        select(AssetRow).where(
            col(AssetRow.organization_id) == actor.organization_id,
            col(AssetRow.created_by) == actor.user_id,
            col(AssetRow.file_type) == file_type,
            col(AssetRow.name) == name,
            col(AssetRow.deleted_at).is_(None),
        )
    ).first()


def versions(session: Session, row: AssetRow) -> list[tuple[AssetVersion, AssetFile]]:
    """Every version with its content, newest first."""
    rows = session.exec(
        select(AssetVersionRow)
        .where(col(AssetVersionRow.asset_id) == row.id)
        .order_by(col(AssetVersionRow.number).desc())
    )
    return [
        (
            AssetVersion(
                version_number=each.number, created_at=each.created_at, created_by=each.created_by, note=each.note
            ),
            file_of(row.file_type, each.content),
        )
        for each in rows
    ]


def last_sums(session: Session, asset_id: UUID) -> dict[str, float]:
    """The sums of the columns of the metric's last stored result; empty where there is none."""
    found = session.exec(select(MetricResultRow).where(col(MetricResultRow.asset_id) == asset_id)).first()
    return dict(found.sums) if found else {}


def keep_sums(session: Session, asset_id: UUID, number: int, sums: dict[str, float], now: float) -> None:
    """Store the sums of a result in place of the former ones."""
    found = session.exec(select(MetricResultRow).where(col(MetricResultRow.asset_id) == asset_id)).first()
    row = found or MetricResultRow(asset_id=asset_id, version_number=number, created_at=utc(now), sums={})
    row.version_number, row.sums, row.updated_at = number, sums, utc(now)
    session.add(row)


def file_of(file_type: str, content: dict[str, Any]) -> AssetFile:
    """The file in a stored content."""
    return FILES[file_type].model_validate(content)  # type: ignore[index]


def _is_taken(session: Session, row: AssetRow, name: str) -> bool:
    """Whether another live asset of the same creator and type has the name.

    The creator was refused it; whoever else may change the asset must not learn by a clash what the creator has, so the
    asset gets the name and leaves the constraint.
    """
    others = select(AssetRow.id).where(
        col(AssetRow.organization_id) == row.organization_id,
        col(AssetRow.created_by) == row.created_by,
        col(AssetRow.file_type) == row.file_type,
        col(AssetRow.name) == name,
        col(AssetRow.deleted_at).is_(None),
        col(AssetRow.id) != row.id,
    )
    return session.exec(others.limit(1)).first() is not None


def _visible(session: Session, actor: Actor, rows: Sequence[AssetRow]) -> list[Seen]:
    roles = permissions.roles(session, actor, rows)
    return [Seen(row=row, role=roles[row.id]) for row in rows if roles[row.id] >= Role.CAN_VIEW]


def _add_version(
    session: Session,
    actor: Actor,
    asset_id: UUID,
    number: int,
    file: AssetFile,
    *,
    note: str,
    version_id: UUID,
    now: float,
) -> None:
    session.add(
        AssetVersionRow(
            id=version_id,
            asset_id=asset_id,
            number=number,
            created_by=actor.user_id,
            created_at=utc(now),
            updated_at=utc(now),
            note=note,
            content=file.model_dump(mode="json", by_alias=True, exclude_unset=True),
        )
    )
    session.flush()


def _listed(row: AssetRow, content: Mapping[str, Any]) -> AssetListing:
    texts = {"description": content.get("description", ""), "source": content.get("source")}
    return AssetListing.model_validate(row.fields(_LISTED) | texts)


_AT_VERSION = (col(AssetVersionRow.asset_id) == AssetRow.id) & (col(AssetVersionRow.number) == AssetRow.version_number)
_PLAIN = {"id", "file_type", "created_at", "updated_at", "created_by"}
_LISTED = set(AssetListing.model_fields) - {"description", "source"}
