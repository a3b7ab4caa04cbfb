"""The queue of truth: the state machine of messages, every change one guarded UPDATE.

queued --claim--> running --finish--> completed | failed | cancelled, and back to queued after an error, a crash or the
loss of a worker, each with a budget of its own. The attempt number, raised by every claim, is the fencing token: a
write that names an older attempt changes nothing. Huey only rings; nothing here depends on it.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from chatctl.domain.jobs import Beat, Claim, Sweep, Timing
from chatctl.storage.database import Database
from chatctl.storage.tables import MessageRow

RINGS_PER_SWEEP = 8
RING_AGAIN_AFTER = 1.0
LONGEST_BACKOFF = 60.0

Message = MessageRow
_OPEN = ("queued", "running")


class Ledger:
    """The state of the work on messages, in one database."""

    def __init__(self, database: Database, timing: Timing) -> None:
        self._database = database
        self._timing = timing

    def claim(self, message_id: UUID, worker_id: str) -> Claim | None:
        """Claim this message if it is due and its chat has no earlier open one; None if it is not to be had."""
        with self._database.write() as session:
            return self._claim(session, message_id, worker_id, self._database.now(session))

    def claim_next(self, worker_id: str) -> Claim | None:
        """Claim the message that has been due the longest; None when nothing is due."""
        with self._database.write() as session:
            now = self._database.now(session)
            oldest = select(Message.id).where(*_due(now)).order_by(col(Message.not_before)).limit(1)
            message_id = session.exec(oldest.with_for_update(skip_locked=True)).first()
            return self._claim(session, message_id, worker_id, now) if message_id else None

    def heartbeat(self, held: Sequence[Claim]) -> dict[Claim, Beat]:
        """Renew the leases of what is held, never past the deadline, and bring back who was asked to stop."""
        with self._database.write() as session:
            now = self._database.now(session)
            return {claim: self._beat(session, claim, now) for claim in held}

    def cancelled(self, claim: Claim) -> bool:
        """Finish a running message as cancelled; False if the claim is no longer ours."""
        with self._database.write() as session:
            now = self._database.now(session)
            return _change(session, claim, now, **_ended("cancelled", now))

    def crashed(self, claim: Claim, why: str) -> bool:
        """The attempt's own process died: queued again, or failed when that happened too often."""
        with self._database.write() as session:
            now = self._database.now(session)
            if _obeyed(session, claim, now):
                return True
            spent = col(Message.crashes) + 1 >= self._timing.max_crashes
            reason = f"The analyst's process died each time ({why})"
            return _change(session, claim, now, crashes=Message.crashes + 1, **_again_or_exhausted(spent, reason, now))

    def overran(self, claim: Claim) -> bool:
        """The attempt ran into its deadline: an error, tried again while there are tries."""
        seconds = f"{self._timing.longest_run:g}"
        return self.failed(
            claim,
            code="DEADLINE_EXCEEDED",
            message=f"The analyst needed more than {seconds} seconds",
            hint="Ask for less at once, or raise longest_run (CHATCTL_LONGEST_RUN).",
        )

    def failed(self, claim: Claim, *, code: str, message: str, hint: str | None = None, retryable: bool = True) -> bool:
        """The attempt ended in an error: queued again after a pause while there are tries left, else failed."""
        with self._database.write() as session:
            now = self._database.now(session)
            held = select(Message.errors).where(*_ours(claim)).with_for_update()
            errors = session.exec(held).first()
            if errors is None:
                return False
            if _obeyed(session, claim, now):
                return True
            if retryable and errors + 1 < self._timing.max_errors:
                pause = min(LONGEST_BACKOFF, 2.0 ** (errors + 1)) * random.uniform(0.5, 1.0)
                return _change(session, claim, now, errors=errors + 1, **_requeued(now + pause, now))
            reason = {"error_code": code, "error_message": message, "error_hint": hint}
            return _change(session, claim, now, errors=errors + 1, **_ended("failed", now), **reason)

    def give_back(self, claim: Claim) -> bool:
        """Queue a running message again at once, no counter raised: the worker stops."""
        with self._database.write() as session:
            now = self._database.now(session)
            return _obeyed(session, claim, now) or _change(session, claim, now, **_requeued(now, now))

    def sweep(self, dead_workers: Sequence[str]) -> Sweep:
        """Take back what vanished workers hold and tell what is due but was not rung for a second; idempotent."""
        with self._database.write() as session:
            now = self._database.now(session)
            self._clamp(session, now)
            recovered = self._recover(session, dead_workers, now)
            return Sweep(recovered=recovered, due=tuple(_take_rings(session, now)))

    def has_due(self) -> bool:
        """Whether any queued message is due now."""
        with self._database.read() as session:
            return (
                session.exec(select(Message.id).where(*_due(self._database.now(session))).limit(1)).first() is not None
            )

    def _claim(self, session: Session, message_id: UUID, worker_id: str, now: float) -> Claim | None:
        claimed = session.execute(
            update(Message)
            .where(col(Message.id) == message_id, *_due(now))
            .values(
                status="running",
                attempt=Message.attempt + 1,
                worker_id=worker_id,
                lease_expires_at=now + min(self._timing.lease, self._timing.longest_run),
                deadline_at=now + self._timing.longest_run,
                started_at=now,
                updated_at=_utc(now),
            )
            .returning(col(Message.attempt))
        ).first()
        return Claim(message_id=message_id, attempt=claimed[0]) if claimed else None

    def _beat(self, session: Session, claim: Claim, now: float) -> Beat:
        lease = case(
            (col(Message.deadline_at) < now + self._timing.lease, col(Message.deadline_at)),
            else_=now + self._timing.lease,
        )
        row = session.execute(
            update(Message).where(*_ours(claim)).values(lease_expires_at=lease).returning(col(Message.cancel_requested))
        ).first()
        return Beat(alive=row is not None, cancel_requested=bool(row and row[0]))

    def _recover(self, session: Session, dead_workers: Sequence[str], now: float) -> int:
        abandoned = (
            col(Message.status) == "running",
            or_(col(Message.lease_expires_at) <= now, col(Message.worker_id).in_(list(dead_workers))),
        )
        to_cancel = update(Message).where(*abandoned, col(Message.cancel_requested)).values(**_ended("cancelled", now))
        spent = col(Message.lost) + 1 >= self._timing.max_lost
        reason = "Its workers vanished each time"
        to_queue = (
            update(Message)
            .where(*abandoned)
            .values(lost=Message.lost + 1, updated_at=_utc(now), **_again_or_exhausted(spent, reason, now))
        )
        return _count(session, to_cancel) + _count(session, to_queue)

    def _clamp(self, session: Session, now: float) -> None:
        """Heal times that no honest clock could have written: the clock was set back since."""
        lease, run = self._timing.lease, self._timing.longest_run
        for column, state, latest, healed in (
            (Message.lease_expires_at, "running", now + 2 * lease, now + lease),
            (Message.deadline_at, "running", now + 2 * run, now + run),
            (Message.not_before, "queued", now + 2 * LONGEST_BACKOFF, now),
            (Message.wake_sent_at, "queued", now + RING_AGAIN_AFTER, 0.0),
        ):
            guard = (col(Message.status) == state, col(column) > latest)
            session.execute(update(Message).where(*guard).values({col(column): healed}))


