"""How a result is drawn: the `chartConfig` of a metric."""

from typing import Literal

from chatctl.domain.values import Value

ChartType = Literal["line", "bar", "scatter", "pie", "metric", "table", "combo"]


class Axis(Value):
    """Columns on the axes: `x` once, `y` one or more measures, `category` one that splits the series or none."""

    x: list[str]
    y: list[str]
    category: list[str] = []


class ChartConfig(Value):
    """A chart over a result's columns; `metric_column_id` names the one figure of a `metric` chart."""

    selected_chart_type: ChartType
    bar_and_line_axis: Axis | None = None
    metric_column_id: str | None = None
