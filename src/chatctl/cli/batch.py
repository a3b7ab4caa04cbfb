"""Requests from files and pipes: one JSON object, or one a line."""

import json
import select
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import typer

from chatctl.domain.errors import ChatctlError, ExitCode, ValidationError

if TYPE_CHECKING:
    from chatctl.cli.invocation import Invocation
    from chatctl.domain.chats import Trigger, Written
    from chatctl.domain.requests import ChatRequest

TOGETHER = 200
"""Lines that are committed together where they are there already; a line that comes alone is not kept waiting."""


def read(run: "Invocation", file: str, flags: dict[str, Any]) -> "ChatRequest":
    """The request in a file or in standard input; flags given on the command line win."""
    from chatctl.domain.requests import ChatRequest

    text = run.piped() if file == "-" else _opened(file).read().decode("utf-8-sig", errors="surrogateescape")
    data = _decoded(text)
    given = {name: value for name, value in flags.items() if value is not None}
    return ChatRequest.parse(data | given if isinstance(data, dict) else data)


def run(run: "Invocation", file: str) -> None:
    """Take one request a line and print one compact line for each, in order; exit 2 at the end if any was refused."""
    stream: IO[bytes] = run.stdin.buffer if file == "-" else _opened(file)
    refused = False
    for lines in _chunks(stream):
        requests = [_parsed(line) for _, line in lines]
        accepted = iter(
            run.runtime.chats.handle_many([each for each in requests if not isinstance(each, ChatctlError)])
        )
        for (number, _), request in zip(lines, requests, strict=True):
            outcome = request if isinstance(request, ChatctlError) else next(accepted)
            refused |= isinstance(outcome, ChatctlError)
            run.output.event(_line(run, number, outcome))
    if refused:
        raise typer.Exit(ExitCode.INVALID)


def _line(run: "Invocation", number: int, outcome: "ChatctlError | tuple[Written, Trigger | None]") -> object:
    """What is printed for a request: what it became, or its error with the line's number."""
    from chatctl.domain.schemas import BatchLine
    from chatctl.rendering import problems

    if isinstance(outcome, ChatctlError):
        return problems.as_object(outcome, run.request_id, datetime.now(UTC)) | {"line": number}
    written, trigger = outcome
    return BatchLine(chat_id=written.chat_id, new_message_id=written.message_id, status=written.status, trigger=trigger)


def _chunks(stream: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, blank ones left out, in groups: as many as are there, at most TOGETHER."""
    lines: list[tuple[int, bytes]] = []
    for number, line in enumerate(stream, start=1):
        if line.strip():
            lines.append((number, line))
        if lines and (len(lines) >= TOGETHER or not _more(stream)):
            yield lines
            lines = []
    if lines:
        yield lines


def _more(stream: IO[bytes]) -> bool:
    """Whether another line can be had without waiting."""
    if stream.peek(1):  # type: ignore[attr-defined]
        return True
    return bool(select.select([stream], [], [], 0)[0])


def _parsed(line: bytes) -> "ChatRequest | ChatctlError":
    from chatctl.domain.requests import ChatRequest

    try:
        return ChatRequest.parse(_decoded(line.decode("utf-8-sig", errors="surrogateescape")))
    except ChatctlError as error:
        return error


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValidationError.field("request", f"The request is not JSON: {error}", "not_json") from None


def _opened(file: str) -> IO[bytes]:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise ValidationError.field("file", f"{file} cannot be read: {error.strerror}", "unreadable") from None
