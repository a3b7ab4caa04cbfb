"""How the soak bends the product: parts left out, crash points, repeated rings, events told to the oracle.

The mutations are the test of the tests: with each of them the soak must fail.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event, update
from sqlmodel import Session, col

from chatctl.domain.chats import Trigger
from chatctl.domain.jobs import Claim
from chatctl.jobs.automatic import AutomaticLock
from chatctl.jobs.queue import Queue
from chatctl.storage import answers, ledger, messages
from chatctl.storage.ledger import Ledger
from chatctl.storage.tables import MessageRow
from soaking import oracle

POINTS = (
    *("accept-before-commit", "accept-after-commit", "rung"),
    *("claim-before-commit", "claim-after-commit"),
    *("finish-before-commit", "finish-after-commit"),
    *("sweep-before-commit", "sweep-after-commit"),
)


def leave_out(part: str) -> None:
    """Run without one of the mechanisms that the promises rest on."""
    match part:
        case "claim":
            Ledger._claim = _unguarded_claim  # type: ignore[method-assign]
        case "fence":
            ledger.ours = lambda claim: (col(MessageRow.id) == claim.message_id,)
        case "clamp":
            Ledger._clamp = lambda *_: None  # type: ignore[method-assign]
        case "look":
            from chatctl.jobs.worker import Worker

            Worker._work_left = lambda _: False  # type: ignore[method-assign, assignment]
        case _:
            raise ValueError(part)


def _unguarded_claim(self: Ledger, session: Session, message_id: UUID, worker_id: str, now: float) -> Claim | None:
    """Whoever asks gets the message, in whatever state it is."""
    claimed = session.execute(
        update(MessageRow)
        .where(col(MessageRow.id) == message_id)
        .values(
            status="running",
            is_completed=False,
            attempt=MessageRow.attempt + 1,
            worker_id=worker_id,
            lease_expires_at=now + self._timing.lease,
            deadline_at=now + self._timing.longest_run,
        )
        .returning(col(MessageRow.attempt))
    ).first()
    return Claim(message_id=message_id, attempt=claimed[0]) if claimed else None


def tell_of_fences() -> None:
    """Tell the oracle of every write that the fence turned away."""
    fence = ledger.fence

    def telling(session: Session, claim: Claim, *conditions: Any, **values: Any) -> bool:
        ours = fence(session, claim, *conditions, **values)
        if not ours:
            oracle.note("fenced", message=claim.message_id.hex, attempt=claim.attempt)
        return ours

    ledger.fence = answers.fence = telling  # type: ignore[attr-defined]


def tell_of_the_lock(window: float) -> None:
    """Tell the oracle who holds the automatic worker's lock, and stretch the moment before it is given back."""
    give_back, take_again = AutomaticLock.give_back, AutomaticLock.take_again

    def giving(self: AutomaticLock) -> None:
        oracle.note("leaving")
        time.sleep(window)
        oracle.note("lock-given-back")
        give_back(self)

    def taking(self: AutomaticLock) -> bool:
        taken = take_again(self)
        if taken:
            oracle.note("lock-taken-again")
        return taken

    AutomaticLock.give_back, AutomaticLock.take_again = giving, taking  # type: ignore[method-assign]


def ring_often(times: int) -> None:
    """Ring for each message so many times."""
    ring = Queue.ring

    def ringing(self: Queue, message_id: UUID) -> Trigger:
        return [ring(self, message_id) for _ in range(times)][-1]

    Queue.ring = ringing  # type: ignore[method-assign]


def crash_where_tokens_lie(folder: Path) -> None:
    """Die at the point of POINTS for which a file lies in the folder; whoever takes it dies, nobody else."""

    def crash(point: str) -> None:
        if _taken(folder / point):
            oracle.note("crash", detail=point)
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "before_commit", lambda session: crash(f"{session.info.get('doing')}-before-commit"))
    event.listen(Session, "after_commit", lambda session: crash(f"{session.info.get('doing')}-after-commit"))
    messages.placeholder = _marking("accept", messages.placeholder)
    answers.complete = _marking("finish", answers.complete, only=lambda _, claim, *__: claim.attempt == 1)
    Ledger._claim = _marking("claim", Ledger._claim, at=1)  # type: ignore[method-assign]
    Ledger._clamp = _marking("sweep", Ledger._clamp, at=1)  # type: ignore[method-assign]
    ring = Queue.ring

    def ringing(self: Queue, message_id: UUID) -> Trigger:
        trigger = ring(self, message_id)
        crash("rung")
        return trigger

    Queue.ring = ringing  # type: ignore[method-assign]


def _marking(doing: str, act: Any, at: int = 0, only: Callable[..., bool] = lambda *_: True) -> Any:
    """`act`, which also writes into its session (its argument number `at`) what the transaction is for."""

    def marked(*arguments: Any, **named: Any) -> Any:
        done = act(*arguments, **named)
        if done is not False and only(*arguments):
            arguments[at].info["doing"] = doing
        return done

    return marked


def _taken(token: Path) -> bool:
    try:
        token.unlink()
    except FileNotFoundError:
        return False
    return True
