"""Checks look at every row of a statement, whatever it looks like, and judge alike on every engine."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chatctl.domain.assets import Check
from chatctl.domain.errors import SourceError
from chatctl.domain.verdicts import Verdict, judge
from chatctl.engines import promises
from chatctl.engines.engine import Engine, Limits

NOW = datetime(2013, 1, 6, 12, tzinfo=UTC).timestamp()
ONE_ROW = Limits(rows=1, seconds=10)
SQL = """\
SELECT 1 AS a, 2.5 AS b, 'x' AS t, NULL AS n, '2013-01-04' AS day, '2013-01-05 23:00:00' AS at
UNION ALL SELECT 2, 3.5, 'y', 7, '2013-01-05', '2013-01-06 10:30:00'
UNION ALL SELECT 2, 10, 'y', NULL, NULL, '2013-01-01 00:00:00'"""


def measured(engine: Engine, sql: str, *checks: dict[str, Any]) -> list[Verdict | SourceError]:
    """What became of each check; the engine is asked for one row of the result alone."""
    asked = [Check.model_validate(each) for each in checks]
    columns = engine.run(sql, ONE_ROW).columns
    found = promises.measure(engine, sql, columns, asked, ONE_ROW)
    return [
        each if isinstance(each, SourceError) else judge(check, each, now=NOW, last=10.0)
        for check, each in zip(asked, found, strict=True)
    ]


@pytest.mark.parametrize(
    ("check", "status", "found"),
    [
        ({"row_count": {"min": 3, "max": 3}}, "passed", "3 rows"),
        ({"row_count": {"max": 2}}, "failed", "3 rows"),
        ({"row_count": {"min": 4}}, "failed", "3 rows"),
        ({"not_null": ["a", "b"]}, "passed", "no null"),
        ({"not_null": ["a", "n", "day"]}, "failed", "2 nulls in n, 1 null in day (of 3 rows)"),
        ({"unique": ["b"]}, "passed", "no repetition"),
        ({"unique": ["a"]}, "failed", "1 of 3 rows repeats another"),
        ({"unique": ["a", "t"]}, "failed", "1 of 3 rows repeats another"),
        ({"unique": ["a", "b"]}, "passed", "no repetition"),
        ({"unique": ["n"]}, "passed", "no repetition"),
        ({"between": {"column": "a", "min": 1, "max": 2}}, "passed", "from 1 to 2"),
        ({"between": {"column": "a", "min": 1.5}}, "failed", "1 of 3 values outside: from 1 to 2"),
        ({"between": {"column": "n", "max": 7}}, "passed", "from 7 to 7"),
        ({"between": {"column": "day", "min": "2013-01-04", "max": "2013-01-05"}}, "passed", "from 2013-01-04"),
        ({"between": {"column": "day", "max": "2013-01-04"}}, "failed", "1 of 2 values outside"),
        ({"between": {"column": "at", "max": "2013-01-06"}}, "passed", "from 2013-01-01"),
        ({"between": {"column": "at", "max": "2013-01-06T10:00:00"}}, "failed", "1 of 3 values outside"),
        ({"fresh_within": {"column": "day", "hours": 12}}, "passed", "2013-01-05, 12 hours ago"),
        ({"fresh_within": {"column": "day", "hours": 11}}, "failed", "2013-01-05, 12 hours ago"),
        ({"fresh_within": {"column": "at", "hours": 2}}, "passed", "1.5 hours ago"),
        ({"fresh_within": {"column": "t", "days": 1}}, "failed", "neither a date nor a time"),
        ({"no_change_over": {"column": "b", "percent": 61}}, "passed", "16, 60 % more"),
        ({"no_change_over": {"column": "b", "percent": 59}}, "failed", "16, 60 % more"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_each_kind_is_judged_by_all_rows(engine: Engine, check: dict[str, Any], status: str, found: str) -> None:
    (verdict,) = measured(engine, SQL, check)
    assert isinstance(verdict, Verdict), verdict
    assert (verdict.status, found in verdict.found) == (status, True), verdict


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM ({SQL}) AS q ORDER BY a DESC LIMIT 2",  # noqa: S608
        "WITH q AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT a FROM q ORDER BY a;",
        "WITH _result AS (SELECT 1 AS a UNION ALL SELECT 2) SELECT a FROM _result -- a remark",
        "SELECT 1 AS a UNION ALL SELECT 2 /* a remark */ ; -- and another",
        "SELECT 1 AS a, 3 AS b, 3 AS b UNION ALL SELECT 2, 4, 4",
        'SELECT 1 AS a, 2 AS "odd ""name"" \'; --" UNION ALL SELECT 2, 3',
    ],
    ids=["order and limit", "with", "same name", "remarks", "doubled columns", "odd names"],
)
def test_any_statement_can_be_measured(engine: Engine, sql: str) -> None:
    for verdict in measured(engine, sql, {"row_count": {"min": 2, "max": 2}}, {"not_null": ["a"]}):
        assert isinstance(verdict, Verdict), verdict
        assert verdict.status == "passed"


def test_of_no_rows_only_a_count_and_a_time_can_fail(engine: Engine) -> None:
    checks: list[dict[str, Any]] = [
        {"row_count": {"max": 0}},
        {"not_null": ["a"]},
        {"unique": ["a"]},
        {"fresh_within": {"column": "day", "days": 1}},
    ]
    verdicts = measured(engine, f"SELECT * FROM ({SQL}) AS q WHERE 1 = 0", *checks)  # noqa: S608
    assert [each.status for each in verdicts if isinstance(each, Verdict)] == ["passed", "passed", "passed", "failed"]


def test_a_check_that_cannot_be_made_costs_no_other(engine: Engine) -> None:
    wrong: list[dict[str, Any]] = [{"not_null": ["gone"]}, {"between": {"column": "a", "min": "2013-01-01"}}]
    first, *errors, last = measured(engine, SQL, {"not_null": ["a"]}, *wrong, {"row_count": {"min": 1}})
    assert isinstance(first, Verdict)
    assert isinstance(last, Verdict)
    assert [str(each) for each in errors] == [
        "the result has no column 'gone'; there are a, b, t, n, day, at",
        "the column 'a' holds numbers, but its bounds are dates",
    ]


def test_a_column_that_is_there_twice_cannot_be_checked(engine: Engine) -> None:
    (error,) = measured(engine, "SELECT 1 AS a, 2 AS a", {"not_null": ["a"]})
    assert str(error) == "the result has 2 columns named 'a'"


def test_nan_counts_as_missing(engine: Engine) -> None:
    if engine.dialect == "sqlite":
        pytest.skip("SQLite has no NaN")
    kind = "DOUBLE PRECISION" if engine.dialect == "postgres" else "DOUBLE"
    sql = f"SELECT CAST('NaN' AS {kind}) AS x UNION ALL SELECT 1"
    missing, within = measured(engine, sql, {"not_null": ["x"]}, {"between": {"column": "x", "max": 1}})
    assert isinstance(missing, Verdict)
    assert isinstance(within, Verdict)
    assert (missing.status, within.status) == ("failed", "passed")


def test_dates_and_times_are_compared_as_such(engine: Engine) -> None:
    if engine.dialect == "sqlite":
        pytest.skip("SQLite has neither")
    sql = "SELECT DATE '2013-01-31' AS day, TIMESTAMP '2013-01-31 18:00:00' AS at"
    bounds = {"min": "2013-01-31", "max": "2013-01-31"}
    checks: list[dict[str, Any]] = [{"between": {"column": name, **bounds}} for name in ("day", "at")]
    late = {"between": {"column": "at", "max": "2013-01-31T17:00:00Z"}}
    verdicts = measured(engine, sql, *checks, late)
    assert [each.status for each in verdicts if isinstance(each, Verdict)] == ["passed", "passed", "failed"]
