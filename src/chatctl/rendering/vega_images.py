"""A metric or a dashboard as one picture, drawn by vl-convert, which comes with the extra `export`."""

import textwrap
from typing import Any, Final, Literal

from chatctl.domain.chats import ResultEntry
from chatctl.domain.dashboards import Board, Panel, PanelRow
from chatctl.domain.errors import ValidationError
from chatctl.rendering.labels import formats, label
from chatctl.rendering.text import shown, visible_line
from chatctl.rendering.vega import SCHEMA, Spec, spec
from chatctl.rendering.vega_looks import PICTURE, config, least_height

WIDTH: Final = 1200
GAP: Final = 32
SCALE: Final = 2
MOST_ROWS: Final = 20
ROW_HEIGHT: Final = 20
LETTER: Final = 7
"""Pixels of a letter at the size of text, on average."""


def picture(board: Board, format: Literal["svg", "png"]) -> bytes:
    """The board as a picture. Raises ValidationError where vl-convert is not installed."""
    try:
        import vl_convert
    except ImportError as error:
        raise ValidationError.field(
            "file",
            f"Pictures as {format.upper()} need vl-convert, which is not installed",
            "not_installed",
            hint="pip install 'chatctl[export]'; a page (.html) needs nothing.",
        ) from error
    whole = _whole(board)
    if format == "svg":
        return vl_convert.vegalite_to_svg(whole, allowed_base_urls=[]).encode()
    return bytes(vl_convert.vegalite_to_png(whole, scale=SCALE, allowed_base_urls=[]))


def _whole(board: Board) -> Spec:
    rows: list[Spec] = [_row(board, row) for row in board.rows]
    title: Spec = {"text": visible_line(board.name), "fontSize": 20, "offset": 20}
    if board.description:
        title["subtitle"] = textwrap.wrap(visible_line(board.description), 150)[:4]
    return {
        "$schema": SCHEMA,
        "title": title,
        "vconcat": rows,
        "spacing": GAP,
        "align": "none",
        "padding": 24,
        "config": config(PICTURE),
        "resolve": {"scale": {"color": "independent", "size": "independent"}},
    }


def _row(board: Board, row: PanelRow) -> Spec:
    room = WIDTH - GAP * (len(row.panels) - 1)
    panels = [
        _panel(panel, room * size // 12, row.row_height, lone=board.kind == "metric")
        for panel, size in zip(row.panels, row.column_sizes, strict=True)
    ]
    independent = {"scale": {"color": "independent", "size": "independent"}}
    return {"hconcat": panels, "spacing": GAP, "align": "none", "bounds": "full", "resolve": independent}


def _panel(panel: Panel, width: int, height: int, *, lone: bool) -> Spec:
    drawn = _drawn(panel, width, height)
    when = panel.metric.time_frame if panel.metric else ""
    title = visible_line(when if lone else " · ".join(filter(None, [panel.name, when])))
    return {**drawn, "title": {"text": title, "limit": width}} if title else drawn


def _drawn(panel: Panel, width: int, height: int) -> Spec:
    if panel.error or panel.result is None:
        said = panel.error.message if panel.error else "no result"
        return _words(textwrap.wrap(visible_line(said), max(20, width // LETTER)), width, height, colour="#b3261e")
    # The axes stand outside of these.
    size = width - 90, height - 60
    chart = spec(panel.result, size)
    if chart:
        inner = {key: value for key, value in chart.items() if key not in {"$schema", "usermeta"}}
        return {**inner, "width": size[0], "height": least_height(chart, height) - 60}
    return _figure(panel.result, width, height) or _table(panel.result, width)


def _words(lines: list[str], width: int, height: int, *, colour: str = PICTURE.ink, size: int = 13) -> Spec:
    mark = {"type": "text", "align": "left", "baseline": "top", "fontSize": size, "color": colour, "lineBreak": "\n"}
    return {
        "data": {"values": [{"t": "\n".join(lines)}]},
        "width": width,
        "height": height,
        "mark": mark | {"x": 0, "y": 8},
        "encoding": {"text": {"field": "t"}},
    }


def _figure(result: ResultEntry, width: int, height: int) -> Spec | None:
    named = result.chart_config.metric_column_id if result.chart_config else None
    at = next((place for place, column in enumerate(result.columns) if column.name == named), None)
    if at is None or not result.rows:
        return None
    column = result.columns[at]
    told = label(result.rows[0][at], column, formats(result).get(column.name), brief=True)
    return _words([visible_line(told)], width, min(height, 90), size=48)


def _table(result: ResultEntry, width: int) -> Spec:
    """The first rows as text in columns of one width."""
    columns = result.columns or []
    step = width // max(1, len(columns))
    most = max(4, step // LETTER - 1)
    rows: list[list[str]] = [[visible_line(column.name) for column in columns]]
    for row in result.rows[:MOST_ROWS]:
        cells = zip(row, columns, strict=True)
        rows.append([label(cell, column, formats(result).get(column.name), brief=True) for cell, column in cells])
    if len(result.rows) > MOST_ROWS:
        rows.append([f"{len(result.rows) - MOST_ROWS:,} more rows"])
    values = [
        {"x": at * step, "y": number * ROW_HEIGHT, "t": _cut(text, most), "head": number == 0}
        for number, texts in enumerate(rows)
        for at, text in enumerate(texts)
    ]
    height = len(rows) * ROW_HEIGHT
    exact: dict[str, Any] = {"type": "quantitative", "axis": None}
    return {
        "data": {"values": values},
        "width": width,
        "height": height,
        "mark": {"type": "text", "align": "left", "baseline": "top", "fontSize": 12},
        "encoding": {
            "x": {"field": "x", **exact, "scale": {"domain": [0, width], "nice": False}},
            "y": {"field": "y", **exact, "scale": {"domain": [0, height], "nice": False, "reverse": True}},
            "text": {"field": "t"},
            "opacity": {"condition": {"test": "datum.head", "value": 0.6}, "value": 1},
        },
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else shown(text[: most - 1]) + "…"
