"""The gate that hands pass before they claim: counts those inside, and closes when the worker leaves."""

import threading
import time


class Gate:
    """Whoever is inside may hold a claim; while it is closed, nobody enters."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._closed = False
        self._idle_since = time.monotonic()

    @property
    def busy(self) -> bool:
        """Whether anybody is inside."""
        return self._inside > 0

    @property
    def closed(self) -> bool:
        """Whether nobody may enter."""
        return self._closed

    def enter(self) -> bool:
        """Go in, unless it is closed."""
        with self._lock:
            self._inside += not self._closed
            return not self._closed

    def leave(self) -> None:
        """Come out; the idle time begins anew."""
        with self._lock:
            self._inside -= 1
            self._idle_since = time.monotonic()

    def close(self) -> None:
        """Let nobody in any more; those inside come out in their time."""
        with self._lock:
            self._closed = True

    def close_if_idle(self, seconds: float) -> bool:
        """Close if nobody is inside and nobody was for so many seconds."""
        with self._lock:
            if not self._inside and time.monotonic() - self._idle_since >= seconds:
                self._closed = True
            return self._closed

    def open(self) -> None:
        """Let them in again."""
        with self._lock:
            self._closed = False
            self._idle_since = time.monotonic()
