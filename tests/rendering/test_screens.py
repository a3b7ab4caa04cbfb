"""What people see, at two widths; one picture a view."""

from datetime import date, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import ChatWithMessages, FileEntry, Grounding, Reasoning, ResultEntry, TextStep
from chatctl.domain.results import Cell
from chatctl.domain.sources import ColumnProfile, ForeignKey, SourceColumn, SourceDetails, Table, TableProfile
from chatctl.rendering.views import ChatView

from .factories import (
    NOON,
    Streams,
    answered,
    chart,
    conversation,
    failed,
    identifier,
    listing,
    message,
    result,
    text,
    waiting,
)

pytestmark = pytest.mark.parametrize("width", [60, 100])

MARKDOWN = """**F9** was late in *July*, by `21.92` minutes; see [the list](https://example.org/carriers).

1. one
2. two

| a | b |
|---|---|
| 1 | 2 |
"""


def show(streams: Streams, width: int, *results: ResultEntry) -> str:
    value = conversation(*(message(at, text("Here it is."), entry) for at, entry in enumerate(results, start=1)))
    streams.output(width=width).chat(value, view=ChatView())
    return streams.out


def test_a_conversation(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    looking = TextStep(id=identifier(9), title="Looking at flights", status="loading")
    value = conversation(
        answered(1),
        failed(2),
        waiting(3, status="cancelled", is_completed=True, final_reasoning_message="Stopped reasoning"),
        waiting(4, status="running", attempts=2, reasoning=Reasoning(steps=[looking])),
        waiting(5),
    )
    terminal.output(width=width).chat(value, view=ChatView(earlier=3, later=1))
    assert terminal.out == snapshot


def test_markdown_files_and_figures_that_no_result_holds(
    terminal: Streams, width: int, snapshot: SnapshotAssertion
) -> None:
    file = FileEntry(
        id=identifier(7), file_type="metric_file", file_id=identifier(8), file_name="Delay by carrier", version_number=2
    )
    told = message(1, text(MARKDOWN), file, grounding=Grounding(checked=2, ungrounded=["21.92", "12 %"]))
    terminal.output(width=width).message(told, view=ChatView())
    assert terminal.out == snapshot


def test_an_answer(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    terminal.output(width=width).answer(conversation(answered(1)), view=ChatView())
    assert terminal.out == snapshot


def test_reasoning(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    terminal.output(width=width).chat(conversation(answered(1), waiting(2)), view=ChatView(steps=True))
    assert terminal.out == snapshot


def test_bars_beside_the_rows(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    rows: list[list[Cell]] = [["F9", 21.92], ["漢字 🎉", 20.12], ["EV", 15.8], ["AS", -9.93], [None, None]]
    config = chart("bar", "carrier", "average_arr_delay")
    bars = result([("carrier", "text"), ("average_arr_delay", "number")], rows, chart_config=config)
    assert show(terminal, width, bars) == snapshot


def test_bars_of_several_series(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    rows: list[list[Cell]] = [["2013", "1.50", -2], ["2014 with a very long name of its own", "3.00", 4]]
    columns = [("year", "text"), ("delay", "decimal"), ("change", "integer")]
    bars = result(columns, rows, chart_config=chart("bar", "year", "delay", "change"))  # type: ignore[arg-type]
    assert show(terminal, width, bars) == snapshot


def test_a_line_over_dates_with_a_gap(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    days = [date(2013, month, 1) for month in range(1, 13)]
    rows: list[list[Cell]] = [
        [day.isoformat(), None if day.month == 6 else 27_000 + day.month * 7_919 % 3_000] for day in days
    ]
    line = result([("month", "date"), ("flights", "integer")], rows, chart_config=chart("line", "month", "flights"))
    assert show(terminal, width, line) == snapshot


def test_lines_of_two_series_without_colour(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    rows: list[list[Cell]] = [
        [month, origin, f"{10 + month * ord(origin[0]) % 17}.50"] for month in range(1, 6) for origin in ("EWR", "JFK")
    ]
    config = chart("line", "month", "delay", category="origin")
    line = result([("month", "integer"), ("origin", "text"), ("delay", "decimal")], rows, chart_config=config)
    assert show(terminal, width, line) == snapshot


def test_a_big_number(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    config = ChartConfig(selected_chart_type="metric", metric_column_id="flights")
    assert show(terminal, width, result([("flights", "integer")], [[336776]], chart_config=config)) == snapshot


def test_nothing_is_left_out_in_silence(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    long = result([("n", "integer"), ("words", "text")], [[at, "word " * at] for at in range(1_000)], truncated=True)
    wide = result([(f"column_{at}", "integer") for at in range(19)], [[at * 1_000 for at in range(19)]] * 5)
    few = result([(f"column_{at}", "text") for at in range(19)], [[f"value {at}" for at in range(19)]] * 2)
    assert show(terminal, width, long, wide, few) == snapshot


def test_null_empty_and_the_word_null_differ(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    rows: list[list[Cell]] = [[None, None], ["", 0], ["NULL", -1_234_567], ["e\u0301 👩‍👩‍👧‍👦 🇩🇪", 3.25]]
    terminal.output(width=width).result(result([("text", "text"), ("figure", "number")], rows))
    assert terminal.out == snapshot


def test_lists_and_objects(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    output = terminal.output(width=width)
    output.created(conversation(waiting(1)).model_copy(update={"new_message_id": identifier(0xB1)}), ids="chat")
    output.created(conversation(answered(1), title="A new title"), ids="chat")
    output.chats([listing(1), listing(2, title="漢" * 80, last_status=None)], cursor="Y3Vyc29y")
    output.records([{"check": "queue", "verdict": "ok", "hint": None, "finding": "fine " * 20}], title="Doctor")
    output.document({"queued": 3, "home": "/home/me/.local/share/chatctl" * 3, "workers": [{"pid": 1, "alive": True}]})
    assert terminal.out + terminal.err == snapshot


def test_a_source(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    columns = [
        SourceColumn(name="carrier", type="text", native_type="VARCHAR"),
        SourceColumn(name="time_hour", type="timestamp", native_type="TIMESTAMP WITH TIME ZONE"),
    ]
    key = ForeignKey(columns=["carrier"], table="airlines", references=["carrier"])
    tables = [
        Table(name="flights", columns=columns, row_count=336_776, foreign_keys=[key]),
        Table(name="airlines", columns=columns[:1], primary_key=["carrier"]),
    ]
    output = terminal.output(width=width)
    output.source(
        SourceDetails(
            id=identifier(1),
            name="flights",
            kind="files",
            locations=["/data/flights.csv", "/data/airlines.csv"],
            created_at=NOON,
            updated_at=NOON + timedelta(days=1),
            tables=tables,
            warnings=["flights.csv: 3 rows could not be read"],
        )
    )
    delay = ColumnProfile(
        name="dep_delay",
        type="number",
        null_count=8_255,
        distinct_count=527,
        minimum=-43.0,
        maximum=1301.0,
        samples=[2.0, None, -6.0],
    )
    output.table_profile(TableProfile(table="flights", row_count=336_776, columns=[delay]))
    assert terminal.out + terminal.err == snapshot


def test_an_empty_chat(terminal: Streams, width: int, snapshot: SnapshotAssertion) -> None:
    empty: ChatWithMessages = conversation()
    output = terminal.output(width=width)
    output.chat(empty, view=ChatView())
    output.created(empty, ids="chat")
    output.chats([], cursor=None)
    assert terminal.out + terminal.err == snapshot
