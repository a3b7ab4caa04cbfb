"""Driving the program as its users do: its own `main` in this process, and the command as a process."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TextIO
from uuid import UUID, uuid4

import jsonschema

from chatctl.cli.main import run as run_main
from chatctl.domain import schemas
from chatctl.domain.chats import MessageError, ResultEntry, TextEntry, TextStep
from chatctl.domain.chats import Outcome as AnswerOutcome
from chatctl.domain.jobs import Claim, Timing
from chatctl.storage import answers
from chatctl.storage.answers import Completion
from chatctl.storage.database import Database
from chatctl.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of the command left: its exit status and what it wrote."""

    exit: int
    stdout: str
    stderr: str

    def json(self) -> Any:
        """The one JSON value on stdout."""
        return json.loads(self.stdout)

    def ndjson(self) -> list[Any]:
        """The JSON value of every line on stdout."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    def error(self) -> dict[str, Any]:
        """The error object on stderr, after whatever narration precedes it; it must be valid under its schema."""
        found: dict[str, Any] = json.loads(self.stderr[self.stderr.index("{\n") :])
        check("error", found)
        return found

    def problems(self) -> list[dict[str, str]]:
        """The broken rules of a VALIDATION_ERROR."""
        problems: list[dict[str, str]] = self.error()["details"]["validationErrors"]
        return problems

    def id(self) -> str:
        """The one id that -q printed; a run that failed shows its stderr instead."""
        assert self.exit == 0, self.stderr
        (line,) = self.stdout.splitlines()
        return line


class Run(Protocol):
    """Runs a command line; `stdin` None is a terminal at which nobody types."""

    def __call__(self, *args: str, stdin: str | bytes | None = None) -> Outcome: ...


class Terminal(io.StringIO):
    """A standard input at which nobody types."""

    def isatty(self) -> bool:
        return True


def in_process(*args: str, stdin: str | bytes | None = None) -> Outcome:
    """The command line through the program's own `main`, with captured streams."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout):  # Typer prints its help on sys.stdout.
        status = run_main(args, stdin=_typed(stdin), stdout=stdout, stderr=stderr)
    return Outcome(int(status), stdout.getvalue(), stderr.getvalue())


def process(
    *args: str,
    stdin: str | bytes | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **options: Any,
) -> Outcome:
    """The command as a process of its own, in this environment; without `stdin` it reads an empty one."""
    done = subprocess.run(
        [sys.executable, "-m", "chatctl", *args],
        input=_bytes(stdin or ""),
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=False,
        **options,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def eventually(condition: Callable[[], Any], within: float = 10) -> Any:
    """The first true value that the condition gives; fails when `within` seconds were not enough."""
    end = time.monotonic() + within
    while not (value := condition()):
        assert time.monotonic() < end, f"not within {within:g} seconds: {condition}"
        time.sleep(0.02)
    return value


def check(name: str, value: object) -> None:
    """The value is valid under the schema that `chatctl schema NAME` prints."""
    _validator(name).validate(value)


@cache
def _validator(name: str) -> Any:
    schema = schemas.of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def _typed(text: str | bytes | None) -> TextIO:
    return Terminal() if text is None else io.TextIOWrapper(io.BufferedReader(io.BytesIO(_bytes(text))))


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


class Worker:
    """Does by hand what a worker does, to the messages of a home's database."""

    def __init__(self, home: Path) -> None:
        self.database = Database(f"sqlite:///{home / 'chatctl.db'}")
        self._ledger = Ledger(self.database, Timing())

    def claim(self, message_id: str) -> Claim:
        """Take a queued message, which is then running."""
        claim = self._ledger.claim(UUID(message_id), "by-hand")
        assert claim is not None, f"{message_id} is not to be had"
        return claim

    def answer(
        self, message_id: str, text: str = "42", *results: ResultEntry, outcome: AnswerOutcome = "answered"
    ) -> None:
        """Claim and complete a message."""
        final = TextEntry(id=uuid4(), message=text, is_final_message=True)
        entries: list[TextEntry | ResultEntry] = [final, *results]
        completion = Completion(outcome=outcome, entries=entries, raw=[{"kept": text}], usage=None, grounding=None)
        claim = self.claim(message_id)
        with self.database.write() as session:
            assert answers.complete(session, claim, completion, self.database.now(session))

    def fail(self, message_id: str, code: str = "QUERY_ERROR", thoughts: Sequence[str] = ()) -> None:
        """Claim a message, leave these steps and let it fail for good."""
        claim = self.claim(message_id)
        steps = [TextStep(id=uuid4(), title=thought, status="completed") for thought in thoughts]
        if steps:
            with self.database.write() as session:
                assert answers.record(session, claim, list(enumerate(steps, start=1)), self.database.now(session))
        assert self._ledger.failed(claim, MessageError(code=code, message="It broke", hint="Mend it"), retryable=False)

    def close(self) -> None:
        """Give the database back."""
        self.database.close()
