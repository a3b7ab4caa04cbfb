"""Another analyst for the case that a language model fails."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

from chatctl.analyst.contract import Analyst, Answer, Exchange, Question, Step, Stopped
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import ModelError


def falling_back(first: Analyst, second: Analyst, *, names: tuple[str, str]) -> Analyst:
    """The first analyst, and where its model cannot be asked or fails, the second, which the answer then says.

    Limits that the first runs into are the user's own: they end the message.
    """

    def answer(question: Question) -> Iterator[Step | Exchange | Answer]:
        spent = question.spent
        try:
            for event in first(question):
                spent = event.usage if isinstance(event, Exchange) else spent
                yield event
            return
        except Stopped as stopped:
            if not isinstance(stopped.error, ModelError):
                raise
            error = stopped.error
        yield TextStep(
            id=uuid4(),
            title=f"{names[0]} failed",
            secondary_title=f"{names[1]} answers",
            status="failed",
            message=error.message,
        )
        yield from _second(second, replace(question, paid=(), spent=spent), names, error)

    return answer


def _second(
    second: Analyst, question: Question, names: tuple[str, str], error: ModelError
) -> Iterator[Step | Exchange | Answer]:
    told = f"{names[1]} answered, for {names[0]} failed: {error.message}"
    try:
        for event in second(question):
            yield replace(event, assumptions=(told, *event.assumptions)) if isinstance(event, Answer) else event
    except Stopped as stopped:
        both = f"{error.message}. {names[1]}, to fall back on, failed as well: {stopped.error.message}"
        raise Stopped(ModelError(both, hint=error.hint or stopped.error.hint), stopped.findings) from stopped
