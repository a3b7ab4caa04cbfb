"""Charts of pages and pictures, as Vega-Lite specifications with their data inlined.

Columns are called x, y, s and size in the data, so that no name of theirs means anything to Vega; what people read of
a value is written here, as `tx`, `ty` and so on, so that tips, tables and terminal agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chatctl.domain.charts import Axis, ColumnLabelFormat
from chatctl.domain.chats import ResultEntry
from chatctl.domain.results import NUMERIC, Cell, Column
from chatctl.rendering.labels import TIMES, expression, formats, label, number, seconds
from chatctl.rendering.text import shown, visible_line

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
# Eight colours that stand out from white and from black, told apart with the usual colour vision deficiencies too.
COLOURS: Final = ("#3f7fd5", "#d97128", "#2f9e73", "#c2508b", "#8b6fd6", "#a98a1c", "#2e9fb3", "#7f8792")
MOST_SLICES: Final = 8
MOST_POINTS_MARKED: Final = 60
MOST_NAMED_POINTS: Final = 40
MANY_BARS: Final = 12
LONG_LABEL: Final = 12
BAR_HEIGHT: Final = 22
TICK_WIDTH: Final = 90
LEAST_RING: Final = 180
LEGEND_LINE: Final = 15
HOLE: Final = 0.27
"""Of the smaller side of a ring's chart."""
# Of the width and height of a chart, what a letter and a line take up.
LETTER_SHARE: Final = 0.018
LINE_SHARE: Final = 0.06

Spec = dict[str, Any]


def spec(entry: ResultEntry, size: tuple[int, int] | None = None) -> Spec | None:
    """What the result's chart draws, without title or colours of the ground; None for tables and lone figures.

    None too where the chart names no axes or nothing numeric. `size` is the width and height in pixels where they are
    known already: parts of a concatenated chart cannot ask for theirs.
    """
    config = entry.chart_config
    chart = _Chart.of(entry, size)
    if config is None or chart is None:
        return None
    match config.selected_chart_type:
        case "bar":
            drawn = _bars(chart)
        case "line":
            drawn = _lines(chart)
        case "scatter":
            drawn = _points(chart)
        case "pie":
            drawn = _slices(chart)
        case "combo":
            drawn = _combo(chart)
        case _:
            return None
    return {"$schema": SCHEMA, **drawn}


