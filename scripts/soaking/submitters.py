"""Those who ask: `chatctl new`, `send` and `request --batch` as real processes, and what they were promised.

Each prompt has an idempotency key of its own. A command that was refused or killed is run again with the same key, so
that each prompt must come out as exactly one message however often it was tried.
"""

import json
import random
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from soaking.reading import Reader, Unreadable
from soaking.site import Process, Site
from soaking.strain import strain

TRIES = 200
AGAIN = 0.2
FIRST = 4.0
"""Seconds within which all submitters have begun: not all at once, for each starts a process."""
FOLLOW_UPS = 1 / 3
"""How many of the prompts are put to the submitter's last chat."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What a command said of a prompt: the message's id, by which command."""

    prompt: str
    message: str
    chat: str
    route: str
    pid: int
    strain: float
    """How many processes wanted each core just then, 1 at least."""
    again: bool
    """Whether an earlier command for this prompt was killed, so that this one may only have repeated what it did."""


@dataclass(kw_only=True)
class Book:
    """What all submitters were told."""

    promises: list[Promise] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """How commands refused."""
    contradicted: list[str] = field(default_factory=list)
    """Prompts whose command failed although the message was there, or the other way round."""
    killed: int = 0


class Submitter(threading.Thread):
    """Asks its prompts one after the other, each after a pause; some by commands of their own, some in one chat."""

    def __init__(
        self, site: Site, book: Book, prompts: Sequence[str], *, gap: float, processes: float, dice: random.Random
    ) -> None:
        super().__init__(daemon=True)
        self._site = site
        self._book = book
        self._prompts = prompts
        self._gap = gap
        self._processes = processes
        self._dice = dice
        self._batch: Process | None = None
        self._chat: str | None = None
        self._uncertain: set[str] = set()
        """Prompts of which a command was killed: whether their messages are there, only another try will tell."""
        self.over = threading.Event()
        self.running: Process | None = None
        """The command that runs now, for those who kill."""

    def run(self) -> None:
        """Ask everything, then close the batch."""
        for number, prompt in enumerate(self._prompts):
            if self.over.wait(self._dice.uniform(0, 2 * self._gap if number else FIRST)):
                break
            ask = self._by_command if number == 0 or self._dice.random() < self._processes else self._by_batch
            chat = self._chat if self._dice.random() < FOLLOW_UPS else None
            for _ in range(TRIES):
                if self.over.is_set() or self._keep(ask(prompt, chat)):
                    break
                self.over.wait(AGAIN)
        self.close()

    def ask(self, prompt: str) -> None:
        """Put one prompt through the batch, at once."""
        self._keep(self._by_batch(prompt, None))

    def close(self) -> None:
        """End the batch."""
        if self._batch and self._batch.stdin:
            self._batch.stdin.close()
            self._batch.wait()

    def _keep(self, promise: Promise | None) -> bool:
        if promise is None:
            return False
        self._chat = promise.chat
        self._book.promises.append(promise)
        return True

    def _by_command(self, prompt: str, chat: str | None) -> Promise | None:
        follow = ["--chat-id", chat] if chat else []
        process = self._site.start("send" if chat else "new", prompt, "--json", "--idempotency-key", prompt, *follow)
        self.running = process
        output, _ = process.communicate()
        self.running = None
        if process.returncode < 0:
            self._killed(prompt)
            return None
        if process.returncode:
            self._refused(prompt, f"exit {process.returncode}")
            return None
        told = json.loads(output)
        return Promise(
            prompt=prompt,
            message=told["newMessageId"],
            chat=told["chat"]["id"],
            route="send" if chat else "new",
            pid=process.pid,
            strain=strain(),
            again=prompt in self._uncertain,
        )

    def _by_batch(self, prompt: str, chat: str | None) -> Promise | None:
        request: dict[str, Any] = {"prompt": prompt, "idempotency_key": prompt} | ({"chat_id": chat} if chat else {})
        told, pid = self._told_by_batch(prompt, json.dumps(request))
        if told is None:
            return None
        if "error" in told:
            self._refused(prompt, told["error"])
            return None
        return Promise(
            prompt=prompt,
            message=told["newMessageId"],
            chat=told["chatId"],
            route="batch",
            pid=pid,
            strain=strain(),
            again=prompt in self._uncertain,
        )

    def _told_by_batch(self, prompt: str, line: str) -> tuple[dict[str, Any] | None, int]:
        """The answer to one line and who gave it; None if the process ended, and then the next line starts another."""
        if self._batch is None:
            self._batch = self._site.start("request", "--batch", stdin=subprocess.PIPE)
        self.running = batch = self._batch
        assert batch.stdin
        assert batch.stdout
        try:
            batch.stdin.write(line + "\n")
            batch.stdin.flush()
            answer = batch.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer.endswith("\n"):
            self._batch, self.running = None, None
            if batch.wait() < 0:
                self._killed(prompt)
            else:
                self._refused(prompt, f"batch: exit {batch.returncode}")
            return None, batch.pid
        return json.loads(answer), batch.pid

    def _killed(self, prompt: str) -> None:
        self._book.killed += 1
        self._uncertain.add(prompt)

    def _refused(self, prompt: str, words: str) -> None:
        self._book.refusals.append(words)
        # A database that cannot be read now says nothing; the next try of the prompt will tell.
        with suppress(Unreadable), Reader(self._site.database, self._site.organization) as reader:
            if prompt not in self._uncertain and reader.has_key(prompt):
                self._book.contradicted.append(prompt)
