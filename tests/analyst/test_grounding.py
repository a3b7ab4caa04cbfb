"""Figures of an answer are found in its results, or told."""

import time
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.analyst.grounding import check
from chatctl.domain.results import Cell, Column, ColumnType, ResultSet


def result(columns: dict[str, ColumnType], *rows: Sequence[Cell], truncated: bool = False) -> ResultSet:
    named = [Column(name=name, type=kind) for name, kind in columns.items()]
    return ResultSet(columns=named, rows=[list(row) for row in rows], truncated=truncated)


CARRIERS = result(
    {"carrier": "text", "flights": "integer", "average_delay": "number"},
    ["UA", 58_665, 3.558],
    ["B6", 54_635, 9.458],
    ["EV", 54_173, 15.796],
    ["DL", 48_110, 1.644],
    ["AA", 32_729, 0.364],
    ["MQ", 26_397, 10.775],
    ["US", 20_536, 2.13],
)
TOTAL = result({"flights": "integer"}, [336_776])
SHARES = result({"origin": "text", "late": "number"}, ["EWR", 0.4312], ["JFK", 0.3105])


def missing(text: str, *results: ResultSet, known: Sequence[str] = ()) -> list[str]:
    return check(text, results, known=known).ungrounded


@pytest.mark.parametrize(
    "text",
    [
        "UA flew most: 58,665 flights, or 58665, or 58.665, or 58.7k, or about 60,000.",
        "EV was 15.8 minutes late, 16 minutes, over 15 minutes, 0.26 hours.",
        "B6 had 54,635 flights, 4,030 fewer than UA and 462 more than EV.",
        "The 7 carriers have 295,245 flights, 42,178 on average.",
        "UA alone has 19.9 % of these, the largest two 113,300 and 38.4 %.",
        "UA has 17.4 % of all 336,776 flights.",
        "EV is 7.4 times as late as US, and AA least: 0.4.",
        "At EWR 43.1 % are late, 12.07 percentage points more than at JFK (31 %).",
        "At EWR 56.9 % are on time.",
        "EV is 15 minutes 48 seconds late.",
    ],
)
def test_figures_that_follow_from_results_are_grounded(text: str) -> None:
    grounding = check(text, [CARRIERS, TOTAL, SHARES])
    assert grounding.ungrounded == []
    assert grounding.checked >= 1


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("UA had 58,666 flights.", "58,666"),
        ("UA had 58,000 flights.", "58,000"),
        ("There were 2.1 million flights.", "2.1 million"),
        ("The average is 41,000.", "41,000"),
        ("EV was 15.7 minutes late.", "15.7"),
        ("The carriers earned $12.9 billion.", "$12.9 billion"),
        ("It fell by -58,665.", "-58,665"),
        ("This holds for 12 carriers.", "12"),
    ],
)
def test_invented_figures_are_told_as_they_were_written(text: str, invented: str) -> None:
    assert missing(text, CARRIERS) == [invented]


def test_a_figure_is_counted_and_told_once() -> None:
    grounding = check("99,999 here, 99,999 there, and 58,665.", [CARRIERS])
    assert (grounding.checked, grounding.ungrounded) == (2, ["99,999"])


def test_without_results_every_figure_is_ungrounded() -> None:
    assert missing("There are 12 flights in 2013, 3 % of them late.") == ["12", "3 %"]
    assert check("I do not know.", []).checked == 0


def test_what_was_asked_may_be_repeated_but_not_as_a_percentage() -> None:
    known = ("How many flights were more than 75 minutes late?", "SELECT count(*) FROM t WHERE d > 75 LIMIT 11")
    assert missing("58,665 were more than 75 minutes late.", CARRIERS, known=known) == []
    assert missing("123 % were late.", TOTAL, known=["more than 123 minutes"]) == ["123 %"]


def test_names_with_numbers_are_no_claims() -> None:
    models = result({"model": "text", "n": "integer"}, ["Boeing 737-800", 111], ["Line 5 Ltd", 54], ["7 Eleven", 33])
    assert missing("The Boeing 737-800 leads with 111; **Line 5** has 54, 7 Eleven 33, and 900 others.", models) == [
        "900"
    ]


def test_decimals_and_large_integers_are_numbers() -> None:
    exact = result({"sum": "decimal", "id": "integer"}, ["1234567.891", "9007199254740993"], ["10.5", None])
    assert missing("1,234,567.9, 1.23 million, 10.5, 9,007,199,254,740,993 and 1,234,578.39 in all", exact) == []


