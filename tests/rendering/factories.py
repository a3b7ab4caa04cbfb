"""Small factories of chats, messages and results as the program would store them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

from chatctl.domain.charts import Axis, ChartConfig, ChartType
from chatctl.domain.chats import (
    Chat,
    ChatListing,
    ChatWithMessages,
    Grounding,
    Message,
    MessageError,
    Reasoning,
    ResponseMessages,
    ResultEntry,
    SqlStep,
    TextEntry,
    TextStep,
)
from chatctl.domain.results import Cell, Column, ColumnType
from chatctl.domain.sources import SourceRef
from chatctl.rendering.output import Format, Output

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)
SQL = "SELECT carrier, AVG(arr_delay) AS average_arr_delay\nFROM flights\nGROUP BY carrier\nORDER BY 2 DESC"


def identifier(number: int) -> UUID:
    """A version 4 UUID that reads as its number."""
    return UUID(f"{number:08x}-0000-4000-8000-000000000000")


def chart(kind: ChartType, x: str, *y: str, category: str | None = None) -> ChartConfig:
    axis = Axis(x=[x], y=list(y), category=[category] if category else [])
    return ChartConfig(selected_chart_type=kind, bar_and_line_axis=axis)


def result(columns: Sequence[tuple[str, ColumnType]], rows: Sequence[Sequence[Cell]], **changes: Any) -> ResultEntry:
    values = {
        "id": identifier(0xE0),
        "source": "flights",
        "sql": SQL,
        "columns": [Column(name=name, type=kind) for name, kind in columns],
        "rows": [list(row) for row in rows],
        "row_count": len(rows),
        "truncated": False,
        "elapsed_ms": 12.0,
    }
    return ResultEntry.model_validate(values | changes)


def text(markdown: str) -> TextEntry:
    return TextEntry(id=identifier(0xF0), message=markdown, is_final_message=True)


def delays() -> ResultEntry:
    rows: list[list[Cell]] = [["F9", 21.92], ["FL", 20.12], ["EV", 15.8], ["AS", -9.93]]
    return result([("carrier", "text"), ("average_arr_delay", "number")], rows)


def message(position: int = 1, *entries: Any, **changes: Any) -> Message:
    asked = NOON + timedelta(minutes=position)
    values = {
        "id": identifier(0xB0 + position),
        "request_message": "Which carrier had the highest average arrival delay?",
        "response_messages": ResponseMessages(status="completed", messages=list(entries)),
        "reasoning": Reasoning(
            status="completed",
            steps=[
                TextStep(
                    id=identifier(0xD1), title="Understood the question", status="completed", message="AVG by carrier"
                ),
                SqlStep(
                    id=identifier(0xD2),
                    title="Ran a query",
                    secondary_title="12 ms",
                    status="completed",
                    source="flights",
                    sql=SQL,
                    row_count=4,
                    truncated=False,
                ),
            ],
        ),
        "title": "Which carrier had the highest average arrival…",
        "raw_llm_messages": [],
        "final_reasoning_message": "Reasoned for 3 seconds",
        "chat_id": identifier(0xA1),
        "created_at": asked,
        "updated_at": asked,
        "created_by": identifier(0xC1),
        "is_completed": True,
        "feedback": None,
        "status": "completed",
        "outcome": "answered",
        "position": position,
        "attempts": 1,
        "model": "builtin",
        "error": None,
    }
    return Message.model_validate(values | changes)


def waiting(position: int = 1, **changes: Any) -> Message:
    placeholder = {
        "response_messages": ResponseMessages(),
        "reasoning": Reasoning(),
        "final_reasoning_message": None,
        "is_completed": False,
        "status": "queued",
        "outcome": None,
        "attempts": 0,
    }
    return message(position, **(placeholder | changes))


def failed(position: int = 1) -> Message:
    return message(
        position,
        status="failed",
        outcome=None,
        response_messages=ResponseMessages(status="failed"),
        final_reasoning_message="Failed after 3 seconds",
        error=MessageError(
            code="QUERY_ERROR", message="Column 'dely' is not in flights.", hint="See: chatctl source show flights"
        ),
    )


CHAT: dict[str, Any] = {
    "id": identifier(0xA1),
    "title": "Which carrier had the highest average arrival delay?",
    "organization_id": identifier(0xC0),
    "created_at": NOON,
    "updated_at": NOON + timedelta(minutes=9),
    "created_by": identifier(0xC1),
    "updated_by": identifier(0xC1),
    "publicly_accessible": False,
    "most_recent_file_id": None,
    "most_recent_file_type": None,
    "most_recent_version_number": None,
    "sources": [SourceRef(id=identifier(0xC2), name="flights", kind="files")],
}


def conversation(*messages: Message, **changes: Any) -> ChatWithMessages:
    """Messages given oldest first, as they were asked."""
    return ChatWithMessages(chat=Chat.model_validate(CHAT | changes), messages=list(reversed(messages)))


def answered(position: int = 1) -> Message:
    words = "**F9** had the highest average arrival delay: 21.92 minutes."
    words += "\n\nAssumptions:\n\n- cancelled flights are left out"
    return message(position, text(words), delays(), grounding=Grounding(checked=1))


def listing(number: int, **changes: Any) -> ChatListing:
    values = CHAT | {"id": identifier(number), "message_count": 2, "last_status": "completed"}
    return ChatListing.model_validate(values | changes)


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Streams:
    """Where an Output printed."""

    def __init__(self, *, terminal: bool) -> None:
        kind = Terminal if terminal else StringIO
        self.stdout, self.stderr = kind(), kind()

    @property
    def out(self) -> str:
        return self.stdout.getvalue()

    @property
    def err(self) -> str:
        return self.stderr.getvalue()

    def output(self, format: Format | None = None, **settings: Any) -> Output:
        usual: dict[str, Any] = {"width": 100, "colour": False, "zone": UTC, "clock": lambda: LATER}
        return Output(stdout=self.stdout, stderr=self.stderr, format=format, **(usual | settings))
