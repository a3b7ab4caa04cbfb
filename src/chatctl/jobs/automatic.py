"""The automatic worker: started by a command that finds none, gone when it is idle, never two at once.

The command takes the lock and the worker inherits it, held, so there is no moment in which a second command could
start another. An idle worker gives the lock back first and looks for work once more after that.
"""

import fcntl
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from chatctl.config import Config
from chatctl.domain.errors import TriggerError
from chatctl.jobs import locks


class AutomaticLock:
    """The lock of the one automatic worker, held by this process through an inherited descriptor."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor

    def give_back(self) -> None:
        """Free the lock, also where the command that started us has not closed its descriptor yet."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def take_again(self) -> bool:
        """Whether the lock could be had again; if not, another automatic worker is on its way."""
        return _take(self._descriptor)


def ensure_worker(config: Config, command: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Start a detached worker unless one is alive or starting; whether it started one.

    `command` is completed by the number of the inherited descriptor, which `run_worker` is to be given as
    `automatic_lock`. The worker runs in `/`: `environment` must name its files by absolute paths.

    Raises TriggerError when it cannot be started, ValidationError when the home is on a network file system.
    """
    try:
        folder = locks.run_folder(config)
        # By its lock alone is an automatic one judged: it may be leaving already.
        if any(worker.serves and worker.kind == "manual" for worker in locks.statuses(folder)):
            return False
        descriptor = os.open(folder / "worker.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _take(descriptor):
                return False
            _start([*command, str(descriptor)], environment, descriptor, _output(config))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise TriggerError(
            f"No worker could be started: {error}", hint="Start one yourself with: chatctl worker run"
        ) from error
    return True


def _start(command: Sequence[str], environment: Mapping[str, str], lock: int, output: Path) -> None:
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        # A pipe of the caller's would keep whoever captures its output waiting for the worker's end.
        worker = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=(lock,),
            start_new_session=True,
            cwd="/",
            env=dict(environment),
        )
    finally:
        os.close(out)
    # It outlives this command and is nobody's to wait for; without a return code Popen would complain of that.
    worker.returncode = 0


def _output(config: Config) -> Path:
    config.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    return config.logs / "worker.out"


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
