"""Several queries at once on one source."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, runtime_checkable

from chatctl.domain.errors import SourceError
from chatctl.engines.engine import Engine


@runtime_checkable
class Shared(Protocol):
    """An engine that can be had several times over one opened source."""

    def beside(self) -> Engine:
        """An engine for another thread, closed on its own."""


class Hands:
    """Engines on one source, each in one thread at a time, opened as they are needed.

    The first is opened before any other, so that data is loaded once. If `open` raises SourceError, all who ask for an
    engine meet the same error: a server that does not answer is waited for once.
    """

    def __init__(self, open: Callable[[], Engine]) -> None:
        self._open: Final = open
        self._opening: Final = threading.Lock()
        self._first: Engine | None = None
        self._refused: SourceError | None = None
        self._all: list[Engine] = []
        self._idle: queue.SimpleQueue[Engine] = queue.SimpleQueue()

    @contextmanager
    def one(self) -> Iterator[Engine]:
        """An engine that nobody else uses meanwhile."""
        engine = self._taken()
        try:
            yield engine
        finally:
            self._idle.put(engine)

    def close(self) -> None:
        """Close them all, when no thread works with one any more."""
        for engine in reversed(self._all):
            engine.close()

    def _taken(self) -> Engine:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._opening:
                return self._another()

    def _another(self) -> Engine:
        if self._refused:
            raise self._refused
        try:
            engine = self._first.beside() if isinstance(self._first, Shared) else self._open()
        except SourceError as error:
            self._refused = error
            raise
        self._first = self._first or engine
        self._all.append(engine)
        return engine