def fence(session: Session, claim: Claim, **values: Any) -> bool:
    """Change the message if the claim still holds; False means: not yours any more, roll back and stop."""
    return _count(session, update(Message).where(*_ours(claim)).values(**values)) == 1


def request_cancel(session: Session, message_id: UUID, now: float) -> bool:
    """Cancel a queued message at once, ask a running one to stop; False if it is neither."""
    queued = (col(Message.id) == message_id, col(Message.status) == "queued")
    if _count(session, update(Message).where(*queued).values(**_ended("cancelled", now))):
        return True
    running = (col(Message.id) == message_id, col(Message.status) == "running")
    return _count(session, update(Message).where(*running).values(cancel_requested=True, updated_at=_utc(now))) == 1


def queue_again(session: Session, message_id: UUID, now: float, **changed: Any) -> bool:
    """Queue a failed or cancelled message once more with fresh budgets; its attempt number goes on."""
    finished = (col(Message.id) == message_id, col(Message.status).in_(("failed", "cancelled")))
    fresh = {"errors": 0, "crashes": 0, "lost": 0, "cancel_requested": False, "is_completed": False}
    empty = {"error_code": None, "error_message": None, "error_hint": None, "finished_at": None, "outcome": None}
    values: dict[str, Any] = fresh | empty | _requeued(now, now) | {"wake_sent_at": now} | changed
    return _count(session, update(Message).where(*finished).values(**values)) == 1


