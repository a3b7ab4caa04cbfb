"""A dashboard on the screen: each metric in a frame, side by side where there is room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel as Frame
from rich.table import Table
from rich.text import Text

from chatctl.domain.chats import MessageError, ResultEntry
from chatctl.domain.dashboards import Board, Panel, PanelRow
from chatctl.rendering.charts import big_number
from chatctl.rendering.figures import figure
from chatctl.rendering.labels import formats, label
from chatctl.rendering.screen import Screen, line, words
from chatctl.rendering.text import plural, visible_line

SIDE_BY_SIDE: Final = 100
"""Columns of a terminal from which on panels stand beside each other."""
NARROWEST: Final = 32
BORDERS: Final = 4
PIXELS_OF_A_LINE: Final = 28
FEWEST_ROWS: Final = 5


def board(value: Board, screen: Screen) -> str:
    """The dashboard: its name, what it is about, and its rows."""
    parts: list[RenderableType] = [line(value.name, "bold")]
    parts += [words(value.description, "dim")] if value.description else []
    return screen.draw(*parts, *(each for row in value.rows for each in _row(row, screen)))


def _row(row: PanelRow, screen: Screen) -> Iterator[RenderableType]:
    widths = _widths(row.column_sizes, screen.width)
    rows = max(FEWEST_ROWS, row.row_height // PIXELS_OF_A_LINE)
    if screen.width < SIDE_BY_SIDE or min(widths) < NARROWEST:
        yield from (_frame(panel, _content(panel, screen.width - BORDERS, rows, screen)) for panel in row.panels)
        return
    drawn = [_content(panel, width - BORDERS, rows, screen) for panel, width in zip(row.panels, widths, strict=True)]
    yield _Beside(panels=row.panels, contents=drawn, widths=widths)


def _widths(sizes: Sequence[int], width: int) -> list[int]:
    """Twelfths in cells; what is left over goes to the last."""
    widths = [width * size // 12 for size in sizes]
    return [*widths[:-1], width - sum(widths[:-1])]


@dataclass(frozen=True, kw_only=True)
class _Beside:
    """Frames of one height side by side."""

    panels: Sequence[Panel]
    contents: Sequence[RenderableType]
    widths: Sequence[int]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        heights = [
            len(console.render_lines(content, options.update(width=width - BORDERS), pad=False))
            for content, width in zip(self.contents, self.widths, strict=True)
        ]
        table = Table.grid(padding=0)
        for width in self.widths:
            table.add_column(width=width)
        framed = zip(self.panels, self.contents, strict=True)
        table.add_row(*(_frame(panel, content, height=max(heights) + 2) for panel, content in framed))
        yield table


def _frame(panel: Panel, content: RenderableType, *, height: int | None = None) -> Frame:
    title = Text(visible_line(panel.name), style="bold", no_wrap=True, overflow="ellipsis")
    when = panel.metric.time_frame if panel.metric else ""
    return Frame(
        content,
        title=title,
        title_align="left",
        subtitle=Text(visible_line(when), style="dim") if when else None,
        subtitle_align="right",
        box=box.ROUNDED,
        border_style="red" if panel.error else "dim",
        height=height,
        padding=(0, 1),
    )


def _content(panel: Panel, width: int, rows: int, screen: Screen) -> RenderableType:
    if panel.error:
        return _failure(panel.error)
    assert panel.result is not None
    if panel.metric and panel.metric.chart_config.selected_chart_type == "metric":
        return _figure(panel.result, panel.metric.description) or _drawn(panel.result, width, rows, screen)
    return _drawn(panel.result, width, rows, screen)


def _failure(error: MessageError) -> RenderableType:
    return Group(words(error.message, "red"), *([words(error.hint, "dim")] if error.hint else []))


def _figure(entry: ResultEntry, description: str) -> RenderableType | None:
    """The one figure of a metric with its name; no frame within the frame."""
    if big_number(entry) is None or entry.chart_config is None:
        return None
    at = [column.name for column in entry.columns].index(entry.chart_config.metric_column_id or "")
    column = entry.columns[at]
    told = label(entry.rows[0][at], column, formats(entry).get(column.name), brief=True)
    return Group(Text(told, style="bold"), words(description or column.name, "dim"))


def _drawn(entry: ResultEntry, width: int, rows: int, screen: Screen) -> RenderableType:
    """The chart, or the table where there is none; what is left out is counted."""
    found = figure(entry, width, colour=screen.colour, rows=rows)
    if found.chart is not None:
        return found.chart
    if found.table is None:
        return words("no rows", "dim")
    cut = [words(f"{plural(entry.row_count, 'row')} shown, and there are more", "dim")] if entry.truncated else []
    return Group(found.table, *(words(told, "dim") for told in found.left_out), *cut)
