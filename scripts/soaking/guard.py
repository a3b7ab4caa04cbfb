"""Ends a run however its driver ended: waits for the end of its standard input, then kills every process of the run.

`python -m soaking.guard RUN FOLDER keep|remove`. The pipe closes even when the driver is killed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

MARK = "SOAK_RUN"
"""Environment variable by which the processes of a run are known, also those that detached themselves."""


def alive(run: str) -> list[int]:
    """The processes of this run that live; none are known where there is no /proc."""
    return [pid for pid in _pids() if f"{MARK}={run}".encode() in _environment_of(pid)]


def end_all(run: str) -> None:
    """Kill every process of this run, paused ones too."""
    end = time.monotonic() + 10
    while (pids := alive(run)) and time.monotonic() < end:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def remove(folder: Path) -> None:
    """Take the folder away, and the file system that was put into it."""
    if (folder / "home").is_mount():
        subprocess.run(["umount", "--lazy", str(folder / "home")], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _pids() -> Iterator[int]:
    proc = Path("/proc")
    return (int(entry.name) for entry in (proc.iterdir() if proc.is_dir() else ()) if entry.name.isdigit())


def _environment_of(pid: int) -> Sequence[bytes]:
    try:
        # A zombie has none: it is dead already.
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ()


if __name__ == "__main__":
    _, run_id, place, fate = sys.argv
    sys.stdin.read()
    end_all(run_id)
    if fate == "remove":
        remove(Path(place))
