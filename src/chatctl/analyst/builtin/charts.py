"""Which chart fits a form and its result."""

from chatctl.analyst.builtin.forms import Form, Term, time_unit
from chatctl.domain.charts import Axis, ChartConfig, ChartType
from chatctl.domain.results import NUMERIC, Column, ResultSet

MOST_BARS = 40


def chart(form: Form, result: ResultSet) -> ChartConfig | None:
    """Time as a line, few categories as bars, one figure as a metric, else a table; an asked-for chart wins."""
    if not result.rows or not result.columns:
        return None
    keys = [at for at, term in enumerate(form.select) if not term.aggregated]
    figures = [at for at, column in enumerate(result.columns) if at not in keys and column.type in NUMERIC]
    if form.counted:
        return ChartConfig(selected_chart_type="metric", metric_column_id=result.columns[0].name)
    relative = [at for at in figures if at < len(form.select) and form.select[at].window in ("growth", "running")]
    figures = relative or figures
    kind = form.chart or _kind(form, result, keys, figures)
    if kind == "metric":
        return ChartConfig(selected_chart_type="metric", metric_column_id=result.columns[(figures or [0])[0]].name)
    axis = _axis(result.columns, keys, figures)
    if kind == "table" or axis is None:
        return ChartConfig(selected_chart_type="table")
    return ChartConfig(selected_chart_type=kind, bar_and_line_axis=axis)


def _kind(form: Form, result: ResultSet, keys: list[int], figures: list[int]) -> ChartType:
    if len(result.rows) == 1 and len(result.columns) == 1 and figures:
        return "metric"
    if not form.group or not figures or len(result.rows) < 2:
        return "table"
    if any(ordered(form.select[at]) for at in keys):
        return "line"
    return "bar" if len(result.rows) <= MOST_BARS else "table"


def ordered(term: Term) -> bool:
    """Whether a term is a stretch of time, to be drawn from left to right."""
    return not term.function and time_unit(term.of) not in ("", "weekday")


def _axis(columns: list[Column], keys: list[int], figures: list[int]) -> Axis | None:
    if not keys or not figures:
        numbers = [column.name for column in columns if column.type in NUMERIC]
        return Axis(x=[columns[0].name], y=numbers[-1:]) if len(columns) > 1 and numbers else None
    names = [columns[at].name for at in keys]
    return Axis(x=names[:1], y=[columns[at].name for at in figures], category=names[1:2])
