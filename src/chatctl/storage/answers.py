"""What an attempt reads and writes: its question, its steps, its answer; every write is fenced by the claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, delete, select

from chatctl.domain.chats import Grounding, Outcome, ReasoningStep, ResultEntry, TextEntry, Usage
from chatctl.domain.jobs import Claim
from chatctl.domain.sources import Source
from chatctl.storage import chats, sources
from chatctl.storage.ledger import fence
from chatctl.storage.tables import MessageRow, ResultRow, StepRow


@dataclass(frozen=True, kw_only=True, slots=True)
class PastTurn:
    """An earlier, completed message of the chat, as its analyst left it."""

    position: int
    question: str
    text: str
    outcome: Outcome | None
    raw: tuple[object, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What an attempt works on."""

    chat_id: UUID
    question: str
    model: str
    history: tuple[PastTurn, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What an attempt found: everything that becomes visible at once."""

    outcome: Outcome
    entries: Sequence[TextEntry | ResultEntry]
    raw: Sequence[object]
    usage: Usage | None
    grounding: Grounding | None


def assignment(session: Session, claim: Claim) -> Assignment | None:
    """What the claim is about; None if it is not ours any more."""
    row = session.exec(
        select(MessageRow).where(
            col(MessageRow.id) == claim.message_id,
            col(MessageRow.attempt) == claim.attempt,
            col(MessageRow.status) == "running",
        )
    ).first()
    if row is None:
        return None
    return Assignment(
        chat_id=row.chat_id,
        question=row.request_message or "",
        model=row.model,
        history=_history(session, row),
        sources=tuple(sources.of_chat(session, row.chat_id)),
    )


def record(session: Session, claim: Claim, steps: Sequence[tuple[int, ReasoningStep]], now: float) -> bool:
    """Store steps with their ordinals, each replacing the one of its id; False if the claim is no longer ours."""
    if not fence(session, claim, updated_at=chats.utc(now)):
        return False
    session.exec(delete(StepRow).where(col(StepRow.id).in_([step.id for _, step in steps])))
    session.add_all(
        StepRow(
            id=step.id,
            message_id=claim.message_id,
            attempt=claim.attempt,
            ordinal=ordinal,
            created_at=chats.utc(now),
            updated_at=chats.utc(now),
            step=step.model_dump(mode="json"),
        )
        for ordinal, step in steps
    )
    return True


def complete(session: Session, claim: Claim, completion: Completion, now: float) -> bool:
    """The fence first, then every visible row in the same transaction; False if the claim is no longer ours."""
    ours = fence(
        session,
        claim,
        status="completed",
        is_completed=True,
        outcome=completion.outcome,
        response=[_reference(entry) for entry in completion.entries],
        raw_llm_messages=list(completion.raw),
        usage=completion.usage.model_dump(mode="json") if completion.usage else None,
        grounding=completion.grounding.model_dump(mode="json") if completion.grounding else None,
        lease_expires_at=None,
        deadline_at=None,
        finished_at=now,
        updated_at=chats.utc(now),
    )
    if not ours:
        return False
    results = [entry for entry in completion.entries if isinstance(entry, ResultEntry)]
    session.exec(delete(ResultRow).where(col(ResultRow.message_id) == claim.message_id))
    session.add_all(
        _result_row(claim.message_id, ordinal, entry, now) for ordinal, entry in enumerate(results, start=1)
    )
    chats.touch(session, session.exec(select(MessageRow.chat_id).where(MessageRow.id == claim.message_id)).one(), now)
    return True


def _history(session: Session, row: MessageRow) -> tuple[PastTurn, ...]:
    earlier = session.exec(
        select(MessageRow)
        .where(
            col(MessageRow.chat_id) == row.chat_id,
            col(MessageRow.position) < row.position,
            col(MessageRow.deleted_at).is_(None),
            col(MessageRow.status) == "completed",
        )
        .order_by(col(MessageRow.position))
    )
    return tuple(
        PastTurn(
            position=turn.position,
            question=turn.request_message or "",
            text="\n\n".join(entry["message"] for entry in turn.response if entry["type"] == "text"),
            outcome=turn.outcome,  # type: ignore[arg-type]
            raw=tuple(turn.raw_llm_messages),
        )
        for turn in earlier
    )


def _reference(entry: TextEntry | ResultEntry) -> dict[str, object]:
    """A text is kept whole in the message, a result by its id: its rows have a table of their own."""
    if isinstance(entry, ResultEntry):
        return {"id": str(entry.id), "type": "result"}
    return entry.model_dump(mode="json")


def _result_row(message_id: UUID, ordinal: int, entry: ResultEntry, now: float) -> ResultRow:
    values = entry.model_dump(mode="json", exclude={"type", "id"})
    return ResultRow(
        id=entry.id,
        message_id=message_id,
        ordinal=ordinal,
        created_at=chats.utc(now),
        updated_at=chats.utc(now),
        **values,
    )
