"""What each command prints, in every format."""

import json
import os
from contextlib import suppress
from io import StringIO

import jsonschema
import pytest
from pydantic import BaseModel

from chatctl.domain.chats import ChatWithMessages, Grounding, Message, ResultEntry
from chatctl.domain.errors import AmbiguousId, ValidationError
from chatctl.domain.sources import SourceDetails
from chatctl.rendering.output import Format, Output
from chatctl.rendering.views import ChatView

from .factories import (
    NOON,
    Streams,
    answered,
    conversation,
    delays,
    failed,
    identifier,
    message,
    result,
    text,
    waiting,
)

EVERYTHING = ChatView()


def test_created_prints_ids_and_status_for_a_script(piped: Streams) -> None:
    piped.output().created(conversation(waiting(1)), ids="chat")
    assert piped.out == f"{identifier(0xA1)}\t{identifier(0xB1)}\tqueued\n"


@pytest.mark.parametrize(("ids", "number"), [("chat", 0xA1), ("message", 0xB1)])
def test_quiet_prints_one_id(piped: Streams, ids: str, number: int) -> None:
    piped.output(quiet=True).created(conversation(waiting(1)), ids="chat" if ids == "chat" else "message")
    assert piped.out == f"{identifier(number)}\n"


def test_json_is_the_value_newest_first_even_where_the_screen_is_oldest_first(piped: Streams) -> None:
    value = conversation(answered(1), failed(2), waiting(3))
    piped.output("json").chat(value, view=EVERYTHING)
    assert ChatWithMessages.model_validate_json(piped.out) == value
    assert [entry["position"] for entry in json.loads(piped.out)["messages"]] == [3, 2, 1]


def test_the_order_asked_for_holds_in_json_too(piped: Streams) -> None:
    piped.output("json").chat(conversation(answered(1), waiting(2)), view=ChatView(order="oldest"))
    assert [entry["position"] for entry in json.loads(piped.out)["messages"]] == [1, 2]


@pytest.mark.parametrize(("format", "warning"), [("plain", "[?] not found"), ("md", "*\\[?\\] not found")])
def test_figures_that_no_result_holds_are_marked_where_they_stand(piped: Streams, format: Format, warning: str) -> None:
    told = text("Of **1,234** flights 234 were late, and 21,234 not.")
    ungrounded = message(1, told, grounding=Grounding(checked=3, ungrounded=["1,234"]))
    piped.output(format).answer(conversation(ungrounded), view=EVERYTHING)
    first, *_, last = piped.out.splitlines()
    assert first == "Of **1,234 [?]** flights 234 were late, and 21,234 not."
    assert last.startswith(f"{warning} in the results: 1,234")


def test_sql_is_ready_to_paste(piped: Streams) -> None:
    piped.output().chat(conversation(answered(1)), view=ChatView(sql=True))
    comment, *statement = piped.out.splitlines()
    assert comment.startswith("-- 1. Which carrier")
    assert statement[-1] == "ORDER BY 2 DESC;"


def test_parts_of_a_long_chat_say_what_they_leave_out(piped: Streams) -> None:
    piped.output().chat(conversation(answered(7)), view=ChatView(raw=True, earlier=6))
    assert piped.err == "warning: 6 messages of the chat not printed; --limit sets how many are.\n"
    piped.output().chat(conversation(answered(7)), view=ChatView(raw=True))
    assert piped.err.count("warning") == 1


def test_data_is_the_last_result_of_the_newest_message_that_has_one(piped: Streams) -> None:
    piped.output("csv").chat(conversation(answered(1), waiting(2)), view=ChatView(data=True))
    assert piped.out == "carrier,average_arr_delay\nF9,21.92\nFL,20.12\nEV,15.8\nAS,-9.93\n"


def test_data_of_a_message_is_its_own(piped: Streams) -> None:
    piped.output("csv").message(answered(1), view=ChatView(data=True))
    assert piped.out.startswith("carrier,average_arr_delay\nF9,21.92\n")


