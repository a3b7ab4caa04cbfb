"""Analyses of tables that people know: each class of question with the query that a person would write.

Today is 2014-01-15 for flights; sales are asked about with today in 2025, two months after their last day.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chatctl.analyst.builtin import answer
from chatctl.analyst.contract import Answer
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from .conftest import Chat
from .rows import comparable, expected

NOW = date(2025, 11, 23)
ENDS = "SELECT {key}, {base}, {now}, {now} - {base}, 100.0 * ({now} - {base}) / {base} g FROM sales GROUP BY 1"


def ends(key: str, figure: str, base: tuple[str, str], now: tuple[str, str]) -> str:
    """A figure by key in two stretches of days, with its absolute and relative change."""
    parts = [f"{figure} FILTER (date >= '{start}' AND date < '{end}')" for start, end in (base, now)]
    return ENDS.format(key=key, base=parts[0], now=parts[1])


Q2_2023, Q2_2025 = ("2023-04-01", "2023-07-01"), ("2025-04-01", "2025-07-01")
Y2023, Y2024 = ("2023-01-01", "2024-01-01"), ("2024-01-01", "2025-01-01")
PARTS = {
    "MONTH": "date_trunc('month', date)::DATE",
    "REVENUE": "SELECT sum(revenue) FROM sales",
    "BY_MONTH": "SELECT {MONTH} m, sum(revenue) r FROM sales WHERE {FULL} GROUP BY 1",
    "FULL": "date >= '2023-03-01' AND date < '2025-09-01'",
    "AFTER_ANOTHER": "r - lag(r) OVER (ORDER BY m), 100.0 * (r - lag(r) OVER (ORDER BY m)) / lag(r) OVER (ORDER BY m)",
    "FENCES": "SELECT quantile_cont(revenue, 0.25) a, quantile_cont(revenue, 0.75) b FROM sales",
    "DAY": "make_date(year, month, day)",
}
"""What stands for {MONTH} and the like in the queries below; FULL are the full months of the sales."""


def filled(sql: str) -> str:
    """A query with its parts put in, and parts in parts."""
    for _ in range(2):
        for name, part in PARTS.items():
            sql = sql.replace("{" + name + "}", part)
    return sql


SALES = [
    # parts of a year, bins, ratios
    ("revenue in summer 2024", "{REVENUE} WHERE date >= '2024-06-01' AND date < '2024-09-01'"),
    ("revenue in winter", "{REVENUE} WHERE month(date) IN (12, 1, 2)"),
    ("revenue in the second half of 2024", "{REVENUE} WHERE date >= '2024-07-01' AND date < '2025-01-01'"),
    ("revenue in H1 2024", "{REVENUE} WHERE date >= '2024-01-01' AND date < '2024-07-01'"),
    (
        "number of sales by revenue in bins of 500",
        "SELECT floor(revenue / 500) * 500, count(*) FROM sales GROUP BY 1",
    ),
    ("ratio of revenue to units", "SELECT sum(revenue) / sum(units) FROM sales"),
    (
        "ratio of sales in Europe to sales in Asia",
        "SELECT count(*) FILTER (region = 'Europe') / count(*) FILTER (region = 'Asia') FROM sales",
    ),
    (
        "Compare revenue in summer and winter",
        "SELECT a, b, b - a, 100.0 * (b - a) / a FROM (SELECT sum(revenue) FILTER (month(date) IN (6, 7, 8)) a,"
        " sum(revenue) FILTER (month(date) IN (12, 1, 2)) b FROM sales)",
    ),
    # the first of each group
    (
        "top 2 products for each region by revenue",
        "SELECT region, product, sum(revenue) FROM sales WHERE product IS NOT NULL GROUP BY 1, 2"
        " QUALIFY row_number() OVER (PARTITION BY region ORDER BY sum(revenue) DESC) <= 2",
    ),
    # change over time
    ("Which region grew fastest?", ends("region", "sum(revenue)", Q2_2023, Q2_2025)),
    ("growth by region", ends("region", "sum(revenue)", Q2_2023, Q2_2025)),
    ("unit growth by product", ends("product", "sum(units)", Q2_2023, Q2_2025)),
    ("Which product declined the most?", ends("product", "sum(revenue)", Q2_2023, Q2_2025)),
    ("revenue growth by region from 2023 to 2024", ends("region", "sum(revenue)", Y2023, Y2024)),
    ("top 2 regions by growth in sales", ends("region", "count(*)", Q2_2023, Q2_2025) + " ORDER BY g DESC LIMIT 2"),
    ("month over month growth", "SELECT m, r, {AFTER_ANOTHER} FROM ({BY_MONTH})"),
    ("revenue growth by month", "SELECT m, r, {AFTER_ANOTHER} FROM ({BY_MONTH})"),
    ("revenue last year vs this year by region",
     ends("region", "sum(revenue)", Y2024, ("2025-01-01", "2026-01-01"))),
    # totals of what adds up
    ("revenue by month", "SELECT {MONTH}, sum(revenue) FROM sales GROUP BY 1"),
    ("what is the revenue of laptops in Asia", "{REVENUE} WHERE region = 'Asia' AND product = 'Laptop'"),
    ("top 2 products by revenue", "SELECT product, sum(revenue) FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 2"),
    ("which month had the highest revenue?",
     "SELECT {MONTH}, sum(revenue) FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("which product sells the most units?",
     "SELECT product, sum(units) FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("best selling product", "SELECT product, sum(revenue) FROM sales GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("worst month for Europe", "SELECT {MONTH}, sum(revenue) FROM sales WHERE region = 'Europe' GROUP BY 1"
     " ORDER BY 2 LIMIT 1"),
    ("regions with revenue above 1 million",
     "SELECT region, sum(revenue) FROM sales GROUP BY 1 HAVING sum(revenue) > 1e6"),
    ("average monthly revenue", "SELECT sum(revenue) / count(DISTINCT {MONTH}) FROM sales"),
    ("average revenue per sale", "SELECT avg(revenue) FROM sales"),
    ("revenue per unit by product", "SELECT product, sum(revenue) / sum(units) FROM sales GROUP BY 1"),
    ("compare Europe and Asia",
     "SELECT region, sum(revenue) FROM sales WHERE region IN ('Europe', 'Asia') GROUP BY 1"),
    ("the 2 largest sales in Asia", "SELECT * FROM sales WHERE region = 'Asia' ORDER BY revenue DESC LIMIT 2"),
    ("how many units were sold in Europe in 2024?",
     "SELECT sum(units) FROM sales WHERE region = 'Europe' AND year(date) = 2024"),
    ("units sold last year", "SELECT sum(units) FROM sales WHERE year(date) = 2024"),
    # shares
    ("share of revenue by region",
     "SELECT region, 100.0 * sum(revenue) / (SELECT sum(revenue) FROM sales) FROM sales GROUP BY 1"),
    ("what share of revenue comes from Europe?",
     "SELECT 100.0 * sum(revenue) FILTER (region = 'Europe') / sum(revenue) FROM sales"),
    ("what percentage of sales were in Asia by product?",
     "SELECT product, 100.0 * count(*) FILTER (region = 'Asia') / count(*) FROM sales GROUP BY 1"),
    # distributions
    ("90th percentile of revenue", "SELECT quantile_cont(revenue, 0.9) FROM sales"),
    ("p95 revenue by region", "SELECT region, quantile_cont(revenue, 0.95) FROM sales GROUP BY 1"),
    ("quartiles of units",
     "SELECT quantile_cont(units, 0.25), quantile_cont(units, 0.5), quantile_cont(units, 0.75) FROM sales"),
    ("standard deviation of units", "SELECT stddev(units) FROM sales"),
    ("distribution of units",
     "SELECT CASE WHEN units >= 15 THEN 15 ELSE units END, count(*) FROM sales GROUP BY 1"),
    ("correlation between units and revenue", "SELECT corr(units, revenue) FROM sales"),
    ("how many outliers in revenue are there?",
     "SELECT count(*) FROM sales, ({FENCES}) WHERE revenue > b + 1.5 * (b - a) OR revenue < a - 1.5 * (b - a)"),
    # totals that run
    ("running total of revenue by month",
     "SELECT m, r, sum(r) OVER (ORDER BY m) FROM (SELECT {MONTH} m, sum(revenue) r FROM sales GROUP BY 1)"),
    # the data itself
    ("How many rows are there?", "SELECT count(*) FROM sales"),
    ("how many rows have no revenue?", "SELECT count(*) FROM sales WHERE revenue IS NULL"),
    ("how many nulls in revenue", "SELECT count(*) FROM sales WHERE revenue IS NULL"),
    ("how many duplicate rows are there?", "SELECT 2"),
    ("date range", "SELECT 'sales', 'date', min(date), max(date) FROM sales"),
    ("when was the last sale?", "SELECT max(date) FROM sales"),
    ("what regions are there?", "SELECT DISTINCT region FROM sales"),
    ("statistics of units", "SELECT avg(units), median(units), min(units), max(units), stddev(units) FROM sales"),
    ("which columns have missing values?", "SELECT 'sales', unnest(['date', 'region', 'product', 'units', 'revenue']),"
     " unnest([0, 0, 0, 0, 1])"),
    # groups of groups
    ("how many products have more than 300 sales?",
     "SELECT count(*) FROM (SELECT product FROM sales GROUP BY 1 HAVING count(*) > 300)"),
    ("products sold in Asia but not in Europe", "SELECT 'Monitor'"),
    ("how many products were sold in both Europe and Asia?", "SELECT 2"),
    ("regions with sales in 2023 but not in 2024", "SELECT region FROM sales GROUP BY 1 HAVING count(*) < 0"),
    ("products sold in both 2023 and 2024", "SELECT DISTINCT product FROM sales"),
    # relative dates, counted from the end of the data where today is beyond it
    ("revenue last month", "{REVENUE} WHERE date >= '2025-08-01' AND date < '2025-09-01'"),
    ("revenue in the last 30 days", "{REVENUE} WHERE date > '2025-08-21' AND date <= '2025-09-20'"),
    ("revenue last quarter", "{REVENUE} WHERE date >= '2025-07-01' AND date < '2025-10-01'"),
    ("revenue year to date", "{REVENUE} WHERE date >= '2025-01-01'"),
    ("revenue in the last 2 years", "{REVENUE} WHERE date > '2023-11-23'"),
]  # fmt: skip
FLIGHTS = [
    ("Which airport has most departures?", "SELECT name, count(*) FROM flights JOIN airports ON faa = origin"
     " GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("which airport has the most arrivals?", "SELECT name, count(*) FROM flights JOIN airports ON faa = dest"
     " GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("delays by month for United", "SELECT month, avg(dep_delay) FROM flights WHERE carrier = 'UA' GROUP BY 1"),
    ("how many carriers have more than 370 flights",
     "SELECT count(*) FROM (SELECT carrier FROM flights GROUP BY 1 HAVING count(*) > 370)"),
    ("percentage of cancelled flights", "SELECT 100.0 * (count(*) - count(dep_time)) / count(*) FROM flights"),
    ("percentage of late flights by carrier",
     "SELECT carrier, 100.0 * count(*) FILTER (dep_delay > 0) / count(*) FROM flights GROUP BY 1"),
    ("on time rate by origin",
     "SELECT origin, 100.0 * count(*) FILTER (dep_delay <= 0) / count(*) FROM flights GROUP BY 1"),
    ("which airline is most often late?", "SELECT carrier, 100.0 * count(*) FILTER (dep_delay > 0) / count(*)"
     " FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 1"),
    ("how many flights arrived early?", "SELECT count(*) FROM flights WHERE arr_delay < 0"),
    ("how many flights have no arrival time", "SELECT count(*) FROM flights WHERE arr_time IS NULL"),
    ("departure delay weekdays vs weekends",
     "SELECT *, b - a, 100.0 * (b - a) / abs(a) FROM (SELECT avg(dep_delay) FILTER (dayofweek({DAY}) IN (1,2,3,4,5)) a,"
     " avg(dep_delay) FILTER (dayofweek({DAY}) IN (0, 6)) b FROM flights)"),
    ("how many flights per day on average?", "SELECT count(*) / count(DISTINCT {DAY}) FROM flights"),
    ("cancellation rate by month",
     "SELECT month, 100.0 * (count(*) - count(dep_time)) / count(*) FROM flights GROUP BY 1"),
    ("which month had the most cancelled flights",
     "SELECT month, count(*) FROM flights WHERE dep_time IS NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"),
    ("growth in flights from January to December", "SELECT a, b, b - a, 100.0 * (b - a) / a FROM (SELECT"
     " count(*) FILTER (month = 1) a, count(*) FILTER (month = 12) b FROM flights)"),
    ("top 3 destinations", "SELECT dest, count(*) FROM flights GROUP BY 1 ORDER BY 2 DESC LIMIT 3"),
    ("month over month growth in flights", "SELECT *, n - lag(n) OVER (ORDER BY month),"
     " 100.0 * (n - lag(n) OVER (ORDER BY month)) / lag(n) OVER (ORDER BY month)"
     " FROM (SELECT month, count(*) n FROM flights GROUP BY 1)"),
]  # fmt: skip


def told(question: str, engine: Engine, talk: Callable[..., Chat], *, today: date = NOW) -> Answer:
    """The answer to a question on a day."""
    chat = talk(sales=engine)
    *_, last = answer(replace(chat.question, text=question, today=today))
    assert isinstance(last, Answer)
    return last


@pytest.mark.parametrize(("question", "sql"), SALES, ids=[question for question, _ in SALES])
def test_an_analysis_gives_the_rows_of_its_query(
    question: str, sql: str, sales: Engine, talk: Callable[..., Chat]
) -> None:
    reply = told(question, sales, talk)
    assert reply.outcome == "answered", reply.text
    assert comparable(reply.findings[0].result) == expected(sales, filled(sql)), reply.findings[0].sql


@pytest.mark.parametrize(("question", "sql"), FLIGHTS, ids=[question for question, _ in FLIGHTS])
def test_roles_states_and_groups_of_flights(
    question: str, sql: str, flights: Engine, talk: Callable[..., Chat]
) -> None:
    reply = talk(flights=flights).ask(question)
    assert reply.outcome == "answered", reply.text
    assert comparable(reply.findings[0].result) == expected(flights, filled(sql)), reply.findings[0].sql


def test_growth_says_who_what_and_between_which_periods(sales: Engine, talk: Callable[..., Chat]) -> None:
    reply = told("Which region grew fastest?", sales, talk)
    region, base, now, _, growth = reply.findings[0].result.rows[0]
    assert reply.text.startswith(f"{region} grew most, by the total revenue: {growth:+,.1f}% (Q2 2023: {base:,.0f}")
    assert f"Q2 2025: {now:,.0f}" in reply.text
    assert "No measure was named: the total of revenue is taken." in reply.assumptions
    assert any("the first and the last full quarter" in text for text in reply.assumptions)


def test_a_relative_date_says_from_when_it_is_counted(sales: Engine, talk: Callable[..., Chat]) -> None:
    beyond = told("revenue last month", sales, talk).assumptions
    assert any("The data end on 2025-09-20" in text and "not from today" in text for text in beyond)
    within = told("revenue last month", sales, talk, today=date(2025, 8, 5)).assumptions
    assert '"last month" was read as 2025-07-01 to 2025-07-31.' in within


def test_today_is_never_another_day(sales: Engine, talk: Callable[..., Chat]) -> None:
    reply = told("sales today", sales, talk)
    assert reply.findings[0].result.rows == []
    assert any("2025-11-23; the data end on 2025-09-20" in text for text in reply.assumptions)


def test_partial_periods_are_left_out_of_growth_and_named(sales: Engine, talk: Callable[..., Chat]) -> None:
    assumptions = told("month over month growth", sales, talk).assumptions
    assert any("February 2023 and September 2025" in text for text in assumptions)


def test_change_along_the_hours_of_a_day_has_no_full_periods(flights: Engine, talk: Callable[..., Chat]) -> None:
    assert talk(flights=flights).ask("growth of flights by hour").outcome == "answered"


@pytest.mark.parametrize(
    "question",
    [
        "profit growth by region",
        "and not to Asia per summer more highest",
        "percentage of regions with more than 300 sales",
        "ratio of Europe to Asia",
        "revenue last month vs previous month",
        "correlation between region and revenue",
        "forecast of revenue",
    ],
)
def test_what_would_be_a_guess_is_declined(question: str, sales: Engine, talk: Callable[..., Chat]) -> None:
    reply = told(question, sales, talk)
    assert reply.outcome != "answered", reply.text


TURNS: list[list[tuple[str, str | None]]] = [
    [("total revenue by region", "SELECT region, sum(revenue) FROM sales GROUP BY 1"),
     ("as a share of the total",
      "SELECT region, 100.0 * sum(revenue) / (SELECT sum(revenue) FROM sales) FROM sales GROUP BY 1")],
    [("revenue by month", "SELECT {MONTH}, sum(revenue) FROM sales GROUP BY 1"),
     ("cumulative", "SELECT m, r, sum(r) OVER (ORDER BY m)"
      " FROM (SELECT {MONTH} m, sum(revenue) r FROM sales GROUP BY 1)"),
     ("year over year", "SELECT m, r, {AFTER_ANOTHER}"
      " FROM (SELECT year(date) m, sum(revenue) r FROM sales GROUP BY 1)")],
    [("how many sales by product?", "SELECT product, count(*) FROM sales GROUP BY 1"),
     ("only 2024", "SELECT product, count(*) FROM sales WHERE year(date) = 2024 GROUP BY 1"),
     ("and units?", None),
     ("top 2", "SELECT product, count(*) FROM sales WHERE year(date) = 2024 GROUP BY 1 ORDER BY 2 DESC LIMIT 2")],
    [("Which region grew fastest?", ends("region", "sum(revenue)", Q2_2023, Q2_2025)),
     ("and by product?", ends("product", "sum(revenue)", Q2_2023, Q2_2025)),
     ("only Europe",
      ends("product", "sum(revenue)", Q2_2023, Q2_2025).replace("GROUP", "WHERE region = 'Europe' GROUP")),
     ("only 2024", None)],
]  # fmt: skip


@pytest.mark.parametrize("turns", TURNS, ids=[turns[0][0] for turns in TURNS])
def test_a_follow_up_changes_the_analysis_or_is_declined(
    turns: list[tuple[str, str | None]], sales: Engine, talk: Callable[..., Chat]
) -> None:
    chat = talk(sales=sales)
    for question, sql in turns:
        reply = chat.ask(question)
        if sql is None:
            assert reply.outcome == "declined", f"{question}: {reply.text}"
        else:
            assert reply.outcome == "answered", f"{question}: {reply.text}"
            assert comparable(reply.findings[0].result) == expected(sales, filled(sql)), reply.findings[0].sql


def test_namesakes_are_kept_apart(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    rows = "".join(f"{at},{'Ann' if at % 2 else f'Bob {at}'}\n" for at in range(1, 21))
    (tmp_path / "customers.csv").write_text("customer_id,name\n" + rows)
    orders = "".join(f"{at},{1 + at % 20},{at}\n" for at in range(1, 101))
    (tmp_path / "orders.csv").write_text("order_id,customer_id,amount\n" + orders)
    paths = [str(tmp_path / f"{name}.csv") for name in ("customers", "orders")]
    engine = open_engine(name="shop", kind="files", locations=paths, cache=tmp_path)
    reply = talk(shop=engine).ask("how many orders per customer?")
    assert len(reply.findings[0].result.rows) == 20
    assert any("kept apart by" in text for text in reply.assumptions)
    engine.close()
