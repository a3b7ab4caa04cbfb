"""A ledger whose clock the tests move, and chats to work on."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select, update

from chatctl.domain.jobs import Timing
from chatctl.domain.requests import ChatRequest
from chatctl.storage import chats, identities, messages
from chatctl.storage.database import Database
from chatctl.storage.ledger import Ledger, queue_again, request_cancel
from chatctl.storage.tables import MessageRow

MORNING = 1_800_000_000.0
"""Where the clocks of these tests start, in seconds since the epoch."""


@dataclass
class Bench:
    """A database, its ledger, an actor and a clock."""

    url: str
    timing: Timing = field(default_factory=Timing)
    now: float = MORNING

    def __post_init__(self) -> None:
        self.database = Database(self.url, patience=2, clock=lambda: self.now)
        self.ledger = Ledger(self.database, self.timing)
        with self.database.write() as session:
            self.actor, _ = identities.create_actor(self.database, session, user="ada", organization="local")

    def chat(self, prompts: int = 1) -> list[UUID]:
        """The messages of a new chat, oldest first, each asked a second after the other."""
        with self.database.write() as session:
            chat_id = messages.new_chat(session, self.actor, ChatRequest(prompt="x"), self.now)
        return [self.ask(chat_id) for _ in range(prompts)]

    def ask(self, chat_id: UUID) -> UUID:
        """A message added to a chat."""
        self.now += 1
        with self.database.write() as session:
            return messages.placeholder(
                session,
                self.actor,
                chat_id,
                ChatRequest(prompt="x"),
                None,
                position=chats.next_position(session, chat_id),
                prompt="x",
                model="builtin",
                now=self.now,
            )

    def row(self, message_id: UUID) -> MessageRow:
        """The message as it is stored."""
        with self.database.read() as session:
            return session.exec(select(MessageRow).where(col(MessageRow.id) == message_id)).one()

    def change(self, message_id: UUID, **values: Any) -> None:
        """Write to a message behind the ledger's back."""
        with self.database.write() as session:
            row = session.exec(select(MessageRow).where(col(MessageRow.id) == message_id)).one()
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def change_all(self, **values: Any) -> None:
        """Write to every message behind the ledger's back."""
        with self.database.write() as session:
            session.connection().execute(update(MessageRow).values(**values))

    def cancel(self, message_id: UUID) -> bool:
        """Ask for a cancel as a user does."""
        with self.database.write() as session:
            return request_cancel(session, message_id, self.now)

    def retry(self, message_id: UUID) -> bool:
        """Queue a message again as a user does."""
        with self.database.write() as session:
            return queue_again(session, message_id, self.now)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, scratch: Path, blank: Path) -> Callable[[], str]:
    """Makes databases at this version's schema, of each kind."""
    if request.param == "postgresql":
        create: Callable[[], str] = request.getfixturevalue("new_postgres_url")
        return create
    return lambda: f"sqlite:///{shutil.copy(blank, scratch / f'{uuid4().hex}.db')}"


@pytest.fixture
def bench(new_url: Callable[[], str]) -> Iterator[Bench]:
    """A fresh bench with the default timing."""
    fresh = Bench(new_url())
    yield fresh
    fresh.database.close()


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(new_url: Callable[[], str]) -> Iterator[MakeBench]:
    """Benches with other timings."""
    made: list[Bench] = []

    def make(**timing: Any) -> Bench:
        made.append(Bench(new_url(), timing=Timing(**timing)))
        return made[-1]

    yield make
    for each in made:
        each.database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
