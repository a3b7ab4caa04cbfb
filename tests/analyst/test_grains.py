"""Units of time are the same on every engine that can be had here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlglot import exp

from chatctl.analyst.builtin.grains import GRAINS, STANDARD, day_expression, grain_expression
from chatctl.engines.engine import Engine, Limits
from chatctl.engines.sources import open_engine
from chatctl.sqlite import sqlite3
from servers import Postgres

EXPECTED = {
    "year": 2013,
    "quarter": "2013-07-01",
    "month": "2013-07-01",
    "week": "2013-07-01",
    "day": "2013-07-04",
    "weekday": 4,
    "hour": 15,
    "month_number": 7,
    "quarter_number": 3,
    "day_number": 4,
}


@pytest.fixture(params=["postgresql", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty source."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        location = server.url()
    else:
        location = str(tmp_path / "empty.sqlite")
        with sqlite3.connect(location) as connection:
            connection.execute("CREATE TABLE empty (at TEXT)")
        connection.close()
    found = open_engine(name="empty", kind=request.param, locations=[location], cache=tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("unit", GRAINS[STANDARD])
def test_a_unit_of_a_date(engine: Engine, unit: str) -> None:
    date = exp.Literal.string("2013-07-04 15:20:00")
    moment = date if engine.dialect == "sqlite" else exp.cast(date, "TIMESTAMP")
    query = exp.select(grain_expression(unit, moment, engine.dialect))
    assert engine.run(query.sql(engine.dialect), Limits()).rows == [[EXPECTED[unit]]]


def test_a_date_of_parts(engine: Engine) -> None:
    parts = exp.select("2013 AS y", "7 AS m", "4 AS d").subquery("parts")
    query = exp.select(day_expression([exp.column(name) for name in "ymd"], engine.dialect)).from_(parts)
    assert engine.run(query.sql(engine.dialect), Limits()).rows == [["2013-07-04"]]
