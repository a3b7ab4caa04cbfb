"""The workers of a run: started, killed, paused, replaced, stopped."""

import os
import random
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from soaking.site import Process, Site
from soaking.strain import sample, strain

STOP_PATIENCE = 40.0
"""Seconds of an idle machine within which a worker must have stopped: its grace for what runs, and some."""


class Fleet:
    """So many `worker run` processes; those that die are replaced by `mend`."""

    def __init__(self, site: Site, size: int) -> None:
        self._site = site
        self._workers = [self._start() for _ in range(size)]
        self.ended = 0
        """How many workers ended by themselves."""

    def mend(self) -> None:
        """Replace the workers that have ended."""
        ended = [number for number, worker in enumerate(self._workers) if worker.poll() is not None]
        for number in ended:
            self._workers[number] = self._start()
        self.ended += len(ended)

    def kill(self, dice: random.Random) -> None:
        """SIGKILL one worker and start another in its place."""
        victim = dice.randrange(len(self._workers))
        self._workers[victim].kill()
        self._workers[victim].wait()
        self._workers[victim] = self._start()

    def seconds_used(self) -> float:
        """Processor time of the workers' own processes so far (proc(5), stat: utime and stime)."""
        return sum(_seconds_used(worker.pid) for worker in self._workers if worker.poll() is None)

    @contextmanager
    def paused(self, dice: random.Random, groups: Collection[int] = ()) -> Iterator[None]:
        """One worker and all its processes stand still inside the block, as those of a suspended machine.

        It is one of these process groups, if any is a worker's.
        """
        workers = [worker.pid for worker in self._workers]
        group = dice.choice([pid for pid in workers if pid in groups] or workers)
        _signal(group, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(group, signal.SIGCONT)

    def stop(self) -> list[int]:
        """Ask all workers to stop; the exit status of each, -9 for one that had to be killed."""
        for worker in self._workers:
            worker.terminate()
        begun = time.monotonic()
        while (
            any(worker.poll() is None for worker in self._workers)
            and time.monotonic() - begun < STOP_PATIENCE * strain()
        ):
            time.sleep(0.05)
            sample()
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
        return [worker.wait() for worker in self._workers]

    def _start(self) -> Process:
        return self._site.start("worker", "run")


def _seconds_used(pid: int) -> float:
    with suppress(FileNotFoundError):
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
