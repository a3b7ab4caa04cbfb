"""Words of the durable jobs: who works on what, until when."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The right to work on one message: the attempt number is the fencing token of every later write."""

    message_id: UUID
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Beat:
    """What a heartbeat brings back of a claim: still ours, and whether the user asked to cancel."""

    alive: bool
    cancel_requested: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    """What a sweep did: messages taken back from lost workers, and due messages that need a ring."""

    recovered: int
    due: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """The defaults of the durable jobs, in seconds and counts."""

    lease: float = 30.0
    heartbeat: float = 5.0
    sweep: float = 2.0
    longest_run: float = 900.0
    idle_exit: float = 60.0
    concurrency: int = 4
    max_errors: int = 3
    max_crashes: int = 3
    max_lost: int = 20