@dataclass(frozen=True, kw_only=True)
class _Chart:
    """A result seen through its axes."""

    entry: ResultEntry
    axis: Axis
    forms: Mapping[str, ColumnLabelFormat]
    measures: Sequence[str]
    size: tuple[int, int] | None

    @classmethod
    def of(cls, entry: ResultEntry, size: tuple[int, int] | None) -> "_Chart | None":
        axis = entry.chart_config.axis if entry.chart_config else None
        named = {column.name: column for column in entry.columns}
        if axis is None or not axis.x or not axis.y or not named.keys() >= set(axis.columns):
            return None
        measures = [name for name in axis.y if named[name].type in NUMERIC]
        if not measures or not entry.rows:
            return None
        return cls(entry=entry, axis=axis, forms=formats(entry), measures=measures, size=size)

    @property
    def x(self) -> Column:
        return self.column(self.axis.x[0])

    @property
    def y(self) -> Column:
        return self.column(self.measures[0])

    @property
    def split(self) -> Column | None:
        return self.column(self.axis.category[0]) if self.axis.category else None

    @property
    def split_by_name(self) -> bool:
        """Whether several measures, not a category, make the series."""
        return self.split is None and len(self.measures) > 1

    def column(self, name: str) -> Column:
        return next(column for column in self.entry.columns if column.name == name)

    def form(self, column: Column) -> ColumnLabelFormat | None:
        return self.forms.get(column.name)

    def told(self, cell: Cell, column: Column) -> str:
        return label(cell, column, self.form(column), brief=True)

    def cells(self, name: str) -> list[Cell]:
        at = [column.name for column in self.entry.columns].index(name)
        return [row[at] for row in self.entry.rows]

    def points(self, measures: Sequence[str]) -> list[dict[str, Any]]:
        """A point for each row and measure: place, figure, series, and each as text."""
        x = self.cells(self.x.name)
        category = self.cells(self.split.name) if self.split else None
        found = []
        for name in measures:
            column = self.column(name)
            for at, cell in enumerate(self.cells(name)):
                series = shown(category[at]) if category else visible_line(name)
                found.append(
                    {
                        "x": _place(x[at], self.x),
                        "y": number(cell),
                        "s": series,
                        "tx": self.told(x[at], self.x),
                        "ty": self.told(cell, column),
                    }
                )
        return found

    def tips(self, *, measure: str | None = None) -> list[Spec]:
        """What is told of a mark when it is pointed at."""
        series = [_tip("s", self.split.name if self.split else "measure")] if self.split or self.split_by_name else []
        value = measure or ("value" if self.split_by_name else self.y.name)
        return [_tip("tx", self.x.name), *series, _tip("ty", value)]

    def colour(self, points: Sequence[Mapping[str, Any]]) -> Spec:
        """A colour for each series, in the order in which they come; one for all without any."""
        if not self.split and not self.split_by_name:
            return {"value": COLOURS[0]}
        names = list(dict.fromkeys(point["s"] for point in points))
        return {
            "field": "s",
            "type": "nominal",
            "title": None,
            "scale": {"domain": names, "range": [COLOURS[at % len(COLOURS)] for at in range(len(names))]},
        }

    def place(self, *, band: bool) -> Spec:
        """The x axis: a place for each value where `band`, else a time or figure on a scale."""
        axis = _axis(expression(self.x, self.form(self.x), band=band))
        if not band:
            count = max(2, self.size[0] // TICK_WIDTH) if self.size else {"expr": f"max(2, ceil(width / {TICK_WIDTH}))"}
            axis |= {"tickCount": count}
        if band or self.x.type not in NUMERIC | TIMES:
            return {"field": "x", "type": "ordinal", "sort": None, "title": visible_line(self.x.name), "axis": axis}
        if self.x.type in TIMES:
            return {"field": "x", "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": axis}
        steps = {"tickMinStep": 1} if self.x.type == "integer" else {}
        scale = {"zero": False, "nice": False}
        return {
            "field": "x",
            "type": "quantitative",
            "title": visible_line(self.x.name),
            "scale": scale,
            "axis": axis | steps,
        }

    def figure(self, column: Column | None = None, *, zero: bool = True) -> Spec:
        """The y axis."""
        column = column or self.y
        axis = _axis(expression(column, self.form(column)) if column.type != "integer" or self.form(column) else None)
        title = None if self.split_by_name and column == self.y else visible_line(column.name)
        return {"field": "y", "type": "quantitative", "title": title, "scale": {"zero": zero}, "axis": axis}


def _bars(chart: _Chart) -> Spec:
    """Upright bars, or lying ones where there are many labels or long ones; of several series stacked or grouped."""
    points = chart.points(chart.measures)
    labels = list(dict.fromkeys(str(point["tx"]) for point in points))
    lying = chart.x.type not in NUMERIC | TIMES and (
        len(labels) > MANY_BARS or max(map(len, labels), default=0) > LONG_LABEL
    )
    place, figure = chart.place(band=True), chart.figure()
    several = len({point["s"] for point in points}) > 1
    beside = several and (chart.split_by_name or any((point["y"] or 0) < 0 for point in points))
    encoding: Spec = {
        # Beside long labels there is no room for a title, and they need none.
        "y" if lying else "x": place | ({"title": None} if lying else {}),
        "x" if lying else "y": figure | ({"stack": None} if beside else {}),
        "color": chart.colour(points),
        "tooltip": chart.tips(),
    }
    if beside:
        encoding["yOffset" if lying else "xOffset"] = {"field": "s", "type": "nominal", "sort": None}
    drawn = {"data": {"values": points}, "mark": _bar(lying), "encoding": encoding}
    return drawn | ({"usermeta": {"least": BAR_HEIGHT * len(labels) + 60}} if lying else {})


def _bar(lying: bool) -> Spec:
    return {"type": "bar", "orient": "horizontal" if lying else "vertical", "cornerRadiusEnd": 2}


def _lines(chart: _Chart) -> Spec:
    points = chart.points(chart.measures)
    few = len({point["tx"] for point in points}) <= MOST_POINTS_MARKED
    point: Any = {"size": 28} if few else "transparent"
    mark: Spec = {"type": "line", "strokeWidth": 2, "strokeJoin": "round", "point": point}
    return {
        "data": {"values": points},
        "mark": mark,
        "encoding": {
            "x": chart.place(band=False),
            "y": chart.figure(zero=_near_zero(points)),
            "color": chart.colour(points),
            "tooltip": chart.tips(),
        },
    }


def _points(chart: _Chart) -> Spec:
    """Points; where each is a category of its own they carry its name in place of a colour."""
    points = chart.points(chart.measures[:1])
    named = chart.split is not None and len({point["s"] for point in points}) == len(points) <= MOST_NAMED_POINTS
    tips, size = chart.tips(), {}
    if chart.axis.size:
        column = chart.column(chart.axis.size[0])
        for point, cell in zip(points, chart.cells(column.name), strict=True):
            point["size"], point["tsize"] = number(cell), chart.told(cell, column)
        tips.append(_tip("tsize", column.name))
        scale = {"type": "sqrt", "range": [20, 500], "zero": True}
        size = {"size": {"field": "size", "type": "quantitative", "legend": None, "scale": scale}}
    if named:
        _name_apart(points)
    colour = {"value": COLOURS[0]} if named else chart.colour(points)
    place: Spec = {"x": chart.place(band=False), "y": chart.figure(zero=False)}
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "opacity": 0.75, "stroke": None},
        "encoding": {"color": colour, "tooltip": tips, **size},
    }
    names: Spec = {
        "mark": {"type": "text", "dx": 14 if size else 8, "align": "left", "fontSize": 10, "limit": 90},
        "encoding": {"text": {"field": "name"}},
    }
    return {"data": {"values": points}, "encoding": place, "layer": [dots, names] if named else [dots]}


