"""How a result is drawn: the `chartConfig` of a metric."""

from typing import Literal, Self

from pydantic import Field, model_validator

from chatctl.domain.values import Value

ChartType = Literal["line", "bar", "scatter", "pie", "metric", "table", "combo"]


class Axis(Value):
    """Columns on the axes: `x` once, `y` one or more measures, `category` one that splits the series or none.

    `y2` are the measures that a combo chart draws as lines, with an axis of their own; `size` is for scatter charts.
    """

    x: list[str]
    y: list[str]
    category: list[str] = []
    y2: list[str] = []
    size: list[str] = []

    @property
    def columns(self) -> list[str]:
        """Every column that the axes name."""
        return [*self.x, *self.y, *self.category, *self.y2, *self.size]


class ColumnLabelFormat(Value):
    """How the values of a column are written; `compact` makes 1.2M of 1,200,000."""

    style: Literal["number", "percent", "currency", "date", "string"] = "number"
    currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    date_format: str | None = None
    decimals: int | None = Field(default=None, ge=0, le=10)
    prefix: str = ""
    suffix: str = ""
    compact: bool = False

    @model_validator(mode="after")
    def _currency_named(self) -> Self:
        if self.style == "currency" and self.currency is None:
            raise ValueError("currency must be named, for example EUR")
        return self


class ChartConfig(Value):
    """A chart over a result's columns; `metric_column_id` names the one figure of a `metric` chart.

    Each type has its own axis, as in the guide's product; bar and line share one, which others fall back to.
    """

    selected_chart_type: ChartType
    bar_and_line_axis: Axis | None = None
    scatter_axis: Axis | None = None
    pie_chart_axis: Axis | None = None
    combo_chart_axis: Axis | None = None
    metric_column_id: str | None = None
    column_label_formats: dict[str, ColumnLabelFormat] = {}

    @property
    def axis(self) -> Axis | None:
        """The axis of the selected type."""
        own = {"scatter": self.scatter_axis, "pie": self.pie_chart_axis, "combo": self.combo_chart_axis}
        return own.get(self.selected_chart_type) or self.bar_and_line_axis

    @property
    def columns(self) -> list[str]:
        """Every column that the chart names, each once."""
        axes = [self.bar_and_line_axis, self.scatter_axis, self.pie_chart_axis, self.combo_chart_axis]
        named = [column for axis in axes if axis for column in axis.columns]
        figure = [self.metric_column_id] if self.metric_column_id else []
        return list(dict.fromkeys([*named, *figure, *self.column_label_formats]))
