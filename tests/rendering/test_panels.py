"""Dashboards on the screen: side by side or below each other, whatever is in them."""

import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from chatctl.domain.charts import ChartConfig
from chatctl.rendering.charts import chart as drawn_chart

from .boards import KINDS, board, config, drawn, gallery, panel
from .factories import Streams, result

COLOURED = re.compile(r"\x1b\[[\d;]*m")
SIZED = re.compile("[█▉▊▋▌▍▎▏]|[⠀-⣿]")


def lines(terminal: Streams, *args: Any, width: int, **settings: Any) -> list[str]:
    terminal.output(width=width, **settings).board(*args)
    return COLOURED.sub("", terminal.out).splitlines()


@pytest.mark.parametrize("width", [60, 80, 140])
def test_a_dashboard_fits_its_terminal(terminal: Streams, snapshot: SnapshotAssertion, width: int) -> None:
    seen = lines(terminal, gallery(), width=width)
    assert max(map(len, seen)) <= width
    assert "\n".join(seen) == snapshot


@pytest.mark.parametrize(("width", "tops"), [(80, [1, 1, 1]), (140, [3])])
def test_panels_stand_beside_each_other_where_there_is_room(terminal: Streams, width: int, tops: list[int]) -> None:
    three = board([panel(drawn("metric"), name=name) for name in ("one", "two", "three")])
    seen = lines(terminal, three, width=width)
    assert [line.count("╭") for line in seen if "╭" in line] == tops
    assert {len(line) for line in seen if line.startswith("╭")} == {width}


def test_panels_too_narrow_to_be_read_stand_below_each_other(terminal: Streams) -> None:
    four = board([panel(drawn("table"), name=name) for name in ("a", "b", "c", "d")])
    assert [line.count("╭") for line in lines(terminal, four, width=120) if "╭" in line] == [1, 1, 1, 1]


def test_a_panel_that_failed_says_why_and_is_counted(terminal: Streams) -> None:
    seen = lines(terminal, board([panel(drawn("metric")), panel(None, name="Late")]), width=120)
    text = "\n".join(seen)
    assert "21.5%" in text
    assert "It took too long." in text
    assert "Ask for less." in text
    assert "1 of 2 metrics has no result: Late." in terminal.err


def test_hostile_names_neither_break_the_frame_nor_command_the_terminal(terminal: Streams) -> None:
    evil = "\x1b]0;taken\x07[red]x[/red]\n" * 9
    shown = panel(drawn("table"), timeFrame=evil, description=evil).model_copy(update={"name": evil})
    terminal.output(width=110).board(board([shown, shown], name=evil.replace("\n", ""), description=evil))
    assert "\x1b" not in terminal.out
    assert "\x07" not in terminal.out
    assert "[red]" in terminal.out
    assert {len(line) for line in terminal.out.splitlines() if line.startswith(("╭", "│", "╰"))} == {110}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"metric", "table"}])
@pytest.mark.parametrize("colour", [True, False])
def test_every_type_is_drawn_by_its_own_axis(terminal: Streams, kind: str, colour: bool) -> None:
    terminal.output(width=90, colour=colour).board(board([panel(drawn(kind))]))
    marks = SIZED.findall(terminal.out) or re.findall(r"[abc]", "".join(terminal.out.splitlines()[2:-4]))
    assert len(marks) >= 3


def test_points_of_many_categories_are_all_drawn(terminal: Streams) -> None:
    rows: list[list[Any]] = [[f"c{at}", at, at * at] for at in range(12)]
    chosen = config("scatter", scatterAxis={"x": ["x"], "y": ["y"], "category": ["c"]})
    entry = result([("c", "text"), ("x", "integer"), ("y", "integer")], rows, chart_config=chosen)
    seen = "\n".join(lines(terminal, board([panel(entry)]), width=90))
    assert "more not drawn" not in seen
    assert len(SIZED.findall(seen)) >= 10


def test_points_above_one_another_are_kept_apart(terminal: Streams) -> None:
    rows: list[list[Any]] = [["a", 1, 0], ["a", 1, 100], ["b", 9, 50]]
    chosen = config("scatter", scatterAxis={"x": ["x"], "y": ["y"], "category": ["c"]})
    entry = result([("c", "text"), ("x", "integer"), ("y", "integer")], rows, chart_config=chosen)
    seen = lines(terminal, board([panel(entry)]), width=90)
    assert sum("a" in line for line in seen[3:-3]) == 2


def test_a_combo_has_a_scale_for_its_lines(terminal: Streams) -> None:
    seen = "\n".join(lines(terminal, board([panel(drawn("combo"))]), width=90))
    assert "flights" in seen
    assert "delay" in seen
    assert re.search(r"40┤", seen)
    assert "█" in seen


def test_labels_follow_the_formats_of_columns(terminal: Streams) -> None:
    formats = {
        "n": {"style": "currency", "currency": "EUR", "decimals": 0},
        "day": {"style": "date", "dateFormat": "MMM D"},
    }
    axis = {"x": ["day"], "y": ["n"]}
    rows: list[list[Any]] = [[f"2013-01-0{day}", 1000 * day] for day in range(1, 8)]
    chosen = config("line", barAndLineAxis=axis, columnLabelFormats=formats)
    entry = result([("day", "date"), ("n", "integer")], rows, chart_config=chosen)
    seen = "\n".join(lines(terminal, board([panel(entry)]), width=90))
    assert "€2,000┤" in seen
    assert "Jan 1" in seen


def test_the_axis_of_another_type_is_not_its_own() -> None:
    chosen = ChartConfig.model_validate({"selectedChartType": "pie", "scatterAxis": {"x": ["month"], "y": ["flights"]}})
    assert drawn_chart(drawn("table").model_copy(update={"chart_config": chosen}), 80, colour=False) is None
