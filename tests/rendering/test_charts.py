"""Charts: what they fall back to, and what they never do."""

import re

import pytest

from chatctl.domain.charts import ChartConfig
from chatctl.domain.results import Cell, ColumnType
from chatctl.rendering.charts import chart as drawn
from chatctl.rendering.lines import nice_steps
from chatctl.rendering.views import ChatView

from .factories import Streams, chart, conversation, message, result

ROWS: list[list[Cell]] = [["a", 1.0], ["b", 2.0], ["c", 4.0]]
BACKGROUND = re.compile(r"\x1b\[(?:\d+;)*(?:4[0-7]|48;[\d;]+|10[0-7])(?:;\d+)*m")


@pytest.mark.parametrize("kind", ["bar", "line", "pie", "scatter", "combo"])
@pytest.mark.parametrize(
    "rows",
    [[], [["a", 1.0]], [["a", None], ["b", None]], [["a", "word"], ["b", "word"]]],
    ids=["no rows", "one point", "all null", "not numeric"],
)
def test_what_cannot_be_drawn_is_a_table(terminal: Streams, kind: str, rows: list[list[Cell]]) -> None:
    numeric = "text" if rows and rows[0][1] == "word" else "number"
    config = ChartConfig.model_validate(chart("bar", "x", "y").model_dump() | {"selected_chart_type": kind})
    entry = result([("x", "text"), ("y", "text" if numeric == "text" else "number")], rows, chart_config=config)
    assert drawn(entry, 80, colour=False) is None
    terminal.output().answer(conversation(message(1, entry)), view=ChatView())
    assert terminal.out.splitlines()[0].split() == ["x", "y"]
    assert terminal.err == ""


@pytest.mark.parametrize(
    "config",
    [
        chart("line", "x", "missing"),
        chart("bar", "missing", "y"),
        ChartConfig(selected_chart_type="line"),
        ChartConfig(selected_chart_type="metric", metric_column_id="x"),
        ChartConfig(selected_chart_type="metric", metric_column_id=None),
        ChartConfig(selected_chart_type="table"),
    ],
)
def test_a_chart_that_names_nothing_to_draw_is_a_table(config: ChartConfig) -> None:
    entry = result([("x", "text"), ("y", "number")], ROWS, chart_config=config)
    assert drawn(entry, 80, colour=False) is None


@pytest.mark.parametrize("kind", ["bar", "line", "scatter"])
@pytest.mark.parametrize("width", [30, 60, 200])
def test_charts_keep_to_the_width_and_paint_no_background(terminal: Streams, kind: str, width: int) -> None:
    config = chart("bar", "x", "y", "z").model_copy(update={"selected_chart_type": kind})
    rows: list[list[Cell]] = [[f"label {at} " * 5, at * 1_000_000.5, -at] for at in range(12)]
    entry = result([("x", "text"), ("y", "number"), ("z", "integer")], rows, chart_config=config)
    terminal.output(width=width, colour=True).answer(conversation(message(1, entry)), view=ChatView())
    assert not BACKGROUND.search(terminal.out)
    plain = re.sub(r"\x1b\[[\d;]*m", "", terminal.out).splitlines()
    assert max(len(line) for line in plain) <= width


def test_bars_stay_bars_on_a_narrow_screen(terminal: Streams) -> None:
    products = "a very long product name", "another"
    rows: list[list[Cell]] = [[each, region, at + 1] for each in products for at, region in enumerate("NSWE")]
    columns: list[tuple[str, ColumnType]] = [("product", "text"), ("region", "text"), ("total_amount", "integer")]
    entry = result(columns, rows, chart_config=chart("bar", "product", "total_amount", category="region"))
    terminal.output(width=40).answer(conversation(message(1, entry)), view=ChatView())
    assert terminal.out.count("█") > 20
    assert "total_amount" in terminal.out


def test_more_bars_than_fit_are_counted(terminal: Streams) -> None:
    rows: list[list[Cell]] = [[f"c{at}", at] for at in range(40)]
    entry = result([("x", "text"), ("y", "integer")], rows, chart_config=chart("bar", "x", "y"))
    terminal.output().answer(conversation(message(1, entry)), view=ChatView())
    assert "20 rows of 40 shown" in terminal.out
    assert "10 more groups of bars not drawn" in terminal.out


def test_more_lines_than_can_be_told_apart_are_counted(terminal: Streams) -> None:
    rows: list[list[Cell]] = [[x, f"s{s}", x * s] for x in range(3) for s in range(9)]
    config = chart("line", "x", "y", category="s")
    entry = result([("x", "integer"), ("s", "text"), ("y", "integer")], rows, chart_config=config)
    terminal.output().answer(conversation(message(1, entry)), view=ChatView())
    assert "3 more not drawn" in terminal.out


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (0, 10, [0, 5, 10]),
        (-9.93, 21.92, [-20, 0, 20, 40]),
        (5, 5, [4, 5, 6]),
        (0.001, 0.0034, [0, 0.002, 0.004]),
        (27_000, 29_757, [26_000, 28_000, 30_000]),
    ],
)
def test_steps_are_round_and_enclose_the_figures(low: float, high: float, steps: list[float]) -> None:
    assert nice_steps(low, high, 3) == pytest.approx(steps)
