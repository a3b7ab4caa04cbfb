"""Dashboards against their SQL alone."""

import json
import statistics
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from benching.analysts import FLIGHTS
from benching.measures import Figure, fresh_home, seconds


def dashboards(runs: int) -> list[Figure]:
    """A dashboard of 12 metrics, measured in this process from the service down, against their SQL alone in DuckDB.

    Alone: the file that the flights were loaded into, opened once, a connection and a thread for each of as many
    queries at a time as the service runs. The service adds rights, the metrics' files, their checks, cells and charts.
    """
    from chatctl.config import load
    from chatctl.domain.asset_files import parse
    from chatctl.runtime import Runtime

    with fresh_home() as home:
        runtime = Runtime(load({"home": str(home)}, {}))
        runtime.sources.add("flights", [str(path) for path in sorted(FLIGHTS.glob("*.csv"))])
        for name, sql in DASHBOARD.items():
            metric = {"name": name, "source": "flights", "sql": sql, "chartConfig": {"selectedChartType": "table"}}
            runtime.assets.create(parse(json.dumps(metric), "metric_file"))
        rows = [
            {"id": at, "items": [{"id": each} for each in names], "columnSizes": [3] * 4}
            for at, names in enumerate(_fours(DASHBOARD))
        ]
        runtime.assets.create(parse(json.dumps({"name": "Bench", "rows": rows}), "dashboard_file"))

        def show() -> None:
            board = runtime.dashboards.show("Bench")
            assert len(board.panels) == len(DASHBOARD)
            assert not board.failed

        (loaded,) = home.glob("cache/files/*/*.duckdb")
        show()
        _alone(loaded)
        pairs = [(seconds(show), seconds(lambda: _alone(loaded))) for _ in range(runs)]
        runtime.close()
    whole, alone = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    return [Figure("dashboard show, 12 metrics", whole, alone, ratio, 1.5, note="in process, from the service down")]


DASHBOARD = {
    "by month": "SELECT month, count(*) AS n FROM flights GROUP BY month ORDER BY month",
    "by carrier": "SELECT carrier, avg(arr_delay) AS delay FROM flights GROUP BY carrier ORDER BY delay DESC",
    "by name": "SELECT name, count(*) AS n FROM flights JOIN airlines USING (carrier) GROUP BY name ORDER BY n DESC",
    "by origin and hour": "SELECT origin, hour, avg(dep_delay) AS delay FROM flights GROUP BY ALL ORDER BY 1, 2",
    "delayed": "SELECT avg(CASE WHEN dep_delay > 15 THEN 1.0 ELSE 0 END) AS share FROM flights",
    "by day": "SELECT make_date(year, month, day) AS day, count(*) AS n FROM flights GROUP BY ALL ORDER BY day",
    "routes": "SELECT origin, dest, count(*) AS n FROM flights GROUP BY ALL ORDER BY n DESC LIMIT 20",
    "tails": "SELECT count(DISTINCT tailnum) AS planes FROM flights",
    "median": "SELECT carrier, median(air_time) AS minutes FROM flights GROUP BY carrier ORDER BY carrier",
    "planes": "SELECT manufacturer, count(*) AS n FROM flights JOIN planes USING (tailnum) GROUP BY ALL ORDER BY n",
    "spread": "SELECT month, quantile_cont(arr_delay, 0.9) AS p90 FROM flights GROUP BY month ORDER BY month",
    "weather": "SELECT origin, month, avg(temp) AS temp FROM weather GROUP BY ALL ORDER BY 1, 2",
}


def _fours(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while four := list(islice(rest, 4)):
        yield four


def _alone(loaded: Path) -> None:
    """Run the SQL of the dashboard in DuckDB and fetch every row."""
    import duckdb

    from chatctl.services.dashboards import AT_ONCE

    with duckdb.connect(loaded, read_only=True) as connection, ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(lambda sql: connection.cursor().execute(sql).fetchall(), DASHBOARD.values()))
