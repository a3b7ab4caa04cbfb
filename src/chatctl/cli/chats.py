"""Asking and looking: new, send, redo, retry, request, show, list, rename, delete, restore, feedback."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatctl.cli import batch, following, options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

if TYPE_CHECKING:
    from chatctl.domain.assets import AssetReference

app = Commands()

Prompt = Annotated[str | None, typer.Argument(metavar="PROMPT", help="The question; - or none reads standard input.")]
ChatId = Annotated[str, typer.Argument(metavar="CHAT", help=f"A chat: {options.IDS}.")]
MessageId = Annotated[
    str, typer.Argument(metavar="MESSAGE", help=f"A message: {options.IDS}; a chat stands for its newest message.")
]
Ids = Annotated[list[str], typer.Argument(metavar="ID", help=f"Chats or messages: {options.IDS}.")]


@app.command()
def new(
    ctx: typer.Context,
    prompt: Prompt = None,
    source: options.SourceOption = None,
    metric: options.Metric = None,
    dashboard: options.Dashboard = None,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TITLE", help="The chat's title; else the start of the question."),
    ] = None,
    model: options.Model = None,
    wait: options.Wait = None,
    timeout: options.Timeout = None,
    idempotency_key: options.Key = None,
) -> None:
    """Start a chat with a question, with a saved metric or dashboard, or with a question about one."""
    run = of(ctx)
    asset = _asset(metric, dashboard)
    request = {"prompt": run.text(prompt) or (None if asset else ""), "sources": source, "title": title}
    named = ("asset_id", "asset_type") if asset else ()
    value = run.runtime.chats.handle(_request(request, model, idempotency_key, *named), asset=asset)
    following.deliver(run, value, ids="chat", timeout=timeout)


@app.command()
def send(
    ctx: typer.Context,
    prompt: Prompt = None,
    chat_id: Annotated[
        str | None, typer.Option("--chat-id", metavar="CHAT", help=f"The chat to add to: {options.IDS}.")
    ] = None,
    last: Annotated[bool, typer.Option("-c", "--continue", help="Add to the chat last created or written to.")] = False,
    source: options.SourceOption = None,
    metric: options.Metric = None,
    dashboard: options.Dashboard = None,
    model: options.Model = None,
    wait: options.Wait = None,
    timeout: options.Timeout = None,
    idempotency_key: options.Key = None,
) -> None:
    """Add a question to a chat."""
    run = of(ctx)
    chat = following.one_chat(chat_id, last)
    request = {"prompt": run.text(prompt) or "", "sources": source}
    asked = _request(request, model, idempotency_key, "chat_id")
    value = run.runtime.chats.handle(asked, chat=chat, asset=_asset(metric, dashboard))
    following.deliver(run, value, ids="message", timeout=timeout)


@app.command()
def redo(
    ctx: typer.Context,
    message: MessageId,
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="Another question; the old one if none is given.")
    ] = None,
    model: options.Model = None,
    wait: options.Wait = None,
    timeout: options.Timeout = None,
    idempotency_key: options.Key = None,
) -> None:
    """Ask again from a message on. It and all later ones are put away; `restore` brings them back."""
    run = of(ctx)
    request = {"prompt": run.text(prompt) if prompt else None}
    value = run.runtime.chats.handle(_request(request, model, idempotency_key, "message_id"), message=message)
    following.deliver(run, value, ids="message", timeout=timeout)


@app.command()
def retry(
    ctx: typer.Context,
    message: MessageId,
    model: options.Model = None,
    wait: options.Wait = None,
    timeout: options.Timeout = None,
) -> None:
    """Run a failed or cancelled message again."""
    run = of(ctx)
    following.deliver(run, run.runtime.changes.retry(message, model), ids="message", timeout=timeout)


@app.command()
def request(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A JSON object; - or none reads standard input.")] = "-",
    batch_mode: Annotated[
        bool, typer.Option("--batch", help="Read NDJSON: one request a line, one line printed for each.")
    ] = False,
    model: options.Model = None,
    wait: options.Wait = None,
    timeout: options.Timeout = None,
    idempotency_key: options.Key = None,
) -> None:
    """Take a request as JSON, print the chat as JSON."""
    if batch_mode and (wait or timeout is not None or model or idempotency_key):
        raise typer.BadParameter("each line names its own model and key, and none is waited for", param_hint="--batch")
    run = of(ctx)
    run.speak("json")
    if batch_mode:
        batch.run(run, file)
        return
    value = run.runtime.chats.handle(batch.read(run, file, {"model": model, "idempotency_key": idempotency_key}))
    following.deliver(run, value, ids="chat", timeout=timeout)


@app.command(also=("parquet",))
def show(
    ctx: typer.Context,
    chat: Annotated[
        str, typer.Argument(metavar="ID", help=f"A chat or a message: {options.IDS}; the last chat if none is given.")
    ] = "@last",
    sql: options.Sql = False,
    steps: options.Steps = False,
    data: Annotated[bool, typer.Option("--data", help="Print the newest result alone, every row of it.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Print what the analyst kept of its own work.")] = False,
    order: Annotated[
        str | None, typer.Option("--order", metavar="newest|oldest", help="Which messages come first.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="How many messages at most.")] = None,
    before: Annotated[
        int | None, typer.Option("--before", metavar="POSITION", min=1, help="Only messages before this position.")
    ] = None,
) -> None:
    """Show a chat, or one message."""
    if order not in (None, "newest", "oldest"):
        raise typer.BadParameter(f"{order!r} is neither newest nor oldest", param_hint="--order")
    run = of(ctx)
    if run.format == "parquet" and not data:
        raise typer.BadParameter("parquet is for results: show --data prints one", param_hint="--output")
    following.show(
        run,
        run.runtime.chats.show(chat, limit=limit, before=before),
        {"sql": sql, "steps": steps, "data": data, "raw": raw, "order": order},
    )


@app.command("list")
def list_(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option("--limit", "-n", metavar="N", min=1, help="How many at most.")] = 30,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only those whose newest message is queued, running, completed, failed or cancelled.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="WHEN", help="Only those updated since a day, a time or an age: 2026-01-31, 12h, 7d."
        ),
    ] = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="List deleted chats instead.")] = False,
    cursor: Annotated[
        str | None, typer.Option("--cursor", metavar="CURSOR", help="The next page, as the last one named it.")
    ] = None,
) -> None:
    """List chats, last updated first."""
    from chatctl.domain.listing import Filter

    run = of(ctx)
    wanted = Filter.parse(
        limit=limit, status=status, since=since, deleted=deleted, cursor=cursor, now=datetime.now(UTC)
    )
    values, more = run.runtime.chats.recent(wanted)
    run.output.chats(values, cursor=more)


@app.command()
def rename(
    ctx: typer.Context, chat: ChatId, title: Annotated[str, typer.Argument(metavar="TITLE", help="The new title.")]
) -> None:
    """Give a chat a title."""
    run = of(ctx)
    run.output.created(run.runtime.changes.rename(chat, title), ids="chat")


@app.command()
def delete(ctx: typer.Context, ids: Ids) -> None:
    """Put chats or messages away; `restore` brings them back."""
    run = of(ctx)
    run.ids(run.runtime.changes.delete(ids))


@app.command()
def restore(ctx: typer.Context, ids: Ids) -> None:
    """Bring deleted chats or messages back."""
    run = of(ctx)
    run.ids(run.runtime.changes.restore(ids))


@app.command()
def feedback(
    ctx: typer.Context,
    message: MessageId,
    opinion: Annotated[str, typer.Argument(metavar="positive|negative|none", help="What you think of the answer.")],
) -> None:
    """Say whether an answer was good."""
    run = of(ctx)
    run.output.created(run.runtime.changes.give_feedback(message, opinion), ids="message")


def _asset(metric: str | None, dashboard: str | None) -> "AssetReference | None":
    """What --metric or --dashboard names. Raises ValidationError for both."""
    if metric is None and dashboard is None:
        return None
    if metric is not None and dashboard is not None:
        raise ValidationError.field("asset_id", "Give either --metric or --dashboard, not both", "conflict")
    from chatctl.domain.assets import AssetReference

    if metric is not None:
        return AssetReference(file_type="metric_file", reference=metric)
    return AssetReference(file_type="dashboard_file", reference=str(dashboard))


def _request(fields: dict[str, Any], model: str | None, key: str | None, *named: str) -> Any:
    from chatctl.domain.requests import ChatRequest

    given = {name: value for name, value in fields.items() if value is not None}
    return ChatRequest.parse(given | {"model": model, "idempotency_key": key}, named=named)