def _name_apart(points: Sequence[dict[str, Any]]) -> None:
    """Give their names to those points, the largest first, where no other name is near: a heap of them reads badly."""
    for point in points:
        point["name"] = ""
    drawn = [point for point in points if isinstance(point["x"], int | float) and point["y"] is not None]
    wide = _extent([point["x"] for point in drawn])
    high = _extent([point["y"] for point in drawn])
    taken: list[tuple[float, float, float]] = []
    for point in sorted(drawn, key=lambda point: -(point.get("size") or 0)):
        x, y, length = point["x"] / wide, point["y"] / high, LETTER_SHARE * (len(point["s"]) + 1)
        if all(abs(y - at) > LINE_SHARE or x + length < left or x > right for left, right, at in taken):
            taken.append((x, x + length, y))
            point["name"] = point["s"]


def _extent(values: Sequence[float]) -> float:
    return (max(values) - min(values) if values else 0) or 1.0


def _slices(chart: _Chart) -> Spec:
    """A ring, largest slice first; of many slices the small ones are one."""
    points = sorted(chart.points(chart.measures[:1]), key=lambda point: -(point["y"] or 0))
    points = [point for point in points if (point["y"] or 0) > 0]
    if len(points) > MOST_SLICES:
        points = [*points[: MOST_SLICES - 1], _rest(points[MOST_SLICES - 1 :], chart)]
    total = sum(point["y"] for point in points) or 1
    for rank, point in enumerate(points):
        point |= {"rank": rank, "share": f"{point['y'] / total:.1%}", "s": f"{point['tx']}  {point['y'] / total:.0%}"}
    names = [point["s"] for point in points]
    scale = {"domain": names, "range": list(COLOURS[: len(names)])}
    hole = min(chart.size) * HOLE if chart.size else {"expr": f"min(width, height) * {HOLE}"}
    return {
        "usermeta": {"least": LEAST_RING + LEGEND_LINE * len(points)},
        "data": {"values": points},
        "mark": {"type": "arc", "innerRadius": hole, "padAngle": 0.012},
        "encoding": {
            "theta": {"field": "y", "type": "quantitative", "stack": True},
            "order": {"field": "rank", "type": "quantitative"},
            "color": {"field": "s", "type": "nominal", "title": None, "sort": None, "scale": scale},
            "tooltip": [_tip("tx", chart.x.name), _tip("ty", chart.y.name), _tip("share", "share")],
        },
    }


def _rest(points: Sequence[Mapping[str, Any]], chart: _Chart) -> dict[str, Any]:
    total = sum(point["y"] for point in points)
    total = int(total) if total == int(total) else total
    return {"x": None, "y": total, "tx": f"{len(points)} others", "ty": chart.told(total, chart.y)}


def _combo(chart: _Chart) -> Spec:
    """Bars, and lines on an axis of their own at the right."""
    points = chart.points(chart.measures)
    names = [name for name in chart.axis.y2 if chart.column(name).type in NUMERIC]
    bars: Spec = {
        "data": {"values": points},
        "mark": _bar(lying=False) | {"opacity": 0.85},
        "encoding": {"y": chart.figure(), "color": chart.colour(points), "tooltip": chart.tips()},
    }
    over = [_over(chart, name, rank) for rank, name in enumerate(names, start=1)]
    drawn: Spec = {"encoding": {"x": chart.place(band=True)}, "layer": [bars, {"layer": over}] if over else [bars]}
    return drawn | {"resolve": {"scale": {"y": "independent"}}}


def _over(chart: _Chart, name: str, rank: int) -> Spec:
    points = [point | {"s": name} for point in chart.points([name])]
    colour = COLOURS[rank % len(COLOURS)]
    figure = chart.figure(chart.column(name), zero=_near_zero(points))
    figure["axis"] = figure["axis"] | {"titleColor": colour, "grid": False, "orient": "right"}
    return {
        "data": {"values": points},
        "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 36, "color": colour}, "color": colour},
        "encoding": {"y": figure, "tooltip": [_tip("tx", chart.x.name), _tip("ty", name)]},
    }


def _place(cell: Cell, column: Column) -> Cell:
    """A time as milliseconds, which no browser reads in its own zone; a figure as a number; else as it is shown."""
    if column.type in TIMES and (moment := seconds(cell)) is not None:
        return round(moment * 1000)
    if column.type in NUMERIC:
        return number(cell)
    return shown(cell)


def _near_zero(points: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the figures lie so that an axis from zero shows their course."""
    figures = [point["y"] for point in points if point["y"] is not None]
    return not figures or min(figures) <= 0 or min(figures) < 0.5 * max(figures)


def _tip(field: str, title: str) -> Spec:
    return {"field": field, "type": "nominal", "title": visible_line(title)}


def _axis(told: str | None) -> Spec:
    return {"labelExpr": told} if told else {}
