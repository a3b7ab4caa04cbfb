"""What of earlier turns a model is sent: the newest whole, older ones in short, all within a budget."""

from typing import Any

from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelRequest, ModelResponse

from chatctl.analyst.contract import Turn
from chatctl.analyst.model import history
from loopback import answer, sql

from .conftest import Asking

BUDGET = 20_000


def turns(ask: Asking, number: int) -> list[Turn]:
    """A chat of so many turns with one exchange's words; each question is its own."""
    told = ask("totals?", sql("SELECT city, amount FROM sales"), answer("Rome sold 20.", "r1")).told
    return [
        Turn(position=at, question=f"question {at}", text=f"answer {at}", outcome="answered", raw=_asked(told.raw, at))
        for at in range(1, number + 1)
    ]


def _asked(raw: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    first, *rest = raw
    return ({**first, "parts": [{**first["parts"][0], "content": f"question {at}"}]}, *rest)


def questions(said: list[Any]) -> list[str]:
    """The questions among messages."""
    parts = [part for message in said if isinstance(message, ModelRequest) for part in message.parts]
    return [str(part.content) for part in parts if part.part_kind == "user-prompt"]


def letters(message: dict[str, Any]) -> int:
    """What of a message a provider counts: its text, or the calls in it."""
    calls = [call["function"] for call in message.get("tool_calls") or []]
    return len(str(message.get("content") or "")) + sum(len(call["name"] + call["arguments"]) for call in calls)


def test_a_chat_of_300_turns_stays_within_the_budget(ask: Asking) -> None:
    chat = turns(ask, 300)
    said, left_out = history.messages(chat, BUDGET)
    assert history.tokens(said) <= BUDGET
    asked = questions(said)
    assert asked == [f"question {at}" for at in range(300 - len(asked) + 1, 301)]
    assert left_out == 300 - len(asked)
    assert len(asked) > 20
    ask("and now?", answer("Nothing."), history=tuple(chat))
    sent = ask.provider.requests[-1]["messages"]
    assert sum(map(letters, sent[1:])) / history.LETTERS_A_TOKEN < BUDGET
    assert f"({left_out} earlier turns of this chat are not shown.)" in str(sent[-1]["content"])


def test_the_newest_turns_are_whole_the_older_in_short(ask: Asking) -> None:
    said, left_out = history.messages(turns(ask, 12), 1_500)
    replies = [message for message in said if isinstance(message, ModelResponse)]
    short = [reply for reply in replies if reply.parts[0].part_kind == "text"]
    assert short
    assert replies[: len(short)] == short
    assert replies[-1].parts[0].part_kind == "tool-call"
    assert all("```sql\nSELECT city, amount FROM sales\n```" in str(reply.text) for reply in short)
    assert left_out == 0


def test_every_call_has_its_result_and_no_turn_its_instructions(ask: Asking) -> None:
    said, _ = history.messages(turns(ask, 3), BUDGET)
    assert all(message.instructions is None for message in said if isinstance(message, ModelRequest))
    raw = ModelMessagesTypeAdapter.dump_python(said, mode="json")
    kinds = [part["part_kind"] for message in raw for part in message["parts"]]
    assert kinds.count("tool-call") == kinds.count("tool-return") == 6


def test_a_repeated_continue_is_kept(ask: Asking) -> None:
    same = [
        Turn(position=at, question="continue", text=f"part {at}", outcome="answered", raw=turn.raw)
        for at, turn in enumerate(turns(ask, 3), start=1)
    ]
    assert len(questions(history.messages(same, BUDGET)[0])) == 3


def test_what_another_analyst_left_is_told_in_short() -> None:
    turn = Turn(position=1, question="How many?", text="42", outcome="answered", raw=({"form": {}},))
    asked, replied = history.messages([turn], BUDGET)[0]
    assert questions([asked]) == ["How many?"]
    assert isinstance(replied, ModelResponse)
    assert replied.text == "42"


def test_a_turn_whose_call_has_no_result_is_told_in_short(ask: Asking) -> None:
    (turn,) = turns(ask, 1)
    cut = Turn(position=1, question="q", text="a", outcome="answered", raw=turn.raw[:-1])
    said, _ = history.messages([cut], BUDGET)
    assert len(said) == 2
