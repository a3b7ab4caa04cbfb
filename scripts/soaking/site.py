"""The place of one run: a folder and an environment of its own, and every process that was started in it."""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from soaking import composition, guard, oracle
from soaking.strain import strain

PROGRAM = (sys.executable, "-m", "soaking.program")
Process = subprocess.Popen[str]


class Site:
    """Inside the block the folder is there; a guard kills what still runs and takes the folder away, come what may."""

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
        self._guard = self._guarded()
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
        for process in self._started:
            process.kill()
        self._guard.communicate()
        for process in self._started:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(OSError):
                        stream.close()

    def _guarded(self) -> Process:
        """Who cleans up at the end, in a session that no signal of ours reaches."""
        return subprocess.Popen(
            [sys.executable, "-m", guard.__name__, self.run, str(self.folder), "keep" if self._keep else "remove"],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

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
        """The command with its output, for at most half a minute of an idle machine."""
        return subprocess.run(
            [*PROGRAM, *args],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30 * strain(),
            check=False,
        )

    def alive(self) -> list[int]:
        """The processes of this run that live."""
        for process in self._started:
            process.poll()
        return guard.alive(self.run)

    def locks(self) -> list[str]:
        """The lock files of this run that somebody holds."""
        return [path.name for path in (self.home / "run").rglob("*.lock") if _held(path)]

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
            guard.MARK: self.run,
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


def _held(path: Path) -> bool:
    with suppress(FileNotFoundError), path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


CLOCK_SETTING = {composition.CLOCK: "@SITE/clock"}
TOKEN_SETTING = {composition.TOKENS: "@SITE/tokens"}
