"""Chats and messages as they are shown: the objects of the contract's section 4."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from chatctl.domain.charts import ChartConfig
from chatctl.domain.results import Cell, Column
from chatctl.domain.sources import SourceRef
from chatctl.domain.values import Value

MessageStatus = Literal["queued", "running", "completed", "failed", "cancelled"]
Outcome = Literal["answered", "clarification", "declined"]
Feedback = Literal["positive", "negative"]
FileType = Literal["metric_file", "dashboard_file"]

TERMINAL: frozenset[str] = frozenset({"completed", "failed", "cancelled"})


class TextEntry(Value):
    """Markdown from the analyst."""

    id: UUID
    type: Literal["text"] = "text"
    message: str
    is_final_message: bool


class ResultEntry(Value):
    """A stored query result; `row_count` counts the rows stored, `truncated` says that there are more."""

    id: UUID
    type: Literal["result"] = "result"
    source: str
    sql: str
    columns: list[Column]
    rows: list[list[Cell]]
    row_count: int
    truncated: bool
    elapsed_ms: float
    chart_config: ChartConfig | None = None


class FileEntry(Value):
    """An asset that the answer made or changed."""

    id: UUID
    type: Literal["file"] = "file"
    file_type: FileType
    file_id: UUID
    file_name: str
    version_number: int


ResponseEntry = Annotated[TextEntry | ResultEntry | FileEntry, Field(discriminator="type")]


class ResponseMessages(Value):
    """What the analyst answered, in order."""

    status: Literal["processing", "completed", "failed", "cancelled"] = "processing"
    messages: list[ResponseEntry] = []


StepStatus = Literal["loading", "completed", "failed"]


class TextStep(Value):
    """A thought or an observation."""

    id: UUID
    type: Literal["text"] = "text"
    title: str
    secondary_title: str | None = None
    status: StepStatus
    message: str | None = None


class SqlStep(Value):
    """A statement that was run, how many rows it gave, or why it failed."""

    id: UUID
    type: Literal["sql"] = "sql"
    title: str
    secondary_title: str | None = None
    status: StepStatus
    source: str
    sql: str
    row_count: int | None = None
    truncated: bool | None = None
    error: str | None = None


class FilesStep(Value):
    """Assets that were made or changed."""

    id: UUID
    type: Literal["files"] = "files"
    title: str
    secondary_title: str | None = None
    status: StepStatus
    file_ids: list[UUID] = []


ReasoningStep = Annotated[TextStep | SqlStep | FilesStep, Field(discriminator="type")]


class Reasoning(Value):
    """The steps that led to the answer."""

    status: Literal["processing", "completed", "failed", "cancelled"] = "processing"
    steps: list[ReasoningStep] = []


class MessageError(Value):
    """Why a message failed."""

    code: str
    message: str
    hint: str | None = None


class FileLink(Value):
    """An asset in a message."""

    file_id: UUID
    file_type: FileType
    file_name: str
    version_number: int


class Usage(Value):
    """What a language model used; cost in US dollars where it is known."""

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None = None


class Grounding(Value):
    """How many figures of the final text were looked up in the results, and which were not found."""

    checked: int
    ungrounded: list[str] = []


class Message(Value):
    """One request and everything the analyst produced for it."""

    id: UUID
    request_message: str | None
    response_messages: ResponseMessages
    reasoning: Reasoning
    title: str
    raw_llm_messages: list[Any]
    final_reasoning_message: str | None
    chat_id: UUID
    created_at: datetime
    updated_at: datetime
    created_by: UUID
    is_completed: bool
    feedback: Feedback | None
    status: MessageStatus
    outcome: Outcome | None
    position: int
    attempts: int
    model: str
    error: MessageError | None
    files: list[FileLink] = []
    usage: Usage | None = None
    grounding: Grounding | None = None


class Chat(Value):
    """A titled conversation."""

    id: UUID
    title: str
    organization_id: UUID
    created_at: datetime
    updated_at: datetime
    created_by: UUID
    updated_by: UUID
    publicly_accessible: bool
    most_recent_file_id: UUID | None
    most_recent_file_type: FileType | None
    most_recent_version_number: int | None
    sources: list[SourceRef]


class ChatListing(Chat):
    """A chat in `list`."""

    message_count: int
    last_status: MessageStatus | None


class Trigger(Value):
    """How ringing the queue went; the work is safe either way."""

    success: bool
    task_id: str | None = None
    error: str | None = None


class ChatWithMessages(Value):
    """A chat and a page of its messages, newest first."""

    chat: Chat
    messages: list[Message]
    new_message_id: UUID | None = None
    trigger: Trigger | None = None


class Written(Value):
    """What a request became, or had become before under the same idempotency key."""

    chat_id: UUID
    message_id: UUID
    status: MessageStatus = "queued"
