"""Boards with a panel for every type of chart."""

from datetime import UTC, datetime
from typing import Any

from chatctl.domain.assets import MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import MessageError, ResultEntry
from chatctl.domain.dashboards import Board, Panel, PanelRow

from .factories import identifier, result

MADE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MONTHS: list[list[Any]] = [[f"2013-{month:02}-01", 1000.5 * month, 40 - 3 * month] for month in range(1, 13)]
SPLIT: list[list[Any]] = [
    [month, city, month * (3 + len(city))] for month in range(1, 7) for city in ("Rome", "Berlin")
]
CITIES: list[list[Any]] = [["Rome", 50], ["Oslo", 30], ["Bern", 20]]
SPEEDS: list[list[Any]] = [["a", 100.0, 5.5, 10], ["b", 900.0, 7.25, 400], ["c", 2500.0, 3.0, 90]]
AXES = {"x": ["month"], "y": ["flights"]}


def config(kind: str, **more: Any) -> ChartConfig:
    return ChartConfig.model_validate({"selectedChartType": kind, **more})


def drawn(kind: str) -> ResultEntry:
    """A result drawn as this type, with the axis of its own."""
    monthly: Any = [("month", "date"), ("flights", "number"), ("delay", "integer")]
    split: Any = [("month", "integer"), ("city", "text"), ("flights", "integer")]
    match kind:
        case "bar" | "line":
            axis = AXES | {"category": ["city"]}
            return result(split, SPLIT, chart_config=config(kind, barAndLineAxis=axis))
        case "scatter":
            speeds: Any = [("name", "text"), ("distance", "number"), ("speed", "number"), ("n", "integer")]
            axis = {"x": ["distance"], "y": ["speed"], "category": ["name"], "size": ["n"]}
            return result(speeds, SPEEDS, chart_config=config(kind, scatterAxis=axis))
        case "pie":
            axis = {"x": ["city"], "y": ["flights"]}
            cities: Any = [("city", "text"), ("flights", "integer")]
            return result(cities, CITIES, chart_config=config(kind, pieChartAxis=axis))
        case "combo":
            return result(monthly, MONTHS, chart_config=config(kind, comboChartAxis=AXES | {"y2": ["delay"]}))
        case "metric":
            formats = {"share": {"style": "percent", "decimals": 1}}
            chosen = config(kind, metricColumnId="share", columnLabelFormats=formats)
            return result([("share", "number")], [[0.2149]], chart_config=chosen)
        case _:
            return result(monthly, MONTHS, chart_config=config("table"))


def panel(entry: ResultEntry | None, name: str = "Flights", number: int = 1, **file: Any) -> Panel:
    """A metric of that name with this result, or one that failed."""
    chart = entry.chart_config if entry else None
    metric = {"name": name, "source": "flights", "sql": entry.sql if entry else "SELECT 1", **file}
    return Panel(
        id=str(identifier(number)),
        name=name,
        version_number=1,
        metric=MetricFile.model_validate(metric | {"chartConfig": chart or config("table")}),
        result=entry,
        error=None if entry else MessageError(code="QUERY_TIMEOUT", message="It took too long.", hint="Ask for less."),
    )


def board(*rows: list[Panel], name: str = "Travel", kind: str = "dashboard", description: str = "") -> Board:
    """A dashboard whose panels share each row evenly."""
    return Board(
        id=identifier(9),
        name=name,
        kind=kind,
        version_number=3,
        description=description,
        made_at=MADE,
        rows=[PanelRow(panels=row, column_sizes=[12 // len(row)] * len(row), row_height=280) for row in rows],
    )


CHARTS = ("bar", "line", "scatter", "pie", "combo")
KINDS = (*CHARTS, "metric", "table")


def gallery() -> Board:
    """Every type of chart, and a panel that failed."""
    panels = [panel(drawn(kind), name=f"A {kind} chart", number=at) for at, kind in enumerate(KINDS)]
    return board(panels[:3], panels[3:5], panels[5:], [panel(None, name="Broken")], name="Gallery")
