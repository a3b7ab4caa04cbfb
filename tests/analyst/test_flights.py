"""Questions about flights, each with the query that a person would write."""

from collections.abc import Callable

import pytest

from chatctl.engines.engine import Engine

from .conftest import Chat
from .rows import comparable, expected

DAY = "make_date(year, month, day)"
"""Stands for {DAY} below: the date of a flight."""
CASES = [
    # counts, totals, averages, extremes
    ("How many flights are there?", "SELECT count(*) FROM flights"),
    ("number of flights", "SELECT count(*) FROM flights"),
    ("What is the average departure delay?", "SELECT avg(dep_delay) FROM flights"),
    ("what's the mean arrival delay", "SELECT avg(arr_delay) FROM flights"),
    ("What is the median air time?", "SELECT median(air_time) FROM flights"),
    ("What is the longest distance?", "SELECT max(distance) FROM flights"),
    ("total distance of all flights", "SELECT sum(distance) FROM flights"),
    ("max and min departure delay", "SELECT max(dep_delay), min(dep_delay) FROM flights"),
    ("average departure delay and arrival delay", "SELECT avg(dep_delay), avg(arr_delay) FROM flights"),
    (
        "What is the 90th percentile of departure delay and arrival delay?",
        "SELECT quantile_cont(dep_delay, 0.9), quantile_cont(arr_delay, 0.9) FROM flights",
    ),
    ("total number of seats and engines", "SELECT sum(seats), sum(engines) FROM planes"),
    ("How many distinct destinations are there?", "SELECT count(DISTINCT dest) FROM flights"),
    ("How many different carriers are there?", "SELECT count(DISTINCT carrier) FROM flights"),
    ("distinct destinations", "SELECT DISTINCT dest FROM flights"),
    ("average number of seats", "SELECT avg(seats) FROM planes"),
    # groups
    ("What is the average arrival delay by carrier?", "SELECT carrier, avg(arr_delay) FROM flights GROUP BY 1"),
    ("flights per carrier", "SELECT carrier, count(*) FROM flights GROUP BY 1"),
    ("total distance for each origin", "SELECT origin, sum(distance) FROM flights GROUP BY 1"),
    ("number of flights by origin and month", "SELECT origin, month, count(*) FROM flights GROUP BY 1, 2"),
    ("How many flights per month for each origin?", "SELECT month, origin, count(*) FROM flights GROUP BY 1, 2"),
    ("median distance by origin", "SELECT origin, median(distance) FROM flights GROUP BY 1"),
    ("planes by manufacturer", "SELECT manufacturer, count(*) FROM planes GROUP BY 1"),
    ("departure delay by carrier", "SELECT carrier, avg(dep_delay) FROM flights GROUP BY 1"),
    # time grains
    ("How many flights were there per month?", "SELECT month, count(*) FROM flights GROUP BY 1"),
    ("monthly number of flights", "SELECT month, count(*) FROM flights GROUP BY 1"),
    ("flights per quarter", "SELECT date_trunc('quarter', {DAY})::DATE, count(*) FROM flights GROUP BY 1"),
    ("flights by week", "SELECT date_trunc('week', {DAY})::DATE, count(*) FROM flights GROUP BY 1"),
    ("flights per day", "SELECT {DAY}, count(*) FROM flights GROUP BY 1"),
    ("flights per day of the week", "SELECT dayofweek({DAY}), count(*) FROM flights GROUP BY 1"),
    ("number of flights by hour", "SELECT hour, count(*) FROM flights GROUP BY 1"),
    ("flights by year", "SELECT year, count(*) FROM flights GROUP BY 1"),
    ("number of flights over time", "SELECT month, count(*) FROM flights GROUP BY 1"),
    ("average number of flights per day", "SELECT count(*) * 1.0 / count(DISTINCT {DAY}) FROM flights"),
    # values
    ("How many flights left JFK in July?", "SELECT count(*) FROM flights WHERE origin = 'JFK' AND month = 7"),
    ("How many flights went to LAX from JFK?", "SELECT count(*) FROM flights WHERE origin = 'JFK' AND dest = 'LAX'"),
    ("How many flights to HNL?", "SELECT count(*) FROM flights WHERE dest = 'HNL'"),
    ("how many flights were not from JFK?", "SELECT count(*) FROM flights WHERE origin <> 'JFK'"),
    ("how many flights from JFK or LGA?", "SELECT count(*) FROM flights WHERE origin IN ('JFK', 'LGA')"),
    ("flights from EWR excluding UA by carrier",
     "SELECT carrier, count(*) FROM flights WHERE origin = 'EWR' AND carrier <> 'UA' GROUP BY 1"),
    ("average distance of flights from EWR to ORD",
     "SELECT avg(distance) FROM flights WHERE origin = 'EWR' AND dest = 'ORD'"),
    ("how many flights did United operate in March?",
     "SELECT count(*) FROM flights WHERE carrier = 'UA' AND month = 3"),
    ("how many flights to Los Angeles Intl?", "SELECT count(*) FROM flights WHERE dest = 'LAX'"),
    ("average delay of delta flights", "SELECT avg(dep_delay) FROM flights WHERE carrier = 'DL'"),
    ("How many planes did Boeing make?", "SELECT count(*) FROM planes WHERE manufacturer = 'BOEING'"),
    ("flights of N110XX", "SELECT * FROM flights WHERE tailnum = 'N110XX'"),
    ('how many airports have a name that contains "Intl"?', "SELECT count(*) FROM airports WHERE name LIKE '%Intl%'"),
    # numbers
    ("how many flights longer than 1000 miles?", "SELECT count(*) FROM flights WHERE distance > 1000"),
    ("How many flights were more than 60 minutes late?", "SELECT count(*) FROM flights WHERE dep_delay > 60"),
    ("number of flights with a departure delay of at least 30 by carrier",
     "SELECT carrier, count(*) FROM flights WHERE dep_delay >= 30 GROUP BY 1"),
    ("how many flights have a distance between 700 and 800?",
     "SELECT count(*) FROM flights WHERE distance BETWEEN 700 AND 800"),
    ("How many flights have dep_delay >= 100?", "SELECT count(*) FROM flights WHERE dep_delay >= 100"),
    ("airports above 5000 feet", "SELECT name, alt FROM airports WHERE alt > 5000"),
    ("planes with more than 2 engines", "SELECT tailnum, engines FROM planes WHERE engines > 2"),
    ("how many flights with distance greater than the average?",
     "SELECT count(*) FROM flights WHERE distance > (SELECT avg(distance) FROM flights)"),
    # dates
    ("How many flights were there in 2013?", "SELECT count(*) FROM flights WHERE year = 2013"),
    ("How many flights since October?", "SELECT count(*) FROM flights WHERE month >= 10"),
    ("How many flights after June?", "SELECT count(*) FROM flights WHERE month > 6"),
    ("How many flights departed between March and May?",
     "SELECT count(*) FROM flights WHERE month BETWEEN 3 AND 5"),
    ("flights from January to March by carrier",
     "SELECT carrier, count(*) FROM flights WHERE month BETWEEN 1 AND 3 GROUP BY 1"),
    ("how many flights in June or July?", "SELECT count(*) FROM flights WHERE month IN (6, 7)"),
    ("How many flights on July 4th?", "SELECT count(*) FROM flights WHERE month = 7 AND day = 4"),
    ("How many flights on 2013-12-24?", "SELECT count(*) FROM flights WHERE month = 12 AND day = 24"),
    ("how many flights in Q3 2013?", "SELECT count(*) FROM flights WHERE month BETWEEN 7 AND 9"),
    ("how many flights on weekends?", "SELECT count(*) FROM flights WHERE dayofweek({DAY}) IN (0, 6)"),
    ("how many flights on Mondays?", "SELECT count(*) FROM flights WHERE dayofweek({DAY}) = 1"),
    ("how many flights last month?", "SELECT count(*) FROM flights WHERE month = 12"),
    ("how many flights last year?", "SELECT count(*) FROM flights"),
    # nulls and existence
    ("How many flights are missing arrival time?", "SELECT count(*) FROM flights WHERE arr_time IS NULL"),
    ("How many flights have no tail number?", "SELECT count(*) FROM flights WHERE tailnum IS NULL"),
    ("flights without a tail number", "SELECT * FROM flights WHERE tailnum IS NULL"),
    ("Are there flights without arrival time?", "SELECT count(*) FROM flights WHERE arr_time IS NULL"),
    ("airports with no flights",
     "SELECT * FROM airports WHERE faa NOT IN (SELECT origin FROM flights UNION SELECT dest FROM flights)"),
    # superlatives and top n
    ("Which carrier had the highest average departure delay?",
     "SELECT carrier, avg(dep_delay) AS d FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("top 5 carriers by average delay",
     "SELECT carrier, avg(dep_delay) FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 5"),
    ("bottom 3 carriers by average arrival delay",
     "SELECT carrier, avg(arr_delay) FROM flights GROUP BY 1 ORDER BY 2 LIMIT 3"),
    ("Which destination has the most flights from EWR?",
     "SELECT dest, count(*) FROM flights WHERE origin = 'EWR' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"),
    ("which month had the fewest flights?", "SELECT month, count(*) FROM flights GROUP BY 1 ORDER BY 2, 1 LIMIT 1"),
    ("what is the busiest day?", "SELECT {DAY}, count(*) FROM flights GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"),
    ("most common carrier", "SELECT carrier, count(*) FROM flights GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"),
    ("the longest flight", "SELECT * FROM flights ORDER BY distance DESC LIMIT 1"),
    ("show the 10 most delayed flights", "SELECT * FROM flights ORDER BY dep_delay DESC LIMIT 10"),
    ("which airport has the highest altitude?", "SELECT name, alt FROM airports ORDER BY alt DESC LIMIT 1"),
    ("carriers with more than 380 flights", "SELECT carrier, count(*) FROM flights GROUP BY 1 HAVING count(*) > 380"),
    ("carriers with average departure delay above 15",
     "SELECT carrier, avg(dep_delay) FROM flights GROUP BY 1 HAVING avg(dep_delay) > 15"),
    # shares
    ("share of flights by carrier",
     "SELECT carrier, 100.0 * count(*) / (SELECT count(*) FROM flights) FROM flights GROUP BY 1"),
    ("what share of flights left from JFK", "SELECT 100.0 * avg((origin = 'JFK')::INT) FROM flights"),
    ("what percentage of flights in July left JFK?",
     "SELECT 100.0 * avg((origin = 'JFK')::INT) FROM flights WHERE month = 7"),
    # joins, lists
    ("average departure delay by airline name",
     "SELECT name, avg(dep_delay) FROM flights JOIN airlines USING (carrier) GROUP BY 1"),
    ("How many flights by destination airport name?",
     "SELECT name, count(*) FROM flights JOIN airports ON dest = faa GROUP BY 1"),
    ("number of flights by manufacturer",
     "SELECT manufacturer, count(*) FROM flights LEFT JOIN planes USING (tailnum) GROUP BY 1"),
    ("Which carriers fly to HNL?", "SELECT DISTINCT carrier FROM flights WHERE dest = 'HNL'"),
    ("list all airlines", "SELECT * FROM airlines"),
    ("what is the name of carrier UA?", "SELECT name FROM airlines WHERE carrier = 'UA'"),
    ("compare JFK and LGA by average distance",
     "SELECT origin, avg(distance) FROM flights WHERE origin IN ('JFK', 'LGA') GROUP BY 1"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "sql"), CASES, ids=[question for question, _ in CASES])
def test_question_gives_the_rows_of_its_query(
    question: str, sql: str, flights: Engine, talk: Callable[..., Chat]
) -> None:
    reply = talk(flights=flights).ask(question)
    assert reply.outcome == "answered", reply.text
    assert comparable(reply.findings[0].result) == expected(flights, sql.replace("{DAY}", DAY)), reply.findings[0].sql
