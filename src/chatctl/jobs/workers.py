"""The workers of this machine, as others see them: which there are, whether one is alive, how to stop them."""

import os
import signal
import time
from contextlib import suppress
from typing import Final

from chatctl.config import Config
from chatctl.jobs import locks
from chatctl.jobs.locks import WorkerStatus

_LOOK: Final = 0.05


def worker_statuses(config: Config) -> list[WorkerStatus]:
    """Every worker of this database on this machine, the oldest first; dead ones until a sweep clears them away."""
    return locks.statuses(locks.run_folder(config))


def worker_alive(config: Config) -> bool:
    """Whether a worker that serves all messages is alive here; one that was only just started may not be seen yet."""
    return any(worker.serves for worker in worker_statuses(config))


def stop_workers(config: Config, timeout: float) -> list[WorkerStatus]:
    """Ask the workers to stop and wait up to `timeout` seconds; those asked, `alive` where they still are."""
    asked = [worker for worker in worker_statuses(config) if worker.alive and worker.kind != "inline"]
    for worker in asked:
        with suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGTERM)
    give_up = time.monotonic() + timeout
    while (alive := _alive(config)).intersection(worker.worker_id for worker in asked):
        if time.monotonic() > give_up:
            break
        time.sleep(_LOOK)
    return [worker.model_copy(update={"alive": worker.worker_id in alive}) for worker in asked]


def _alive(config: Config) -> set[str]:
    return {worker.worker_id for worker in worker_statuses(config) if worker.alive}
