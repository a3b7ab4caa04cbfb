"""The scripted composition as a program: `python -m jobs ROLE …` at the home that the environment names."""

import logging
import os
import sys
from pathlib import Path
from uuid import UUID

from chatctl import config as configuration
from chatctl.config import Config
from chatctl.jobs.automatic import ensure_worker
from chatctl.jobs.inline import run_here
from chatctl.jobs.queue import Queue
from chatctl.jobs.worker import run_worker

from .script import attempt
from .scripted import PROGRAM, Desk, eventually

logging.basicConfig(level=logging.INFO, format="%(created)f %(process)d %(name)s %(message)s")


def main(arguments: list[str]) -> None:
    """Play the role that the first argument names."""
    config = configuration.load({}, None, Path("/"))
    match arguments:
        case ["worker", *lock]:
            _work(config, int(lock[0]) if lock else None)
        case ["unable worker"]:
            _work(config, None, "jobs.broken")
        case ["submit", count]:
            _submit(config, int(count))
        case ["here", message_id]:
            preload = [attempt.__module__]
            desk = Desk(config)
            done = run_here(
                config=config, ledger=desk.ledger, attempt=attempt, preload=preload, message_id=UUID(message_id)
            )
            sys.stdout.write(f"{done}\n")


def _work(config: Config, lock: int | None, *more: str) -> None:
    preload = [attempt.__module__, *more]
    run_worker(config=config, ledger=lambda: Desk(config).ledger, attempt=attempt, preload=preload, automatic_lock=lock)


def _submit(config: Config, count: int) -> None:
    """Submit so many messages and make sure of a worker, each just when all work is done and workers leave."""
    desk, queue = Desk(config), Queue(config.queue_url)
    for _ in range(count):
        eventually(desk.is_idle, within=60)
        [message_id] = desk.submit("ok")
        queue.ring(message_id)
        started = ensure_worker(config, [*PROGRAM, "worker"], os.environ)
        sys.stdout.write(f"{message_id} {started}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
