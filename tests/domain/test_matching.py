"""Results that say the same, and results that do not."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatctl.domain.matching import match
from chatctl.domain.results import Cell, Column, ColumnType, ResultSet


def result(*rows: Sequence[Cell], types: Sequence[ColumnType] | None = None) -> ResultSet:
    width = len(rows[0]) if rows else 1
    columns = [Column(name=f"c{at}", type=(types or ["other"] * width)[at]) for at in range(width)]
    return ResultSet(columns=columns, rows=[list(row) for row in rows])


@pytest.mark.parametrize(
    ("expected", "found", "ordered", "told"),
    [
        (result((1, "a"), (2, "b")), result(("b", 2), ("a", 1)), False, "strict"),
        (result((1, "a"), (2, "b")), result(("b", 2), ("a", 1)), True, "none"),
        (result((1, "a"), (2, "b")), result(("a", 1), ("b", 2)), True, "strict"),
        (result((1,), (2,)), result((1, 9), (2, 9)), False, "relaxed"),
        (result((1,), (1,)), result((1,)), False, "none"),
        (result((1,), (1,), (2,)), result((1,), (2,), (2,)), False, "none"),
        (result((1, 1)), result((1,)), False, "none"),
        # The same values in each column, but in other rows.
        (result((1, "a"), (2, "b")), result((1, "b"), (2, "a")), False, "none"),
        (result((1, 2), (2, 1)), result((2, 1), (1, 2)), False, "strict"),
        (result(), result(), True, "strict"),
        (result((None,)), result((0,)), False, "none"),
        (result((0.1 + 0.2,)), result((0.3,)), False, "strict"),
        (result((1,)), result((True,)), False, "strict"),
        (result((1234567890123,)), result((1234567890124,)), False, "none"),
        (result(("7.50",), types=["decimal"]), result((7.5,)), False, "strict"),
        (result(("7.50",), types=["text"]), result((7.5,)), False, "none"),
        (
            result(("2013-01-01",), types=["date"]),
            result(("2013-01-01T00:00:00",), types=["timestamp"]),
            False,
            "strict",
        ),
        (result(("2013-01-01",), types=["date"]), result(("2013-01-01T05:00:00",), types=["timestamp"]), False, "none"),
    ],
)
def test_rows_are_compared_whatever_their_columns_are_called(
    expected: ResultSet, found: ResultSet, ordered: bool, told: str
) -> None:
    assert match(expected, found, ordered=ordered) == told


CELLS = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["a", "b"]), st.sampled_from([0.5, 1.5]))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=6)),
       chance=st.randoms(use_true_random=False))  # fmt: skip
def test_shuffled_rows_and_columns_say_the_same(rows: list[tuple[Cell, ...]], chance: Random) -> None:
    order = chance.sample(range(len(rows[0])), len(rows[0]))
    shuffled = [[row[at] for at in order] for row in chance.sample(rows, len(rows))]
    assert match(result(*rows), result(*shuffled), ordered=False) == "strict"
    wider = [[*row, 7] for row in shuffled]
    assert match(result(*rows), result(*wider), ordered=False) == "relaxed"


def test_many_columns_alike_are_told_apart_in_time() -> None:
    """Twelve columns with the same values, in rows that do not fit: the search for columns has an end."""
    expected = result(*[[(row + at) % 7 for at in range(12)] for row in range(7)])
    found = result(*[[(row * 3 + at * at) % 7 for at in range(12)] for row in range(7)])
    assert match(expected, found, ordered=False) in ("none", "strict")
