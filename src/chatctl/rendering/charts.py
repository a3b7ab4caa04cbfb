"""Charts in the terminal: bars and big numbers by rich, lines and points by plotext.

Bars are not plotext's: as a bitmap they drop labels and blur figures, and its import alone takes 0.3 s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from rich import box
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chatctl.domain.chats import ResultEntry
from chatctl.rendering.labels import formats, label, number
from chatctl.rendering.series import Plotted, Series, plotted
from chatctl.rendering.text import plural, visible_line

MOST_BARS: Final = 30
WIDEST_BAR: Final = 60
WIDEST_LABEL: Final = 24
NARROWEST_BAR: Final = 10
GAP: Final = 2
COLOURS: Final = ("bright_blue", "bright_green", "bright_red", "bright_cyan", "bright_magenta", "bright_yellow")


def chart(entry: ResultEntry, width: int, *, colour: bool) -> RenderableType | None:
    """The chart of a result within `width` cells, or None where there is none or the result does not give one."""
    kind = entry.chart_config.selected_chart_type if entry.chart_config else "table"
    if kind == "metric":
        return big_number(entry)
    drawn = plotted(entry) if kind != "table" else None
    if drawn is None or len(drawn.labels) < 2:
        return None
    if kind in {"bar", "pie"}:
        return _bars(drawn, width)
    if kind == "combo":
        return _combo(entry, drawn, width, colour=colour)
    return _lines(_in_one_colour(drawn) if kind == "scatter" else drawn, width, colour=colour, joined=kind != "scatter")


def big_number(entry: ResultEntry) -> RenderableType | None:
    """The one figure of a `metric` chart in a frame, with its name."""
    named = entry.chart_config.metric_column_id if entry.chart_config else None
    at = next((place for place, column in enumerate(entry.columns) if column.name == named), None)
    if at is None or not entry.rows or number(entry.rows[0][at]) is None:
        return None
    column = entry.columns[at]
    figure = Text(label(entry.rows[0][at], column, formats(entry).get(column.name)), style="bold")
    name = Text(visible_line(column.name), style="dim")
    return Panel(Group(figure, name), box=box.ROUNDED, expand=False, padding=(0, 2))


def bar_beside_rows(entry: ResultEntry) -> Sequence[float | None] | None:
    """The figures of a bar chart with one bar for each row of the result, to be drawn beside the table."""
    config = entry.chart_config
    if config is None or config.selected_chart_type not in {"bar", "pie"} or not 2 <= len(entry.rows) <= MOST_BARS:
        return None
    drawn = plotted(entry)
    if drawn is None or len(drawn.series) != 1 or len(drawn.labels) != len(entry.rows):
        return None
    return drawn.series[0].values


def bars(values: Sequence[float | None], *, among: Sequence[float] = (), style: str = COLOURS[0]) -> list[Bar]:
    """A bar for each value, from zero to the right or left; an empty one for null.

    All fit the scale of the values and of those `among` which they stand.
    """
    figures = [0.0, *among, *(value for value in values if value is not None)]
    low, high = min(figures), max(figures)
    # A size of zero has no bars, but rich divides by it.
    size = (high - low) or 1.0
    return [Bar(size, min(value or 0, 0) - low, max(value or 0, 0) - low, color=style) for value in values]


def _lines(drawn: Plotted, width: int, *, colour: bool, joined: bool) -> RenderableType | None:
    from chatctl.rendering.lines import lines

    parts = lines(drawn, width, colour=colour, joined=joined)
    return Group(*parts) if parts else None


def _in_one_colour(drawn: Plotted) -> Plotted:
    """Of more categories than there are colours the points of all matter more than whose they are."""
    if len(drawn.series) <= len(COLOURS):
        return drawn
    points = [next((value for value in values if value is not None), None) for values in _across(drawn)]
    return replace(drawn, series=[Series(name=drawn.y.name, values=points)])


def _across(drawn: Plotted) -> Iterable[tuple[float | None, ...]]:
    return zip(*(one.values for one in drawn.series), strict=True)


def _combo(entry: ResultEntry, drawn: Plotted, width: int, *, colour: bool) -> RenderableType | None:
    """The bars, and below them the lines of the second axis, which has a scale of its own."""
    axis = entry.chart_config.axis if entry.chart_config else None
    second = plotted(entry, axis.y2) if axis and axis.y2 else None
    line = _lines(second, width, colour=colour, joined=True) if second else None
    if second is None or line is None:
        return _bars(drawn, width)
    return Group(_names(drawn), _bars(drawn, width), Text(), _names(second), line)


def _names(drawn: Plotted) -> Text:
    return Text(visible_line(", ".join(one.name for one in drawn.series)), style="dim")


def _bars(drawn: Plotted, width: int) -> RenderableType:
    """Bars group by group; as many groups as make thirty bars, the others counted."""
    groups = max(1, MOST_BARS // len(drawn.series))
    table = Table.grid(padding=(0, GAP, 0, 0))
    labels = 1 if len(drawn.series) == 1 else 2
    widest = max(1, min(WIDEST_LABEL, (width - NARROWEST_BAR) // labels - GAP))
    table.add_column(max_width=widest, no_wrap=True, overflow="ellipsis")
    if labels == 2:
        table.add_column(max_width=widest, no_wrap=True, overflow="ellipsis", style="dim")
    table.add_column(min_width=NARROWEST_BAR, max_width=max(NARROWEST_BAR, min(WIDEST_BAR, width // 2)), ratio=1)
    every = [bars(one.values, among=drawn.figures, style=_colour(at)) for at, one in enumerate(drawn.series)]
    for at, told in enumerate(drawn.told[:groups]):
        for rank, one in enumerate(drawn.series):
            first = Text(told if rank == 0 else "")
            name = [Text(visible_line(one.name))] if len(drawn.series) > 1 else []
            table.add_row(first, *name, every[rank][at])
    if (more := len(drawn.labels) - groups) <= 0:
        return table
    return Group(table, Text(f"{plural(more, 'more group')} of bars not drawn", style="dim"))


def _colour(rank: int) -> str:
    return COLOURS[rank % len(COLOURS)]
