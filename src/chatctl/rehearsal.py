"""Imported by the server that attempts are forked from: an attempt's whole path, run once, so that none is its first.

Statements are compiled, mapped classes configured, schemas built; a forked attempt then costs a third. It runs on a
database in memory, with an analyst that answers at once, and leaves neither threads nor connections behind.
"""

import atexit
import gc
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from chatctl import config as configuration
from chatctl.analyst.contract import Analyst, Answer, Finding, Question, Step
from chatctl.config import Config
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import ChatctlError
from chatctl.domain.models import ModelSetup
from chatctl.domain.requests import ChatRequest
from chatctl.domain.results import Column, ResultSet
from chatctl.runtime import Runtime

if TYPE_CHECKING:
    from chatctl.storage.database import Database

_NO_FILE: Final = "sqlite:////rehearsal"


def rehearse(config: Config) -> None:
    """Ask, claim, answer and finish one message, and keep what that made out of the way of later collections."""
    from chatctl.storage.database import WORKER_PATIENCE, Database
    from chatctl.storage.rehearsals import in_memory

    runtime = _Stage(config if config.database_path else replace(config, database=_NO_FILE), patience=WORKER_PATIENCE)
    # What is played is not to be told.
    logging.disable()
    try:
        with in_memory(runtime.bare_database):
            _play(runtime)
        # Of a server only the driver is imported; nothing is connected to.
        Database(config.database).engines()
    except (ChatctlError, OSError) as error:
        logging.getLogger("chatctl.jobs").debug("the rehearsal failed", extra={"reason": str(error)})
    finally:
        logging.disable(logging.NOTSET)
    gc.collect()
    gc.freeze()


class _Stage(Runtime):
    """The program with that analyst."""

    def analyst(self, name: str, how: ModelSetup | None = None) -> Analyst:  # noqa: ARG002  as every program has it
        """Whoever is asked."""
        return _answer

    @cached_property
    def database(self) -> "Database":
        """The database, looked at as ever, but not for its file: it has none."""
        from chatctl.storage import schema

        schema.revision(self.bare_database)
        return self.bare_database


def _play(runtime: Runtime) -> None:
    from chatctl.storage import identities, messages

    database = runtime.database
    with database.write() as session:
        actor, _ = identities.create_actor(database, session, user="nobody", organization="none")
        now, request = database.now(session), ChatRequest(prompt="?")
        chat_id = messages.new_chat(session, actor, request, now)
        for position in (1, 2):
            messages.placeholder(
                session, actor, chat_id, request, None, position=position, prompt="?", model="builtin", now=now
            )
    while claim := runtime.ledger.claim_next("nobody"):
        runtime.analysis.answer(claim)


def _answer(question: Question) -> Iterator[Step | Answer]:  # noqa: ARG001  as the protocol has it
    step = TextStep(id=uuid4(), title="", status="loading")
    yield step
    yield step.model_copy(update={"status": "completed"})
    result = ResultSet(columns=[Column(name="n", type="integer")], rows=[[1]])
    yield Answer(outcome="answered", text="1", findings=(Finding(source="none", sql="SELECT 1", result=result),))


rehearse(configuration.load({}, None, Path("/")))
# What is frozen is never freed, of which DuckDB's binding would complain on stderr at the server's end.
atexit.register(os._exit, 0)
