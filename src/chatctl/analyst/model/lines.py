"""The line to a model: one request at a time, streamed, tried again where that can help."""

import asyncio
import random
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final
from uuid import uuid4

from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import ModelAPIError, UnexpectedModelBehavior
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from chatctl.analyst.model import history, texts
from chatctl.analyst.model.failures import FAILURES, FOR_GOOD, GARBLED, translated, words
from chatctl.analyst.model.spending import Spending
from chatctl.config import mask
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import ModelError

SILENCE: Final = 180.0
"""Seconds without a byte after which a request is given up: a local server may have to load its model first."""

SHOWN: Final = 4_000
LETTERS_A_TOKEN: Final = 40
"""Far more than a token holds: what sends more than that has lost its bounds."""

TICK: Final = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often a request is tried, and the seconds before the second time, doubled each time up to the longest."""

    tries: int = 6
    pause: float = 0.5
    longest: float = 20.0

    def before(self, tried: int) -> float:
        """Seconds to wait after so many tries, jittered."""
        doubled: float = self.pause * 2 ** (tried - 1)
        return min(self.longest, doubled) * random.uniform(0.75, 1.25)


class Line:
    """Asks one model; `spending` bounds the time, and the length of a reply."""

    def __init__(
        self, name: str, model: Model, spending: Spending, patience: Patience, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._loop = loop
        self._name = name
        self._model = model
        self._spending = spending
        self._patience = patience

    def ask(
        self, said: Sequence[ModelMessage], asking: ModelRequestParameters
    ) -> Generator[TextStep, None, ModelResponse]:
        """The model's reply to messages, what it thinks as a step meanwhile.

        Raises ModelError where the provider refuses, or fails again and again; LimitExceeded when time is over.
        """
        tried = 0
        while True:
            tried += 1
            try:
                return (yield from self._stream(said, asking))
            except FAILURES as error:
                self._spending.check()
                pause = self._pause(error, tried)
                yield _waiting(self._name, error, pause)
            time.sleep(pause)

    def _stream(
        self, said: Sequence[ModelMessage], asking: ModelRequestParameters
    ) -> Generator[TextStep, None, ModelResponse]:
        """One request; what was said meanwhile is told a few times a second.

        One task hears the whole stream: handing every event over to synchronous code would cost more than the event.
        """
        thought = Thought(most=LETTERS_A_TOKEN * self._spending.limits.output_tokens, name=self._name)
        hearing = self._loop.create_task(self._hear(list(said), asking, thought))
        try:
            while not hearing.done():
                self._loop.run_until_complete(asyncio.wait({hearing}, timeout=TICK))
                yield from thought.news()
        finally:
            hearing.cancel()
            self._loop.run_until_complete(asyncio.wait({hearing}))
        yield from thought.done(failed=hearing.exception() is not None)
        return hearing.result()

    async def _hear(
        self, said: list[ModelMessage], asking: ModelRequestParameters, thought: "Thought"
    ) -> ModelResponse:
        settings = self._settings()
        try:
            async with model_request_stream(
                self._model, said, model_settings=settings, model_request_parameters=asking
            ) as stream:
                async for event in stream:
                    thought.hear(event)
                reply = stream.get()
        except GARBLED as error:
            raise UnexpectedModelBehavior(f"The reply cannot be read: {error}") from error
        if not reply.parts:
            raise UnexpectedModelBehavior("The reply was empty")
        # What is said is kept and shown, and an address may hold a password.
        address = reply.provider_url and mask(reply.provider_url)
        return self._counted(replace(reply, parts=[_fit(part) for part in reply.parts], provider_url=address), said)

    def _counted(self, reply: ModelResponse, said: list[ModelMessage]) -> ModelResponse:
        """The reply with about what it took, where its server does not count: limits and quotas go by that."""
        if self._model.base_url is None or reply.usage.input_tokens or reply.usage.output_tokens:
            return reply
        guess = RequestUsage(input_tokens=history.tokens(said), output_tokens=history.tokens([reply]))
        return replace(reply, usage=guess)

    def _settings(self) -> ModelSettings:
        left = max(self._spending.left, 0.1)
        return ModelSettings(
            max_tokens=self._spending.limits.output_tokens,
            timeout=min(SILENCE, left),
            request_timeout=left,
            # Tried again here, where the time left is known and the user is told.
            max_retries=0,
            # Rules, tables and what was found go out again with every step.
            cache=True,
        )

    def _pause(self, error: Exception, tried: int) -> float:
        """Seconds until the next try, no fewer than the provider asks for. Raises ModelError where there is none."""
        asked = error.retry_after if isinstance(error, ModelAPIError) else None
        pause = max(self._patience.before(tried), asked or 0.0)
        if isinstance(error, FOR_GOOD) or tried >= self._patience.tries or pause > self._spending.left:
            raise translated(self._name, error) from error
        return pause


class Thought:
    """What a model says while it says it, as one step; refuses a reply beyond bounds."""

    def __init__(self, *, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._length = 0
        self._text = ""
        self._step = TextStep(id=uuid4(), title="Thinking", status="loading")
        self._told = ""

    def hear(self, event: ModelResponseStreamEvent) -> None:
        """Take an event of the stream. Raises ModelError for a reply that does not end."""
        new, shown = _said(event)
        self._length += len(new)
        if self._length > self._most:
            raise ModelError(f"{self._name} sent a reply without end", hint="Choose another model by --model.")
        if shown and len(self._text) < SHOWN:
            self._text = (self._text + texts.fit(new))[:SHOWN]

    def news(self) -> Iterator[TextStep]:
        """The thought so far, if it has grown."""
        if self._text.strip() and self._text != self._told:
            self._told = self._text
            yield self._step.model_copy(update={"message": self._text})

    def done(self, *, failed: bool) -> Iterator[TextStep]:
        """The whole thought, or as much as there was of it."""
        if self._text.strip():
            status = "failed" if failed else "completed"
            yield self._step.model_copy(update={"message": self._text.strip(), "status": status})


@contextmanager
def connected(model: Model) -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop for the block, in which the model is asked; its connections end with it."""
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(model.__aenter__())
        yield loop
    finally:
        loop.run_until_complete(model.__aexit__(None, None, None))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _fit(part: ModelResponsePart) -> ModelResponsePart:
    """A part of a reply as it can be kept and sent again."""
    match part:
        case TextPart() | ThinkingPart():
            return replace(part, content=texts.fit(part.content))
        case ToolCallPart():
            return replace(part, args=texts.fit(part.args), tool_name=texts.fit(part.tool_name))
        case _:
            return part


def _said(event: ModelResponseStreamEvent) -> tuple[str, bool]:
    """The text that an event adds, and whether it is for the eye."""
    match event:
        case PartStartEvent(part=TextPart(content=text) | ThinkingPart(content=text)):
            return text, True
        case PartStartEvent(part=ToolCallPart(args=str(text))):
            return text, False
        case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
            return text, True
        case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=str(text))):
            return text, True
        case PartDeltaEvent(delta=ToolCallPartDelta(args_delta=str(text))):
            return text, False
        case _:
            return "", False


def _waiting(name: str, error: Exception, pause: float) -> TextStep:
    told = f"trying again in {pause:.0f} s" if pause >= 1 else "trying again"
    return TextStep(
        id=uuid4(), title=f"{name} could not answer", secondary_title=told, status="failed", message=words(error)
    )
