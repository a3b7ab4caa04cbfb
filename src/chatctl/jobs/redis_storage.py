"""Rings in Redis: a sorted set scored by a sequence of the server's, so that rings up to one can be dropped at once.

A plain list knows no such order, and Huey's priority queue orders by the clocks of those who ring. Nothing is tried
twice: whoever rings has no time for it, and whoever listens comes again anyway. Persistence does not matter.
"""

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

import redis
from huey import storage as huey_storage
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatctl.jobs.patience import within

# Huey looked for its drivers when it was imported, which may have been for a queue that needs another one.
huey_storage.Redis = redis.Redis

Result = TypeVar("Result")

_LISTEN: Final = 0.5
"""Seconds that a look waits for a ring; shorter than the time-out of the socket that it waits on."""

_RING: Final = "return redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[2]), ARGV[1])"


class RedisBellStorage(huey_storage.RedisStorage):  # type: ignore[misc]
    """Rings at one redis:// rediss:// or unix:// URL; `patience` bounds every call but a look, in seconds."""

    redis_client = redis.Redis
    failures = (redis.RedisError, OSError)

    def __init__(self, name: str, *, url: str, patience: float) -> None:
        self._patience = patience
        self._looking = threading.Lock()
        pool = redis.ConnectionPool.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            retry=Retry(NoBackoff(), 0),
            # Every round trip counts: no HELLO, and nothing told of this client.
            protocol=2,
            driver_info=None,
        )
        super().__init__(name, blocking=False, connection_pool=pool)
        self._sequence = f"{self.queue_key}.sequence"

    def ring(self, data: bytes) -> None:
        """Add a ring."""
        self._patiently(lambda: self.conn.eval(_RING, 2, self.queue_key, self._sequence, data))

    def dequeue(self) -> bytes | None:
        """Take the oldest ring, waiting a moment for one; None where there is none or another thread is looking."""
        if not self._looking.acquire(blocking=False):
            return None
        try:
            found = self.conn.bzpopmin(self.queue_key, timeout=_LISTEN)
        finally:
            self._looking.release()
        return found[1] if found else None

    def horizon(self) -> int:
        """The number of the newest ring."""
        newest: Any = self._patiently(lambda: self.conn.zrange(self.queue_key, -1, -1, withscores=True))
        return int(newest[0][1]) if newest else 0

    def discard(self, horizon: int) -> None:
        """Drop the rings up to this number."""
        self._patiently(lambda: self.conn.zremrangebyscore(self.queue_key, "-inf", horizon))

    def waiting(self) -> int:
        """How many rings nobody took yet."""
        return int(self._patiently(lambda: self.conn.zcard(self.queue_key)))

    def close(self) -> None:
        """Close the connections that nobody waits on; the others end by their time-outs."""
        self.pool.disconnect(inuse_connections=False)

    def _patiently(self, act: Callable[[], Result]) -> Result:
        # The sockets have time-outs of their own; names that do not resolve, and many answers in a row, do not.
        return within(self._patience, act, self.failures)
