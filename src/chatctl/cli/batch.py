"""Requests from files and pipes: one JSON object, or one a line."""

import json
from collections.abc import Iterator
from contextlib import nullcontext
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

AT_ONCE = 2**18
"""Bytes taken by one read, which gives what is there without waiting for more."""


def read(run: "Invocation", file: str, flags: dict[str, Any]) -> "ChatRequest":
    """The request in a file or in standard input; flags given on the command line win."""
    from chatctl.domain.requests import ChatRequest

    if file == "-":
        text = run.piped()
    else:
        with opened(file) as stream:
            text = stream.read().decode("utf-8-sig", errors="surrogateescape")
    data = _decoded(text)
    given = {name: value for name, value in flags.items() if value is not None}
    return ChatRequest.parse(data | given if isinstance(data, dict) else data)


def run(run: "Invocation", file: str) -> None:
    """Take one request a line and print one compact line for each, in order; exit 2 at the end if any was refused."""
    refused = False
    with nullcontext(run.stdin.buffer) if file == "-" else opened(file) as stream:
        for lines in _chunks(stream):
            refused |= _answer(run, lines)
    if refused:
        raise typer.Exit(ExitCode.INVALID)


def _answer(run: "Invocation", lines: list[tuple[int, bytes]]) -> bool:
    """Write the lines' requests together and print what became of each; whether any was refused."""
    requests = [_parsed(line) for _, line in lines]
    accepted = iter(run.runtime.chats.handle_many([each for each in requests if not isinstance(each, ChatctlError)]))
    outcomes = [request if isinstance(request, ChatctlError) else next(accepted) for request in requests]
    for (number, _), outcome in zip(lines, outcomes, strict=True):
        run.output.event(_line(run, number, outcome))
    return any(isinstance(outcome, ChatctlError) for outcome in outcomes)


def _line(run: "Invocation", number: int, outcome: "ChatctlError | tuple[Written, Trigger | None]") -> object:
    """What is printed for a request: what it became, or its error with the line's number."""
    from chatctl.domain.schemas import BatchLine
    from chatctl.rendering import problems

    if isinstance(outcome, ChatctlError):
        return problems.as_object(outcome, run.request_id, datetime.now(UTC)) | {"line": number}
    written, trigger = outcome
    return BatchLine(chat_id=written.chat_id, new_message_id=written.message_id, status=written.status, trigger=trigger)


def _chunks(stream: IO[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, blank ones left out, in groups: as many as are there already, at most TOGETHER."""
    number, rest = 0, b""
    while piece := stream.read1(AT_ONCE):  # type: ignore[attr-defined]
        *lines, rest = (rest + piece).split(b"\n")
        numbered = [(number + offset, line) for offset, line in enumerate(lines, start=1) if line.strip()]
        yield from (numbered[start : start + TOGETHER] for start in range(0, len(numbered), TOGETHER))
        number += len(lines)
    if rest.strip():
        yield [(number + 1, rest)]


def _parsed(line: bytes) -> "ChatRequest | ChatctlError":
    from chatctl.domain.requests import ChatRequest

    try:
        return ChatRequest.parse(_decoded(line.decode("utf-8-sig", errors="surrogateescape")))
    except ChatctlError as error:
        return error


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:  # a plain ValueError for a number of over 4,300 digits
        raise ValidationError.field("request", f"The request is not JSON: {error}", "not_json") from None


def opened(file: str) -> IO[bytes]:
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise ValidationError.field("file", f"{file} cannot be read: {error.strerror}", "unreadable") from None