def test_no_data_is_said_and_nothing_printed(piped: Streams) -> None:
    piped.output("csv").chat(conversation(waiting(1)), view=ChatView(data=True))
    assert (piped.out, piped.err) == ("", "There is no result here yet.\n")


def test_an_answer_without_rows_is_an_empty_csv(piped: Streams) -> None:
    piped.output("csv").answer(conversation(message(1)), view=EVERYTHING)
    assert piped.out == ""


def test_every_broken_rule_is_listed(piped: Streams) -> None:
    problems = [{"field": name, "message": f"{name} is required", "code": "missing"} for name in ("prompt", "chat_id")]
    error = ValidationError.of(problems, hint="See chatctl new --help.")
    piped.output().error(error, request_id=identifier(1), timestamp=NOON)
    assert piped.err == (
        "error: Request validation failed\n"
        "  prompt: prompt is required\n"
        "  chat_id: chat_id is required\n"
        "hint: See chatctl new --help.\n"
    )
    assert piped.out == ""


def test_candidates_of_an_ambiguous_id_are_listed(piped: Streams) -> None:
    error = AmbiguousId("'00' fits 2 chats", candidates=[{"id": identifier(1), "title": "Delays"}, identifier(2)])
    piped.output().error(error, request_id=identifier(1), timestamp=NOON)
    assert piped.err.splitlines()[1:] == [f"  {identifier(1)}  Delays", f"  {identifier(2)}"]


def test_an_error_under_json_is_the_object_of_the_contract(piped: Streams) -> None:
    piped.output("ndjson").error(ValidationError("No."), request_id=identifier(1), timestamp=NOON)
    assert json.loads(piped.err) == {
        "error": "No.",
        "code": "VALIDATION_ERROR",
        "details": {},
        "hint": None,
        "requestId": str(identifier(1)),
        "timestamp": "2026-03-01T12:00:00Z",
        "exitCode": 2,
    }


@pytest.mark.parametrize("model", [ChatWithMessages, Message, ResultEntry, SourceDetails])
def test_what_is_printed_is_valid_under_its_schema(piped: Streams, model: type[BaseModel]) -> None:
    details = SourceDetails(
        id=identifier(1), name="s", kind="files", locations=[], created_at=NOON, updated_at=NOON, tables=[]
    )
    chats = conversation(answered(1), failed(2), waiting(3))
    value = {ChatWithMessages: chats, Message: chats.messages[2], ResultEntry: delays(), SourceDetails: details}[model]
    piped.output("json").document(value)
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    jsonschema.validate(json.loads(piped.out), schema, format_checker=jsonschema.FormatChecker())


def test_ndjson_of_a_result_is_an_object_for_each_row_and_no_column_is_lost(piped: Streams) -> None:
    piped.output("ndjson").result(result([("n", "integer"), ("n", "text")], [[1, "a"], [2, None]]))
    assert [json.loads(line) for line in piped.out.splitlines()] == [{"n": 1, "n_2": "a"}, {"n": 2, "n_2": None}]


def test_a_truncated_result_says_so_beside_the_data(piped: Streams) -> None:
    more = delays().model_copy(update={"truncated": True})
    piped.output("csv").result(more)
    piped.output("csv").message(message(1, more), view=ChatView(data=True))
    assert piped.out.count("\n") == 10
    assert piped.err.splitlines() == [
        "warning: The query has more rows than these 4; --limit sets how many.",
        "warning: The query has more rows than these 4; `chatctl sql` runs it again.",
    ]


@pytest.mark.parametrize(("format", "lines"), [(None, 3), ("csv", 3), ("json", 3), ("ndjson", 1)])
def test_what_is_json_by_nature_is_json_in_every_format(piped: Streams, format: Format | None, lines: int) -> None:
    piped.output(format).json({"type": "object"})
    assert json.loads(piped.out) == {"type": "object"}
    assert piped.out.count("\n") == lines


def test_a_reader_that_goes_away_is_the_callers_to_handle() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", buffering=1)
    with pytest.raises(BrokenPipeError):
        Output(stdout=stream, stderr=StringIO(), format=None).result(delays())
    with suppress(BrokenPipeError):
        stream.close()
