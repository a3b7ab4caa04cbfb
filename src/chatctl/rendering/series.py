"""What a chart draws: labels along one axis and figures for each, taken from a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatctl.domain.charts import Axis, ColumnLabelFormat
from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import NUMERIC, Cell, Column
from chatctl.rendering.labels import formats, label, number
from chatctl.rendering.text import shown


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or one colour of bars: a figure for each label, None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Plotted:
    """Labels and the series over them; `x` is the labels' column, `y` the first measure's, each with its format."""

    x: Column
    y: Column
    labels: Sequence[Cell]
    series: Sequence[Series]
    x_form: ColumnLabelFormat | None = None
    y_form: ColumnLabelFormat | None = None

    @property
    def figures(self) -> list[float]:
        """Every figure that there is."""
        return [value for one in self.series for value in one.values if value is not None]

    @property
    def told(self) -> list[str]:
        """The labels as people read them."""
        return [label(each, self.x, self.x_form) for each in self.labels]


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A result whose columns are found by name."""

    entry: ResultEntry
    at: dict[str, int]

    def cells(self, name: str) -> list[Cell]:
        return [row[self.at[name]] for row in self.entry.rows]

    def column(self, name: str) -> Column:
        return self.entry.columns[self.at[name]]

    def plotted(self, x: str, y: str, labels: Sequence[Cell], series: Sequence[Series]) -> Plotted | None:
        forms = formats(self.entry)
        found = Plotted(
            x=self.column(x),
            y=self.column(y),
            labels=labels,
            series=series,
            x_form=forms.get(x),
            y_form=forms.get(y),
        )
        return found if found.figures else None


def plotted(entry: ResultEntry, measures: Sequence[str] | None = None) -> Plotted | None:
    """What the result's chart draws, or None where it names no axes, unknown columns or nothing numeric.

    `measures` are drawn in place of those on the y axis.
    """
    axis = entry.chart_config.axis if entry.chart_config else None
    table = _Table(entry=entry, at={column.name: place for place, column in enumerate(entry.columns)})
    if axis is None or not axis.x or not axis.y or not table.at.keys() >= set(axis.columns):
        return None
    drawn = [name for name in measures or axis.y if table.column(name).type in NUMERIC]
    if not drawn:
        return None
    if not axis.category or measures:
        return _side_by_side(table, axis.x[0], drawn)
    scattered = entry.chart_config is not None and entry.chart_config.selected_chart_type == "scatter"
    return (_scattered if scattered else _split)(table, axis, drawn[0])


def _side_by_side(table: _Table, x: str, measures: Sequence[str]) -> Plotted | None:
    series = [Series(name=name, values=[number(cell) for cell in table.cells(name)]) for name in measures]
    return table.plotted(x, measures[0], table.cells(x), series)


def _split(table: _Table, axis: Axis, measure: str) -> Plotted | None:
    x, category = table.cells(axis.x[0]), table.cells(axis.category[0])
    found = {(at, of): number(cell) for at, of, cell in zip(x, category, table.cells(measure), strict=True)}
    labels, names = list(dict.fromkeys(x)), list(dict.fromkeys(category))
    series = [Series(name=shown(name), values=[found.get((label, name)) for label in labels]) for name in names]
    return table.plotted(axis.x[0], measure, labels, series)


def _scattered(table: _Table, axis: Axis, measure: str) -> Plotted | None:
    """A place for each row: several points may stand over one label."""
    category = table.cells(axis.category[0])
    values = [number(cell) for cell in table.cells(measure)]
    series = [
        Series(
            name=shown(name),
            values=[value if own == name else None for value, own in zip(values, category, strict=True)],
        )
        for name in dict.fromkeys(category)
    ]
    return table.plotted(axis.x[0], measure, table.cells(axis.x[0]), series)
