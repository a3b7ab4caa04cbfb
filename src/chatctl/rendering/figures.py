"""A result on the screen: its table, its chart, or both side by side."""

from dataclasses import dataclass
from typing import Final

from rich.console import RenderableType

from chatctl.domain.chats import ResultEntry
from chatctl.rendering.charts import bar_beside_rows, bars, chart
from chatctl.rendering.labels import labelled
from chatctl.rendering.tables import fit

ROWS: Final = 20
"""Rows of a table that is not drawn as bars, in a conversation and on a dashboard."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What is drawn of a result, and what of its table does not show, in words."""

    table: RenderableType | None
    chart: RenderableType | None
    left_out: tuple[str, ...] = ()


def figure(entry: ResultEntry, width: int, *, colour: bool, rows: int | None = ROWS) -> Figure:
    """Table and chart; bars stand beside the rows where there is one for each, a lone figure needs no table."""
    figures = bar_beside_rows(entry)
    fitted = fit(labelled(entry), width, rows=rows if figures is None else None, bars=bars(figures) if figures else ())
    drawn = None if fitted.with_bars else chart(entry, width, colour=colour)
    if drawn is not None and len(entry.columns) == 1 and len(entry.rows) <= 1:
        return Figure(table=None, chart=drawn)
    return Figure(table=fitted.part, chart=drawn, left_out=fitted.left_out)
