"""Answering in the command itself, where no worker is alive and none is to be started."""

import threading
from collections.abc import Sequence
from uuid import UUID

from chatctl.config import Config
from chatctl.jobs import attempts, locks
from chatctl.jobs.attempts import Attempt
from chatctl.jobs.contract import Ledger
from chatctl.jobs.supervision import Held, Supervisor


def run_here(*, config: Config, ledger: Ledger, attempt: Attempt, preload: Sequence[str], message_id: UUID) -> bool:
    """Work on this message in this command, exactly as a worker would; False if it is not due.

    If it waits for another message of its chat, the oldest due message is worked on instead: call again. Ctrl-C
    gives the message back to the queue and raises KeyboardInterrupt. Raises DatabaseError.
    """
    folder = locks.run_folder(config)
    worker_id = locks.new_worker_id()
    with locks.life(folder, worker_id, "inline"):
        with locks.dead_workers(folder) as dead:
            ledger.sweep(dead)
        claim = ledger.claim(message_id, worker_id) or ledger.claim_next(worker_id)
        if claim is None:
            return False
        attempts.prepare(preload)
        held, over = Held(ledger), threading.Event()
        beating = threading.Thread(
            target=held.beat_until, args=(over, config.timing.heartbeat), name="heartbeat", daemon=True
        )
        beating.start()
        try:
            Supervisor(config=config, ledger=ledger, attempt=attempt, worker_id=worker_id, held=held).run(claim)
        finally:
            over.set()
            beating.join()
        return True
