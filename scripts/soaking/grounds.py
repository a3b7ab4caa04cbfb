"""What a run stands on: SQLite files in its home, servers that are there already, or private ones it may crash."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from servers import Postgres, Redis

Kind = Literal["sqlite", "postgres", "redis"]
"""SQLite for both, PostgreSQL for both, or PostgreSQL with the queue on Redis."""

KINDS: Final[tuple[Kind, ...]] = ("sqlite", "postgres", "redis")


class Skipped(Exception):
    """The trial cannot be run here; the reason."""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The URLs of a run, None for files in its home, and the servers behind them where they are the run's own."""

    kind: Kind | Literal["given"]
    database: str | None = None
    queue: str | None = None
    postgres: "Postgres | None" = None
    redis: "Redis | None" = None


@contextmanager
def laid(kind: Kind) -> Iterator[Ground]:
    """Ground of this kind, its servers started for the block. Raises Skipped where this machine has none."""
    if kind == "sqlite":
        yield Ground(kind=kind)
        return
    import servers

    with ExitStack() as stack:
        try:
            # They are crashed: what was committed has to be on the disk.
            postgres = stack.enter_context(servers.postgres(servers.DURABLE))
            redis = stack.enter_context(servers.redis()) if kind == "redis" else None
        except servers.Missing as reason:
            raise Skipped(str(reason)) from reason
        queue = redis.url if redis else None
        yield Ground(kind=kind, database=postgres.create("soak"), queue=queue, postgres=postgres, redis=redis)
