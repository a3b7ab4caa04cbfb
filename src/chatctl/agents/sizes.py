"""Results short enough for an agent: what is left out is told, and its SQL is there to get it by."""

from collections.abc import Iterator
from typing import Final

from chatctl.domain.chats import Message, ResponseMessages, ResultEntry
from chatctl.domain.results import Cell

MOST_ROWS: Final = 100
"""Rows of each result of an answer or a dashboard; a query of the agent's own says how many it wants."""

MOST_CHARACTERS: Final = 200_000
"""Of the cells of one result: about what the smaller models can read at all."""


def short(result: ResultEntry, rows: int = MOST_ROWS) -> ResultEntry:
    """The result with at most so many of its rows, fewer where they are very long."""
    kept = list(_within(result.rows[:rows]))
    if len(kept) == len(result.rows):
        return result
    return result.model_copy(update={"rows": kept, "row_count": len(kept), "truncated": True})


def short_message(message: Message) -> Message:
    """The message with each of its results short."""
    answered = message.response_messages
    entries = [short(entry) if isinstance(entry, ResultEntry) else entry for entry in answered.messages]
    told = ResponseMessages(status=answered.status, messages=entries)
    return message.model_copy(update={"response_messages": told})


def _within(rows: list[list[Cell]]) -> Iterator[list[Cell]]:
    left = MOST_CHARACTERS
    for row in rows:
        left -= sum(len(str(cell)) for cell in row)
        if left < 0:
            return
        yield row
