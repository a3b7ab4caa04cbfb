"""JSON lines in the home's logs folder: request id, ids, durations and sizes; never a prompt, a row or a secret.

Many processes append to one file. A library for that (concurrent-log-handler) costs every command 100 ms of import;
a file that is reopened when it was renamed, and renamed under a lock, is all that is needed.
"""

import contextlib
import fcntl
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from chatctl.config import mask

LARGEST: Final = 5 * 2**20
"""Bytes after which the file is renamed."""

KEPT: Final = 5
"""Renamed files that are kept."""

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure(folder: Path, *, request_id: str, process: str) -> None:
    """Send what `chatctl` logs to FOLDER/PROCESS.log; where that cannot be written, nothing is logged or fails."""
    logger = logging.getLogger("chatctl")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    for former in logger.handlers[:]:
        logger.removeHandler(former)
        former.close()
    handler = JsonLines(folder / f"{process}.log", request_id)
    logger.addHandler(handler)


class JsonLines(logging.Handler):
    """Appends one JSON object a record, each in a single write; opens the file at the first record."""

    def __init__(self, path: Path, request_id: str) -> None:
        super().__init__()
        self._path = path
        self._request_id = request_id

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record. A log that cannot be written must never cost the user the command."""
        with contextlib.suppress(OSError):
            line = (json.dumps(self._values(record), default=str, ensure_ascii=False) + "\n").encode(errors="replace")
            for folder in (self._path.parent.parent, self._path.parent):  # `parents` would not keep the mode
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, line)
                full = os.fstat(descriptor).st_size > LARGEST
            finally:
                os.close(descriptor)
            if full:
                self._rotate()

    def _values(self, record: logging.LogRecord) -> dict[str, object]:
        values: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
            "requestId": self._request_id,
            "pid": record.process,
        }
        values |= {key: _discreet(value) for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[0]:
            values["exception"] = record.exc_info[0].__name__
            values["where"] = _where(record)
        return values

    def _rotate(self) -> None:
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._path.stat().st_size <= LARGEST:
                return
            for number in range(KEPT - 1, 0, -1):
                older = self._path.with_suffix(f".log.{number}")
                if older.exists():
                    older.rename(self._path.with_suffix(f".log.{number + 1}"))
            self._path.rename(self._path.with_suffix(".log.1"))


def _discreet(value: object) -> object:
    """A text without passwords, and without the folder that bears the user's name."""
    if not isinstance(value, str):
        return value
    own = os.path.expanduser("~")
    return mask(value).replace(own, "~") if len(own) > 1 else mask(value)


def _where(record: logging.LogRecord) -> list[str]:
    """File, line and function of each frame: an exception's own words may hold data, so they are left out."""
    frames: list[str] = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames
