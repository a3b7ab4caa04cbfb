"""A model that plays recorded exchanges, with neither key nor network.

What the model said is played; what it asked for is really done, on today's data. A recording is what `chatctl show ID
--raw` prints: the exchanges of one or several messages, each a JSON array of messages as Pydantic AI writes them.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolReturnPart, UserPromptPart
from pydantic_ai.models import CompletedStreamedResponse, Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from chatctl.analyst.model import history, prompts, texts
from chatctl.domain.errors import ModelError
from chatctl.domain.titles import shorten

LARGEST: Final = 64 * 2**20
NAMED: Final = 5
_AGAIN: Final = "Ask a model again and record that: chatctl show ID --raw >FILE."


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What was said about one question."""

    question: str
    said: Sequence[ModelMessage]

    @property
    def replies(self) -> list[ModelResponse]:
        """What the model said."""
        return [message for message in self.said if isinstance(message, ModelResponse)]

    def told(self, replies: int) -> list[ToolReturnPart]:
        """What the model was told of its calls after so many replies."""
        seen = 0
        for message in self.said:
            if isinstance(message, ModelResponse):
                seen += 1
            elif seen == replies:
                return [part for part in message.parts if isinstance(part, ToolReturnPart)]
        return []


def model(path: Path) -> "Replay":
    """The model that plays a recording. Raises ModelError for a file that is none."""
    exchanges = list(_exchanges(path))
    if not exchanges:
        raise ModelError(f"{path} holds no exchange with a language model", hint=_AGAIN)
    return Replay(path, exchanges)


class Replay(Model):
    """Answers each question as it was answered when it was recorded.

    The same question may have been asked several times in a chat: each time has an exchange of its own. Raises
    ModelError for a question that was not recorded, and where the work goes another way than it did then.
    """

    def __init__(self, path: Path, exchanges: Sequence[Exchange]) -> None:
        super().__init__()
        self._path = path
        self._recorded = exchanges

    @property
    def model_name(self) -> str:
        """The file."""
        return self._path.name

    @property
    def system(self) -> str:
        """In place of a provider."""
        return "replay"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002
        model_request_parameters: ModelRequestParameters,  # noqa: ARG002
    ) -> ModelResponse:
        """The recorded reply to these messages."""
        return self._reply(messages)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,  # noqa: ARG002
        model_request_parameters: ModelRequestParameters,
        run_context: Any = None,  # noqa: ARG002
    ) -> AsyncGenerator[StreamedResponse]:
        """The same, at once."""
        reply = self._reply(messages)
        yield CompletedStreamedResponse(reply, model_request_parameters=model_request_parameters, replay_events=True)

    def _reply(self, messages: Sequence[ModelMessage]) -> ModelResponse:
        asked = [
            at for at, message in enumerate(messages) if isinstance(message, ModelRequest) and message.instructions
        ]
        if not asked:
            # No question of a chat, but the doctor's, whether the model is there.
            return ModelResponse(parts=[TextPart(f"{len(self._recorded)} questions were recorded.")])
        earlier, said = messages[: asked[-1]], messages[asked[-1] :]
        now = Exchange(question=_question(said[0]), said=said)
        recorded = self._exchange(now.question, earlier)
        done = len(now.replies)
        self._compare(recorded.told(done), now.told(done))
        if done == len(recorded.replies):
            raise self._diverged(f"ended here; the last call was told: {_words(now.told(done))}")
        # Nothing is spent by it.
        return replace(recorded.replies[done], usage=RequestUsage())

    def _exchange(self, question: str, earlier: Sequence[ModelMessage]) -> Exchange:
        same = [each for each in self._recorded if each.question == question]
        before = sum(_question(message) == question for message in earlier)
        if before < len(same):
            return same[before]
        if same:
            raise ModelError(f"{self._path.name} has {question!r} only {len(same)} times", hint=_AGAIN)
        known = "; ".join(shorten(each.question, 80) for each in self._recorded[:NAMED])
        more = f" and {len(self._recorded) - NAMED} more" if len(self._recorded) > NAMED else ""
        raise ModelError(
            f"{self._path.name} has no answer to {shorten(question, 80)!r}", hint=f"It has: {known}{more}."
        )

    def _compare(self, recorded: Sequence[ToolReturnPart], now: Sequence[ToolReturnPart]) -> None:
        """Calls must succeed or fail as they did; what they give may differ, for data change."""
        for then, told in zip(recorded, now, strict=False):
            if then.outcome != told.outcome:
                outcomes = "succeeded" if then.outcome == "success" else "failed"
                raise self._diverged(f"goes on after {then.tool_name} {outcomes}; now it was told: {_words([told])}")

    def _diverged(self, how: str) -> ModelError:
        return ModelError(f"The exchange in {self._path.name} {how}", hint=_AGAIN)


def _exchanges(path: Path) -> Iterator[Exchange]:
    for value in _values(path):
        # Of one message, or with -o json of several.
        for raw in value if isinstance(value[0], list) else [value]:
            said = history.exchange(raw)
            if said and (question := _question(said[0])):
                yield Exchange(question=question, said=said)


def _values(path: Path) -> Iterator[list[Any]]:
    """The JSON arrays of the file, one after the other."""
    try:
        if path.stat().st_size > LARGEST:
            raise ModelError(f"{path} is larger than {LARGEST // 2**20} MB", hint="Record fewer messages.")
        text, decoder, at = path.read_bytes().decode("utf-8-sig").strip(), json.JSONDecoder(), 0
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            while text[at : at + 1].isspace():
                at += 1
            if value and isinstance(value, list):
                yield texts.fit(value)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is no recording: {error}", hint=_AGAIN) from error


def _question(message: ModelMessage) -> str:
    """The question that a message asks; empty for a message that asks none."""
    found = [part.content for part in message.parts if isinstance(part, UserPromptPart)]
    return prompts.question(found[0]) if found and isinstance(found[0], str) else ""


def _words(told: Sequence[ToolReturnPart]) -> str:
    return shorten(" ".join(str(told[-1].content).split()), 300) if told else "nothing"
