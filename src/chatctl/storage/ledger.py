"""The queue of truth: the state machine of messages, every change one guarded UPDATE.

queued --claim--> running --finish--> completed | failed | cancelled, and back to queued after an error, a crash or the
loss of a worker, each with a budget of its own. The attempt number, raised by every claim, is the fencing token: a
write that names an older attempt changes nothing. Huey only rings; nothing here depends on it.

On a server several change messages at once: rows that are picked are locked, those that another has are skipped, and
a unique index keeps two neighbours of one chat from being claimed at the same moment. Every method is one transaction
and repeatable: what took effect before is found changed, and left alone.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Executable, Float, bindparam, case, exists, or_, select, update
from sqlmodel import Session

from chatctl.domain.chats import MessageError
from chatctl.domain.jobs import Beat, Claim, Sweep, Timing
from chatctl.storage.database import Database
from chatctl.storage.retries import repeatable
from chatctl.storage.tables import MessageRow, holdable

RINGS_PER_SWEEP = 8
RING_AGAIN_AFTER = 1.0
LONGEST_BACKOFF = 60.0

_OPEN = ("queued", "running")

# Plain table statements: the unit of work would cost a worker more than the statements themselves.
_table = MessageRow.metadata.tables["message"]
_message = _table.c
# Made once: an alias copies every column, and to put a claim together costs more than to make it.
_other = _table.alias("other").c
_AT = bindparam("at", type_=Float)
# A later one may be running as well: an earlier one that failed can be queued again meanwhile.
_before = or_(_other.position < _message.position, _other.status == "running")
_blocked = exists().where(_other.chat_id == _message.chat_id, _other.status.in_(_OPEN), _before)
_DUE = (_message.status == "queued", _message.not_before <= _AT, ~_blocked)
_OLDEST = select(_message.id).where(*_DUE).order_by(_message.not_before).limit(1).with_for_update(skip_locked=True)
_CLAIM = (
    update(_table)
    .where(_message.id == bindparam("claimed"), *_DUE)
    .values(
        status="running",
        attempt=_message.attempt + 1,
        worker_id=bindparam("by"),
        lease_expires_at=bindparam("lease"),
        deadline_at=bindparam("deadline"),
        started_at=_AT,
        updated_at=bindparam("told"),
    )
    .returning(_message.attempt)
)


class Ledger:
    """The state of the work on messages, in one database."""

    def __init__(self, database: Database, timing: Timing) -> None:
        self._database = database
        self._timing = timing

    @repeatable
    def claim(self, message_id: UUID, worker_id: str) -> Claim | None:
        """Claim this message if it is due and its chat has no earlier open one; None if it is not to be had."""
        with self._database.write() as session:
            return self._claim(session, message_id, worker_id, self._database.now(session))

    @repeatable
    def claim_next(self, worker_id: str) -> Claim | None:
        """Claim the message that has been due the longest; None when nothing is due."""
        with self._database.write() as session:
            now = self._database.now(session)
            while message_id := _run(session, _OLDEST, at=now).scalar():
                # On a server a neighbour may have been claimed since; then another message is the oldest.
                if claim := self._claim(session, message_id, worker_id, now):
                    return claim
            return None

    @repeatable
    def heartbeat(self, held: Sequence[Claim]) -> dict[Claim, Beat]:
        """Renew the leases of what is held, never past the deadline, and bring back who was asked to stop."""
        with self._database.write() as session:
            now = self._database.now(session)
            in_order = sorted(held, key=lambda claim: claim.message_id)
            return {claim: self._beat(session, claim, now) for claim in in_order}

    @repeatable
    def cancelled(self, claim: Claim) -> bool:
        """Finish a running message as cancelled; False if the claim is no longer ours."""
        with self._database.write() as session:
            now = self._database.now(session)
            return _change(session, claim, now, **ended("cancelled", now))

    @repeatable
    def crashed(self, claim: Claim, why: str) -> bool:
        """The attempt's own process died: queued again, or failed when that happened too often."""
        with self._database.write() as session:
            now = self._database.now(session)
            spent = _message.crashes + 1 >= self._timing.max_crashes
            reason = _exhausted(f"The analyst's process died ({why})")
            values = {"crashes": _message.crashes + 1} | _again_or_failed(spent, reason, now, now)
            return obeyed(session, claim, now) or _change(session, claim, now, **values)

    def overran(self, claim: Claim) -> bool:
        """The attempt ran into its deadline: an error, tried again while there are tries."""
        return self.failed(claim, self._too_long())

    @repeatable
    def failed(self, claim: Claim, reason: MessageError, *, retryable: bool = True) -> bool:
        """The attempt ended in an error: queued again after a pause while there are tries left, else failed."""
        with self._database.write() as session:
            now = self._database.now(session)
            values = self._after_error(now, reason, retryable=retryable)
            return obeyed(session, claim, now) or _change(session, claim, now, **values)

    @repeatable
    def give_back(self, claim: Claim) -> bool:
        """Queue a running message again at once, no counter raised: the worker stops."""
        with self._database.write() as session:
            now = self._database.now(session)
            return obeyed(session, claim, now) or _change(session, claim, now, **_requeued(now, now))

    @repeatable
    def sweep(self, dead_workers: Sequence[str]) -> Sweep:
        """Take back what vanished workers hold and tell what is due but was not rung for a second; idempotent."""
        with self._database.write() as session:
            now = self._database.now(session)
            self._clamp(session, now)
            recovered = self._recover(session, dead_workers, now)
            return Sweep(recovered=recovered, due=tuple(_take_rings(session, now)))

    @repeatable
    def has_queued(self) -> bool:
        """Whether any message is queued, be it due now or after a pause."""
        with self._database.read() as session:
            return _run(session, select(_message.id).where(_message.status == "queued").limit(1)).first() is not None

    def _claim(self, session: Session, message_id: UUID, worker_id: str, now: float) -> Claim | None:
        until = {
            "lease": now + min(self._timing.lease, self._timing.longest_run),
            "deadline": now + self._timing.longest_run,
        }
        claimed = _run(session, _CLAIM, claimed=message_id, by=worker_id, at=now, told=_utc(now), **until).first()
        return Claim(message_id=message_id, attempt=claimed[0]) if claimed else None

    def _beat(self, session: Session, claim: Claim, now: float) -> Beat:
        lease = case(
            (_message.deadline_at < now + self._timing.lease, _message.deadline_at),
            else_=now + self._timing.lease,
        )
        row = _run(
            session,
            update(_table).where(*ours(claim)).values(lease_expires_at=lease).returning(_message.cancel_requested),
        ).first()
        return Beat(alive=row is not None, cancel_requested=bool(row and row[0]))

    def _recover(self, session: Session, dead_workers: Sequence[str], now: float) -> int:
        """Cancel what was to be cancelled, and queue again what nobody keeps alive.

        A lease never outlasts the deadline. A worker that lives kills its attempt before that, so an attempt found
        here past its deadline lost its worker too, or the clock has jumped: neither is the question's fault.
        """
        vanished = or_(_message.lease_expires_at <= now, _message.worker_id.in_(list(dead_workers)))
        # What another has locked, it is changing right now; waiting for several such rows could deadlock.
        held = select(_message.id).where(_message.status == "running", vanished).with_for_update(skip_locked=True)
        abandoned = (_message.id.in_(_run(session, held).scalars().all()), _message.status == "running")
        to_cancel = update(_table).where(*abandoned, _message.cancel_requested).values(**ended("cancelled", now))
        spent = _message.lost + 1 >= self._timing.max_lost
        values = {"lost": _message.lost + 1} | _again_or_failed(spent, _exhausted("Its workers vanished"), now, now)
        return _count(session, to_cancel) + _count(session, update(_table).where(*abandoned).values(**values))

    def _after_error(self, now: float, reason: MessageError, *, retryable: bool) -> dict[str, Any]:
        """One error more: queued again after a jittered pause, or failed where that was the last try."""
        spent = _message.errors + 1 >= (self._timing.max_errors if retryable else 0)
        # Spelled out, for SQLite has no power().
        doubled = case(
            *((_message.errors + 1 == n, min(LONGEST_BACKOFF, 2.0**n)) for n in range(1, 7)), else_=LONGEST_BACKOFF
        )
        not_before = now + doubled * random.uniform(0.5, 1.0)
        return {"errors": _message.errors + 1} | _again_or_failed(spent, reason, now, not_before)

    def _too_long(self) -> MessageError:
        return MessageError(
            code="DEADLINE_EXCEEDED",
            message=f"The analyst needed more than {self._timing.longest_run:g} seconds",
            hint="Ask for less at once, or raise longest_run (CHATCTL_LONGEST_RUN).",
        )

    def _clamp(self, session: Session, now: float) -> None:
        """Heal times that no honest clock could have written: the clock was set back since."""
        lease, run = self._timing.lease, self._timing.longest_run
        for column, state, latest, healed in (
            (_message.lease_expires_at, "running", now + 2 * lease, now + lease),
            (_message.deadline_at, "running", now + 2 * run, now + run),
            (_message.not_before, "queued", now + 2 * LONGEST_BACKOFF, now),
            (_message.wake_sent_at, "queued", now + RING_AGAIN_AFTER, 0.0),
        ):
            guard = (_message.status == state, column > latest)
            _run(session, update(_table).where(*guard).values({column: healed}))


