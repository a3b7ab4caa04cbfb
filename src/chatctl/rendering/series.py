"""What a chart draws: labels along one axis and figures for each, taken from a result."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatctl.domain.charts import Axis
from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import NUMERIC, Cell, Column
from chatctl.rendering.text import shown


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or one colour of bars: a figure for each label, None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, kw_only=True)
class Plotted:
    """Labels and the series over them; `x` is the labels' column."""

    x: Column
    labels: Sequence[Cell]
    series: Sequence[Series]

    @property
    def figures(self) -> list[float]:
        """Every figure that there is."""
        return [value for one in self.series for value in one.values if value is not None]


def plotted(entry: ResultEntry) -> Plotted | None:
    """What the result's chart draws, or None where it names no axes, unknown columns or nothing numeric."""
    axis = entry.chart_config.bar_and_line_axis if entry.chart_config else None
    at = {column.name: place for place, column in enumerate(entry.columns)}
    if axis is None or not axis.x or not axis.y or not at.keys() >= {axis.x[0], *axis.y, *axis.category}:
        return None
    measures = [name for name in axis.y if entry.columns[at[name]].type in NUMERIC]
    if not measures:
        return None
    found = _split(entry, axis, measures[0], at) if axis.category else _side_by_side(entry, axis, measures, at)
    return found if found.figures else None


def number(cell: Cell) -> float | None:
    """A cell as a figure; decimals and large integers are stored as text."""
    if cell is None or isinstance(cell, bool):
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _side_by_side(entry: ResultEntry, axis: Axis, measures: Sequence[str], at: dict[str, int]) -> Plotted:
    x = at[axis.x[0]]
    series = [Series(name=name, values=[number(row[at[name]]) for row in entry.rows]) for name in measures]
    return Plotted(x=entry.columns[x], labels=[row[x] for row in entry.rows], series=series)


def _split(entry: ResultEntry, axis: Axis, measure: str, at: dict[str, int]) -> Plotted:
    x, category, y = at[axis.x[0]], at[axis.category[0]], at[measure]
    found = {(row[x], row[category]): number(row[y]) for row in entry.rows}
    labels = list(dict.fromkeys(row[x] for row in entry.rows))
    names = list(dict.fromkeys(row[category] for row in entry.rows))
    series = [Series(name=shown(name), values=[found.get((label, name)) for label in labels]) for name in names]
    return Plotted(x=entry.columns[x], labels=labels, series=series)
