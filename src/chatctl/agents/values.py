"""What tools return beside the objects that the commands print; every list is an object, for the protocol wants one."""

from uuid import UUID

from chatctl.domain.assets import AssetListing
from chatctl.domain.chats import (
    Chat,
    FileLink,
    Grounding,
    Message,
    MessageError,
    MessageStatus,
    Outcome,
    ResultEntry,
    TextEntry,
    Usage,
)
from chatctl.domain.sources import Source
from chatctl.domain.values import Value


class Sources(Value):
    """Registered sources, by name."""

    sources: list[Source]


class Assets(Value):
    """Saved metrics or dashboards, by name; `total` counts those that were left out too."""

    assets: list[AssetListing]
    total: int


class MetricResult(Value):
    """A metric's result of this moment."""

    id: UUID
    name: str
    version_number: int
    result: ResultEntry


class Turn(Value):
    """A question and its answer; `answer` and `outcome` are null until it has one, `results` are what it rests on."""

    chat_id: UUID
    message_id: UUID
    position: int
    question: str | None
    status: MessageStatus
    outcome: Outcome | None
    answer: str | None
    results: list[ResultEntry]
    files: list[FileLink]
    error: MessageError | None
    grounding: Grounding | None
    model: str
    usage: Usage | None

    @classmethod
    def of(cls, message: Message) -> "Turn":
        """The message without what only its own chat needs."""
        entries = message.response_messages.messages
        texts = [entry.message for entry in entries if isinstance(entry, TextEntry)]
        return cls(
            chat_id=message.chat_id,
            message_id=message.id,
            position=message.position,
            question=message.request_message,
            status=message.status,
            outcome=message.outcome,
            answer="\n\n".join(texts) or None,
            results=[entry for entry in entries if isinstance(entry, ResultEntry)],
            files=message.files,
            error=message.error,
            grounding=message.grounding,
            model=message.model,
            usage=message.usage,
        )


class Conversation(Value):
    """A chat with its newest turns, newest first; `earlier` counts those before them."""

    chat: Chat
    turns: list[Turn]
    earlier: int
