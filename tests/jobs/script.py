"""An attempt that does what its message's prompt says and logs its execution outside the database.

Prompts: `ok`, `nap SECONDS`, `hang`, `die`, `die once`, `status CODE`, `threads` (leaves a thread running), `print`.
Plain SQL, for speed.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from chatctl.config import Config
from chatctl.domain.jobs import Claim
from chatctl.sqlite import sqlite3

LOG = "executions.log"
READ = "SELECT request_message FROM message WHERE id = ? AND attempt = ?"
COMPLETE = """
UPDATE message SET status = 'completed', is_completed = true, lease_expires_at = NULL, deadline_at = NULL
WHERE id = ? AND attempt = ? AND status = 'running'
"""


def attempt(config: Config, claim: Claim) -> None:
    """Do what the prompt says, then complete the message if it is still ours."""
    with _database(config) as database:
        [prompt] = _run(database, READ, claim).fetchone()
    note(config, "start", claim)
    _act(prompt, claim)
    with _database(config) as database:
        _run(database, COMPLETE, claim)
    note(config, "end", claim)


@contextmanager
def _database(config: Config) -> Iterator[Any]:
    """A connection that commits at the end."""
    if config.database_path:
        with closing(sqlite3.connect(str(config.database_path), timeout=30)) as database, database:
            yield database
    else:
        import psycopg

        with psycopg.connect(config.database.replace("+psycopg://", "://", 1)) as server:
            yield server


def _run(database: Any, statement: str, claim: Claim) -> Any:
    if isinstance(database, sqlite3.Connection):
        return database.execute(statement, (claim.message_id.hex, claim.attempt))
    return database.execute(statement.replace("?", "%s"), (claim.message_id, claim.attempt))


def _act(prompt: str, claim: Claim) -> None:
    match prompt.split():
        case ["nap", seconds]:
            threading.Event().wait(float(seconds))
        case ["hang"]:
            threading.Event().wait()
        case ["die", "once"] if claim.attempt > 1:
            pass
        case ["die", *_]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["status", code]:
            os._exit(int(code))
        case ["threads"]:
            threading.Thread(target=threading.Event().wait).start()
        case ["print"]:
            sys.stdout.write("this is no result\n")


def note(config: Config, event: str, claim: Claim) -> None:
    """Append to the log."""
    with (config.home / LOG).open("a") as log:
        log.write(f"{event} {claim.message_id} {os.getpid()} {time.time()}\n")
