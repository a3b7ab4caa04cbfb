"""Waiting for messages: until they are done, or with every change on the way."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chatctl.domain.chats import TERMINAL, Message
from chatctl.domain.errors import WaitTimeout
from chatctl.services import references
from chatctl.services.workspace import Workspace
from chatctl.storage import chats as rows
from chatctl.storage import progress
from chatctl.storage.progress import Mark
from chatctl.storage.retries import repeatable, settled

POLL = 0.03
"""Seconds between two looks at the messages; a look is one indexed SELECT."""

PATROL = 2.0
"""Seconds between two looks whether anybody works on them."""


class Workforce(Protocol):
    """Who does the work, seen from one who waits for it."""

    def attend(self) -> bool:
        """Sweep, and start a worker where none is alive; False if none is alive and none may be started."""

    def work_here(self, message_id: UUID, patience: float | None) -> bool:
        """Run the message in this process's care, by the worker's own code, for at most `patience` seconds.

        False if nothing was due.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Waited:
    """What was waited for: one message of one chat."""

    chat_id: UUID
    message_id: UUID


class Waiting:
    """Follows messages to their end."""

    def __init__(self, workspace: Workspace, workforce: Workforce) -> None:
        self._workspace = workspace
        self._workforce = workforce

    @repeatable
    def targets(self, references_: Sequence[str]) -> list[Waited]:
        """What the references mean: a message itself; of a chat, its open messages and its newest."""
        found: dict[UUID, Waited] = {}
        with self._workspace.database.read() as session:
            for reference in references_:
                meant = references.either(session, self._workspace, reference)
                newest = meant.message or rows.newest_message(session, meant.chat.id)
                ids = [] if meant.message else list(rows.open_messages(session, meant.chat.id))
                for message_id in [*ids, *([newest.id] if newest else [])]:
                    found[message_id] = Waited(chat_id=meant.chat.id, message_id=message_id)
        return list(found.values())

    def follow(self, message_ids: Sequence[UUID], timeout: float | None) -> Iterator[Message]:
        """Each message whenever it has changed, until all are finished. Raises WaitTimeout; the work goes on.

        Raises MessageNotFound if a chat may not be seen any more by the time that something in it changes.
        """
        begun = time.monotonic()
        patrolled = -PATROL
        seen: dict[UUID, Mark] = {}
        while True:
            changed, open_ids = self._look(message_ids, seen)
            yield from changed
            if not open_ids:
                return
            if timeout is not None and time.monotonic() - begun >= timeout:
                goes_on = "the work goes on" if self.goes_on() else "it waits for a worker"
                raise WaitTimeout(
                    f"Still pending after {timeout:g} seconds; {goes_on}",
                    hint=f"chatctl wait {open_ids[0]}",
                    pending=[str(each) for each in open_ids],
                )
            if time.monotonic() - patrolled >= PATROL:
                patrolled = time.monotonic()
                left = None if timeout is None else max(0.0, begun + timeout - patrolled)
                if not self._workforce.attend() and self._workforce.work_here(open_ids[0], left):
                    patrolled = -PATROL
            time.sleep(POLL)

    def goes_on(self) -> bool:
        """Whether somebody else works on what is left alone now."""
        return self._workforce.attend()

    def _look(self, message_ids: Sequence[UUID], seen: dict[UUID, Mark]) -> tuple[list[Message], list[UUID]]:
        """The messages that changed since they were last seen, and those that are still open."""

        def look() -> tuple[dict[UUID, Mark], list[UUID], dict[UUID, Message]]:
            with self._workspace.database.read() as session:
                marks = progress.marks(session, message_ids)
                fresh = [each for each in message_ids if each in marks and seen.get(each) != marks[each]]
                references.require_views(session, self._workspace, fresh)
                return marks, fresh, {value.id: value for value in progress.values(session, fresh)}

        # A server that restarts meanwhile is no reason to stop waiting.
        marks, fresh, values = settled(look, patience=self._workspace.database.patience)
        seen.update({each: marks[each] for each in fresh})
        still_open = [each for each in message_ids if each in marks and marks[each].status not in TERMINAL]
        return [values[each] for each in fresh], still_open