def test_cells_of_untyped_columns_are_numbers_too() -> None:
    assert missing("3.25 and 4", result({"x": "other"}, [3.25], ["N/A"], [None], [True], [4])) == []


NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(-1e9, 1e9, allow_nan=False).filter(lambda number: abs(number) > 1e-3)
)


@given(st.lists(NUMBERS, min_size=1, max_size=30), st.data())
def test_a_cell_is_found_however_it_is_written(numbers: list[float], data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(numbers))
    digits = data.draw(st.integers(0, 4))
    written = data.draw(
        st.sampled_from(
            [f"{number:,.{digits}f}", f"{number:.{digits}f}", f"${abs(number):,.{digits}f}", f"{abs(number):,.2f} %"]
        )
    )
    assert missing(f"It is {written}, no less.", result({"n": "number"}, *[[each] for each in numbers])) == []


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=12), st.data())
def test_simple_arithmetic_is_found(numbers: list[int], data: st.DataObject) -> None:
    first, last, total = numbers[0], numbers[-1], sum(numbers)
    told = [f"{total:,}", f"{total / len(numbers):,.1f}", f"{abs(first - last):,}", f"{len(numbers)}"]
    told += [f"{100 * first / total:.1f} %"] if total else []
    told += [f"{100 * (last - first) / first:.2f} %"] if first else []
    assert (
        missing(f"That makes {data.draw(st.sampled_from(told))}.", result({"n": "integer"}, *[[n] for n in numbers]))
        == []
    )


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_what_is_far_from_everything_is_never_found(numbers: list[int]) -> None:
    results = result({"n": "integer"}, *[[number] for number in numbers])
    assert missing("It is 987,654,321,012.", results) == ["987,654,321,012"]


@given(st.text(), st.lists(st.lists(st.one_of(st.none(), st.text(), NUMBERS), min_size=2, max_size=2)))
def test_any_text_can_be_checked_against_any_result(text: str, rows: list[list[Cell]]) -> None:
    grounding = check(text, [result({"a": "other", "b": "number"}, *rows)])
    assert len(grounding.ungrounded) <= grounding.checked


@pytest.mark.parametrize("kind", ["number", "decimal", "text"])
def test_a_large_result_is_checked_quickly(kind: ColumnType) -> None:
    random = Random(1)

    def cell() -> Cell:
        number = random.random() * 1e6
        if kind == "number":
            return number
        return f"{number:.2f}" if kind == "decimal" else f"flight no. {number:.0f} of the year"

    columns = {f"c{at}": kind for at in range(50)}
    large = result(columns, *[[cell() for _ in columns] for _ in range(1_000)])
    text = " ".join(f"{random.random() * 1e6:,.2f} and {random.randrange(100)} % then" for _ in range(30))
    begun = time.process_time()
    assert check(text, [large]).checked > 50
    assert time.process_time() - begun < 0.25


MONTHS = result(
    {"month": "integer", "flights": "integer", "avg_delay": "number"},
    *[
        [month, flights, delay]
        for month, (flights, delay) in enumerate(
            [
                *((27_004, 10.04), (24_951, 10.82), (28_834, 13.23), (28_330, 13.94), (28_796, 12.99), (28_243, 20.85)),
                *((29_425, 21.73), (29_327, 12.61), (27_574, 6.72), (28_889, 6.24), (27_268, 5.44), (28_135, 16.58)),
            ],
            start=1,
        )
    ],
)


@pytest.mark.parametrize(
    "text",
    [
        "Delays peak in July at 21.7 minutes, up 4.2 % from June.",
        "The first half had 166,158 flights, the second 170,618 (2.7 % more), the summer 86,995.",
        "July had 29,425 flights, 4,474 more than February, or 17.9 %.",
        "In 3 months delays were over 16 minutes; the year has 28,065 flights a month, 8.0 % of them in January.",
    ],
)
def test_changes_over_time_are_grounded(text: str) -> None:
    assert missing(text, MONTHS, known=["over 16 minutes"]) == []


def test_few_percentages_and_fewer_counts_are_right_by_chance() -> None:
    """What bounds the worth of the check: how many invented figures it takes for grounded."""
    percentages = [f"{tenths / 10:.1f} %" for tenths in range(3, 1000, 7)]
    counts = [f"{count:,}" for count in range(1_000, 10_000, 97)]
    for results in ([MONTHS, TOTAL], [CARRIERS, TOTAL], [SHARES, TOTAL]):
        found = [each for each in percentages if not missing(f"It is {each}.", *results)]
        assert len(found) < 0.2 * len(percentages)
        found = [each for each in counts if not missing(f"There are {each}.", *results)]
        assert len(found) < 0.05 * len(counts)
