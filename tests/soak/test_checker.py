"""The checker, on what a run leaves behind: each kind of breach is found under the name of its invariant."""

from dataclasses import replace

import pytest
from soaking.checker import Evidence, judge
from soaking.oracle import Event
from soaking.reading import Row
from soaking.submitters import Book, Promise

DONE = Row(
    id="a" * 32,
    chat="c" * 32,
    position=1,
    prompt="plain 1",
    status="completed",
    is_completed=True,
    attempt=1,
    errors=0,
    crashes=0,
    lost=0,
    error_code=None,
    leased=False,
    created=100.0,
    started=100.1,
    finished=101.0,
    texts=("attempt 1",),
    referred=("e" * 32,),
    results=(("e" * 32, 1),),
    raw=(1,),
)
FAILED = replace(
    DONE,
    status="failed",
    prompt="bad 1",
    error_code="ANALYST_FAILED",
    errors=3,
    texts=(),
    referred=(),
    results=(),
    raw=(),
)
PROMISE = Promise(prompt="plain 1", message="a" * 32, chat="c" * 32, route="new", pid=7, strain=1.0, again=False)
START = Event(at=100.1, pid=9, event="start", message="a" * 32, attempt=1)
EXIT = Event(at=100.5, pid=7, event="exit")


def evidence(*rows: Row, events: tuple[Event, ...] = (START, EXIT), **more: object) -> Evidence:
    book = Book(promises=[PROMISE])
    return Evidence(**({"rows": rows, "events": events, "book": book, "disrupted": 0} | more))  # type: ignore[arg-type]


def broken(seen: Evidence) -> set[str]:
    return set(judge(seen).broken)


def test_a_clean_run_breaks_nothing() -> None:
    assert broken(evidence(DONE)) == set()
    assert broken(evidence(DONE, replace(FAILED, id="b" * 32, position=2, finished=102.0))) == set()


@pytest.mark.parametrize(
    ("row", "invariant"),
    [
        (replace(DONE, id="b" * 32), "I1"),
        (replace(DONE, status="queued", is_completed=False, texts=(), referred=(), results=(), raw=()), "I2"),
        (replace(DONE, texts=("attempt 1", "attempt 1")), "I3"),
        (replace(DONE, results=()), "I3"),
        (replace(DONE, attempt=2), "I3"),
        (replace(DONE, status="cancelled"), "I3"),
        (replace(FAILED, prompt="plain 1"), "I4"),
        (replace(FAILED, error_code="ATTEMPTS_EXHAUSTED"), "I5"),
        (replace(FAILED, errors=4), "I5"),
        (replace(DONE, is_completed=False), "I6"),
        (replace(DONE, leased=True), "I6"),
        (replace(DONE, position=3), "I6"),
        (replace(DONE, created=99.0), "I8"),
    ],
)
def test_a_breach_has_its_name(row: Row, invariant: str) -> None:
    assert invariant in broken(evidence(row))


def test_one_key_makes_one_message() -> None:
    assert "I1" in broken(evidence(DONE, replace(DONE, id="b" * 32, position=2)))


def test_damage_leftovers_and_lies_are_told() -> None:
    assert broken(evidence(DONE, damage=("page 7",))) == {"I6"}
    assert broken(evidence(DONE, leftovers=("process 7",))) == {"I7"}
    assert broken(evidence(DONE, book=Book(promises=[PROMISE], contradicted=["plain 2"]))) == {"I8"}


def test_executions_need_an_explanation() -> None:
    again = replace(START, attempt=2)
    assert broken(evidence(DONE, events=(START, again))) == {"I9"}
    assert broken(evidence(replace(DONE, errors=1), events=(START, again))) == set()
    assert broken(evidence(DONE, events=(START, again), disrupted=1)) == set()
    assert broken(evidence(DONE, events=(START, START), disrupted=1)) == {"I9"}


def test_a_chat_goes_on_in_order() -> None:
    earlier = replace(DONE, id="b" * 32, prompt="plain 2", position=2, finished=100.5)
    assert broken(evidence(DONE, earlier)) == {"I9"}
