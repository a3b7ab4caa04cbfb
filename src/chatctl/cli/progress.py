"""Work on its way: wait, watch, cancel."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from chatctl.cli import following, options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import Invocation, of
from chatctl.domain.errors import ValidationError, WaitTimeout

if TYPE_CHECKING:
    from chatctl.domain.chats import Message

app = Commands()

Ids = Annotated[list[str], typer.Argument(metavar="ID", help=f"Chats or messages: {options.IDS}.")]


@app.command()
def wait(ctx: typer.Context, ids: Ids, timeout: options.Timeout = None) -> None:
    """Wait until messages are done. Of a chat: those that are not, and its newest."""
    from chatctl.rendering.views import ChatView

    run = of(ctx)
    targets = run.runtime.waiting.targets(ids)
    late: WaitTimeout | None = None
    try:
        following.follow(run, [each.message_id for each in targets], timeout)
    except WaitTimeout as error:
        late = error
    messages = _finished(run, [each.message_id for each in targets])
    if len(ids) == 1 and targets:
        run.output.answer(run.runtime.chats.with_message(targets[-1].message_id), view=ChatView())
    else:
        run.output.records([_standing(message) for message in messages])
    run.told()
    following.conclude([each for each in messages if each.status in ("failed", "cancelled")])
    if late:
        raise late
    following.conclude([each for each in messages if each.is_completed])


@app.command()
def watch(
    ctx: typer.Context,
    id: Annotated[
        str, typer.Argument(metavar="ID", help=f"A chat or a message: {options.IDS}; the last chat if none is given.")
    ] = "@last",
    timeout: options.Timeout = None,
) -> None:
    """Watch messages being worked on. With -o ndjson each is printed at every change."""
    run = of(ctx)
    targets = run.runtime.waiting.targets([id])
    if not targets:
        raise ValidationError.field("id", "The chat has no message to watch", "empty")
    ids = [each.message_id for each in targets]
    if run.format in ("json", "ndjson"):
        run.expect(ids[-1])
        for message in run.runtime.waiting.follow(ids, timeout):
            run.output.event(message)
        run.told()
        following.conclude(_finished(run, ids))
        return
    following.follow(run, ids[:-1], timeout)
    following.await_answer(run, ids[-1], timeout=timeout)


@app.command()
def cancel(ctx: typer.Context, ids: Ids) -> None:
    """Stop queued or running work."""
    run = of(ctx)
    cancelled = run.runtime.changes.cancel(ids)
    if len(ids) == 1:
        run.output.created(cancelled[0], ids="message")
    else:
        run.output.changed(cancelled)


def _standing(message: "Message") -> dict[str, object]:
    return {
        "chatId": str(message.chat_id),
        "messageId": str(message.id),
        "status": message.status,
        "outcome": message.outcome,
    }


def _finished(run: Invocation, ids: Sequence[UUID]) -> "list[Message]":
    """The messages as they stand now."""
    chats = run.runtime.chats
    return [message for each in ids for message in chats.with_message(each).messages if message.id == each]
