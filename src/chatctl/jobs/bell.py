"""Huey reduced to a doorbell: no results, retries, schedules, locks or pickles.

Whatever Huey would keep of those would be state that the database does not have, and lost with the queue. What is
left: a storage that wakes a consumer, and the consumer's threads.
"""

import json
import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from huey.api import Huey, Task
from huey.exceptions import HueyException
from huey.registry import Message

from chatctl.config import mask
from chatctl.domain.errors import TriggerError

TASK_MODULE: Final = "chatctl"
TASK_NAME: Final = "answer"
"""Huey drops tasks it does not know: the name is written out, so that moving code never changes it."""

BREATH: Final = 0.5
"""Seconds for which a queue that failed is left alone by those who listen."""

Found = TypeVar("Found")

_log = logging.getLogger("chatctl.jobs")


class RingSerializer:
    """A ring as JSON: {id, name, args: [message id]}.

    Huey's own serializers unpickle, so that whoever writes to the queue runs code in the worker. Here a row is
    exactly a ring or it is foreign.
    """

    def serialize(self, message: Message) -> bytes:
        """The bytes that the queue keeps of a ring."""
        return json.dumps({"id": message.id, "name": message.name, "args": list(message.args)}).encode()

    def deserialize(self, data: object) -> Message:
        """The ring in these bytes. Raises ValueError for anything else."""
        if not isinstance(data, bytes):
            raise ValueError(f"a {type(data).__name__} is no ring")
        ring = json.loads(data)
        match ring:
            case {"id": str(task_id), "name": str(name), "args": [str(message_id)]} if len(ring) == 3:
                return Message(id=task_id, name=name, args=(str(UUID(message_id)),), kwargs={})
        raise ValueError("the row has not the shape of a ring")


class Bell(Huey):  # type: ignore[misc]
    """One queue, seen from either side: commands ring it, a worker's consumer takes the rings."""

    def __init__(self, answer: Callable[[UUID | None], None], **storage: Any) -> None:
        super().__init__("chatctl", results=False, serializer=RingSerializer(), **storage)

        def run(message_id: str | None) -> None:
            answer(None if message_id is None else UUID(message_id))

        run.__module__ = TASK_MODULE
        self.muted = False
        self._task = self.task(name=TASK_NAME)(run)
        self._nearby: deque[Task] = deque()
        self._trouble: str | None = None
        self._resume_at = 0.0

    def ring(self, message_id: UUID) -> str:
        """Put a ring into the queue and return its id. Raises TriggerError when the queue cannot be used."""
        task = self._task.s(str(message_id))
        try:
            self.storage.ring(self.serialize_task(task))
        except self.storage.failures as error:
            raise TriggerError(f"The queue cannot be rung: {_words(error)}") from error
        return str(task.id)

    def waiting(self) -> int:
        """How many rings nobody took yet. Raises TriggerError when the queue cannot be used."""
        try:
            return int(self.storage.waiting())
        except self.storage.failures as error:
            raise TriggerError(f"The queue cannot be used: {_words(error)}") from error

    def close(self) -> None:
        """Close what is open of the storage; it opens by itself when it is used again."""
        with suppress(*self.storage.failures):
            self.storage.close()

    def ring_nearby(self, message_id: UUID | None) -> None:
        """Ring for this worker's own threads only, past the storage: works when the queue does not."""
        self._nearby.append(self._task.s(None if message_id is None else str(message_id)))

    def answered_by(self, look: Callable[[], Found | None]) -> Found | None:
        """Look for due messages; if there is none, the rings from before the look have nothing to tell any more.

        Each was put after its message was committed, so the look would have found what they rang for.
        """
        horizon = self._horizon()
        found = look()
        if found is None and horizon:
            with suppress(*self.storage.failures):
                self.storage.discard(horizon)
        return found

    @property
    def pending_nearby(self) -> bool:
        """Whether a nearby ring is still to be taken."""
        return bool(self._nearby)

    def dequeue(self) -> Task | None:
        """The next ring, or None; a queue out of order gives none, and the sweep does its work meanwhile."""
        if self.muted:
            return None
        try:
            return self._nearby.popleft()
        except IndexError:
            pass
        data = self._taken()
        if data is not None and self.muted:
            # It came while the worker began to leave: it is for another one.
            with suppress(*self.storage.failures):
                self.storage.ring(data)
            return None
        return None if data is None else self._ring_of(data)

    def execute(self, task: Task, *_timestamp: datetime | None) -> None:
        """Run the task and nothing around it: Huey would look for revocations and results in the storage."""
        task.execute()

    def read_schedule(self, *_timestamp: datetime | None) -> list[Task]:
        """Nothing is ever scheduled: Huey would lock the queue once a second to find that out."""
        return []

    def _taken(self) -> object:
        if time.monotonic() < self._resume_at:
            return None
        try:
            data = self.storage.dequeue()
        except self.storage.failures as error:
            self._resume_at = time.monotonic() + BREATH
            self._note(_words(error))
            return None
        self._note(None)
        return data

    def _horizon(self) -> int:
        try:
            return int(self.storage.horizon())
        except self.storage.failures:
            return 0

    def _ring_of(self, data: object) -> Task | None:
        try:
            return self.deserialize_task(data)
        except (ValueError, RecursionError, HueyException) as error:
            _log.warning("dropped a foreign row of the queue", extra={"reason": type(error).__name__})
            return None

    def _note(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                _log.warning("the queue cannot be used; the sweep finds due messages", extra={"reason": trouble})
            else:
                _log.info("the queue can be used again")


def _words(error: Exception) -> str:
    """What a driver says, in its first line and without a password."""
    lines = str(error).strip().splitlines()
    return mask(lines[0]) if lines else type(error).__name__
