"""Work that may never come back: done in a thread that is left behind when the time is over."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

Result = TypeVar("Result")

DRIVERS_RAISE: Final = (
    SQLAlchemyError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What drivers raise, their own errors as SQLAlchemy's."""


class Overdue(Exception):
    """The work was not done in time; it goes on by itself."""


class Attempt(threading.Thread, Generic[Result]):
    """One piece of work."""

    def __init__(self, work: Callable[[], Result]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._results: list[Result] = []
        self._error: Exception | None = None

    def run(self) -> None:
        """Do the work, and keep what came of it."""
        try:
            self._results.append(self._work())
        except DRIVERS_RAISE as error:
            self._error = error

    def outcome(self, seconds: float) -> Result:
        """What the work gives, or raises, within so many seconds; raises Overdue after them."""
        self.start()
        self.join(seconds)
        if self._error is not None:
            raise self._error
        if not self._results:
            raise Overdue
        return self._results[0]
