"""Driver values as JSON cells, nothing lost."""

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.results import encode_cell

LIMIT = 2**53


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None),
        (True, True),
        ("", ""),
        ("naïve 日本", "naïve 日本"),
        (LIMIT, LIMIT),
        (-LIMIT, -LIMIT),
        (LIMIT + 1, str(LIMIT + 1)),
        (-LIMIT - 1, str(-LIMIT - 1)),
        (10**40, "1" + "0" * 40),
        (1.5, 1.5),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), None),
        (Decimal("-Infinity"), None),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 12, 0, 1, 500), "2026-01-31T12:00:01.000500"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
        (time(1, 2, 3), "01:02:03"),
        (timedelta(days=1, seconds=2), "1 day, 0:00:02"),
        (b"\x00\xff", "00ff"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_scalars(value: object, cell: object) -> None:
    found = encode_cell(value)
    assert (found, type(found)) == (cell, type(cell))


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ([1, "b", None], [1, "b", None]),
        ((Decimal("1.1"), LIMIT + 1), ["1.1", str(LIMIT + 1)]),
        ({"a": {"b": date(2026, 1, 2)}}, {"a": {"b": "2026-01-02"}}),
        ({date(2026, 1, 2): 1, 5: 2}, {"2026-01-02": 1, "5": 2}),
        ({"b", "a"}, ["a", "b"]),
        ([math.nan, {"x": math.inf}], [None, {"x": None}]),
        ([b"\x01"], ["01"]),
    ],
)
def test_containers_become_json_text(value: object, inside: object) -> None:
    cell = encode_cell(value)
    assert isinstance(cell, str)
    assert json.loads(cell) == inside


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.binary(),
)
keys = st.one_of(st.integers(), st.text(), st.dates(), st.none())
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=8)


@given(values)
def test_every_value_is_a_cell_that_strict_json_carries(value: object) -> None:
    cell = encode_cell(value)
    assert json.loads(json.dumps(cell, allow_nan=False)) == cell


@given(st.integers())
def test_integers_survive(value: int) -> None:
    assert int(encode_cell(value)) == value  # type: ignore[arg-type]
