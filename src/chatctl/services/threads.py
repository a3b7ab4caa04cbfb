"""Work done by several threads."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


def at_once(work: Callable[[Item], Found], items: Sequence[Item], *, most: int) -> Iterator[tuple[Item, Found]]:
    """Each item with what the work gives for it, as they are done, by at most so many threads.

    Not an executor: its threads would hold up the end of the program after Ctrl-C. Raises RuntimeError for work that
    raised; Python has printed why.
    """
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Item, list[Found]]] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)
    for _ in range(min(most, len(items))):
        threading.Thread(target=_serve, args=(work, waiting, done), daemon=True).start()
    for _ in items:
        item, found = done.get()
        if not found:
            raise RuntimeError(f"the work on {item!r} was not done")
        yield item, found[0]


def _serve(
    work: Callable[[Item], Found],
    waiting: "queue.SimpleQueue[Item]",
    done: "queue.SimpleQueue[tuple[Item, list[Found]]]",
) -> None:
    while not waiting.empty():
        try:
            item = waiting.get_nowait()
        except queue.Empty:  # another thread was quicker
            return
        found: list[Found] = []
        try:
            found.append(work(item))
        finally:
            done.put((item, found))
