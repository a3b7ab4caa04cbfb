"""What follows a command that made or named messages: print them, or wait for them and print their answers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import typer

from chatctl.domain.errors import AnalystFailed, ChatctlError, ExitCode, QuotaExceeded, ValidationError, WaitTimeout

if TYPE_CHECKING:
    from chatctl.cli.invocation import Invocation
    from chatctl.domain.chats import ChatWithMessages, Message


def one_chat(chat_id: str | None, last: bool) -> str:
    """The chat that `send` is about. Raises ValidationError for none, or two."""
    if chat_id and last:
        raise ValidationError.field("chat_id", "Give either --chat-id or -c, not both", "conflict")
    if not chat_id and not last:
        raise ValidationError.field(
            "chat_id",
            "Which chat? Give --chat-id ID, or -c for the last one",
            "required",
            hint="`chatctl list` shows your chats; `chatctl new` starts one.",
        )
    return chat_id or "@last"


def deliver(
    run: "Invocation",
    value: "ChatWithMessages",
    *,
    ids: Literal["chat", "message"],
    timeout: float | None,
) -> None:
    """Print what was accepted; with --wait follow its message to the end and print the answer."""
    if value.trigger and not value.trigger.success:
        run.output.warn(
            f"The worker could not be told at once: {str(value.trigger.error).rstrip('.')}. The question is safe."
        )
    if run.runtime.config.wait and value.new_message_id:
        await_answer(run, value.new_message_id, timeout=timeout, ids=ids)
    else:
        run.output.created(value, ids=ids)
        run.told()


def await_answer(
    run: "Invocation", message_id: UUID, *, timeout: float | None, ids: Literal["chat", "message"] = "message"
) -> None:
    """Follow one message, print the chat with its answer, and stop with the exit status that it calls for."""
    from chatctl.rendering.views import ChatView

    late: WaitTimeout | None = None
    try:
        follow(run, [message_id], timeout)
    except WaitTimeout as error:
        late = error
    shown = run.runtime.chats.with_message(message_id)
    run.output.answer(shown, view=ChatView(), ids=ids)
    run.told()
    if late:
        raise late
    conclude([next(each for each in shown.messages if each.id == message_id)])


def follow(run: "Invocation", message_ids: Sequence[UUID], timeout: float | None) -> None:
    """Tell on stderr how the messages get on, until all are finished. Ctrl-C detaches: the work goes on."""
    if message_ids:
        run.expect(message_ids[0])
    try:
        for message in run.runtime.waiting.follow(message_ids, timeout):
            run.output.live(message)
    finally:
        run.output.done()


def conclude(messages: Sequence["Message"]) -> None:
    """Raise what `failure` gives for a failed or cancelled message, exit 10 for one that was declined or asked back."""
    failed = next((each for each in messages if each.status in ("failed", "cancelled")), None)
    if failed:
        raise failure(failed)
    if any(each.outcome != "answered" for each in messages):
        raise typer.Exit(ExitCode.UNANSWERED)


def failure(message: "Message") -> ChatctlError:
    """Why a waited-for message has no answer."""
    details = {"messageId": str(message.id), "chatId": str(message.chat_id)}
    if message.error is None:
        return AnalystFailed("The message was cancelled", hint=f"chatctl retry {message.id}", **details)
    kind = QuotaExceeded if message.error.code == QuotaExceeded.code else AnalystFailed
    return kind(message.error.message, hint=message.error.hint, cause=message.error.code, **details)


def show(run: "Invocation", value: "ChatWithMessages | Message", wanted: Mapping[str, Any]) -> None:
    """Print a chat or a message as it stands."""
    from chatctl.domain.chats import ChatWithMessages
    from chatctl.rendering.views import ChatView

    if isinstance(value, ChatWithMessages):
        earlier, later = run.runtime.chats.around(value)
        run.output.chat(value, view=ChatView(**wanted, earlier=earlier, later=later))
    else:
        run.output.message(value, view=ChatView(**wanted))
