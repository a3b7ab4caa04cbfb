"""How an attempt's answer meets what else was decided about its message."""

from uuid import uuid4

from chatctl.domain.chats import TextEntry
from chatctl.storage import answers
from chatctl.storage.answers import Completion

from .scripted import Desk

ANSWER = Completion(
    outcome="answered",
    entries=[TextEntry(id=uuid4(), message="42", is_final_message=True)],
    raw=[],
    usage=None,
    grounding=None,
)


def test_an_answer_that_comes_after_the_cancel_was_acknowledged_has_no_effect(desk: Desk) -> None:
    [message_id] = desk.submit("ok")
    claim = desk.ledger.claim(message_id, "w1")
    assert claim
    desk.cancel(message_id)
    with desk.database.write() as session:
        assert answers.complete(session, claim, ANSWER, desk.database.now(session))
    message = desk.message(message_id)
    assert (message.status, message.is_completed, message.response) == ("cancelled", True, [])
