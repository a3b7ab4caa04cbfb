"""Who is alive: every worker holds an flock on a file of its own for life.

The kernel gives a lock back when its holder is gone, however it went, so a lock that can be taken names a dead
worker, whose claims need not wait for their leases. Locks are never inherited: descriptors close on exec, and the
attempts' processes are children of a server that was exec'd.
"""

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from chatctl.config import Config, mask
from chatctl.domain.errors import ValidationError
from chatctl.domain.values import Value

WorkerKind = Literal["manual", "automatic", "inline"]

_FAREWELL: Final = b"\nleaving"
_MOUNTS: Final = Path("/proc/mounts")
NETWORK: Final = frozenset(
    (
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "glusterfs",
        "lustre",
        "nfs",
        "nfs4",
        "smb3",
    )
)


class WorkerStatus(Value):
    """A worker of this machine: `manual` was started by hand, `inline` is a command that answers its own message.

    One that is `leaving` finishes what it has and takes nothing new.
    """

    worker_id: str
    pid: int
    kind: WorkerKind
    started_at: datetime
    alive: bool
    leaving: bool = False

    @property
    def serves(self) -> bool:
        """Whether it is there for any message that comes."""
        return self.alive and not self.leaving and self.kind != "inline"


def run_folder(config: Config) -> Path:
    """The folder of this database's locks, made for this user alone.

    Raises ValidationError when it lies on a network file system, where locks do not hold, and OSError when it cannot
    be made.
    """
    # Without the password: a new one makes no other database.
    folder = config.run / hashlib.sha256(mask(config.database).encode()).hexdigest()[:12]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (kind := filesystem(folder, _mounts())) in NETWORK:
        raise ValidationError.field(
            "home",
            f"{config.home} is on a network file system ({kind}), where locks do not hold",
            hint="Set CHATCTL_HOME to a folder on a local disk.",
        )
    return folder


def new_worker_id() -> str:
    """Unique for every start of a worker: host, process id and chance."""
    return f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"


def host(worker_id: str) -> str:
    """The machine that a worker's id names."""
    return worker_id.rsplit("-", 2)[0]


def process(worker_id: str) -> int:
    """The process that a worker's id names; 0 for an id that no worker made."""
    _, _, pid = worker_id.rpartition("-")[0].rpartition("-")
    return int(pid) if pid.isdecimal() else 0


def filesystem(folder: Path, mounts: str) -> str | None:
    """The type of the file system that holds this folder, by the lines of /proc/mounts (proc(5)), or None."""
    kinds: dict[Path, str] = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        kinds[Path(point.replace("\\040", " "))] = kind
    resolved = folder.resolve()
    return next((kinds[path] for path in (resolved, *resolved.parents) if path in kinds), None)


@contextmanager
def life(folder: Path, worker_id: str, kind: WorkerKind) -> Iterator[Callable[[], object]]:
    """Holds this worker's lock inside the block, takes its file away at the end; gives what tells of its leaving."""
    status = WorkerStatus(worker_id=worker_id, pid=os.getpid(), kind=kind, started_at=datetime.now(UTC), alive=True)
    path = _lock_path(folder, worker_id)
    # Locked before it has its name: a sweep that met it in between would take it for a dead worker's.
    unnamed = path.with_name(f".{path.name}")
    lock = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.write(lock, status.model_dump_json(exclude={"alive", "leaving"}).encode())
        unnamed.rename(path)
        yield partial(os.write, lock, _FAREWELL)
    finally:
        path.unlink(missing_ok=True)
        os.close(lock)


@contextmanager
def dead_workers(folder: Path) -> Iterator[list[str]]:
    """The ids of workers that are gone; leaving the block without an error takes their files away.

    Each is held meanwhile, so that no two sweeps report the same one.
    """
    taken = [(path, lock) for path in _lock_paths(folder) if (lock := _take(path, fcntl.LOCK_EX)) is not None]
    try:
        yield [_worker_id(path) for path, _ in taken]
        for path, _ in taken:
            path.unlink(missing_ok=True)
    finally:
        for _, lock in taken:
            os.close(lock)


def statuses(folder: Path) -> list[WorkerStatus]:
    """Every worker that left a lock file here, the oldest first."""
    found = [status for path in _lock_paths(folder) if (status := _status(path)) is not None]
    return sorted(found, key=lambda status: status.started_at)


def _status(path: Path) -> WorkerStatus | None:
    try:
        told, _, farewell = path.read_bytes().partition(b"\n")
        kept = json.loads(told)
    except (FileNotFoundError, ValueError):
        return None
    # Shared, so that two who look at once do not take each other for the holder.
    lock = _take(path, fcntl.LOCK_SH)
    if lock is not None:
        os.close(lock)
    return WorkerStatus(**kept, alive=lock is None and path.exists(), leaving=bool(farewell))


def _take(path: Path, how: int) -> int | None:
    """A descriptor that holds the lock of this file, or None where another holds it or the file is gone."""
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _lock_path(folder: Path, worker_id: str) -> Path:
    return folder / f"w-{worker_id}.lock"


def _lock_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("w-*.lock"))


def _worker_id(path: Path) -> str:
    return path.name.removeprefix("w-").removesuffix(".lock")


def _mounts() -> str:
    """The mounts of this machine; nothing where they cannot be told (no /proc)."""
    try:
        return _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
