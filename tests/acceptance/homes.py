"""A user's home, and what runs at it: the real command, its workers, and the locks they hold."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import support
from chatctl.config import load
from chatctl.jobs import workers
from chatctl.jobs.locks import WorkerStatus
from support import Outcome, eventually

COMMAND = (sys.executable, "-m", "chatctl")
BIN = Path(sys.executable).parent
PROCESSES = Path("/proc")


class Home:
    """A home with its environment; commands run as processes of their own, those left over are killed at the end."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.environment = {**os.environ, "CHATCTL_HOME": str(folder), **settings}
        self._started: list[subprocess.Popen[str]] = []

    def run(self, *args: str, stdin: str | bytes | None = None, **environment: str) -> Outcome:
        """The command, waited for."""
        return support.process(*args, stdin=stdin, environment={**self.environment, **environment})

    def together(self, *commands: Sequence[str], **environment: str) -> list[Outcome]:
        """Commands that run at once, each with an empty stdin; their outcomes in order."""
        started = [self.start(*args, **environment) for args in commands]
        return [finished(process) for process in started]

    def start(self, *args: str, **environment: str) -> "subprocess.Popen[str]":
        """The command on its way, in a session of its own."""
        return self._begin(args, environment, subprocess.PIPE)

    def start_at(self, screen: int, *args: str) -> "subprocess.Popen[str]":
        """The command on its way, with this terminal for its stderr."""
        return self._begin(args, {}, screen)

    def shell(self, script: str, **environment: str) -> Outcome:
        """A bash script that stops at its first failure and finds `chatctl` on its path."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**self.environment, "PATH": path, **environment},
            timeout=60,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    def message(self, reference: str = "@last") -> dict[str, Any]:
        """The newest message of a chat, or the message, as JSON."""
        shown = self.run("show", reference, "--json").json()
        message: dict[str, Any] = shown["messages"][0] if "messages" in shown else shown
        return message

    def statuses(self, reference: str) -> list[str]:
        """The states of a message, or of a chat's messages by position; from the file, for it is asked often."""
        wanted = reference.replace("-", "")
        with closing(sqlite3.connect(f"file:{self.folder / 'chatctl.db'}?mode=ro", uri=True)) as connection:
            found = connection.execute(
                "SELECT status FROM message WHERE ? IN (id, chat_id) AND deleted_at IS NULL ORDER BY position", [wanted]
            )
            return [status for (status,) in found]

    def reaches(self, reference: str, *statuses: str) -> None:
        """Wait until the message, or the messages of the chat, have these states."""
        eventually(lambda: self.statuses(reference) == list(statuses), within=30)

    def worker(self, **environment: str) -> "subprocess.Popen[str]":
        """A worker started by hand, once it is alive."""
        process = self.start("worker", "run", **environment)
        eventually(lambda: process.pid in [each.pid for each in self.alive()])
        return process

    def alive(self) -> list[WorkerStatus]:
        """The workers of this home that hold their locks."""
        return [each for each in workers.worker_statuses(load({}, self.environment)) if each.alive]

    def processes(self) -> list[int]:
        """Every process of this machine that runs at this home, where the system tells."""
        wanted = f"CHATCTL_HOME={self.folder}".encode()
        return [
            int(path.name)
            for path in PROCESSES.glob("[0-9]*")
            if path.name != str(os.getpid()) and wanted in _environment(path) and _command(path)
        ]

    def locked(self) -> list[Path]:
        """The lock files of this home that somebody holds."""
        return [path for path in self.folder.glob("**/*lock") if _held(path)]

    def close(self) -> None:
        """Stop what runs here; fails if anything is left behind, a process or a lock."""
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()
        eventually(self._stopped, within=20)
        assert not self.locked()

    def _begin(self, args: Sequence[str], environment: dict[str, str], stderr: int) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [*COMMAND, *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={**self.environment, **environment},
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def _stopped(self) -> bool:
        for worker in self.alive():
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGTERM)
        return not self.processes() and not self.alive()


def finished(process: "subprocess.Popen[str]", within: float = 60) -> Outcome:
    """What a started command left, once it is over."""
    stdout, stderr = process.communicate(timeout=within)
    return Outcome(process.returncode, stdout, stderr or "")


@contextmanager
def loading_elsewhere(home: Home) -> Iterator[None]:
    """While inside, the data are to be loaded anew and another process is at it: every attempt at an answer waits."""
    (folder,) = home.folder.glob("cache/files/*")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for loaded in folder.glob("*.duckdb"):
            loaded.unlink()
        yield


def _environment(process: Path) -> list[bytes]:
    try:
        return (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _command(process: Path) -> bytes:
    """The command line; empty for a process that has ended but was not yet waited for."""
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def _held(path: Path) -> bool:
    with path.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
