"""The place of one run: a folder and an environment of its own, and every process that was started in it."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from soaking import composition, oracle

PROGRAM = (sys.executable, "-m", "soaking.program")
MARK = "SOAK_RUN"
"""Environment variable by which the processes of a run are known, also those that detached themselves."""

Process = subprocess.Popen[str]


class Site:
    """Inside the block the folder is there; leaving it kills what still runs and takes the folder away."""

    def __init__(
        self,
        *,
        database: str | None,
        queue: str | None,
        settings: Mapping[str, str],
        keep: bool,
        prepare: Callable[[Path], None],
    ) -> None:
        self.run = uuid4().hex[:12]
        self.organization = f"soak-{self.run}"
        self._database = database
        self._queue = queue
        self._settings = dict(settings)
        self._keep = keep
        self._prepare = prepare
        self._started: list[Process] = []

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="chatctl-soak-"))
        self.home = self.folder / "home"
        self.home.mkdir(mode=0o700)
        self._prepare(self.home)
        self.oracle = self.folder / "oracle.log"
        self.clock = self.folder / "clock"
        self.tokens = self.folder / "tokens"
        self.tokens.mkdir()
        self.environment = self._environment()
        self.must("db", "upgrade")
        return self

    def __exit__(self, *_: object) -> None:
        self.end_all()
        for process in self._started:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()
        if self.home.is_mount():
            subprocess.run(["umount", "--lazy", str(self.home)], check=True)
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def database(self) -> str:
        """The URL of the chats' database."""
        return self._database or f"sqlite:///{self.home / 'chatctl.db'}"

    @property
    def queue_file(self) -> Path:
        """The file of the default queue."""
        return self.home / "queue.db"

    @property
    def errors(self) -> Path:
        """What all processes wrote to stderr."""
        return self.folder / "stderr"

    def start(self, *args: str, stdin: int = subprocess.DEVNULL, **settings: str) -> Process:
        """The command as a process in a group of its own, its output a pipe."""
        with self.errors.open("a") as errors:
            process = subprocess.Popen(
                [*PROGRAM, *args],
                env=self.environment | settings,
                cwd="/",
                text=True,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                process_group=0,
            )
        self._started.append(process)
        return process

    def must(self, *args: str) -> str:
        """What the command prints; raises RuntimeError where it fails."""
        told = self.ask(*args)
        if told.returncode:
            raise RuntimeError(f"{' '.join(args)} ended with {told.returncode}: {told.stderr[-2000:]}")
        return told.stdout

    def ask(self, *args: str) -> subprocess.CompletedProcess[str]:
        """The command with its output, for at most half a minute."""
        return subprocess.run(
            [*PROGRAM, *args],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def alive(self) -> list[int]:
        """The processes of this run that live, by the mark in their environment; without /proc, those started here."""
        if not Path("/proc/self/environ").exists():
            return [process.pid for process in self._started if process.poll() is None]
        for process in self._started:
            process.poll()
        return [pid for pid in _pids() if f"{MARK}={self.run}".encode() in _environment_of(pid)]

    def locks(self) -> list[str]:
        """The lock files of this run that somebody holds."""
        return [path.name for path in (self.home / "run").rglob("*.lock") if _held(path)]

    def end_all(self) -> None:
        """Kill every process of this run, paused ones too."""
        end = time.monotonic() + 10
        while (pids := self.alive()) and time.monotonic() < end:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CHATCTL_", "SOAK_", "PYTHONDONT"))
        }
        ours = {
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "CHATCTL_HOME": str(self.home),
            "CHATCTL_ORGANIZATION": self.organization,
            "CHATCTL_USER": "soak",
            "CHATCTL_AUTO_WORKER": "never",
            MARK: self.run,
            oracle.VARIABLE: str(self.oracle),
        }
        servers = {"CHATCTL_DATABASE_URL": self._database, "CHATCTL_QUEUE_URL": self._queue}
        placed = {name: value.replace("@SITE", str(self.folder)) for name, value in self._settings.items()}
        return inherited | ours | {name: value for name, value in servers.items() if value} | placed

    def move_clock(self, seconds: float) -> None:
        """Make the clock wrong by so much, for every process at once."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{seconds}")
        fresh.rename(self.clock)

    def lay_token(self, point: str) -> None:
        """Let the next process that comes by this crash point die there."""
        (self.tokens / point).touch()


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _environment_of(pid: int) -> Sequence[bytes]:
    try:
        # A zombie has none: it is dead already.
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ()


def _held(path: Path) -> bool:
    with suppress(FileNotFoundError), path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


CLOCK_SETTING = {composition.CLOCK: "@SITE/clock"}
TOKEN_SETTING = {composition.TOKENS: "@SITE/tokens"}
