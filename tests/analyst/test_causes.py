"""Why a figure changed: where the change lies, against queries written by hand."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from chatctl.engines.engine import Engine, Limits

from .conftest import Chat
from .rows import comparable, expected

ALL = Limits(rows=100)
PER_MONTH = "How many flights were there per month?"
FEBRUARY = """
    SELECT {by}, count(*) FILTER (month = 1), count(*) FILTER (month = 2) FROM flights {where} GROUP BY {by}
"""


def months(flights: Engine) -> list[int]:
    """How many flights there were in each month."""
    return [
        int(str(row[1])) for row in flights.run("SELECT month, count(*) FROM flights GROUP BY 1 ORDER BY 1", ALL).rows
    ]


@pytest.mark.parametrize(
    ("asked", "verb"),
    [("why did it drop in February?", "fell"), ("Why were there fewer in February?", "fell")],
)
def test_the_period_that_is_named_is_compared_with_the_one_before(
    asked: str, verb: str, flights: Engine, talk: Callable[..., Chat]
) -> None:
    january, february, *_ = months(flights)
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    told = chat.ask(asked)
    assert told.outcome == "answered"
    assert f"{verb} from {january} in January to {february} in February ({february - january:+}, " in told.text
    assert "where the change lies" in told.assumptions[0]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("why did it fall?", min), ("why did it rise?", max), ("why?", lambda changes: max(changes, key=abs))],
    ids=["fall", "rise", "either"],
)
def test_without_a_period_the_largest_change_is_meant(
    asked: str, meant: Callable[[list[int]], int], flights: Engine, talk: Callable[..., Chat]
) -> None:
    change = meant([after - before for before, after in pairwise(months(flights))])
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    assert f"({change:+}, " in chat.ask(asked).text


def test_a_question_that_is_mistaken_is_told_so(flights: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    assert chat.ask("why did it rise in February?").text.startswith("It did not rise. The number of flights fell from")


def test_the_parts_are_those_of_the_column_in_which_few_groups_explain_most(
    flights: Engine, talk: Callable[..., Chat]
) -> None:
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    told = chat.ask("why did it drop in February?")
    (finding,) = told.findings
    by = finding.result.columns[0].name
    assert comparable(finding.result) == expected(flights, FEBRUARY.format(by=by, where=""))
    moved = {str(row[0]): int(str(row[2])) - int(str(row[1])) for row in finding.result.rows}
    january, february, *_ = months(flights)
    assert sum(moved.values()) == february - january
    assert f"({min(moved.values()):+,})" in told.text


def test_conditions_hold_for_the_parts_and_what_follows_goes_on_from_the_series(
    flights: Engine, talk: Callable[..., Chat]
) -> None:
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    chat.ask("only JFK")
    (finding,) = chat.ask("why did it drop in February?").findings
    by = finding.result.columns[0].name
    assert by != "origin"
    assert comparable(finding.result) == expected(flights, FEBRUARY.format(by=by, where="WHERE origin = 'JFK'"))
    (finding,) = chat.ask("in LGA instead").findings
    per_month = "SELECT month, count(*) FROM flights WHERE origin = 'LGA' GROUP BY 1"
    assert comparable(finding.result) == expected(flights, per_month)


@pytest.mark.parametrize("first", ["What is the average delay by carrier?", "average distance by month"])
def test_what_is_no_total_over_time_is_not_taken_apart(first: str, flights: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(flights=flights)
    chat.ask(first)
    assert chat.ask("why?").outcome == "declined"


def test_a_period_that_is_not_there_is_declined(flights: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(flights=flights)
    chat.ask(PER_MONTH)
    assert chat.ask("why did it drop in January?").outcome == "declined"
