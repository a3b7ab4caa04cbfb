"""The doorbell: tells workers at once that a message is due. It carries ids and nothing else.

A ring may be lost, repeated or late without harm, for the message's row is the truth and workers sweep. So a queue
that cannot be used costs the command a moment and a sentence, never the request.

Huey is imported at the first ring, and of its many drivers only the one that the URL needs: it imports every driver
that it finds installed, which quadruples the cost.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from chatctl.config import mask
from chatctl.domain.chats import Trigger
from chatctl.domain.errors import TriggerError, ValidationError

if TYPE_CHECKING:
    from chatctl.jobs.bell import Bell

RING_PATIENCE: Final = 0.1
"""Seconds a command waits for a locked queue; opening and writing may each wait once, which keeps within 0.25 s."""

WORKER_PATIENCE: Final = 1.0
"""Seconds a worker waits for a locked queue before it goes on without."""

_DRIVERS: Final = ("redis", "psycopg", "gevent", "cysqlite")
_SQLITE: Final = "sqlite:///"


class Queue:
    """The queue of one URL; which storage serves it is a matter of the URL alone.

    Raises ValidationError for a URL that no storage serves. Opens and imports nothing until it is used.
    """

    def __init__(self, url: str) -> None:
        if not url.startswith(_SQLITE) or url.removeprefix(_SQLITE) in ("", ":memory:"):
            raise ValidationError.field(
                "queue",
                f"No queue can be kept at {mask(url)!r}",
                hint="Supported is sqlite:///PATH, a file of its own beside the database.",
            )
        self._path = Path(url.removeprefix(_SQLITE)).expanduser().absolute()
        self._bell: Bell | None = None

    def ring(self, message_id: UUID) -> Trigger:
        """Tell the workers that this message is due: the id of the ring, or why there was none. Never raises."""
        try:
            if self._bell is None:
                self._bell = self.open(_not_here, patience=RING_PATIENCE)
            return Trigger(success=True, task_id=self._bell.ring(message_id))
        except TriggerError as error:
            return Trigger(success=False, error=error.message)

    def open(self, answer: Callable[[UUID | None], None], patience: float = WORKER_PATIENCE) -> "Bell":
        """Huey on this queue; `answer` is run for each ring that a consumer takes from it.

        Its argument is the message's id, or None for a ring that asks to look for any due message.
        """
        with _hidden(*_DRIVERS):
            from chatctl.jobs.bell import Bell
            from chatctl.jobs.sqlite_storage import SqliteBellStorage
        return Bell(answer, storage_class=SqliteBellStorage, path=self._path, patience=patience)


def _not_here(message_id: UUID | None) -> None:
    raise AssertionError(f"{message_id} was to be answered by a process that only rings")


@contextmanager
def _hidden(*modules: str) -> Iterator[None]:
    """Makes `import` of these modules fail as if they were not installed, unless they are imported already."""
    hidden = [name for name in modules if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
