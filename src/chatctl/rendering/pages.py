"""A metric or a dashboard with its results as one HTML page that needs nothing else: no network, no other file.

Whatever a user or the data says is text in it. Scripts run only if they are those of this module: the page's policy
names them by their hashes and forbids every request.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final, Literal

from chatctl.domain.chats import MessageError, ResultEntry
from chatctl.domain.dashboards import Board, Panel, PanelRow
from chatctl.domain.errors import InternalError
from chatctl.domain.results import Cell, Column
from chatctl.rendering.grids import is_numeric
from chatctl.rendering.labels import formats, label
from chatctl.rendering.text import plural, visible, visible_line
from chatctl.rendering.vega import Spec, spec
from chatctl.rendering.vega_looks import PAGE, dressed, least_height

PictureFormat = Literal["html", "svg", "png"]

SPANS: Final = "".join(f".span-{size} {{ grid-column: span {size}; }} " for size in range(1, 13))


def page(board: Board) -> str:
    """The page, whole. Raises InternalError where the package was put together without its chart scripts."""
    charts = dict(_charts(board))
    scripts = [_resource("vega.js"), _resource("page.js")] if charts else []
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts) or "'none'"
    policy = f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=False)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{_line(board.name)}</title>",
            f"<style>{_resource('page.css').replace('SPANS', SPANS)}</style>",
            "</head>",
            '<body><div class="page">',
            f"<header><h1>{_line(board.name)}</h1>{_about(board.description)}</header>",
            "<main>",
            *(part for number, row in enumerate(board.rows) for part in _row(board, row, number)),
            "</main>",
            f"<footer>{_origin(board)}</footer>",
            "</div>",
            *([f'<script type="application/json" id="charts">{_inlined(charts)}</script>'] if charts else []),
            *(f"<script>{script}</script>" for script in scripts),
            "</body>",
            "</html>\n",
        ]
    )


def _charts(board: Board) -> Iterator[tuple[str, Spec]]:
    """What is to be drawn, by the id of its place."""
    for number, row in enumerate(board.rows):
        for place, panel in enumerate(row.panels):
            drawn = spec(panel.result) if panel.result else None
            if drawn:
                height = least_height(drawn, row.row_height)
                described = {"description": visible_line(panel.name), **drawn}
                yield _id(number, place), dressed(described, PAGE, width="container", height=height)


def _row(board: Board, row: PanelRow, number: int) -> Iterator[str]:
    yield '<section class="row">'
    for place, (panel, size) in enumerate(zip(row.panels, row.column_sizes, strict=True)):
        # The one panel of a metric's page has its name and description above it already.
        lone = board.kind == "metric"
        yield (
            f'<article class="panel span-{size}"'
            + ("" if lone else f' aria-labelledby="{_id(number, place)}-name"')
            + ">"
        )
        yield from _head(panel, _id(number, place), lone=lone)
        yield from _wrong(panel.error) if panel.error else _found(panel, row, _id(number, place))
        yield "</article>"
    yield "</section>"


def _head(panel: Panel, place: str, *, lone: bool) -> Iterator[str]:
    when = panel.metric.time_frame if panel.metric else ""
    badge = f'<span class="when">{_line(when)}</span>' if when else ""
    name = "" if lone else f'<h2 id="{place}-name">{_line(panel.name)}</h2>'
    if name or badge:
        yield f'<div class="head">{name}{badge}</div>'
    if panel.metric and not lone:
        yield _about(panel.metric.description)


def _wrong(error: MessageError) -> Iterator[str]:
    hint = f"<small>{_text(error.hint)}</small>" if error.hint else ""
    yield f'<p class="wrong">{_text(error.message)}{hint}</p>'


def _found(panel: Panel, row: PanelRow, place: str) -> Iterator[str]:
    assert panel.result is not None
    result = panel.result
    config = result.chart_config
    table = "".join(_table(result, panel.name, row.row_height))
    figure = _figure(result) if config and config.selected_chart_type == "metric" else None
    if figure:
        yield figure
    elif spec(result):
        yield f'<div class="chart" id="{place}" role="img" aria-label="{_line(panel.name)}"></div>'
        yield "<noscript>The chart needs JavaScript; its figures are below.</noscript>"
    else:
        yield table
        table = ""
    if result.truncated:
        yield f'<p class="more">The query has more rows than these {result.row_count:,}.</p>'
    yield '<div class="behind">'
    if table:
        yield f"<details><summary>Data · {plural(result.row_count, 'row')}</summary>{table}</details>"
    sql = f"<pre><code>{_text(result.sql.rstrip())}</code></pre>"
    yield f"<details><summary>SQL · {_line(result.source)}</summary>{sql}</details>"
    yield "</div>"


def _figure(result: ResultEntry) -> str | None:
    """The one figure of a `metric` chart with its name; None where it is not in the result."""
    named = result.chart_config.metric_column_id if result.chart_config else None
    at = next((place for place, column in enumerate(result.columns) if column.name == named), None)
    if at is None or not result.rows:
        return None
    column = result.columns[at]
    told = label(result.rows[0][at], column, formats(result).get(column.name), brief=True)
    return f'<p class="figure"><strong>{_line(told)}</strong><span>{_line(column.name)}</span></p>'


def _table(result: ResultEntry, name: str, height: int) -> Iterator[str]:
    """The rows, in a region that can be reached and scrolled by keyboard."""
    title = _line(name)
    yield f'<div class="scroll" style="max-height: {height}px" tabindex="0" role="region" aria-label="{title}">'
    yield f"<table><caption>{title}</caption><thead><tr>"
    yield from (f'<th scope="col"{_aligned(column)}>{_line(column.name)}</th>' for column in result.columns)
    yield "</tr></thead><tbody>"
    for row in result.rows:
        cells = (_cell(cell, column, result) for cell, column in zip(row, result.columns, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    if not result.rows:
        yield f'<tr><td class="null" colspan="{len(result.columns)}">no rows</td></tr>'
    yield "</tbody></table></div>"


def _cell(cell: Cell, column: Column, result: ResultEntry) -> str:
    if cell is None:
        return f'<td{_aligned(column)}><span class="null">null</span></td>'
    told = label(cell, column, formats(result).get(column.name), brief=True)
    return f"<td{_aligned(column)}>{_line(told)}</td>"


def _aligned(column: Column) -> str:
    return ' class="number"' if is_numeric(column) else ""


def _about(text: str) -> str:
    return f'<p class="about">{_text(text)}</p>' if text else ""


def _origin(board: Board) -> str:
    made = board.made_at.strftime("%Y-%m-%d %H:%M UTC")
    moment = f'<time datetime="{board.made_at.isoformat()}">{made}</time>'
    return f"{board.kind.capitalize()}, version {board.version_number} · {moment} · chatctl"


def _id(number: int, place: int) -> str:
    return f"panel-{number}-{place}"


def _text(text: str) -> str:
    return escape(visible(text))


def _line(text: str) -> str:
    return escape(visible_line(text))


def _inlined(value: object) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c").replace(">", "\\u003e")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _resource(name: str) -> str:
    try:
        return files("chatctl.rendering").joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InternalError(
            f"This installation lacks {name}", hint="Install chatctl again: building it puts the file there."
        ) from error
