"""A home with a small source, a metric and a dashboard, made once for tests that only look."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatctl import config
from chatctl.domain.asset_files import parse
from chatctl.runtime import Runtime

METRIC = """\
name: Flights per month
source: flights
sql: |
  SELECT month, count(*) AS flights FROM flights GROUP BY month ORDER BY month
chartConfig:
  selectedChartType: bar
  barAndLineAxis: {x: [month], y: [flights]}
"""
DASHBOARD = """\
name: Departures
rows:
  - id: 1
    items: [{id: Flights per month}]
    columnSizes: [12]
"""
FLIGHTS = "month,carrier,delay,day\n" + "".join(
    f"{month},{carrier},{month * 1.5},2013-{month:02}-01\n" for month in (1, 2, 3) for carrier in ("AA", "UA")
)


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory, blank: Path) -> Iterator[Runtime]:
    """The program on a home that is not changed, its queries stopped after a second."""
    folder = tmp_path_factory.mktemp("assets")
    (folder / "home").mkdir()
    shutil.copy(blank, folder / "home" / "chatctl.db")
    (folder / "flights.csv").write_text(FLIGHTS)
    settings = {"home": str(folder / "home"), "user": "ada", "query_timeout": 1.0}
    runtime = Runtime(config.load(settings))
    runtime.sources.add("flights", [str(folder / "flights.csv")])
    runtime.assets.create(parse(METRIC, "metric_file"))
    runtime.assets.create(parse(DASHBOARD, "dashboard_file"))
    yield runtime
    runtime.close()
