"""What workers do to messages, an act each."""

from uuid import UUID, uuid4

from chatctl.domain.chats import MessageError, TextEntry, TextStep
from chatctl.domain.jobs import Claim
from chatctl.storage import answers
from chatctl.storage.answers import Completion

from .conftest import Bench

BROKEN = MessageError(code="ANALYST_FAILED", message="It broke", hint="Mend it")


def claimed(bench: Bench, message_id: UUID, worker: str = "w") -> Claim:
    claim = bench.ledger.claim(message_id, worker)
    assert claim is not None
    return claim


def completed(bench: Bench, claim: Claim, text: str = "done") -> bool:
    entry = TextEntry(id=uuid4(), message=text, is_final_message=True)
    answer = Completion(outcome="answered", entries=[entry], raw=[], usage=None, grounding=None)
    with bench.database.write() as session:
        return answers.complete(session, claim, answer, bench.now)


def recorded(bench: Bench, claim: Claim) -> bool:
    with bench.database.write() as session:
        return answers.record(session, claim, [(1, TextStep(id=uuid4(), title="t", status="loading"))], bench.now)


def failed(bench: Bench, claim: Claim, *, retryable: bool = True) -> bool:
    return bench.ledger.failed(claim, BROKEN, retryable=retryable)
