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


def settled(work: Callable[[], T], found: Callable[[], T | None] = lambda: None, *, patience: float = 0.0) -> T:
    """What the work gives, which is one transaction; done again where another was first or the connection was lost.

    `found` is asked before a repetition that follows a COMMIT of unknown fate: what the work gave if it is there
    after all. Such work must choose its ids beforehand, so that a COMMIT that takes effect late meets its repetition.
    `patience` is for how many seconds a database that cannot be used is asked again, for a caller that cannot fail.
    Raises DatabaseError when that does not help.
    """
    races, losses, uncertain, begun = 0, 0, False, time.monotonic()
    while True:
        try:
            if uncertain and (there := found()) is not None:
                return there
            return work()
        except Collision:
            races += 1
            if races > RACES:
                raise
        except DatabaseError as error:
            lost = isinstance(error, ConnectionLost)
            uncertain = uncertain or (isinstance(error, ConnectionLost) and error.uncertain)
            losses += lost
            if not (lost and losses == 1):
                if time.monotonic() > begun + (UNCERTAIN_PATIENCE if uncertain else patience):
                    raise (_unknown_fate(error) if uncertain else error) from error.__cause__
                time.sleep(PAUSE)


def repeatable(work: Callable[P, T]) -> Callable[P, T]:
    """Marks a function that is one transaction and may be done again even if it took effect before."""

    @wraps(work)
    def again(*arguments: P.args, **named: P.kwargs) -> T:
        return settled(partial(work, *arguments, **named))

    return again


def _unknown_fate(error: DatabaseError) -> DatabaseError:
    return DatabaseError(
        "The connection was lost while the database stored this: whether it did is not known",
        hint="Look with `chatctl list` when the server is back. With --idempotency-key, repeating is always safe.",
        **error.details,
    )
