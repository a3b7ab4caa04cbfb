"""One attempt from its start to its outcome: the process is watched, the lease kept, the end told to the ledger."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from chatctl.config import Config
from chatctl.domain.errors import DatabaseError
from chatctl.domain.jobs import Claim
from chatctl.jobs.attempts import Attempt, AttemptProcess
from chatctl.jobs.contract import Ledger

LOOK: Final = 0.05
"""Seconds between looks at what the heartbeat brought while a process runs."""

BEAT: Final = 1.0
"""Seconds between heartbeats at most: a cancel is to take effect within two."""

_RETRY: Final = 0.5
_BREATH: Final = 2.0

_log = logging.getLogger("chatctl.jobs")


@dataclass(slots=True)
class Watch:
    """What the heartbeat last said of a claim."""

    fenced: bool = False
    cancel_requested: bool = False


class Held:
    """The claims that this worker works on; a thread keeps their leases alive."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._watches: dict[Claim, Watch] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, claim: Claim) -> Iterator[Watch]:
        """Keeps the lease of this claim alive inside the block."""
        watch = Watch()
        with self._lock:
            self._watches[claim] = watch
        try:
            yield watch
        finally:
            with self._lock:
                del self._watches[claim]

    def beat_until(self, stopped: threading.Event, every: float) -> None:
        """Renew all leases every so many seconds; a database out of order is asked again at the next beat."""
        while not stopped.wait(min(every, BEAT)):
            try:
                self._beat()
            except DatabaseError as error:
                _log.warning("the heartbeat cannot reach the database", extra={"reason": error.message})

    def _beat(self) -> None:
        with self._lock:
            watches = {claim: watch for claim, watch in self._watches.items() if not watch.fenced}
        if not watches:
            return
        for claim, beat in self._ledger.heartbeat(list(watches)).items():
            watches[claim].fenced = not beat.alive
            watches[claim].cancel_requested |= beat.cancel_requested


@dataclass(frozen=True, kw_only=True)
class Supervisor:
    """Runs claims in processes of their own; `abandon`, once set, makes it give back what it runs."""

    config: Config
    ledger: Ledger
    attempt: Attempt
    worker_id: str
    held: Held
    abandon: threading.Event = field(default_factory=threading.Event)

    def run(self, claim: Claim) -> None:
        """Work on the claim until its process has ended or was killed, and see its outcome into the ledger.

        KeyboardInterrupt kills the process, gives the claim back and is raised again.
        """
        started = time.monotonic()
        self._tell("attempt started", claim)
        with self.held.holding(claim) as watch:
            try:
                outcome, settle = self._watched(claim, watch)
            except KeyboardInterrupt:
                self._settle(partial(self.ledger.give_back, claim))
                raise
            except (OSError, EOFError) as error:
                # The machine's trouble, not the message's: no counter is raised, and a moment left to get over it.
                _log.error("no process can be had for an attempt", extra={"reason": str(error)})
                self.abandon.wait(_BREATH)
                outcome, settle = "not started", partial(self.ledger.give_back, claim)
            if settle is not None:
                self._settle(settle)
        self._tell("attempt ended", claim, outcome=outcome, durationMs=round((time.monotonic() - started) * 1000))

    def _watched(self, claim: Claim, watch: Watch) -> tuple[str, Callable[[], bool] | None]:
        """How the attempt ended, in a word, and what is to be told to the ledger once its process is gone."""
        longest = self.config.timing.longest_run
        # A little before the ledger's deadline, where the lease ends and a sweep would take this worker for lost.
        deadline = time.monotonic() + longest - min(2.0, longest / 5)
        with AttemptProcess(self.attempt, self.config, claim) as process:
            while not process.ended(within=LOOK):
                if watch.fenced:
                    return "fenced", None
                if watch.cancel_requested:
                    return "cancelled", partial(self.ledger.cancelled, claim)
                if self.abandon.is_set():
                    return "given back", partial(self.ledger.give_back, claim)
                if time.monotonic() > deadline:
                    return "overran", partial(self.ledger.overran, claim)
            why = process.failure()
        return ("done", None) if why is None else ("crashed", partial(self.ledger.crashed, claim, why))

    def _settle(self, settle: Callable[[], bool]) -> None:
        """Tell the ledger, again and again while the lease may last; after that, sweeps settle it."""
        give_up = time.monotonic() + self.config.timing.lease
        while True:
            try:
                settle()
            except DatabaseError as error:
                _log.warning("an outcome cannot be stored", extra={"reason": error.message})
                if self.abandon.is_set() or time.monotonic() > give_up:
                    return
                time.sleep(_RETRY)
            else:
                return

    def _tell(self, event: str, claim: Claim, **more: str | float) -> None:
        _log.info(
            event,
            extra={
                "messageId": str(claim.message_id),
                "attempt": claim.attempt,
                "workerId": self.worker_id,
                **more,
            },
        )
