"""Organizations and users: found by name or id, created by name on first use."""

from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from chatctl.domain.access import Actor
from chatctl.domain.errors import ValidationError
from chatctl.storage.database import Database
from chatctl.storage.tables import Organization, UserAccount


def find_actor(session: Session, *, user: str, organization: str) -> Actor | None:
    """The actor of these names or ids, or None where either is not known yet."""
    found = session.exec(
        select(UserAccount.id, UserAccount.organization_id)
        .join(Organization, col(Organization.id) == UserAccount.organization_id)
        .where(_named(Organization, organization), _named(UserAccount, user))
    ).first()
    return Actor(user_id=found[0], organization_id=found[1]) if found else None


def create_actor(database: Database, session: Session, *, user: str, organization: str) -> tuple[Actor, list[str]]:
    """The actor of these names, made where missing, and what was made, in words for the user.

    Raises ValidationError for an id that is not there.
    """
    now = datetime.fromtimestamp(database.now(session), UTC)
    made: list[str] = []
    home = session.exec(select(Organization).where(_named(Organization, organization))).first()
    if home is None:
        _refuse_id("organization", organization)
        home = Organization(name=organization, created_at=now, updated_at=now)
        session.add(home)
        session.flush()
        made.append(f"organization {organization!r}")
    account = session.exec(
        select(UserAccount).where(col(UserAccount.organization_id) == home.id, _named(UserAccount, user))
    ).first()
    if account is None:
        _refuse_id("user", user)
        account = UserAccount(organization_id=home.id, name=user, created_at=now, updated_at=now)
        session.add(account)
        session.flush()
        made.append(f"user {user!r}")
    return Actor(user_id=account.id, organization_id=home.id), made


def user_of(session: Session, organization_id: UUID, name_or_id: str) -> UUID | None:
    """The user of the organization that has this name or id; nobody is made."""
    wanted = select(UserAccount.id).where(
        col(UserAccount.organization_id) == organization_id, _named(UserAccount, name_or_id)
    )
    return session.exec(wanted).first()


def _named(table: type[Organization] | type[UserAccount], name_or_id: str):  # type: ignore[no-untyped-def]
    return col(table.id) == UUID(name_or_id) if is_id(name_or_id) else col(table.name) == name_or_id


def _refuse_id(field: str, name: str) -> None:
    if is_id(name):
        raise ValidationError.field(field, f"There is no {field} with the id {name}", "unknown")


def is_id(text: str) -> bool:
    """Whether the text is a full UUID."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
