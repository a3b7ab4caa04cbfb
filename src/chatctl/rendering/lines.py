"""Lines and points over an axis, drawn by plotext: the one module that imports it, for its import takes 0.3 s."""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotext
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from chatctl.domain.results import NUMERIC
from chatctl.rendering.labels import label, number, seconds
from chatctl.rendering.series import Plotted, Series
from chatctl.rendering.text import visible_line

MOST_STEPS: Final = 6
ROWS_FOR_STEPS: Final = 12
AXIS_ROWS: Final = 2
WIDEST: Final = 120
MOST_SERIES: Final = 6
LABEL_GAP: Final = 3
LONGEST_LABEL: Final = 10
# Codes of the 16 terminal colours, which follow the terminal's own theme.
COLOURS: Final = (12, 10, 9, 14, 13, 11)
MARKS: Final = "abcdef"


def lines(drawn: Plotted, width: int, *, colour: bool, joined: bool) -> list[Text] | None:
    """The chart and a legend where there are several series; None with fewer than two places on the x axis.

    Series beyond the sixth are left out and counted. Without colour each series is drawn with a letter of its own.
    """
    places = _places(drawn)
    series = drawn.series[:MOST_SERIES]
    values = [value for one in series for value in one.values if value is not None]
    if len(set(places)) < 2 or not values:
        return None
    wide = min(width, WIDEST)
    steps = nice_steps(min(values), max(values), MOST_STEPS)
    figure = _figure(wide, steps, [_y_text(drawn, step) for step in steps])
    for mark, one in zip(MARKS, series, strict=False):
        _draw(figure, places, one, marker=mark if len(series) > 1 and not colour else "braille", joined=joined)
    _mark_x(figure, drawn, places, wide)
    chart = Text.from_ansi(figure.build().string(colorless=not colour))
    chart.rstrip()
    chart.no_wrap = True
    return [*_legend(drawn, colour), chart]


def nice_steps(low: float, high: float, most: int) -> list[float]:
    """At most about `most` round numbers that enclose low..high, a power of ten times 1, 2 or 5 apart."""
    if low == high:
        low, high = low - 1, high + 1
    rough = (high - low) / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    return [count * step for count in range(first, last + 1)]


# plotext has no type hints: its figures are Any.
def _figure(width: int, steps: Sequence[float], texts: Sequence[str]) -> Any:
    """An empty chart whose y axis has a mark with its text at every step."""
    plotext.terminal.limit(False, False)
    plotext.add_theme("chatctl", sequence=list(COLOURS))
    figure = type(plotext.figure)(plotext.terminal)
    figure.theme("chatctl")
    figure.plot_size(width, _height(len(steps)))
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    figure.ruler("y").lim(steps[0], steps[-1])
    figure.ruler("y").ticks(steps, texts)
    return figure


def _height(steps: int) -> int:
    """Rows of a chart whose marks are whole rows apart."""
    return (steps - 1) * max(2, ROWS_FOR_STEPS // (steps - 1)) + 1 + AXIS_ROWS


def _draw(figure: Any, places: Sequence[float], one: Series, *, marker: str, joined: bool) -> None:
    points = [(x, y, at) for at, (x, y) in enumerate(zip(places, one.values, strict=True)) if y is not None]
    if not points:
        return
    signal = figure.signal([x for x, _, _ in points], [y for _, y, _ in points], marker=marker)
    if joined:
        signal.lines()
        gaps = [at for at in range(1, len(points)) if points[at][2] != points[at - 1][2] + 1]
        for at in gaps:
            signal.line(at, False)
    figure.draw(signal)


def _places(drawn: Plotted) -> list[float]:
    """Where each label stands on the x axis: its number, its moment in seconds, or else its rank."""
    if drawn.x.type in {"date", "timestamp"}:
        found = [seconds(each) for each in drawn.labels]
    else:
        found = [number(each) if drawn.x.type != "text" else None for each in drawn.labels]
    if any(place is None for place in found):
        return [float(rank) for rank in range(len(found))]
    return [place for place in found if place is not None]


def _mark_x(figure: Any, drawn: Plotted, places: Sequence[float], width: int) -> None:
    labels = _short(drawn.told)
    most = max(2, width // (max(map(cell_len, labels)) + LABEL_GAP))
    if drawn.x.type in NUMERIC and len(set(places)) > most:
        steps = [step for step in nice_steps(min(places), max(places), most) if min(places) <= step <= max(places)]
        figure.ruler("x").ticks(steps, [_figure_text(step) for step in steps])
        return
    every = math.ceil(len(places) / most)
    figure.ruler("x").ticks(list(places[::every]), labels[::every])


def _y_text(drawn: Plotted, step: float) -> str:
    """A step as its column's format has it; one without decimals where none are needed."""
    if drawn.y_form is None:
        return _figure_text(step)
    cell = int(step) if step == int(step) else step
    whole = drawn.y_form.style != "percent" and isinstance(cell, int)
    form = drawn.y_form.model_copy(update={"decimals": 0}) if whole and drawn.y_form.decimals else drawn.y_form
    return label(cell, drawn.y, form)


def _figure_text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 and value == round(value) else f"{value:.6g}"


def _short(labels: list[str]) -> list[str]:
    """Labels without an ending that all moments share, and none too long for the axis."""
    for ending in ("T00:00:00", "-01"):
        if all(each.endswith(ending) and each[:4].isdigit() and len(each) >= 10 for each in labels):
            labels = [each.removesuffix(ending) for each in labels]
    return [
        each if cell_len(each) <= LONGEST_LABEL else set_cell_size(each, LONGEST_LABEL - 1) + "…" for each in labels
    ]


def _legend(drawn: Plotted, colour: bool) -> list[Text]:
    if len(drawn.series) < 2:
        return []
    legend = Text()
    for code, mark, one in zip(COLOURS, MARKS, drawn.series, strict=False):
        legend.append("━━ " if colour else f"{mark} ", style=f"color({code})")
        legend.append(f"{visible_line(one.name)}   ")
    if more := len(drawn.series) - MOST_SERIES:
        legend.append(f"{more} more not drawn" if more > 0 else "", style="dim")
    return [legend]
