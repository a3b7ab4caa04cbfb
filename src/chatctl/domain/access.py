"""Who acts, and what they may do: contract, section 6. The one place that decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal
from uuid import UUID

from chatctl.domain.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A user within an organization."""

    user_id: UUID
    organization_id: UUID


class Role(IntEnum):
    """What a role may do, each including those below it."""

    NONE = 0
    CAN_VIEW = 1
    CAN_EDIT = 2
    FULL_ACCESS = 3
    OWNER = 4

    @property
    def word(self) -> str:
        """As it is stored and shown."""
        return self.name.lower()


ROLES: dict[str, Role] = {each.word: each for each in Role if each}
"""The roles that can be granted, by their words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A role that a user or an organization was given."""

    identity_id: UUID
    role: Role


def role(actor: Actor, *, organization_id: UUID, created_by: UUID, public: bool, grants: Iterable[Grant] = ()) -> Role:
    """The actor's role on a chat or an asset: the highest of what they created, were granted, or anyone may see.

    Nothing but what is public crosses organizations, and that may only be viewed.
    """
    everyone = Role.CAN_VIEW if public else Role.NONE
    if actor.organization_id != organization_id:
        return everyone
    if actor.user_id == created_by:
        return Role.OWNER
    own = (actor.user_id, actor.organization_id)
    return max([everyone, *(grant.role for grant in grants if grant.identity_id in own)])


def may_replace(own: Role, *, former: Role, by: Role) -> bool:
    """Whether one who holds `own` may put one grant in place of another; NONE stands for no grant.

    Sharing needs full_access, and nobody gives, changes or takes away more than they hold.
    """
    return own >= Role.FULL_ACCESS and max(former, by) <= own


Audience = Literal["user", "organization", "public"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """With whom something is shared: a user of its organization by name or id, the organization, or everyone."""

    audience: Audience
    user: str | None = None


class AccessEntry(Value):
    """Who may do what: a line of `access`. The public has no id and no name."""

    identity_type: Audience
    identity_id: UUID | None
    name: str | None
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sharing:
    """A `chat`, a `metric` or a `dashboard` with who may do what on it: the creator first, the public last."""

    id: UUID
    kind: str
    name: str
    entries: list[AccessEntry]
