"""Who was granted what on chats and assets, and what follows: as a role, and as a condition for queries.

The rule itself is `domain.access.role`; here are the grants that it is asked with, and the same rule in SQL, for a
filter after a LIMIT would miss what it left no room for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlmodel import Session, col, delete, select, update

from chatctl.domain.access import ROLES, AccessEntry, Actor, Grant, Role, role
from chatctl.storage.tables import AssetRow, ChatRow, Organization, PermissionRow, UserAccount

Shareable = ChatRow | AssetRow


def roles(session: Session, actor: Actor, rows: Sequence[Shareable]) -> dict[UUID, Role]:
    """The actor's role on each of these chats, or of these assets. Grants are looked up only where they may count."""
    asked = [row for row in rows if row.organization_id == actor.organization_id and row.created_by != actor.user_id]
    granted = _granted(session, actor, asked)
    return {
        row.id: role(
            actor,
            organization_id=row.organization_id,
            created_by=row.created_by,
            public=row.publicly_accessible,
            grants=granted[row.id],
        )
        for row in rows
    }


def role_on(session: Session, actor: Actor, row: Shareable) -> Role:
    """The actor's role on the chat or the asset."""
    return roles(session, actor, [row])[row.id]


def may_view(session: Session, actor: Actor, row: Shareable) -> bool:
    """Whether the actor may read the chat, or read the asset and use it in a chat."""
    return role_on(session, actor, row) >= Role.CAN_VIEW


def visible(actor: Actor, table: type[ChatRow] | type[AssetRow]) -> ColumnElement[bool]:
    """`may_view` as a condition on rows that other conditions find: an index answers it for each of them."""
    granted = exists().where(_target(table) == table.id, _is_for(actor)).correlate(table)
    own = and_(
        col(table.organization_id) == actor.organization_id, or_(col(table.created_by) == actor.user_id, granted)
    )
    return or_(own, col(table.publicly_accessible))


def granted(actor: Actor, table: type[ChatRow] | type[AssetRow]) -> ColumnElement[bool]:
    """What others made and granted to the actor, as a condition that finds it by the grants."""
    ids = select(_target(table)).where(_is_for(actor), _target(table).is_not(None))
    return and_(col(table.id).in_(ids), col(table.created_by) != actor.user_id)


def lock(session: Session, row: Shareable) -> None:
    """Read the row anew and let no other change its grants before this transaction ends."""
    session.refresh(row, with_for_update=True)


def reread(session: Session, row: Shareable) -> Shareable:
    """The same chat or asset as another transaction sees it."""
    if isinstance(row, ChatRow):
        return session.get_one(ChatRow, row.id)
    return session.get_one(AssetRow, row.id)


def entries(session: Session, row: Shareable) -> list[AccessEntry]:
    """Who may do what: the creator, then the grants, the highest first, and the public last."""
    found = session.exec(select(PermissionRow).where(_target(type(row)) == row.id)).all()
    names = _names(session, [row.created_by, *(each.identity_id for each in found)])
    creator = AccessEntry(
        identity_type="user", identity_id=row.created_by, name=names[row.created_by], role=Role.OWNER.word
    )
    given = [
        AccessEntry.model_validate(
            each.fields(["identity_type", "identity_id", "role"]) | {"name": names[each.identity_id]}
        )
        for each in found
    ]
    given.sort(key=lambda each: (-ROLES[each.role], each.identity_type, each.name or ""))
    return [creator, *given, *([EVERYONE] if row.publicly_accessible else [])]


EVERYONE = AccessEntry(identity_type="public", identity_id=None, name=None, role=Role.CAN_VIEW.word)


def held(session: Session, row: Shareable, identity_id: UUID) -> Role:
    """What this user or organization was granted."""
    wanted = select(PermissionRow.role).where(
        _target(type(row)) == row.id, col(PermissionRow.identity_id) == identity_id
    )
    word = session.exec(wanted).first()
    return ROLES[word] if word else Role.NONE


def grant(
    session: Session, actor: Actor, row: Shareable, *, identity_type: str, identity_id: UUID, role: Role, now: datetime
) -> None:
    """Give a user or an organization this role, in place of another that it was given; NONE takes it away."""
    mine = (_target(type(row)) == row.id, col(PermissionRow.identity_id) == identity_id)
    if not role:
        session.exec(delete(PermissionRow).where(*mine))
        return
    changed = session.exec(update(PermissionRow).where(*mine).values(role=role.word, updated_at=now))
    if changed.rowcount:
        return
    target = {"chat_id": row.id} if isinstance(row, ChatRow) else {"asset_id": row.id}
    session.add(
        PermissionRow(
            **target,
            identity_type=identity_type,
            identity_id=identity_id,
            role=role.word,
            created_by=actor.user_id,
            created_at=now,
            updated_at=now,
        )
    )


def publish(session: Session, row: Shareable, public: bool) -> None:
    """Let everyone view it, or no longer."""
    row.publicly_accessible = public
    session.add(row)


def _granted(session: Session, actor: Actor, rows: Sequence[Shareable]) -> dict[UUID, list[Grant]]:
    found: dict[UUID, list[Grant]] = defaultdict(list)
    if not rows:
        return found
    target = _target(type(rows[0]))
    wanted = select(target, PermissionRow.identity_id, PermissionRow.role)
    for row_id, identity_id, word in session.exec(wanted.where(target.in_([row.id for row in rows]), _is_for(actor))):
        found[row_id].append(Grant(identity_id=identity_id, role=ROLES[word]))
    return found


def _target(table: type[Shareable]) -> Any:
    return col(PermissionRow.chat_id if table is ChatRow else PermissionRow.asset_id)


def _is_for(actor: Actor) -> ColumnElement[bool]:
    return col(PermissionRow.identity_id).in_([actor.user_id, actor.organization_id])


def _names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(ids)
    return {
        identity_id: name
        for table in (UserAccount, Organization)
        for identity_id, name in session.exec(select(table.id, table.name).where(col(table.id).in_(wanted)))
    }
