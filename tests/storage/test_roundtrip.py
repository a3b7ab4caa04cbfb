"""What an analyst finds, whatever characters and numbers are in it, is stored and comes back, on each database."""

from typing import Any
from uuid import uuid4

import pytest

from chatctl.domain.chats import MessageError, ResultEntry, TextEntry, TextStep
from chatctl.storage import answers, progress
from chatctl.storage.answers import Completion

from .conftest import Bench

ODD = ["a\x00b", "\ud800", "\x1b[31m", "🦜" * 10, "\u2028", "'; DROP TABLE chat; --", '"%s" %(x)s :name']
NUMBERS = [float("nan"), float("inf"), 2**70, -(2**63), 1e308, 5e-324]


def shown(bench: Bench, text: str, cell: Any) -> Any:
    (message,) = bench.chat()
    claim = bench.ledger.claim(message, "w")
    assert claim
    result = ResultEntry(
        id=uuid4(),
        source="s",
        sql=f"SELECT '{text}'",
        columns=[{"name": text, "type": "text"}],
        rows=[[text, cell]],
        row_count=1,
        truncated=False,
        elapsed_ms=1.0,
    )
    entry = TextEntry(id=uuid4(), message=text, is_final_message=True)
    found = Completion(outcome="answered", entries=[entry, result], raw=[text, cell], usage=None, grounding=None)
    with bench.database.write() as session:
        assert answers.record(session, claim, [(1, TextStep(id=uuid4(), title=text, status="loading"))], bench.now)
        assert answers.complete(session, claim, found, bench.now)
    with bench.database.read() as session:
        (value,) = progress.values(session, [message])
    assert [step.title for step in value.reasoning.steps] == [text]
    assert value.response_messages.messages[0] == entry
    return value.response_messages.messages[1]


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_any_text_comes_back(bench: Bench, text: str) -> None:
    result = shown(bench, text, None)
    assert result.rows == [[text, None]]
    assert result.columns[0].name == text


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_any_number_comes_back_as_json_allows(bench: Bench, number: Any) -> None:
    ((_, cell),) = shown(bench, "x", number).rows
    assert cell in (number, str(number), None)


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_any_reason_of_a_failure_is_kept(bench: Bench, text: str) -> None:
    (message,) = bench.chat()
    claim = bench.ledger.claim(message, "w")
    assert claim
    assert bench.ledger.failed(claim, MessageError(code="X", message=f"It said {text}", hint=text), retryable=False)
    assert (bench.row(message).error_message or "").startswith("It said ")
