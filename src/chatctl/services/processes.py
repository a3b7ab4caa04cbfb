"""Work done by several processes; one that dies costs the item that it worked on, and no other."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Final, Generic, TypeVar, cast

Item = TypeVar("Item")
Found = TypeVar("Found")

# Not forked: engines and their threads do not survive that.
_CONTEXT: Final = get_context("spawn")


def by_processes(
    make: Callable[[], Callable[[Item], Found]], items: Sequence[Item], *, most: int
) -> Iterator[tuple[Item, Found | None]]:
    """Each item with what the work gives for it, or None where its process died, as they are done.

    `make` gives the work, once in each of at most so many processes; it, the items and what is found are pickled.
    Leaving the iterator ends them all.
    """
    left = iter(items)
    hands = [_Hand(make, item) for item in islice(left, most)]
    try:
        while hands:
            for hand in cast(list[_Hand[Item, Found]], wait(hands)):  # type: ignore[arg-type]
                found = hand.found()
                yield hand.item, found
                rest = [hand.given(item) if found is not None else _Hand(make, item) for item in islice(left, 1)]
                if hand not in rest:
                    hand.end()
                    hands.remove(hand)
                    hands += rest
    finally:
        for hand in hands:
            hand.end()


class _Hand(Generic[Item, Found]):
    """A process with the item that it works on."""

    def __init__(self, make: Callable[[], Callable[[Item], Found]], item: Item) -> None:
        self._connection, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(theirs, make), daemon=True)
        self._process.start()
        theirs.close()
        self.given(item)

    def fileno(self) -> int:
        """What tells that there is something to take."""
        return self._connection.fileno()

    def given(self, item: Item) -> "_Hand[Item, Found]":
        """The same process at another item."""
        self.item = item
        with suppress(BrokenPipeError):  # it has died; taking tells so
            self._connection.send(item)
        return self

    def found(self) -> Found | None:
        """What it gives, waited for; None if it has died."""
        try:
            return cast(Found, self._connection.recv())
        except (EOFError, ConnectionResetError):
            return None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.terminate()
        self._process.join()
        self._connection.close()


def _serve(connection: "Connection[Any, Any]", make: Callable[[], Callable[[Item], Found]]) -> None:
    # Ctrl-C is the parent's to hear: it ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work = make()
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        connection.send(work(item))