def _ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Message.id) == claim.message_id,
        col(Message.attempt) == claim.attempt,
        col(Message.status) == "running",
    )


def _due(now: float) -> tuple[ColumnElement[bool], ...]:
    earlier = aliased(MessageRow)
    blocked = exists().where(
        col(earlier.chat_id) == col(Message.chat_id),
        col(earlier.position) < col(Message.position),
        col(earlier.status).in_(_OPEN),
    )
    return (col(Message.status) == "queued", col(Message.not_before) <= now, ~blocked)


def _change(session: Session, claim: Claim, now: float, **values: Any) -> bool:
    return fence(session, claim, **({"updated_at": _utc(now)} | values))


def _obeyed(session: Session, claim: Claim, now: float) -> bool:
    """End the attempt as cancelled if that was asked for: what was told to stop is not tried again."""
    asked = update(Message).where(*_ours(claim), col(Message.cancel_requested))
    return _count(session, asked.values(**_ended("cancelled", now))) == 1


def _requeued(not_before: float, now: float) -> dict[str, Any]:
    return {
        "status": "queued",
        "worker_id": None,
        "lease_expires_at": None,
        "deadline_at": None,
        "not_before": not_before,
        "wake_sent_at": 0.0,
        "updated_at": _utc(now),
    }


def _ended(status: str, now: float) -> dict[str, Any]:
    return {
        "status": status,
        "is_completed": True,
        "lease_expires_at": None,
        "deadline_at": None,
        "finished_at": now,
        "updated_at": _utc(now),
    }


def _again_or_exhausted(spent: ColumnElement[bool], reason: str, now: float) -> dict[str, Any]:
    """Queued again now, or failed where the budget is spent, decided by the database in the one UPDATE."""
    return {
        "status": case((spent, "failed"), else_="queued"),
        "is_completed": case((spent, True), else_=False),
        "finished_at": case((spent, now), else_=None),
        "error_code": case((spent, "ATTEMPTS_EXHAUSTED"), else_=None),
        "error_message": case((spent, reason), else_=None),
        "error_hint": case((spent, "Run `chatctl doctor`, then `chatctl retry` the message."), else_=None),
        "lease_expires_at": None,
        "deadline_at": None,
        "not_before": now,
        "wake_sent_at": 0.0,
    }


def _take_rings(session: Session, now: float) -> Sequence[UUID]:
    unrung = select(Message.id).where(*_due(now), col(Message.wake_sent_at) <= now - RING_AGAIN_AFTER)
    oldest = unrung.order_by(col(Message.not_before)).limit(RINGS_PER_SWEEP).with_for_update(skip_locked=True)
    due = session.exec(oldest).all()
    if due:
        session.execute(update(Message).where(col(Message.id).in_(due)).values(wake_sent_at=now))
    return due


def _count(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _utc(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
