"""Text of users, data and models never commands the terminal, hides an address or breaks a format."""

import json
import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.chats import (
    ChatWithMessages,
    FileEntry,
    FileLink,
    Grounding,
    Message,
    MessageError,
    Reasoning,
    SqlStep,
)
from chatctl.domain.errors import ValidationError
from chatctl.domain.results import Cell
from chatctl.domain.sources import Source, SourceDetails
from chatctl.rendering import documents
from chatctl.rendering.printer import Format
from chatctl.rendering.text import visible, visible_line
from chatctl.rendering.views import ChatView

from .factories import NOON, Streams, chart, conversation, identifier, listing, message, result, text

CORPUS = [
    "\x1b[2J\x1b[31mred",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mC1\x9d0;title\x9c",
    "\x1bP1$r\x1b\\DCS",
    "bell\x07 back\x08 \r over \x00 \x7f",
    "\u202egpj.exe \u2066isolate\u2069",
    "[red]markup[/red] [link=https://evil.example]x[/link]",
    "&#x202e;&#155;&#27; entity",
    "**bold** [label](https://evil.example) ![picture](https://evil.example/p.png) <script>",
    "```\nfence\n```\n| a | b |\n|---|---|",
    "two\nlines\ttab",
    "e\u0301 漢字 👩‍👩‍👧‍👦 🇩🇪",
]
FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
OUR_COLOURS = re.compile(r"\x1b\[(?:\d{1,3}(?:;\d{1,3})*)?m")
FORMATS: list[Format] = ["table", "plain", "md", "json", "ndjson", "csv", "tsv"]


def hostile_message(evil: str) -> Message:
    rows: list[list[Cell]] = [[evil, 1.5], [evil + "2", -2.0], [None, None]]
    bars = result([("who " + evil, "text"), ("n", "number")], rows, source=evil, sql=f"SELECT '{evil}' -- {evil}")
    line = result(
        [("x", "text"), ("y", "number"), ("s", "text")],
        [[f"{evil}{at % 3}", at, f"{evil}{at % 2}"] for at in range(6)],
        chart_config=chart("line", "x", "y", category="s"),
    )
    step = SqlStep(
        id=identifier(1), title=evil, secondary_title=evil, status="failed", source=evil, sql=evil, error=evil
    )
    file = FileLink(file_id=identifier(2), file_type="metric_file", file_name=evil, version_number=1)
    return message(
        1,
        text(evil),
        bars.model_copy(update={"chart_config": chart("bar", "who " + evil, "n")}),
        line,
        FileEntry(id=identifier(3), **file.model_dump()),
        request_message=evil,
        title=evil,
        model=evil,
        final_reasoning_message=evil,
        reasoning=Reasoning(steps=[step]),
        error=MessageError(code="QUERY_ERROR", message=evil, hint=evil),
        files=[file],
        grounding=Grounding(checked=1, ungrounded=[evil]),
        raw_llm_messages=[{"content": evil}],
    )


def print_everything(streams: Streams, format: Format, evil: str, *, colour: bool) -> None:
    output = streams.output(format, colour=colour, width=70)
    value = conversation(hostile_message(evil), title=evil)
    output.created(value, ids="chat")
    output.chat(value, view=ChatView())
    output.chat(value, view=ChatView(sql=True, steps=True, raw=True))
    output.answer(value, view=ChatView())
    output.chats([listing(1, title=evil)], cursor=evil)
    output.chat(value, view=ChatView(data=True))
    about = {
        "id": identifier(4),
        "name": evil,
        "kind": "files",
        "locations": [evil],
        "created_at": NOON,
        "updated_at": NOON,
    }
    output.sources([Source.model_validate(about)])
    output.source(SourceDetails.model_validate(about | {"tables": [], "warnings": [evil]}))
    output.records([{evil: evil}], title=evil)
    output.document({evil: evil, "list": [{evil: evil}]})
    output.ids([evil])
    output.note(evil)
    output.progress(evil, 0.5)
    problems = [{"field": evil, "message": evil, "code": "bad"}] * 2
    error = ValidationError.of(problems, hint=evil)
    output.error(error, request_id=uuid4(), timestamp=NOON, traceback=evil)


@pytest.mark.parametrize("evil", CORPUS)
@pytest.mark.parametrize("format", FORMATS)
def test_no_control_sequence_of_theirs_reaches_a_terminal(terminal: Streams, format: Format, evil: str) -> None:
    print_everything(terminal, format, evil, colour=True)
    shown = OUR_COLOURS.sub("", terminal.out)
    said = OUR_COLOURS.sub("", terminal.err).replace("\r\x1b[K", "")
    assert FORBIDDEN.findall(shown + said) == []


@pytest.mark.parametrize("evil", CORPUS)
@pytest.mark.parametrize("format", ["table", "plain", "md", "json", "ndjson"])
def test_nor_a_pipe(piped: Streams, format: Format, evil: str) -> None:
    print_everything(piped, format, evil, colour=False)
    assert FORBIDDEN.findall(piped.out + piped.err) == []


@pytest.mark.parametrize("evil", CORPUS)
def test_json_gives_the_text_back_exactly(piped: Streams, evil: str) -> None:
    value = conversation(hostile_message(evil), title=evil)
    piped.output("json").chat(value, view=ChatView())
    assert ChatWithMessages.model_validate_json(piped.out) == value


def test_lone_surrogates_do_not_stop_an_error(piped: Streams) -> None:
    for format in FORMATS:
        error = ValidationError("No such file: 'caf\udce9'")
        piped.output(format).error(error, request_id=identifier(1), timestamp=NOON)
    assert piped.err.encode().count(rb"caf\udce9") == len(FORMATS)


def test_a_link_shows_its_address(terminal: Streams) -> None:
    value = conversation(message(1, text("See [the bank](https://evil.example/x).")))
    terminal.output(colour=True).answer(value, view=ChatView())
    assert "the bank (https://evil.example/x)" in OUR_COLOURS.sub("", terminal.out)
    assert "\x1b]8" not in terminal.out


@given(st.text())
def test_visible_text_holds_nothing_unsafe_and_safe_text_is_kept(anything: str) -> None:
    assert not FORBIDDEN.search(visible(anything))
    assert not re.search(r"[\n\t\u2028\u2029]", visible_line(anything))
    if not re.search(r"[\ud800-\udfff]", anything) and not FORBIDDEN.search(anything):
        assert visible(anything) == anything


@given(st.dictionaries(st.text(), st.lists(st.text() | st.none(), max_size=3), max_size=3))
def test_any_text_survives_json(anything: object) -> None:
    for written in (documents.line(anything), documents.indented(anything)):
        assert json.loads(written) == anything
        assert not FORBIDDEN.search(written)
