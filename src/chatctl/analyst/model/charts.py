"""How a result is drawn: as the model wishes, else as its columns suggest."""

from typing import Final

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from chatctl.analyst.model.refusals import Refused, reasons
from chatctl.domain.charts import Axis, ChartConfig, ChartType
from chatctl.domain.results import NUMERIC, ResultSet

MOST_BARS: Final = 40

_TIMES: Final = frozenset({"date", "timestamp"})
_OWN_AXIS: Final = {"scatter": "scatter_axis", "pie": "pie_chart_axis", "combo": "combo_chart_axis"}


class Chart(BaseModel):
    """A chart over columns of the result: `x` once, `y` the measures, `category` splits the series."""

    model_config = ConfigDict(extra="ignore")

    type: ChartType
    x: list[str] = Field(default=[], max_length=1)
    y: list[str] = []
    category: list[str] = Field(default=[], max_length=1)


def drawn(chart: Chart | None, result: ResultSet) -> ChartConfig:
    """The chart's configuration. Raises Refused for columns that the result does not have."""
    if chart is None:
        return _suggested(result)
    names = [column.name for column in result.columns]
    if unknown := [each for each in (*chart.x, *chart.y, *chart.category) if each not in names]:
        raise Refused(f"The result has no column {', '.join(unknown)}; it has {', '.join(names)}.")
    if chart.type == "table":
        return ChartConfig(selected_chart_type="table")
    if chart.type == "metric":
        return ChartConfig(selected_chart_type="metric", metric_column_id=(chart.y or _numeric(result) or names)[0])
    if not chart.x or not chart.y:
        raise Refused(f"A {chart.type} chart needs x and y.")
    axis = Axis(x=chart.x, y=chart.y, category=chart.category)
    try:
        return ChartConfig.model_validate(
            {"selected_chart_type": chart.type, _OWN_AXIS.get(chart.type, "bar_and_line_axis"): axis}
        )
    except pydantic.ValidationError as error:
        raise Refused(reasons(error)) from error


def _suggested(result: ResultSet) -> ChartConfig:
    """One figure as a metric, figures over time as a line, few categories as bars, else a table."""
    figures = _numeric(result)
    others = [column for column in result.columns if column.name not in figures]
    if len(result.rows) == 1 and len(figures) == len(result.columns) == 1:
        return ChartConfig(selected_chart_type="metric", metric_column_id=figures[0])
    if len(others) != 1 or not figures or len(result.rows) < 2:
        return ChartConfig(selected_chart_type="table")
    axis = Axis(x=[others[0].name], y=figures[:1])
    if others[0].type in _TIMES:
        return ChartConfig(selected_chart_type="line", bar_and_line_axis=axis)
    if len(result.rows) > MOST_BARS:
        return ChartConfig(selected_chart_type="table")
    return ChartConfig(selected_chart_type="bar", bar_and_line_axis=axis)


def _numeric(result: ResultSet) -> list[str]:
    return [column.name for column in result.columns if column.type in NUMERIC]
