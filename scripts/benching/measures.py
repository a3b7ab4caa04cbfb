"""What every benchmark is made of: its figures, clocks, a home and a worker of its own."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHATCTL = str(Path(sys.executable).parent / "chatctl")


@dataclass(frozen=True)
class Figure:
    """One measured ratio; seconds, unless the unit says otherwise."""

    name: str
    measured: float
    yardstick: float
    ratio: float
    budget: float
    unit: str = "s"
    note: str = ""

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio <= self.budget


def paired(name: str, command: list[str], yardstick: list[str], budget: float, runs: int) -> Figure:
    """Processor seconds of whole processes, A B A B …, after one of each to warm up."""
    spent(command), spent(yardstick)
    pairs = [(spent(command), spent(yardstick)) for _ in range(runs)]
    measured, base = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Figure(name, measured, base, statistics.median(a / b for a, b in pairs), budget, unit="s cpu")


def python(code: str) -> list[str]:
    """The command that runs some Python."""
    return [sys.executable, "-c", code]


def spent(command: list[str]) -> float:
    """Processor seconds of a whole process."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime


def run(command: list[str]) -> str:
    """What a command prints."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


def seconds(act: Callable[[], object]) -> float:
    """Seconds that an act takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A fresh home in which no worker starts by itself."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"CHATCTL_HOME": folder, "CHATCTL_AUTO_WORKER": "never"}
        yield Path(folder)


@contextmanager
def live_worker(home: Path) -> Iterator[None]:
    """A worker that is alive."""
    run([CHATCTL, "list"])
    process = subprocess.Popen([CHATCTL, "worker", "run"], stdin=subprocess.DEVNULL)
    try:
        while not list(home.glob("run/*/w-*.lock")):
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()
