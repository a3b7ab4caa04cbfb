"""What counts as a figure of a text, and what it may mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.figures import find


def shown(text: str) -> list[str]:
    return [figure.text for figure in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("There were 336,776 flights.", ["336,776"]),
        ("It fell by -5 to $5.50, or US$1,200.", ["-5", "$5.50", "$1,200"]),
        ("17.4 % of them, 12% and 3 percent", ["17.4 %", "12%", "3 percent"]),
        ("1.2 million, 3.4k, 5 bn", ["1.2 million", "3.4k", "5 bn"]),
        ("10–20 minutes", ["10", "20"]),
        ("2.5x, 3 times, 5-fold, 12min", ["2.5", "3", "5", "12"]),
        (
            "3 trips of 2 hours and 58 minutes or 1h20m or 2 min 5 s",
            ["3", "2 hours and 58 minutes", "1h20m", "2 min 5 s"],
        ),
        ("1.234,5 € or 1'234 or 1\u00a0234", ["1.234,5", "1'234", "1\u00a0234"]),
        ("**42** and `42`", ["42", "42"]),
        ("sold 2013 units", ["2013"]),
        ("in 2014 336 flights, or 58 665 vols", ["336", "58 665"]),
        ("| UA | 58,665 |", ["58,665"]),
        ("1,2 Millionen, 5 Mrd. Euro und 12 Prozent", ["1,2 Millionen", "5 Mrd", "12 Prozent"]),
        ("2,5 millions, 3 milliards et 4 pour cent", ["2,5 millions", "3 milliards", "4 pour cent"]),
    ],
)
def test_quantities_are_figures(text: str, expected: list[str]) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "in 2013 and 2014, the 2013 flights, (2015), FY2016, 2012–2013, 2013/14",
        "on 2013-01-05 at 12:30, January 5, 2013, 5 May, 5.1.2013, 3 pm, 2013-W07, July 2013",
        "am 5. Januar 2013, im März 2014, le 12 mars 2013, en août 2014, el 3 de mayo de 2013",
        "the 1st and the 21st, the top 5, rank 3, week 12, Q1, step 2, no. 7",
        "1. first\n2) second\n- 3. third\n**4.** fourth",
        "| rank | carrier |\n|---|---|\n| 1 | UA |\n| 2 | B6 |",
        "A320, N14228, covid-19, v2, sales_2024.csv, 2024.csv, 10.1.2.3, https://example.org/12?n=3",
        "`SELECT 42 FROM t` and\n```sql\nSELECT 43\n```\n",
        "within 24 hours, 12 months, per 1,000 inhabitants, a 30-day window",
    ],
)
def test_what_is_no_quantity_is_no_figure(text: str) -> None:
    assert shown(text) == []


@pytest.mark.parametrize(
    ("text", "below", "above", "step"),
    [
        ("58,665", 0.5, 0.5, 1),
        ("about 60,000", 0.5, 0.5, 10_000),
        ("over 58,000", 0.0, 1.0, 1_000),
        ("nearly 60,000", 1.0, 0.0, 10_000),
        ("~1.2 million", 0.5, 0.5, 1e5),
        ("rund 60.000", 0.5, 0.5, 10_000),
        ("plus de 58\u202f000", 0.0, 1.0, 1_000),
    ],
)
def test_words_before_a_figure_widen_it(text: str, below: float, above: float, step: float) -> None:
    (figure,) = find(text)
    assert (figure.below, figure.above, figure.readings[0].step) == (below, above, step)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234", [1234, 1.234]),
        ("1.234,5", [1234.5]),
        ("12,34,567", [1_234_567]),
        ("58 665", [58_665]),
        ("1 234,5", [1234.5]),
        ("0.123", [0.123]),
        ("2–3 million", [2e6, 2]),
        ("5m", [5e6, 5]),
        ("2 hours 58 minutes", [178]),
        ("1e6", [1e6]),
    ],
)
def test_a_figure_may_mean_several_things(text: str, values: list[float]) -> None:
    assert [reading.value for reading in next(find(text)).readings] == values


@given(st.text())
def test_figures_stand_where_they_say(text: str) -> None:
    for figure in find(text):
        assert text[figure.start : figure.end] == figure.text


@given(st.text(alphabet="0123456789.,-–%$k m`|\n*tofine٣²", max_size=300))
def test_any_mixture_of_digits_and_signs_is_read(text: str) -> None:
    assert all(reading.step > 0 and reading.value >= 0 for figure in find(text) for reading in figure.readings)


@pytest.mark.parametrize("text", ["1e999", "0e999", "1e-999", "9" * 5_000, "1." + "0" * 5_000 + "1"])
def test_a_number_beyond_all_bounds_means_nothing(text: str) -> None:
    assert shown(text) == []


def test_digits_of_other_scripts_are_digits() -> None:
    assert [figure.readings[0].value for figure in find("٣٤ and 12")] == [34, 12]
