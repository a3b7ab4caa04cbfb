"""Conversations: each turn with the query that it now asks."""

from collections.abc import Callable

import pytest

from chatctl.engines.engine import Engine

from .conftest import Chat
from .rows import comparable, expected

JFK = "SELECT count(*) FROM flights WHERE origin = 'JFK'"
JULY, AUGUST = f"{JFK} AND month = 7", f"{JFK} AND month = 8"
CHATS = [
    [
        ("total distance by carrier", "SELECT carrier, sum(distance) FROM flights GROUP BY 1"),
        ("average instead of total", "SELECT carrier, avg(distance) FROM flights GROUP BY 1"),
        ("air time instead", "SELECT carrier, avg(air_time) FROM flights GROUP BY 1"),
        ("more than 100 only", "SELECT carrier, avg(air_time) a FROM flights GROUP BY 1 HAVING a > 100"),
        ("the top 5", "SELECT carrier, avg(air_time) a FROM flights GROUP BY 1 HAVING a > 100 ORDER BY 2 DESC LIMIT 5"),
        ("make it 3", "SELECT carrier, avg(air_time) a FROM flights GROUP BY 1 HAVING a > 100 ORDER BY 2 DESC LIMIT 3"),
    ],
    [
        ("Which carrier had the highest average departure delay?",
         "SELECT carrier, avg(dep_delay) FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
        ("and the lowest?", "SELECT carrier, avg(dep_delay) FROM flights GROUP BY 1 ORDER BY 2 LIMIT 1"),
        ("and by month?", "SELECT month, avg(dep_delay) FROM flights GROUP BY 1"),
        ("How many flights left JFK in July?", JULY),
        ("and in August?", AUGUST),
        ("what about LGA?", "SELECT count(*) FROM flights WHERE origin = 'LGA' AND month = 8"),
    ],
    [
        ("What is the average arrival delay by carrier?", "SELECT carrier, avg(arr_delay) FROM flights GROUP BY 1"),
        ("only the top 5, as a bar chart",
         "SELECT carrier, avg(arr_delay) FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 5"),
        ("only JFK",
         "SELECT carrier, avg(arr_delay) FROM flights WHERE origin = 'JFK' GROUP BY 1 ORDER BY 2 DESC LIMIT 5"),
        ("in July instead", "SELECT carrier, avg(arr_delay) FROM flights WHERE origin = 'JFK' AND month = 7"
         " GROUP BY 1 ORDER BY 2 DESC LIMIT 5"),
        ("the median instead", "SELECT carrier, median(arr_delay) FROM flights WHERE origin = 'JFK' AND month = 7"
         " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5"),
    ],
    [
        ("How many flights were there per month?", "SELECT month, count(*) FROM flights GROUP BY 1"),
        ("as a share of the total",
         "SELECT month, 100.0 * count(*) / (SELECT count(*) FROM flights) FROM flights GROUP BY 1"),
        ("and how many?", "SELECT month, count(*) FROM flights GROUP BY 1"),
        ("for United only", "SELECT month, count(*) FROM flights WHERE carrier = 'UA' GROUP BY 1"),
        ("split by origin too", "SELECT month, origin, count(*) FROM flights WHERE carrier = 'UA' GROUP BY 1, 2"),
        ("by carrier instead", "SELECT carrier, count(*) FROM flights WHERE carrier = 'UA' GROUP BY 1"),
    ],
    [
        ("How many flights by carrier?", "SELECT carrier, count(*) FROM flights GROUP BY 1"),
        ("sorted by name", "SELECT carrier, count(*), name FROM flights JOIN airlines USING (carrier) GROUP BY 1, 3"),
        ("without UA", "SELECT carrier, count(*), name FROM flights JOIN airlines USING (carrier)"
         " WHERE carrier <> 'UA' GROUP BY 1, 3"),
    ],
    [
        ("average delay by month", "SELECT month, avg(dep_delay) FROM flights GROUP BY 1"),
        ("for arrival delay instead", "SELECT month, avg(arr_delay) FROM flights GROUP BY 1"),
        ("and the maximum?", "SELECT month, max(arr_delay) FROM flights GROUP BY 1"),
        ("not JFK", "SELECT month, max(arr_delay) FROM flights WHERE origin <> 'JFK' GROUP BY 1"),
    ],
    [
        ("How many flights left JFK?", JFK),
        ("What is the average distance by carrier?", "SELECT carrier, avg(distance) FROM flights GROUP BY 1"),
        ("and how many flights went to HNL?", "SELECT count(*) FROM flights WHERE dest = 'HNL'"),
        ("show the SQL", "SELECT count(*) FROM flights WHERE dest = 'HNL'"),
    ],
    [
        ("show the 10 most delayed flights", "SELECT * FROM flights ORDER BY dep_delay DESC LIMIT 10"),
        ("and how many?", "SELECT count(*) FROM flights"),
    ],
]  # fmt: skip


@pytest.mark.parametrize("turns", CHATS, ids=[turns[0][0] for turns in CHATS])
def test_each_turn_changes_the_one_before(
    turns: list[tuple[str, str]], flights: Engine, talk: Callable[..., Chat]
) -> None:
    chat = talk(flights=flights)
    for question, sql in turns:
        reply = chat.ask(question)
        assert reply.outcome == "answered", f"{question}: {reply.text}"
        assert comparable(reply.findings[0].result) == expected(flights, sql), f"{question}: {reply.findings[0].sql}"


def test_order_and_chart_follow_the_question(flights: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(flights=flights)
    chat.ask("What is the average arrival delay by carrier?")
    falling = chat.ask("descending").findings[0].result.rows
    rising = chat.ask("ascending").findings[0].result.rows
    assert [row[0] for row in falling] == [row[0] for row in reversed(rising)]
    line = chat.ask("as a line chart").findings[0].chart
    assert line is not None
    assert line.selected_chart_type == "line"


def test_fragment_without_a_question_before_it_asks_back(flights: Engine, talk: Callable[..., Chat]) -> None:
    reply = talk(flights=flights).ask("and by month?")
    assert reply.outcome == "clarification"
    assert reply.suggestions


def test_what_does_not_fit_the_last_question_is_declined(flights: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(flights=flights)
    chat.ask("What is the average departure delay by carrier?")
    assert chat.ask("as a share of the total").outcome == "declined"
    assert chat.ask("why?").outcome == "declined"
