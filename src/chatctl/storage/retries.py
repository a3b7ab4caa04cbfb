"""Doing a transaction again where that is safe.

A transaction that lost a race, or whose connection was lost before its COMMIT was sent, has written nothing: it is
simply repeated, a lost connection once. Where the COMMIT was under way nobody knows whether it took effect. Then the
ids decide that were chosen beforehand: is what was to be written there?
"""

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Final, ParamSpec, TypeVar

from chatctl.domain.errors import DatabaseError
from chatctl.storage.faults import Collision, ConnectionLost

RACES: Final = 5
"""Lost races after which it is no longer chance."""

UNCERTAIN_PATIENCE: Final = 10.0
"""Seconds for which a database that went away during a COMMIT is asked what became of it."""

PAUSE: Final = 0.1

T = TypeVar("T")
P = ParamSpec("P")


def settled(work: Callable[[], T], found: Callable[[], T | None] = lambda: None) -> T:
    """What the work gives, which is one transaction; done again where another was first or the connection was lost.

    `found` is asked before a repetition that follows a COMMIT of unknown fate: what the work gave if it is there
    after all. Such work must choose its ids beforehand, so that a COMMIT that takes effect late meets its repetition.
    Raises DatabaseError when that does not help.
    """
    races, losses, uncertain_since = 0, 0, 0.0
    while True:
        try:
            if uncertain_since and (there := found()) is not None:
                return there
            return work()
        except Collision:
            races += 1
            if races > RACES:
                raise
        except ConnectionLost as lost:
            losses += 1
            uncertain_since = uncertain_since or (time.monotonic() if lost.uncertain else 0.0)
            if losses > 1 and not uncertain_since:
                raise
            _refuse_to_guess(lost, uncertain_since)
        except DatabaseError as error:
            if not uncertain_since:
                raise
            _refuse_to_guess(error, uncertain_since)
            time.sleep(PAUSE)


def repeatable(work: Callable[P, T]) -> Callable[P, T]:
    """Marks a function that is one transaction and may be done again even if it took effect before."""

    @wraps(work)
    def again(*arguments: P.args, **named: P.kwargs) -> T:
        return settled(partial(work, *arguments, **named))

    return again


def _refuse_to_guess(error: DatabaseError, uncertain_since: float) -> None:
    """Give up on a COMMIT whose fate cannot be learned in time, and say so."""
    if uncertain_since and time.monotonic() > uncertain_since + UNCERTAIN_PATIENCE:
        raise DatabaseError(
            "The connection was lost while the database stored this: whether it did is not known",
            hint="Look with `chatctl list` when the server is back. With --idempotency-key, repeating is always safe.",
            **error.details,
        ) from error