def fence(session: Session, claim: Claim, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Change the message if the claim still holds; False means: not yours any more, roll back and stop."""
    return _count(session, update(_table).where(*ours(claim), *conditions).values(**values)) == 1


def request_cancel(session: Session, message_id: UUID, now: float) -> bool:
    """Cancel a queued message at once, ask a running one to stop; False if it is neither."""
    _run(session, select(_message.id).where(_message.id == message_id).with_for_update())
    queued = (_message.id == message_id, _message.status == "queued")
    if _count(session, update(_table).where(*queued).values(**ended("cancelled", now))):
        return True
    running = (_message.id == message_id, _message.status == "running")
    return _count(session, update(_table).where(*running).values(cancel_requested=True, updated_at=_utc(now))) == 1


def queue_again(session: Session, message_id: UUID, now: float, **changed: Any) -> bool:
    """Queue a failed or cancelled message once more with fresh budgets; its attempt number goes on."""
    finished = (_message.id == message_id, _message.status.in_(("failed", "cancelled")))
    fresh = {"errors": 0, "crashes": 0, "lost": 0, "cancel_requested": False, "is_completed": False}
    empty: dict[str, Any] = {
        "error_code": None,
        "error_message": None,
        "error_hint": None,
        "finished_at": None,
        "outcome": None,
        "response": [],
    }
    values: dict[str, Any] = fresh | empty | _requeued(now, now) | {"wake_sent_at": now} | changed
    return _count(session, update(_table).where(*finished).values(**values)) == 1


def ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """The condition under which the claim still holds."""
    return (
        _message.id == claim.message_id,
        _message.attempt == claim.attempt,
        _message.status == "running",
    )


def _change(session: Session, claim: Claim, now: float, **values: Any) -> bool:
    return fence(session, claim, **({"updated_at": _utc(now)} | values))


def obeyed(session: Session, claim: Claim, now: float) -> bool:
    """End the attempt as cancelled if that was asked for: what was told to stop is not tried again."""
    asked = update(_table).where(*ours(claim), _message.cancel_requested)
    return _count(session, asked.values(**ended("cancelled", now))) == 1


def _requeued(not_before: ColumnElement[float] | float, now: float) -> dict[str, Any]:
    return {
        "status": "queued",
        "worker_id": None,
        "lease_expires_at": None,
        "deadline_at": None,
        "not_before": not_before,
        "wake_sent_at": 0.0,
        "updated_at": _utc(now),
    }


def ended(status: str, now: float) -> dict[str, Any]:
    """The columns of a message that comes to its end."""
    return {
        "status": status,
        "is_completed": True,
        "lease_expires_at": None,
        "deadline_at": None,
        "finished_at": now,
        "updated_at": _utc(now),
    }


def _exhausted(why: str) -> MessageError:
    hint = "Run `chatctl doctor`, then `chatctl retry` the message."
    return MessageError(code="ATTEMPTS_EXHAUSTED", message=f"{why} each time", hint=hint)


def _again_or_failed(
    spent: ColumnElement[bool], reason: MessageError, now: float, not_before: ColumnElement[float] | float
) -> dict[str, Any]:
    """Queued again, or failed where the budget is spent, decided by the database in the one UPDATE."""
    return _requeued(not_before, now) | {
        "status": case((spent, "failed"), else_="queued"),
        "is_completed": case((spent, True), else_=False),
        "finished_at": case((spent, now), else_=None),
        "error_code": case((spent, reason.code), else_=None),
        "error_message": case((spent, holdable(reason.message)), else_=None),
        "error_hint": case((spent, reason.hint and holdable(reason.hint)), else_=None),
        "worker_id": _message.worker_id,
    }


def _take_rings(session: Session, now: float) -> Sequence[UUID]:
    unrung = select(_message.id).where(*_DUE, _message.wake_sent_at <= now - RING_AGAIN_AFTER)
    oldest = unrung.order_by(_message.not_before).limit(RINGS_PER_SWEEP).with_for_update(skip_locked=True)
    due = _run(session, oldest, at=now).scalars().all()
    if due:
        _run(session, update(_table).where(_message.id.in_(due)).values(wake_sent_at=now))
    return due


def _run(session: Session, statement: Executable, **values: Any) -> CursorResult[Any]:
    return session.connection().execute(statement, values)


def _count(session: Session, statement: Executable) -> int:
    return _run(session, statement).rowcount


def _utc(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
