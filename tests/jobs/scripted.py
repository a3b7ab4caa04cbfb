"""A home with the real ledger: messages are submitted to it, and the executions that were logged read back."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from chatctl import config as configuration
from chatctl.config import Config
from chatctl.sqlite import sqlite3
from chatctl.storage import schema
from chatctl.storage.database import Database
from chatctl.storage.identities import create_actor
from chatctl.storage.ledger import Ledger, request_cancel
from chatctl.storage.tables import ChatRow, MessageRow

from .script import LOG

PROGRAM = (sys.executable, "-m", __name__.rpartition(".")[0])


class Desk:
    """One home: its settings, its database, its messages and the log of every execution."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.database = Database(config.database, patience=30)
        self.ledger = Ledger(self.database, config.timing)

    def submit(self, *prompts: str, together: bool = False) -> list[UUID]:
        """A chat of its own for each prompt, or one for all, in one transaction."""
        schema.ensure(self.database)
        with self.database.write() as session:
            now = self.database.now(session)
            when = datetime.fromtimestamp(now, UTC)
            actor, _ = create_actor(self.database, session, user="ada", organization="local")
            whose: dict[str, Any] = {"organization_id": actor.organization_id, "created_by": actor.user_id}
            stamps: dict[str, Any] = {"created_at": when, "updated_at": when}
            number = 1 if together else len(prompts)
            chats = [ChatRow(id=uuid4(), title="t", updated_by=actor.user_id, **whose, **stamps) for _ in range(number)]
            session.add_all(chats)
            session.flush()
            places = [(chats[0].id, at) for at, _ in enumerate(prompts, start=1)]
            if not together:
                places = [(chat.id, 1) for chat in chats]
            messages = [
                MessageRow(
                    id=uuid4(),
                    chat_id=chat,
                    position=position,
                    request_message=prompt,
                    title=prompt,
                    model="builtin",
                    response=[],
                    raw_llm_messages=[],
                    not_before=now,
                    wake_sent_at=now,
                    **whose,
                    **stamps,
                )
                for (chat, position), prompt in zip(places, prompts, strict=True)
            ]
            session.add_all(messages)
            return [message.id for message in messages]

    def message(self, message_id: UUID) -> MessageRow:
        """The message as it is now."""
        with self.database.read() as session:
            found = session.exec(select(MessageRow).where(col(MessageRow.id) == message_id)).one()
            session.expunge(found)
            return found

    def statuses(self) -> dict[str, int]:
        """How many messages are in each state."""
        with self.database.read() as session:
            states = session.exec(select(MessageRow.status)).all()
        return {state: states.count(state) for state in set(states)}

    def is_idle(self) -> bool:
        """Whether no message is open; cheap enough to be asked all the time."""
        with closing(sqlite3.connect(str(self.config.database_path), timeout=30)) as database:
            return not database.execute("SELECT 1 FROM message WHERE NOT is_completed").fetchone()

    def cancel(self, message_id: UUID) -> None:
        """Ask for the message to be cancelled."""
        with self.database.write() as session:
            assert request_cancel(session, message_id, self.database.now(session))

    def executions(self, event: str = "start") -> list[str]:
        """The messages whose execution started (or ended), in order, one entry an execution."""
        return [line.split()[1] for line in self._log_lines() if line.startswith(event)]

    def times(self, event: str) -> dict[str, float]:
        """When each message's last execution started (or ended)."""
        return {line.split()[1]: float(line.split()[3]) for line in self._log_lines() if line.startswith(event)}

    def attempt_pids(self) -> list[int]:
        """The processes in which executions started."""
        return [int(line.split()[2]) for line in self._log_lines() if line.startswith("start")]

    def _log_lines(self) -> list[str]:
        log = self.config.home / LOG
        return log.read_text().splitlines() if log.exists() else []


def eventually(condition: Callable[[], bool], within: float = 60.0) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    give_up = time.monotonic() + within
    while not condition():
        assert time.monotonic() < give_up, f"not within {within} s"
        time.sleep(0.01)


@contextmanager
def desk_at(home: Path, **settings: str) -> Iterator[Desk]:
    """The desk of a home, with settings as environment variables without their prefix."""
    desk = Desk(configuration.load({}, environment_of(home, **settings), home))
    yield desk
    desk.database.close()


def environment_of(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a process that works at this home."""
    root = Path(__file__).parents[len(__name__.split(".")) - 1]
    named = {f"CHATCTL_{name.upper()}": value for name, value in settings.items()}
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "CHATCTL_HOME": str(home), **named}
