"""Recorded exchanges are played without a provider; what they ask for is really done."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chatctl.analyst.contract import Turn
from chatctl.analyst.model import probes, replays
from chatctl.analyst.model.agent import Agent
from chatctl.domain.errors import ModelError
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine
from loopback import Reply, answer, call, sql

from .conftest import Asking, Heard, hear

TOTALS = "SELECT city, SUM(amount) AS total FROM sales GROUP BY city ORDER BY city"
ROME = (sql(TOTALS), answer("Rome sold 25, Paris 10.", "r1"))

Play = Callable[..., Heard]


@pytest.fixture
def recorded(ask: Asking, tmp_path: Path) -> Callable[..., Path]:
    """Writes down what a model says about a question, as `show --raw` does."""

    def record(*asked: tuple[str, Sequence[Reply]], **more: Any) -> Path:
        file = tmp_path / f"{uuid4().hex}.json"
        raws = [ask(text, *script, **more).told.raw for text, script in asked]
        file.write_text("\n".join(json.dumps(raw, indent=2) for raw in raws))
        ask.provider.script[:] = []
        ask.provider.requests.clear()
        return file

    return record


@pytest.fixture
def play(ask: Asking) -> Play:
    """Asks a recording; no provider may hear of it."""

    def ask_it(file: Path, text: str, **more: Any) -> Heard:
        heard = hear(Agent(name=f"replay:{file}"), replace(ask.question, text=text, **more))
        assert ask.provider.requests == []
        return heard

    return ask_it


def test_a_recording_answers_as_the_model_did(recorded: Callable[..., Path], play: Play) -> None:
    heard = play(recorded(("totals?", ROME)), " totals? ")
    assert heard.told.text == "Rome sold 25, Paris 10."
    assert heard.told.findings[0].result.rows == [["Oslo", None], ["Paris", 10], ["Rome", 25]]
    assert heard.told.grounding is not None
    assert heard.told.grounding.ungrounded == []


def test_it_costs_nothing(recorded: Callable[..., Path], play: Play) -> None:
    used = play(recorded(("totals?", ROME)), "totals?").told.usage
    assert used is not None
    assert (used.requests, used.input_tokens, used.output_tokens, used.cost) == (2, 0, 0, 0.0)


def test_each_question_has_its_exchange(recorded: Callable[..., Path], play: Play) -> None:
    file = recorded(("totals?", ROME), ("and then?", [call("ask_back", question="Of what?")]))
    assert play(file, "and then?").told.outcome == "clarification"
    assert play(file, "totals?").told.outcome == "answered"


def test_a_question_asked_twice_is_answered_in_turn(recorded: Callable[..., Path], play: Play) -> None:
    file = recorded(("continue", [answer("One way.")]), ("continue", [answer("Another way.")]))
    first = play(file, "continue").told
    assert first.text == "One way."
    turn = Turn(position=1, question="continue", text=first.text, outcome="answered", raw=first.raw)
    assert play(file, "continue", history=(turn,)).told.text == "Another way."
    third = play(file, "continue", history=(turn, replace(turn, position=2)))
    assert "only 2 times" in third.error.message


def test_what_stands_around_the_question_does_not_matter(recorded: Callable[..., Path], play: Play) -> None:
    file = recorded(("totals?", ROME), instructions="Revenue is amount.")
    turns = tuple(
        Turn(position=at, question="What about this?", text="x" * 900, outcome="answered") for at in range(1, 300)
    )
    assert play(file, "totals?", history=turns, instructions="").told.text == "Rome sold 25, Paris 10."


def test_a_question_that_was_not_recorded_fails_with_those_that_were(recorded: Callable[..., Path], play: Play) -> None:
    error = play(recorded(("totals?", ROME)), "averages?").error
    assert isinstance(error, ModelError)
    assert "has no answer to 'averages?'" in error.message
    assert error.hint == "It has: totals?."


def test_a_statement_that_fails_now_ends_it(recorded: Callable[..., Path], play: Play, tmp_path: Path) -> None:
    file = recorded(("totals?", ROME))
    error = play(file, "totals?", engines={"shop": _shop(tmp_path, "town,amount\nRome,25\n")}).error
    assert "goes on after run_sql succeeded; now it was told" in error.message
    assert "city" in error.message


def test_figures_that_changed_end_it(recorded: Callable[..., Path], play: Play, tmp_path: Path) -> None:
    file = recorded(("totals?", ROME))
    error = play(file, "totals?", engines={"shop": _shop(tmp_path, "city,amount\nRome,26\nParis,10\n")}).error
    assert "These figures are in none of the results: 25" in error.message


def _shop(folder: Path, rows: str) -> Engine:
    (folder / "sales.csv").write_text(rows)
    return open_engine(name="shop", kind="files", locations=[str(folder / "sales.csv")], cache=folder / "cache")


def test_the_doctor_may_ask_whether_it_is_there(recorded: Callable[..., Path]) -> None:
    assert probes.ask(f"replay:{recorded(('totals?', ROME))}", None) > 0


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no exchange"),
        (b"[]", "holds no exchange"),
        (b'[{"form": "of another analyst"}]', "holds no exchange"),
        (b'{"kind": "request"}', "holds no exchange"),
        (b"not JSON", "is no recording"),
        (b"[1, 2", "is no recording"),
        (b"\xff\xfe[\x00]\x00", "is no recording"),
        (b"[" * 100_000, "is no recording"),
        (b"[]\n" * 300_000, "holds no exchange"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    with pytest.raises(ModelError, match=told):
        replays.model(file)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        replays.model(tmp_path / "none.json")


def test_exchanges_in_one_array_are_read_too(recorded: Callable[..., Path], play: Play, tmp_path: Path) -> None:
    whole = tmp_path / "whole.json"
    whole.write_text(json.dumps([json.loads(recorded(("totals?", ROME)).read_text())]))
    assert play(whole, "totals?").told.text == "Rome sold 25, Paris 10."
