"""F8 to F10: the disk under the database is full, cannot be written, or changed a page by itself."""

import os
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

from soaking.checker import Evidence
from soaking.grounds import Skipped
from soaking.stage import Stage, Trial

MEGABYTES = 32
PROBES = (("list",), ("new", "plain probe"), ("db", "upgrade"))
IDLE = 0.5
"""Seconds of processor time that a worker may use each second while it can do nothing."""


def small_disk(home: Path) -> None:
    """Put the home on a file system of its own, which `Site` takes away. Raises Skipped where that is not allowed."""
    options = f"size={MEGABYTES}m,mode=0700,uid={os.getuid()}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "chatctl-soak", str(home)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skipped(f"a small file system cannot be mounted here ({error}): root is needed") from error


def full_disk(stage: Stage) -> Generator[float]:
    """No byte is left for four seconds of every eight."""
    ballast = stage.site.home / "ballast"
    try:
        while True:
            yield 4.0
            _fill(ballast)
            stage.faults += 1
            yield 4.0
            ballast.unlink()
    finally:
        ballast.unlink(missing_ok=True)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def unwritable(stage: Stage) -> Generator[float]:
    """The file system turns read-only under everybody for eight seconds, as it does when its disk fails."""
    yield 4.0
    _drop_files(stage)
    _remount(stage.site.home, "ro")
    try:
        stage.fault(executions=stage.trial.workers * stage.trial.concurrency)
        yield from _probed(stage, "read-only")
    finally:
        _remount(stage.site.home, "rw")
    while True:
        yield 0.2


def _drop_files(stage: Stage) -> None:
    """A file system with a file open for writing stays writable: workers stop, submitters' commands are killed."""
    stage.fleet.stop()
    for submitter in stage.submitters:
        if running := submitter.running:
            running.kill()


def _remount(home: Path, mode: str) -> None:
    command = ["mount", "-o", f"remount,{mode}", str(home)]
    for _ in range(200):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise Skipped(f"the file system cannot be remounted {mode}")


def overwritten(stage: Stage) -> Generator[float]:
    """Pages in the middle of the database become noise, in the file and in its log."""
    yield 6.0
    database = stage.site.home / "chatctl.db"
    before = database.stat().st_ino
    for path in (database, database.with_name("chatctl.db-wal")):
        # Where nobody has the database open just now there is no log.
        with suppress(FileNotFoundError), path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(max(4096, min(path.stat().st_size - 4096, 2**20))))
    stage.faults += 1
    stage.ruined = True
    yield from _probed(stage, "damaged")
    if database.stat().st_ino != before:
        stage.findings.append(("I6", "the damaged database was replaced"))


def _probed(stage: Stage, state: str) -> Generator[float]:
    """Every command says one clear sentence that leads on, and nobody spins."""
    used, begun = stage.fleet.seconds_used(), time.monotonic()
    for probe in PROBES:
        told = stage.site.ask(*probe)
        if told.returncode == 0 and probe != ("list",) and probe != ("db", "upgrade"):
            stage.findings.append(("I8", f"{' '.join(probe)} succeeded on a {state} database"))
        elif told.returncode not in (0, 5):
            stage.findings.append(("I8", f"{' '.join(probe)} ended with {told.returncode}: {told.stderr[-300:]}"))
        elif told.returncode and ("doctor" not in told.stderr or "Traceback" in told.stderr):
            stage.findings.append(("I8", f"{' '.join(probe)} does not lead to doctor: {told.stderr[-300:]}"))
        yield 1.0
    yield 4.0
    rate = (stage.fleet.seconds_used() - used) / (time.monotonic() - begun) / stage.trial.workers
    if rate > IDLE:
        stage.findings.append(("spinning", f"each worker used {rate:.2f} s a second on a {state} database"))


def refused(stage: Stage, _: Evidence) -> Iterator[tuple[str, str]]:
    """A trial in which nobody was refused proved nothing."""
    if not stage.book.refusals:
        yield "dose", "nobody met the fault"


TRIALS = (
    Trial(
        name="F8",
        about="the disk full for 4 s of every 8 s",
        disturb=full_disk,
        messages=240,
        short=60,
        gap=0.8,
        prepare=small_disk,
        expect=refused,
    ),
    Trial(
        name="F9",
        about="the database cannot be written",
        disturb=unwritable,
        messages=80,
        short=40,
        gap=1.5,
        prepare=small_disk,
        expect=refused,
    ),
    Trial(
        name="F10",
        about="pages of the database overwritten",
        disturb=overwritten,
        messages=80,
        short=40,
        gap=1.0,
        settle=0,
    ),
)
