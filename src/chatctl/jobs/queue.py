"""The doorbell: tells workers at once that a message is due. It carries ids and nothing else.

A ring may be lost, repeated or late without harm, for the message's row is the truth and workers sweep. So a queue
that cannot be used costs the command a moment and a sentence, never the request.

Huey is imported at the first ring, and of its many drivers only the one that the URL needs: it imports every driver
that it finds installed, which quadruples the cost.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from chatctl.config import mask
from chatctl.domain.chats import Trigger
from chatctl.domain.errors import TriggerError, ValidationError
from chatctl.domain.health import Finding

if TYPE_CHECKING:
    from chatctl.jobs.bell import Bell

WORKER_PATIENCE: Final = 1.0
"""Seconds a worker waits for a queue that is locked or silent before it goes on without."""

_DRIVERS: Final = ("redis", "psycopg", "gevent", "cysqlite")
_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of queue: what serves it, how long a command waits for it (seconds), and what it needs installed."""

    storage: Callable[[str], dict[str, Any]]
    patience: float
    driver: str | None = None
    extra: str | None = None


def _sqlite(url: str) -> dict[str, Any]:
    from chatctl.jobs.sqlite_storage import SqliteBellStorage

    return {"storage_class": SqliteBellStorage, "path": _path(url)}


def _postgres(url: str) -> dict[str, Any]:
    from chatctl.jobs.postgres_storage import PostgresBellStorage

    return {"storage_class": PostgresBellStorage, "url": url.replace("+psycopg://", "://", 1)}


def _redis(url: str) -> dict[str, Any]:
    from chatctl.jobs.redis_storage import RedisBellStorage

    return {"storage_class": RedisBellStorage, "url": url}


# Opening a SQLite file and writing to it may each wait once: both patiences keep within 0.25 s.
_LOCAL: Final = Kind(storage=_sqlite, patience=0.1)
_ON_POSTGRES: Final = Kind(storage=_postgres, patience=0.2, driver="psycopg", extra="postgres")
_ON_REDIS: Final = Kind(storage=_redis, patience=0.2, driver="redis", extra="redis")
_KINDS: Final = {
    "sqlite": _LOCAL,
    "postgres": _ON_POSTGRES,
    "postgresql": _ON_POSTGRES,
    "postgresql+psycopg": _ON_POSTGRES,
    "redis": _ON_REDIS,
    "rediss": _ON_REDIS,
    "unix": _ON_REDIS,
}


class Queue:
    """The queue of one URL; which storage serves it is a matter of the URL alone.

    Raises ValidationError for a URL that no storage serves, or whose driver is not installed. Opens and imports
    nothing until it is used.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._kind = _kind(url)
        self._bell: Bell | None = None
        self._opening = threading.Lock()

    def ring(self, message_id: UUID) -> Trigger:
        """Tell the workers that this message is due: the id of the ring, or why there was none. Never raises."""
        try:
            with self._opening:  # modules are hidden meanwhile, which no other thread may come upon
                self._bell = self._bell or self.open(_not_here, patience=self._kind.patience)
            return Trigger(success=True, task_id=self._bell.ring(message_id))
        except TriggerError as error:
            return Trigger(success=False, error=error.message)

    def open(self, answer: Callable[[UUID | None], None], patience: float = WORKER_PATIENCE) -> "Bell":
        """Huey on this queue; `answer` is run for each ring that a consumer takes from it.

        Its argument is the message's id, or None for a ring that asks to look for any due message.
        """
        with _hidden(*(driver for driver in _DRIVERS if driver != self._kind.driver)):
            from chatctl.jobs.bell import Bell

            storage = self._kind.storage(self._url)
        return Bell(answer, patience=patience, **storage)

    def check(self) -> Finding:
        """Whether rings can be put into it, in a sentence."""
        if self._kind is _LOCAL:
            from chatctl.jobs.sqlite_storage import check

            return check(_path(self._url))
        bell = self.open(_not_here)
        try:
            waiting = bell.waiting()
        except TriggerError as error:
            hint = "Nothing is lost: workers find due messages in the database, only a little later."
            return Finding(check="queue", verdict="error", finding=error.message, hint=hint)
        finally:
            bell.close()
        return Finding(check="queue", verdict="ok", finding=f"{mask(self._url)} answers, {waiting} rings wait")

    def quarantine(self) -> Path | None:
        """Rename a broken file aside; where it is now, or None where it is sound, or no file at all."""
        if self._kind is not _LOCAL:
            return None
        from chatctl.jobs.sqlite_storage import quarantine

        return quarantine(_path(self._url))

    def close(self) -> None:
        """Give back what ringing opened."""
        if self._bell is not None:
            self._bell.close()


def _kind(url: str) -> Kind:
    kind = _KINDS.get(url.partition("://")[0])
    if kind is None or not _is_whole(kind, url):
        raise ValidationError.field(
            "queue",
            f"No queue can be kept at {mask(url)!r}",
            hint="Supported are sqlite:///PATH (a file of its own), postgresql://…, redis://…, rediss://… and unix://….",
        )
    if kind.driver and not _installed(kind.driver):
        raise ValidationError.field(
            "queue",
            f"A queue at {mask(url)!r} needs the package {kind.driver}, which is not installed",
            hint=f"pip install 'chatctl[{kind.extra}]'",
        )
    return kind


def _is_whole(kind: Kind, url: str) -> bool:
    if kind is _LOCAL:
        return url.startswith(_SQLITE) and url.removeprefix(_SQLITE) not in ("", ":memory:")
    try:
        parts = urlsplit(url)
        return parts.port != 0 and (parts.scheme != "unix" or bool(parts.path.strip("/")))
    except ValueError:
        return False


def _installed(driver: str) -> bool:
    return driver in sys.modules or find_spec(driver) is not None


def _path(url: str) -> Path:
    return Path(url.removeprefix(_SQLITE)).expanduser().absolute()


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
