"""Earlier turns for a model: the newest as they were, older ones in short, together within a budget of tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import pydantic
from pydantic_ai.messages import (
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from chatctl.analyst.contract import Turn
from chatctl.domain.titles import shorten

LETTERS_A_TOKEN: Final = 3.5
"""What a token is taken to hold where nobody counts them: on the safe side for English, SQL and figures."""

AROUND: Final = 16
"""Tokens that a provider spends around each part of a message."""

SHARE_OF_WHOLE: Final = 0.75
"""How much of the budget goes to turns that are sent whole, so that something of older ones is sent as well."""

LONGEST_QUESTION: Final = 500
LONGEST_TEXT: Final = 1_000


def messages(turns: Sequence[Turn], budget: int) -> tuple[list[ModelMessage], int]:
    """What is sent along of the turns (oldest first) in at most so many tokens, and how many are left out.

    A turn is sent whole, tool calls with their results, or as its question and its final text; from the first that
    does not fit whole into its share of the budget, all older ones are shortened.
    """
    found: list[list[ModelMessage]] = []
    whole, left = True, budget
    for turn in reversed(turns):
        said = _whole(turn) if whole else []
        if not said or tokens(said) > left - (1 - SHARE_OF_WHOLE) * budget:
            whole, said = whole and not said, _short(turn)
        left -= tokens(said)
        if left < 0:
            break
        found.append(said)
    return [message for said in reversed(found) for message in said], len(turns) - len(found)


def exchange(raw: Sequence[object]) -> list[ModelMessage]:
    """The messages that a model left, or none where another analyst or another version left something else."""
    try:
        return list(ModelMessagesTypeAdapter.validate_python(raw))
    except pydantic.ValidationError:
        return []


def replies(raw: Sequence[object]) -> list[ModelResponse]:
    """What a model has answered in an exchange."""
    return [message for message in exchange(raw) if isinstance(message, ModelResponse)]


def tokens(said: Sequence[ModelMessage]) -> int:
    """About how many tokens messages take: instructions, texts, calls, results, and a little around each of them."""
    told = [message.instructions or "" for message in said if isinstance(message, ModelRequest)]
    return sum(AROUND + int(len(text) / LETTERS_A_TOKEN) for text in [*filter(None, told), *map(_text, _parts(said))])


def _text(part: object) -> str:
    match part:
        case ToolCallPart():
            return part.tool_name + part.args_as_json_str()
        case ToolReturnPart():
            return part.model_response_str()
        case _:
            return str(getattr(part, "content", ""))


def _whole(turn: Turn) -> list[ModelMessage]:
    """The exchange without the instructions of its day."""
    said = [replace(each, instructions=None) if isinstance(each, ModelRequest) else each for each in exchange(turn.raw)]
    return said if said and _paired(said) else []


def _paired(said: Sequence[ModelMessage]) -> bool:
    """Whether every tool call has its result; providers refuse a history where one is missing."""
    calls = {part.tool_call_id for part in _parts(said) if isinstance(part, ToolCallPart)}
    returns = {part.tool_call_id for part in _parts(said) if isinstance(part, ToolReturnPart)}
    return calls == returns


def _parts(said: Sequence[ModelMessage]) -> Iterator[object]:
    for message in said:
        yield from message.parts


def _short(turn: Turn) -> list[ModelMessage]:
    """The question, the answer, and the last statement, for a follow-up may change it."""
    question = shorten(turn.question, LONGEST_QUESTION) or "(no words)"
    told = shorten(turn.text, LONGEST_TEXT) or "(no answer)"
    if sql := _last_sql(turn):
        told += f"\n\n```sql\n{shorten(sql, LONGEST_TEXT)}\n```"
    return [ModelRequest(parts=[UserPromptPart(content=question)]), ModelResponse(parts=[TextPart(content=told)])]


def _last_sql(turn: Turn) -> str | None:
    calls = [
        part for part in _parts(exchange(turn.raw)) if isinstance(part, ToolCallPart) and part.tool_name == "run_sql"
    ]
    return str(calls[-1].args_as_dict().get("sql", "")) if calls else None
