"""Doing a transaction again where that is safe.

A transaction that lost a race, or whose connection was lost before its COMMIT was sent, has written nothing: it is
simply repeated, and a server that restarts is waited for. Where the COMMIT was under way nobody knows whether it took
effect. Then the ids decide that were chosen beforehand: is what was to be written there?
"""

import time
from collections.abc import Callable
from functools import partial, wraps
from typing import Final, ParamSpec, TypeVar

from chatctl.domain.errors import ChatctlError, DatabaseError
from chatctl.storage.faults import Collision, ConnectionLost

RACES: Final = 5
"""Lost races after which it is no longer chance."""

LOSSES: Final = 3
"""Lost connections after which it is no longer chance."""

RETURN: Final = 10.0
"""Seconds within which a server that dropped a connection is expected back."""

PAUSE: Final = 0.1

T = TypeVar("T")
P = ParamSpec("P")


def settled(work: Callable[[], T], found: Callable[[], T | None] = lambda: None, *, patience: float = 0.0) -> T:
    """What the work gives, which is one transaction; done again where another was first or the connection was lost.

    `found` is asked before and after a repetition that follows a COMMIT of unknown fate: what the work gave if it is
    there after all. Such work must choose its ids beforehand, so that a COMMIT that takes effect late meets its
    repetition. `patience` is for how many seconds a database that cannot be used is asked again, for a caller that
    cannot fail; a server that was there and went away is given ten seconds by every caller.
    Raises DatabaseError when that does not help.
    """
    races, losses, uncertain, give_up = 0, 0, False, time.monotonic() + patience
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
            if isinstance(error, ConnectionLost):
                losses += 1
                uncertain = uncertain or error.uncertain
                give_up = max(give_up, time.monotonic() + RETURN)
            if losses > LOSSES or time.monotonic() >= give_up:
                raise (_unknown_fate(error) if uncertain else error) from error.__cause__
            time.sleep(PAUSE)
        except ChatctlError:
            # A guard that refuses the repetition may have met what the COMMIT did late.
            if uncertain and (there := found()) is not None:
                return there
            raise


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
