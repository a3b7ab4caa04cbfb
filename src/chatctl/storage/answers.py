"""What an attempt reads and writes: its question, its steps, its answer; every write is fenced by the claim.

Plain table statements: every attempt is a fresh process, to which the unit of work would cost a third of its time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, delete, insert, select
from sqlmodel import Session

from chatctl.domain.access import Actor
from chatctl.domain.assets import Asset
from chatctl.domain.chats import (
    FileEntry,
    Grounding,
    MessageError,
    Outcome,
    ReasoningStep,
    ResultEntry,
    TextEntry,
    Usage,
)
from chatctl.domain.jobs import Claim
from chatctl.domain.models import ModelSetup
from chatctl.domain.sources import Source
from chatctl.storage import assets, chats, files, sources
from chatctl.storage.files import Given, Kept
from chatctl.storage.ledger import ended, fence, obeyed, ours
from chatctl.storage.tables import metadata

Entry = TextEntry | ResultEntry | FileEntry

MOST_SAVED = 50
"""Assets that a language model is told of: those that were changed last."""

_message = metadata.tables["message"].c
_steps = metadata.tables["message_step"]
_results = metadata.tables["query_result"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PastTurn:
    """An earlier, completed message of the chat, as its analyst left it."""

    position: int
    question: str
    text: str
    outcome: Outcome | None
    raw: tuple[object, ...]
    given: tuple[Given, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What an attempt works on; `given` are the assets pulled into the question itself, `instructions` those of the
    project that it was asked in.

    For a language model, `saved` are the assets that its author may change, `paid` is what earlier attempts have heard
    from it, and `spent` what that has cost.
    """

    chat_id: UUID
    organization_id: UUID
    question: str
    model: str
    instructions: str
    history: tuple[PastTurn, ...]
    sources: tuple[Source, ...]
    given: tuple[Given, ...] = ()
    model_setup: ModelSetup | None = None
    saved: tuple[Asset, ...] = ()
    paid: tuple[object, ...] = ()
    spent: Usage | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What an attempt found: everything that becomes visible at once."""

    outcome: Outcome
    entries: Sequence[Entry]
    raw: Sequence[object]
    usage: Usage | None
    grounding: Grounding | None
    kept: Sequence[Kept] = ()


def assignment(session: Session, claim: Claim) -> Assignment | None:
    """What the claim is about; None if it is not ours any more. Raises AssetNotFound if its asset is not shared now."""
    wanted = select(
        _message.chat_id,
        _message.position,
        _message.request_message,
        _message.model,
        _message.instructions,
        _message.model_setup,
        _message.created_by,
        _message.organization_id,
        _message.raw_llm_messages,
        _message.usage,
    )
    row = _run(session, wanted.where(*ours(claim))).first()
    if row is None:
        return None
    given: dict[UUID, list[Given]] = defaultdict(list)
    author = Actor(user_id=row.created_by, organization_id=row.organization_id)
    for each in files.given(session, author, claim.message_id, row.chat_id, row.position):
        given[each.message_id].append(each)
    return Assignment(
        chat_id=row.chat_id,
        organization_id=row.organization_id,
        question=row.request_message or "",
        model=row.model,
        instructions=row.instructions or "",
        model_setup=ModelSetup.from_json(row.model_setup) if row.model_setup else None,
        history=_history(session, row.chat_id, row.position, given),
        sources=tuple(sources.of_chat(session, row.chat_id)),
        given=tuple(given[claim.message_id]),
        saved=tuple(assets.changeable(session, author, MOST_SAVED)) if row.model != "builtin" else (),
        paid=tuple(row.raw_llm_messages),
        spent=Usage.model_validate(row.usage) if row.usage else None,
    )


def record(session: Session, claim: Claim, steps: Sequence[tuple[int, ReasoningStep]], now: float) -> bool:
    """Store steps with their ordinals, each replacing the one of its id; False if the claim is no longer ours."""
    if not fence(session, claim, updated_at=chats.utc(now)):
        return False
    _run(session, delete(_steps).where(_steps.c.id.in_([step.id for _, step in steps])))
    rows = [
        {
            "id": step.id,
            "message_id": claim.message_id,
            "attempt": claim.attempt,
            "ordinal": ordinal,
            "created_at": chats.utc(now),
            "updated_at": chats.utc(now),
            "step": step.model_dump(mode="json"),
        }
        for ordinal, step in steps
    ]
    _run(session, insert(_steps), rows)
    return True


def keep(session: Session, claim: Claim, raw: Sequence[object], usage: Usage, now: float) -> bool:
    """Store what a language model was paid for until now; False if the claim is no longer ours."""
    spent = usage.model_dump(mode="json")
    return fence(session, claim, raw_llm_messages=list(raw), usage=spent, updated_at=chats.utc(now))


def give_up(session: Session, claim: Claim, reason: MessageError, entries: Sequence[Entry], now: float) -> bool:
    """End a message as failed for good, with what had been found; False if the claim is no longer ours."""
    if not fence(session, claim, ~_message.cancel_requested, updated_at=chats.utc(now)):
        return obeyed(session, claim, now)
    return fence(
        session,
        claim,
        response=shown(session, claim.message_id, entries, now),
        errors=_message.errors + 1,
        error_code=reason.code,
        error_message=reason.message,
        error_hint=reason.hint,
        **ended("failed", now),
    )


def complete(session: Session, claim: Claim, completion: Completion, now: float) -> bool:
    """The fence first, then every visible row in the same transaction; False if the claim is no longer ours.

    A cancel that was acknowledged counts, also where the worker has not heard of it yet: nothing becomes visible then.
    """
    if not fence(session, claim, ~_message.cancel_requested, updated_at=chats.utc(now)):
        return obeyed(session, claim, now)
    kept = files.keep(session, claim.message_id, completion.kept, now) if completion.kept else []
    response = shown(session, claim.message_id, [*completion.entries, *kept], now)
    fence(
        session,
        claim,
        status="completed",
        is_completed=True,
        outcome=completion.outcome,
        response=response,
        raw_llm_messages=list(completion.raw),
        grounding=completion.grounding.model_dump(mode="json") if completion.grounding else None,
        lease_expires_at=None,
        deadline_at=None,
        finished_at=now,
        **({"usage": completion.usage.model_dump(mode="json")} if completion.usage else {}),
    )
    chat = _run(session, select(_message.chat_id).where(_message.id == claim.message_id))
    chats.touch(session, chat.scalar_one(), now)
    return True


def shown(session: Session, message_id: UUID, entries: Sequence[Entry], now: float) -> list[dict[str, object]]:
    """Store the results among the entries; what the message itself holds: texts whole, results by their ids."""
    _run(session, delete(_results).where(_results.c.message_id == message_id))
    results = [entry for entry in entries if isinstance(entry, ResultEntry)]
    if results:
        rows = [_result_row(message_id, ordinal, entry, now) for ordinal, entry in enumerate(results, start=1)]
        _run(session, insert(_results), rows)
    return [_reference(entry) for entry in entries]


def _history(
    session: Session, chat_id: UUID, position: int, given: Mapping[UUID, Sequence[Given]]
) -> tuple[PastTurn, ...]:
    wanted = select(
        _message.id,
        _message.position,
        _message.request_message,
        _message.response,
        _message.outcome,
        _message.raw_llm_messages,
    )
    earlier = _run(
        session,
        wanted.where(
            _message.chat_id == chat_id,
            _message.position < position,
            _message.deleted_at.is_(None),
            _message.status == "completed",
        ).order_by(_message.position),
    )
    return tuple(
        PastTurn(
            position=turn.position,
            question=turn.request_message or "",
            text="\n\n".join(entry["message"] for entry in turn.response if entry["type"] == "text"),
            outcome=turn.outcome,
            raw=tuple(turn.raw_llm_messages),
            given=tuple(given.get(turn.id, ())),
        )
        for turn in earlier
    )


def _reference(entry: Entry) -> dict[str, object]:
    """A text is kept whole in the message, a result by its id: its rows have a table of their own."""
    if isinstance(entry, ResultEntry):
        return {"id": str(entry.id), "type": "result"}
    return entry.model_dump(mode="json")


def _result_row(message_id: UUID, ordinal: int, entry: ResultEntry, now: float) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude={"type", "id"}) | {
        "id": entry.id,
        "message_id": message_id,
        "ordinal": ordinal,
        "created_at": chats.utc(now),
        "updated_at": chats.utc(now),
    }


def _run(session: Session, statement: Executable, rows: Sequence[dict[str, Any]] | None = None) -> CursorResult[Any]:
    return session.connection().execute(statement, rows)
