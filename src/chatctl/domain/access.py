"""Who acts, and what they may do: contract, section 6. The one place that decides."""

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID


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


def role(actor: Actor, *, organization_id: UUID, created_by: UUID, public: bool) -> Role:
    """The actor's role on a chat: its creator owns it; a public one may be viewed, even across organizations."""
    if actor.organization_id == organization_id and actor.user_id == created_by:
        return Role.OWNER
    return Role.CAN_VIEW if public else Role.NONE
