"""The oracle: what really ran, in an append-only log outside the databases. One write a line, so no line is torn."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "SOAK_ORACLE"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a process, at a time in seconds since the epoch."""

    at: float
    pid: int
    event: str
    message: str = ""
    attempt: int = 0
    detail: str = ""


def note(event: str, **facts: Any) -> None:
    """Append an event of this process; `facts` are the other fields of Event."""
    line = json.dumps({"at": time.time(), "pid": os.getpid(), "event": event, **facts}) + "\n"
    log = os.open(os.environ[VARIABLE], os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(log, line.encode())
    finally:
        os.close(log)


def read(path: Path) -> list[Event]:
    """Everything noted so far, in order."""
    if not path.exists():
        return []
    return [Event(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
