"""Models and servers that mean harm, or are broken beyond what their protocol allows."""

import time
from dataclasses import replace
from typing import Any

import pytest

from chatctl.analyst.model.agent import Agent
from chatctl.config import mask
from chatctl.domain.models import ModelLimits
from loopback import Exchange, Reply, answer, call, calls, events, raw, refuse, sql

from .conftest import QUICK, Asking, hear

TOTALS = "SELECT city, SUM(amount) AS total FROM sales GROUP BY city"


def deltas(*pieces: dict[str, Any], finish: str = "stop") -> Reply:
    """A reply of whatever pieces."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for piece in pieces:
            exchange.chunk(piece)
        exchange.end(finish)

    return reply


def asked(name: str, arguments: str) -> Reply:
    """A call whose arguments go out as they are, halves of characters included."""
    function = {"name": name, "arguments": arguments}
    wanted = {"index": 0, "id": "c1", "type": "function", "function": function}
    return deltas({"role": "assistant", "tool_calls": [wanted]}, finish="tool_calls")


def test_halves_of_characters_and_nulls_are_replaced_wherever_they_stand(ask: Asking) -> None:
    heard = ask(
        "Totals?",
        asked("run_sql", f'{{"sql": "{TOTALS} -- \ud800", "purpose": "\\u0000"}}'),
        asked("run_sql", '{"sql": "SELECT 1 -- \\ud800"}'),
        asked("find_values", '{"text": "\\u0000"}'),
        deltas({"role": "assistant", "content": "Rome has 25\x00\ud83d"}),
    )
    assert heard.told.text == "Rome has 25\ufffd\ufffd"
    kept = repr([heard.told, *heard.steps])
    assert kept.encode()
    assert "\\x00" not in kept


@pytest.mark.parametrize(
    "broken",
    [events("null"), events("[]"), events('"words"'), events('{"choices": 5}'), events('{"choices": [null]}')],
    ids=["null", "list", "text", "number", "null choice"],
)
def test_a_stream_of_another_form_is_asked_for_again(ask: Asking, broken: Reply) -> None:
    assert ask("Totals?", broken, sql(TOTALS), answer("Rome has 25", "r1")).told.text == "Rome has 25"


def test_calls_without_number_end_with_the_time(ask: Asking) -> None:
    crossed = ", ".join(["sales", *(f"sales AS s{number}" for number in range(13))])
    endless = calls(*[("run_sql", {"sql": f"SELECT COUNT(*) FROM {crossed}"})] * 30)  # noqa: S608
    begun = time.monotonic()
    heard = ask("Totals?", endless, limits=ModelLimits(seconds=5))
    assert heard.error.code == "LIMIT_EXCEEDED"
    assert "5 seconds" in heard.error.message
    assert heard.stopped is not None
    assert heard.stopped.findings
    assert time.monotonic() - begun < 40


def test_an_error_as_long_as_a_book_is_told_in_short_at_once(ask: Asking) -> None:
    begun = time.monotonic()
    heard = ask("Totals?", raw('{"error": {"message": "' + "y" * 2_000_000 + '"}}', 400))
    assert len(heard.error.message) < 500
    assert time.monotonic() - begun < 20


def test_a_blank_answer_is_none(ask: Asking) -> None:
    heard = ask("Totals?", sql(TOTALS), answer(" \n", "r1"), call("ask_back", question="\t"), answer("25", "r1"))
    assert heard.told.text == "25"


def test_arguments_that_are_no_object_or_too_deep_are_told_and_mended(ask: Asking) -> None:
    deep = '{"sql": ' + "[" * 50_000 + "]" * 50_000 + "}"
    odd = [("run_sql", each) for each in ("[1]", "null", "1", '"x"', "", deep, '{"sql": {"sql": 1}}')]
    heard = ask("Totals?", calls(*odd), sql(TOTALS), answer("25", "r1"))
    assert heard.told.text == "25"
    assert [step.status for step in heard.statements] == ["completed"]


def test_a_password_in_the_address_is_neither_kept_nor_told(ask: Asking) -> None:
    address = ask.provider.url.replace("://", "://ada:hushhush@")
    ask.provider.script[:] = [sql(TOTALS), refuse(400, f"no such path at {address}")]
    agent = Agent(name="openai:test", base_url=address, patience=QUICK)
    heard = hear(agent, replace(ask.question, text="Totals?"))
    assert heard.exchanges
    assert "hushhush" not in repr([heard, heard.error.message, heard.error.hint])


def test_a_password_is_masked_in_time_in_proportion_to_the_text() -> None:
    begun = time.monotonic()
    masked = mask("y" * 200_000 + " postgresql+psycopg://ada:hush@db/x " + "://" * 20_000)
    assert "postgresql+psycopg://ada:***@db/x" in masked
    assert time.monotonic() - begun < 5
