"""A worker of the scripted composition: `python -m jobs worker [LOCK]`, and others for the tests."""

import logging
import sys
from pathlib import Path

from chatctl import config as configuration
from chatctl.jobs.worker import run_worker

from .scripted import Desk, attempt

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")


def main(arguments: list[str]) -> None:
    """Run what the first argument names."""
    config = configuration.load({}, None, Path("/"))
    match arguments:
        case ["worker", *lock]:
            run_worker(
                config=config,
                ledger=Desk(config).ledger,
                attempt=attempt,
                preload=[attempt.__module__],
                automatic_lock=int(lock[0]) if lock else None,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
