"""The one seam at which a provider's failures become our errors, each with the setting that mends it."""

from collections.abc import Mapping
from typing import Final

from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRequestRejectedError,
    UserError,
)

from chatctl.analyst.model import providers
from chatctl.config import mask
from chatctl.domain.errors import ModelError
from chatctl.domain.titles import shorten

FAILURES: Final = (AgentRunError, UserError)
"""What Pydantic AI raises where a provider, or what it sent, is at fault."""

GARBLED: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What clients raise where a server breaks the form that they take for granted."""

FOR_GOOD: Final = (ModelRequestRejectedError, ModelQuotaExceededError, UserError)
"""What another try would meet again."""

LONGEST_WORDS: Final = 5_000
"""Letters of a provider's error that are looked at: some answer with whole pages."""

_TOLD: Final = (
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


def translated(name: str, error: Exception) -> ModelError:
    """Our error for what the model of this name met."""
    provider, _, model = name.partition(":")
    known = providers.PROVIDERS.get(provider)
    keys = " or ".join(known.keys) if known and known.keys else "the key"
    message, hint = next((message, hint) for kind, message, hint in _TOLD if isinstance(error, kind))
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
    text = shorten(_without_keys(mask(" ".join(said[:LONGEST_WORDS].split()))), 300)
    return f"{text} (HTTP {status})" if status and body else text


def _without_keys(text: str) -> str:
    for provider in providers.PROVIDERS.values():
        if key := provider.key():
            text = text.replace(key, "***")
    return text
