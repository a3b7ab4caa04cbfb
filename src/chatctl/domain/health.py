"""What `worker status`, `doctor` and `db info` report."""

from datetime import datetime
from typing import Literal

from chatctl.domain.values import Value


class WorkerState(Value):
    """A worker of this machine; `inline` is a command that answers its own message."""

    worker_id: str
    pid: int
    kind: Literal["manual", "automatic", "inline"]
    started_at: datetime
    alive: bool
    running: int


class Workers(Value):
    """Who works and what waits; ages in seconds."""

    workers: list[WorkerState]
    queued: int
    running: int
    oldest_queued_age: float | None
    failed_today: int


class Finding(Value):
    """One thing that was looked at."""

    check: str
    verdict: Literal["ok", "warning", "error"]
    finding: str
    hint: str | None = None


class DatabaseInfo(Value):
    """The database of chats; sizes in bytes, null where there is none yet."""

    url: str
    revision: str | None
    newest_revision: str
    size: int | None
    library: str
    backup: str | None = None


class Repairs(Value):
    """What `doctor --fix` did: ids that were rung and ids that could not be."""

    recovered: int
    successful: list[str]
    failed: list[dict[str, str]]
    queue_set_aside: str | None = None
