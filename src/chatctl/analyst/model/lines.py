"""The line to a model: one request at a time, streamed, tried again where that can help.

The one seam at which a provider's failures become our errors, each with the setting that mends it.
"""

import asyncio
import random
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

from pydantic_ai.direct import model_request_stream_sync
from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRequestRejectedError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
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

from chatctl.analyst.model import providers
from chatctl.analyst.model.spending import Spending
from chatctl.config import mask
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import ModelError
from chatctl.domain.titles import shorten

TRIES: Final = 6
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 20.0
SILENCE: Final = 180.0
"""Seconds without a byte after which a request is given up: a local server may have to load its model first."""

SHOWN: Final = 4_000
LETTERS_A_TOKEN: Final = 40
"""Far more than a token holds: what sends more than that has lost its bounds."""

TICK: Final = 0.2

Failure = (ModelAPIError, UnexpectedModelBehavior)

_FAILURES: Final = (
    (
        ModelAuthenticationError,
        "{provider} refused the key: {words}",
        "Check {keys}. A worker has the settings that it was started with: `chatctl worker stop` ends it.",
    ),
    (
        ModelNotFoundError,
        "{provider} has no model {model!r}: {words}",
        "Choose another by --model (CHATCTL_MODEL), and check CHATCTL_MODEL_BASE_URL if it is set.",
    ),
    (
        ModelContextWindowExceededError,
        "The question and what was found is too long for {name}",
        "Lower model_history (CHATCTL_MODEL_HISTORY), or choose a model with a larger context.",
    ),
    (
        ModelQuotaExceededError,
        "The account at {provider} has no credit left: {words}",
        "Add credit there, or choose another model by --model.",
    ),
    (
        ModelRequestRejectedError,
        "{provider} rejected the request: {words}",
        "Choose another model by --model (CHATCTL_MODEL): it must be able to call tools.",
    ),
    (
        ModelConnectionError,
        "{name} cannot be reached: {words}",
        "Check the network, and CHATCTL_MODEL_BASE_URL if it is set; then `chatctl retry` the message.",
    ),
    (
        Exception,
        "{name} failed: {words}",
        "`chatctl retry` goes on from what was found. CHATCTL_MODEL_FALLBACK names another to ask then.",
    ),
)
"""Kinds of failures, the particular before the general: what is said, and what mends it."""


class Line:
    """Asks one model; `spending` bounds the time, and the length of a reply."""

    def __init__(self, name: str, model: Model, spending: Spending) -> None:
        self._name = name
        self._model = model
        self._spending = spending

    def ask(
        self, said: Sequence[ModelMessage], asking: ModelRequestParameters
    ) -> Generator[TextStep, None, ModelResponse]:
        """The model's reply to messages, what it thinks as a step meanwhile.

        Raises ModelError where the provider refuses, or fails again and again; LimitExceeded when time is over.
        """
        tries = 0
        while True:
            try:
                return (yield from self._stream(said, asking))
            except Failure as error:
                tries += 1
                self._spending.check()
                pause = self._pause(error, tries)
                yield _waiting(self._name, error, pause)
            time.sleep(pause)

    def _stream(
        self, said: Sequence[ModelMessage], asking: ModelRequestParameters
    ) -> Generator[TextStep, None, ModelResponse]:
        thought = Thought(most=LETTERS_A_TOKEN * self._spending.limits.output_tokens, name=self._name)
        with model_request_stream_sync(
            self._model, list(said), model_settings=self._settings(), model_request_parameters=asking
        ) as stream:
            for event in stream:
                yield from thought.hear(event)
            reply = stream.response
        if not reply.parts:
            raise UnexpectedModelBehavior("The reply was empty")
        yield from thought.done()
        return reply

    def _settings(self) -> ModelSettings:
        left = max(self._spending.left, 0.1)
        return ModelSettings(
            max_tokens=self._spending.limits.output_tokens,
            timeout=min(SILENCE, left),
            request_timeout=left,
            # Tried again here, where the time left is known and the user is told.
            max_retries=0,
        )

    def _pause(self, error: ModelAPIError | UnexpectedModelBehavior, tries: int) -> float:
        """Seconds until the next try. Raises ModelError where there is none."""
        asked = error.retry_after if isinstance(error, ModelAPIError) else None
        backoff = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * random.uniform(0.75, 1.25)
        pause = backoff if asked is None else asked
        if (
            isinstance(error, (ModelRequestRejectedError, ModelQuotaExceededError))
            or tries >= TRIES
            or pause > self._spending.left
        ):
            raise _translated(self._name, error) from error
        return pause


class Thought:
    """What a model says while it says it, as one step; refuses a reply beyond bounds."""

    def __init__(self, *, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._length = 0
        self._text = ""
        self._step = TextStep(id=uuid4(), title="Thinking", status="loading")
        self._told = 0.0

    def hear(self, event: ModelResponseStreamEvent) -> Iterator[TextStep]:
        """Take an event of the stream. Raises ModelError for a reply that does not end."""
        new, shown = _said(event)
        self._length += len(new)
        if self._length > self._most:
            raise ModelError(f"{self._name} sent a reply without end", hint="Choose another model by --model.")
        if shown and len(self._text) < SHOWN:
            self._text = (self._text + new)[:SHOWN]
            if time.monotonic() - self._told > TICK:
                self._told = time.monotonic()
                yield self._step.model_copy(update={"message": self._text})

    def done(self) -> Iterator[TextStep]:
        """The whole thought, if there was one."""
        if self._text.strip():
            yield self._step.model_copy(update={"message": self._text.strip(), "status": "completed"})


@contextmanager
def connected(model: Model) -> Iterator[None]:
    """An event loop for the block, as Pydantic AI's synchronous calls look for it; connections end with it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(model.__aenter__())
        yield
    finally:
        loop.run_until_complete(model.__aexit__(None, None, None))
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()


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


def _translated(name: str, error: Exception) -> ModelError:
    provider, _, model = name.partition(":")
    known = providers.PROVIDERS.get(provider)
    keys = " or ".join(known.keys) if known and known.keys else "the key"
    message, hint = next(told for kind, *told in _FAILURES if isinstance(error, kind))
    told = {"name": name, "provider": provider, "model": model, "keys": keys, "words": words(error)}
    return ModelError(message.format_map(told), hint=hint.format_map(told))


def words(error: Exception) -> str:
    """The provider's own words, short and without secrets."""
    body = getattr(error, "body", None)
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        body = inner.get("message") if isinstance(inner, Mapping) else inner
    status = getattr(error, "status_code", None)
    said = body if isinstance(body, str) and body.strip() else str(error)
    text = shorten(_without_keys(mask(" ".join(said.split()))), 300)
    return f"{text} (HTTP {status})" if status and body else text


def _without_keys(text: str) -> str:
    for provider in providers.PROVIDERS.values():
        if key := provider.key():
            text = text.replace(key, "***")
    return text
