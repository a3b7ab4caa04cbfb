"""A worker's life: Huey's consumer takes rings, each ring claims and drains, a heartbeat and a sweep go on beside."""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from chatctl.config import Config
from chatctl.domain.errors import DatabaseError, InternalError, TriggerError
from chatctl.domain.jobs import Claim
from chatctl.jobs import attempts, locks
from chatctl.jobs.attempts import Attempt
from chatctl.jobs.automatic import AutomaticLock
from chatctl.jobs.contract import Ledger
from chatctl.jobs.gate import Gate
from chatctl.jobs.queue import Queue
from chatctl.jobs.signals import StopSignals
from chatctl.jobs.supervision import Held, Supervisor

GRACE: Final = 25.0
"""Seconds that running attempts get to finish when the worker is stopped."""

_RINGS: Final = 8
_FIRST_LOOK: Final = 0.01
_LAST_LOOK: Final = 0.08
"""Seconds between one thread's looks into the queue, when it was just busy and when it is idle."""

_log = logging.getLogger("chatctl.jobs")


def run_worker(
    *,
    config: Config,
    ledger: Callable[[], Ledger],
    attempt: Attempt,
    preload: Sequence[str],
    automatic_lock: int | None,
) -> None:
    """Be a worker in this process, in its main thread, until a stop signal or, if automatic, until there is no work.

    `attempt` is run for each claim in a process of its own, where `preload` names the modules it needs. The `ledger`
    is opened while the server of those processes gets ready.
    `automatic_lock` is the inherited descriptor that holds the automatic worker's lock, or None for a worker started
    by hand. SIGTERM, SIGINT and SIGHUP let attempts finish for 25 s, then give them back; a second one does so now.

    Raises ValidationError for a queue URL that nothing serves or a home on a network file system.
    """
    with StopSignals() as signals:
        attempts.prepare(config, preload)
        folder = locks.run_folder(config)
        worker_id = locks.new_worker_id()
        kind: locks.WorkerKind = "manual" if automatic_lock is None else "automatic"
        automatic = None if automatic_lock is None else AutomaticLock(automatic_lock)
        with locks.life(folder, worker_id, kind) as say_goodbye:
            Worker(
                config=config,
                ledger=ledger(),
                attempt=attempt,
                folder=folder,
                worker_id=worker_id,
                say_goodbye=say_goodbye,
            ).run(signals, automatic)


