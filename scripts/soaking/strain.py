"""How busy the machine is: what takes a second on an idle one takes as much longer as it is overloaded."""

import os
from contextlib import suppress
from pathlib import Path


def strain() -> float:
    """How many processes want each core, 1 at least: over the last minute, or at this moment (proc(5), loadavg)."""
    wanting = os.getloadavg()[0]
    with suppress(OSError):
        wanting = max(wanting, float(Path("/proc/loadavg").read_text().split()[3].split("/")[0]))
    return max(1.0, wanting / (os.cpu_count() or 1))
