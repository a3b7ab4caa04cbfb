"""What every use case is given: the database, who acts, the settings, and two ways to speak."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from chatctl.config import Config
from chatctl.domain.access import Actor
from chatctl.domain.chats import Trigger, Written
from chatctl.engines.engine import Progress, silent
from chatctl.storage.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """The world of a use case.

    `ring` tells the workers of messages, after the commit; it never raises. `note` says something to the person.
    `accepted` hears of every message right after its commit, so that its id is told whatever happens then.
    """

    config: Config
    database: Database
    actor: Actor
    ring: Callable[[Sequence[UUID]], list[Trigger]]
    note: Callable[[str], None]
    progress: Progress = silent
    accepted: Callable[[Written], None] = lambda _written: None