@dataclass(kw_only=True)
class Worker:
    """What the threads of one worker share."""

    config: Config
    ledger: Ledger
    attempt: Attempt
    folder: Path
    worker_id: str
    say_goodbye: Callable[[], object]
    gate: Gate = field(default_factory=Gate)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.held = Held(self.ledger)
        self.supervisor = Supervisor(
            config=self.config,
            ledger=self.ledger,
            attempt=self.attempt,
            worker_id=self.worker_id,
            held=self.held,
        )
        self.bell = Queue(self.config.queue_url).open(self.answer)

    def run(self, signals: StopSignals, automatic: AutomaticLock | None) -> None:
        """Sweep, drain, then serve rings until told to stop or no longer needed."""
        timing = self.config.timing
        _log.info("worker started", extra={"workerId": self.worker_id, "pid": os.getpid()})
        self._sweep()
        for _ in range(timing.concurrency):
            self.bell.ring_nearby(None)
        threads = [
            _thread("heartbeat", self.held.beat_until, self.over, timing.heartbeat),
            _thread("sweep", self._sweep_until_over, timing.sweep),
        ]
        consumer = self._consumer()
        for thread in threads:
            thread.start()
        consumer.start()
        try:
            while not signals.received(within=self._tick(automatic)):
                consumer.check_worker_health()
                if not all(thread.is_alive() for thread in threads):
                    raise InternalError("A thread of the worker broke", hint="Its log says why.")
                if automatic is not None and self._may_leave(automatic):
                    break
        finally:
            self._stop(consumer, signals)
            self.over.set()
            for thread in (*threads, *(thread for _, thread in consumer.worker_threads)):
                thread.join(timeout=1.0)
        _log.info("worker ended", extra={"workerId": self.worker_id})

    def answer(self, message_id: UUID | None) -> None:
        """Work on this message if it can be claimed, then on whatever is due, until there is nothing."""
        if not self.gate.enter():
            return
        try:
            claim = None if message_id is None else self.ledger.claim(message_id, self.worker_id)
            if claim is not None:
                self.supervisor.run(claim)
            while (claim := self._next()) is not None:
                self.supervisor.run(claim)
        except DatabaseError as error:
            _log.warning("the database cannot be used; the sweep comes back to it", extra={"reason": error.message})
        finally:
            self.gate.leave()

    def _next(self) -> Claim | None:
        if self.gate.closed:
            return None
        return self.bell.answered_by(lambda: self.ledger.claim_next(self.worker_id))

    def _consumer(self) -> Any:
        from chatctl.jobs.consumer import Consumer

        return Consumer(
            self.bell,
            workers=self.config.timing.concurrency,
            periodic=False,
            initial_delay=_FIRST_LOOK,
            max_delay=_LAST_LOOK,
            scheduler_interval=60,
        )

    def _sweep_until_over(self, every: float) -> None:
        while not self.over.wait(every * random.uniform(0.8, 1.2)):
            self._sweep()

    def _sweep(self) -> None:
        try:
            with locks.dead_workers(self.folder) as dead:
                swept = self.ledger.sweep(dead)
        except DatabaseError as error:
            _log.warning("the sweep cannot reach the database", extra={"reason": error.message})
            return
        if swept.recovered or swept.due:
            _log.info("swept", extra={"recovered": swept.recovered, "due": len(swept.due), "dead": len(dead)})
        self._ring(swept.due[:_RINGS])

    def _ring(self, due: Sequence[UUID]) -> None:
        """Tell all workers; our own threads at least, without waiting for a queue that is out of order twice."""
        for number, message_id in enumerate(due):
            try:
                self.bell.ring(message_id)
            except TriggerError:
                for rest in due[number:]:
                    self.bell.ring_nearby(rest)
                return

    def _tick(self, automatic: AutomaticLock | None) -> float:
        return 5.0 if automatic is None else min(1.0, max(0.02, self.config.timing.idle_exit / 4))

    def _may_leave(self, automatic: AutomaticLock) -> bool:
        """Whether this automatic worker has been idle for long and nobody needs it.

        The lock goes back first and the last look comes after it: whoever committed before that look is seen by it,
        whoever commits later finds the lock free and starts a worker.
        """
        if self.bell.pending_nearby or not self.gate.close_if_idle(self.config.timing.idle_exit):
            return False
        self.bell.muted = True
        _log.info("idle: giving the automatic worker's lock back", extra={"workerId": self.worker_id})
        automatic.give_back()
        if not self._work_left() or not automatic.take_again():
            return True
        _log.info("work came in: keeping the automatic worker's lock", extra={"workerId": self.worker_id})
        self.bell.muted = False
        self.gate.open()
        for _ in range(self.config.timing.concurrency):
            self.bell.ring_nearby(None)
        return False

    def _work_left(self) -> bool:
        try:
            return self.ledger.has_queued()
        except DatabaseError as error:
            _log.warning("the last look failed", extra={"reason": error.message})
            return False

    def _stop(self, consumer: Any, signals: StopSignals) -> None:
        _log.info("worker stopping", extra={"workerId": self.worker_id})
        self.say_goodbye()
        self.gate.close()
        self.bell.muted = True
        consumer.stop()
        give_up = time.monotonic() + GRACE
        while self.gate.busy and time.monotonic() < give_up and not signals.received(within=0.1):
            pass
        self.supervisor.abandon.set()
        give_up = time.monotonic() + self.config.timing.lease
        while self.gate.busy and time.monotonic() < give_up and not signals.received(within=0.02):
            pass


def _thread(name: str, target: Callable[..., None], *args: object) -> threading.Thread:
    return threading.Thread(target=target, args=args, name=name, daemon=True)
