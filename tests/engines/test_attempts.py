"""Work that may never come back."""

import threading

import pytest
from sqlalchemy.exc import SQLAlchemyError

from chatctl.engines.attempts import Attempt, Overdue


def test_what_the_work_gives_is_given() -> None:
    assert Attempt(lambda: 42).outcome(5) == 42
    assert Attempt(lambda: None).outcome(5) is None


@pytest.mark.parametrize("error", [SQLAlchemyError("x"), OSError("x"), AttributeError("x")])
def test_what_the_work_raises_is_raised(error: Exception) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error), match="x"):
        Attempt(fail).outcome(5)


def test_work_that_is_late_is_left_behind() -> None:
    done = threading.Event()
    with pytest.raises(Overdue):
        Attempt(lambda: done.wait(10)).outcome(0.05)
    done.set()
