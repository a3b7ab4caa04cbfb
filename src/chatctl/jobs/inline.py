"""Answering in the command itself, where no worker is alive and none is to be started."""

import threading
from collections.abc import Sequence
from uuid import UUID

from chatctl.config import Config
from chatctl.domain.jobs import Claim
from chatctl.jobs import attempts, locks
from chatctl.jobs.attempts import Attempt
from chatctl.jobs.contract import Ledger
from chatctl.jobs.supervision import Held, Supervisor


def run_here(
    *,
    config: Config,
    ledger: Ledger,
    attempt: Attempt,
    preload: Sequence[str],
    message_id: UUID,
    patience: float | None = None,
) -> bool:
    """Work on this message in this command, exactly as a worker would; False if it is not due.

    If it waits for another message of its chat, the oldest due message is worked on instead: call again. After
    `patience` seconds (None is for ever) and on Ctrl-C the message goes back to the queue; Ctrl-C raises
    KeyboardInterrupt on. Raises DatabaseError.
    """
    attempts.prepare(config, preload)
    folder = locks.run_folder(config)
    worker_id = locks.new_worker_id()
    with locks.life(folder, worker_id, "inline"):
        with locks.dead_workers(folder) as dead:
            ledger.sweep(dead)
        claim = ledger.claim(message_id, worker_id) or ledger.claim_next(worker_id)
        if claim is None:
            return False
        try:
            supervisor = Supervisor(
                config=config, ledger=ledger, attempt=attempt, worker_id=worker_id, held=Held(ledger)
            )
            _supervise(supervisor, claim, patience)
        except KeyboardInterrupt:
            # Wherever it struck: a claim that is settled already is not ours any more, and stays as it is.
            ledger.give_back(claim)
            raise
        return True


def _supervise(supervisor: Supervisor, claim: Claim, patience: float | None) -> None:
    """Run the claim while a thread keeps its lease, and another its time."""
    over = threading.Event()
    beat = supervisor.config.timing.heartbeat
    threads = [threading.Thread(target=supervisor.held.beat_until, args=(over, beat), name="heartbeat", daemon=True)]
    if patience is not None:
        threads.append(threading.Timer(patience, supervisor.abandon.set))
    for thread in threads:
        thread.start()
    try:
        supervisor.run(claim)
    finally:
        over.set()
        for thread in threads:
            if isinstance(thread, threading.Timer):
                thread.cancel()
            thread.join()
