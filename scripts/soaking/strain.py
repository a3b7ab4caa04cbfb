"""How busy the machine is: what takes a second on an idle one takes as much longer as it is overloaded."""

import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

REMEMBERED: Final = 15.0
"""Seconds: a process that was started in a crowd ends long after the crowd is gone."""

_wanting: deque[tuple[float, float]] = deque()


def sample() -> None:
    """Note how many processes want to run at this moment (proc(5), loadavg)."""
    with suppress(OSError):
        _wanting.append((time.monotonic(), float(Path("/proc/loadavg").read_text().split()[3].split("/")[0])))
    while _wanting and _wanting[0][0] < time.monotonic() - REMEMBERED:
        _wanting.popleft()


def strain() -> float:
    """How many processes wanted each core, 1 at least: the load of the last minute, or the most of the last samples."""
    most = max((wanting for _, wanting in list(_wanting)), default=0.0)
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1), most / (os.cpu_count() or 1))
