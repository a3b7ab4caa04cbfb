"""What `worker status`, `doctor` and `db info` report."""

from datetime import datetime
from typing import Literal

from chatctl.domain.values import Value


class WorkerState(Value):
    """A worker; `inline` is a command that answers its own message.

    One on another machine is known by what it holds: when it was started, and as what, is null then. A beat renews
    the leases of what a worker holds, so that one that holds nothing has none.
    """

    worker_id: str
    host: str
    pid: int
    kind: Literal["manual", "automatic", "inline"] | None
    started_at: datetime | None
    alive: bool
    running: int
    last_beat_at: datetime | None = None


class Workers(Value):
    """Who works and what waits at the time `as_of`; ages in seconds, `failed_today` since midnight UTC.

    `starts_by_itself` says that a command starts a worker where there is work and none is alive.
    """

    as_of: datetime
    starts_by_itself: bool
    workers: list[WorkerState]
    queued: int
    running: int
    oldest_queued_age: float | None
    failed_today: int


Verdict = Literal["ok", "warning", "error", "skipped"]


class Finding(Value):
    """One thing that was looked at, or that could not be for want of another."""

    check: str
    verdict: Verdict
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
    """What `doctor --fix` did: ids that were rung and ids that could not be, and where a broken queue file went.

    `error` says why nothing could be swept or rung.
    """

    recovered: int
    successful: list[str]
    failed: list[dict[str, str]]
    queue_set_aside: str | None = None
    error: str | None = None
