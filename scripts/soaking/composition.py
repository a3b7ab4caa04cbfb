"""chatctl composed for the soak: the scripted analyst, an oracle beside every execution, a clock that can be moved.

Everything that bends the program is here and in the modules that `bend` names, switched on by SOAK_* variables of
the environment; the product knows nothing of it.
"""

import os
import sqlite3
import sys
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from chatctl.config import Config
from chatctl.domain.jobs import Claim
from chatctl.runtime import Runtime
from soaking import oracle

if TYPE_CHECKING:
    from chatctl.analyst.contract import Analyst
    from chatctl.domain.models import ModelSetup
    from chatctl.storage.database import Database

CLOCK = "SOAK_CLOCK"
"""A file that holds by how many seconds the machine's clock is wrong."""
WITHOUT = "SOAK_WITHOUT"
"""What the product is to lack: claim, fence, clamp or look."""
TOKENS = "SOAK_TOKENS"
"""A folder of crash points, each a file: the process that takes one dies there."""
RINGS = "SOAK_RINGS"
"""How many times each message is rung for."""
HOLLOW = "SOAK_HOLLOW"
"""Set where attempts are to do nothing but end their messages, so that what is left is the cost of the jobs."""
WINDOW = "SOAK_WINDOW"
"""Seconds by which the moment in which an idle automatic worker leaves is stretched."""

_COMPLETE = """
UPDATE message SET status = 'completed', is_completed = true, lease_expires_at = NULL, deadline_at = NULL,
finished_at = ? WHERE id = ? AND attempt = ? AND status = 'running'
"""


def moved_clock() -> float:
    """The time, wrong by as much as the file says."""
    return time.time() + float(Path(os.environ[CLOCK]).read_text() or 0)


class Soak(Runtime):
    """The same program with another analyst."""

    program = (sys.executable, "-m", "soaking.program")
    preload = ("soaking.analyst", "soaking.bending", "soaking.composition", "chatctl.services.analysis")

    attempt: ClassVar[int]
    """Of the message that this process works on."""

    def analyst(self, name: str, how: "ModelSetup | None" = None) -> "Analyst":  # noqa: ARG002 whoever is asked for
        """The scripted one."""
        from soaking.analyst import Scripted

        return Scripted(self.attempt)

    @cached_property
    def bare_database(self) -> "Database":
        """The database, by the moved clock where there is one."""
        from chatctl.storage.database import COMMAND_PATIENCE, Database

        clock = moved_clock if CLOCK in os.environ else time.time
        return Database(self.config.database, patience=self._patience or COMMAND_PATIENCE, clock=clock)

    @classmethod
    def answer_claim(cls, config: Config, claim: Claim) -> None:
        """Note the start, and the end of whatever comes to one."""
        if HOLLOW in os.environ:
            end_at_once(config, claim)
            return
        bend_attempt()
        cls.attempt = claim.attempt
        known = {"message": claim.message_id.hex, "attempt": claim.attempt}
        oracle.note("start", **known)
        super().answer_claim(config, claim)
        oracle.note("end", **known)

    def run_worker(self, lock: int | None) -> None:
        """Note the life of the worker."""
        bend_worker()
        oracle.note("up", detail="manual" if lock is None else "automatic")
        super().run_worker(lock)
        oracle.note("down", detail="manual" if lock is None else "automatic")


def end_at_once(config: Config, claim: Claim) -> None:
    """Complete the message, as an attempt that needs no more than that."""
    with closing(sqlite3.connect(str(config.database_path), timeout=30)) as database, database:
        database.execute(_COMPLETE, (time.time(), claim.message_id.hex, claim.attempt))


def bend_command() -> None:
    """What the environment asks to be different in every process."""
    from soaking import bending

    if TOKENS in os.environ:
        bending.crash_where_tokens_lie(Path(os.environ[TOKENS]))
    if RINGS in os.environ:
        bending.ring_often(int(os.environ[RINGS]))


def bend_worker() -> None:
    """What is different in a worker."""
    from soaking import bending

    bending.tell_of_fences()
    bending.tell_of_the_lock(float(os.environ.get(WINDOW, 0)))
    if WITHOUT in os.environ:
        bending.leave_out(os.environ[WITHOUT])


def bend_attempt() -> None:
    """What is different in the process of an attempt, which is forked from one that has imported everything."""
    from soaking import bending

    bending.tell_of_fences()
    bend_command()
    if WITHOUT in os.environ:
        bending.leave_out(os.environ[WITHOUT])
