"""Bounds for what has none of its own: a name that does not resolve, a server that accepts and never answers."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, act: Callable[[], Result], failures: tuple[type[Exception], ...]) -> Result:
    """What `act` returns or raises, of `failures`; TimeoutError if it takes longer than so many seconds.

    What takes longer goes on in a thread that keeps no process alive: whoever calls makes it end, if it matters.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(act())
        except failures as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="within", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        if outcome.done():
            raise
        raise TimeoutError(f"no answer within {seconds:g} s") from error
