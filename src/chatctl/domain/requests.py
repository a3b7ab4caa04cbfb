"""The request object of the guide, and its rules; every broken rule is reported at once."""

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any, Self
from uuid import UUID

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from chatctl.domain.chats import FileType
from chatctl.domain.errors import ValidationError

LONGEST_PROMPT = 1_000_000
"""Code points; far above what any analyst reads, far below what would hurt the database."""

LONGEST_NAME = 255

Problem = dict[str, str]


class ChatRequest(BaseModel):
    """A new chat (prompt or asset), a follow-up (chat_id and prompt) or a redo (message_id)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str | None = None
    chat_id: UUID | None = None
    message_id: UUID | None = None
    asset_id: UUID | None = None
    asset_type: FileType | None = None
    sources: list[str] = Field(default_factory=list)
    model: str | None = None
    title: str | None = None
    idempotency_key: str | None = None

    @classmethod
    def parse(cls, data: object, *, named: Collection[str] = ()) -> Self:
        """The request in a decoded JSON value; `named` are ids that are given beside it, as references.

        Raises ValidationError with one problem for every broken rule.
        """
        if not isinstance(data, Mapping):
            raise ValidationError.field("request", "The request must be a JSON object", "object_expected")
        problems: list[Problem] = []
        try:
            request = cls.model_validate(data)
        except pydantic.ValidationError as error:
            problems = [_problem(found) for found in error.errors(include_url=False, include_context=False)]
        broken = {problem["field"] for problem in problems}
        rules = [*_broken_rules(data, named), *_broken_texts(data)]
        problems += [rule for rule in rules if rule["field"] not in broken]
        if problems:
            raise ValidationError.of(problems)
        return request

    def fingerprint(self, reference: str | None = None) -> str | None:
        """A hash that two requests share exactly if they ask for the same, or None where no key asks for one.

        `reference` is the chat or message as the user named it; the key itself does not count.
        """
        if self.idempotency_key is None:
            return None
        values = self.model_dump(mode="json", exclude={"idempotency_key"}) | {"reference": reference}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _broken_rules(data: Mapping[str, Any], named: Collection[str]) -> list[Problem]:
    """The rules that span fields, on the raw object: they hold beside any type error."""
    asked = {key for key, value in data.items() if value is not None} | set(named)
    problems: list[Problem] = []
    if "asset_id" in asked and "asset_type" not in asked:
        problems.append(_rule("asset_type", "asset_type must be provided when asset_id is specified", "required"))
    if not asked & {"prompt", "chat_id", "asset_id", "message_id"}:
        problems.append(
            _rule("prompt", "Either prompt (for new chat) or chat_id (for existing chat) must be provided", "required")
        )
    elif "chat_id" in asked and not asked & {"prompt", "message_id"}:
        problems.append(_rule("prompt", "Prompt is required", "required"))
    if "title" in asked and asked & {"chat_id", "message_id"}:
        problems.append(_rule("title", "Only a new chat is given a title", "conflict"))
    return problems


def _broken_texts(data: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the texts themselves; a value of another type is not looked at."""
    texts = {field: value for field, value in data.items() if isinstance(value, str)}
    problems = prompt_problems(texts["prompt"]) if "prompt" in texts else []
    problems += title_problems(texts["title"]) if "title" in texts else []
    problems += name_problems("idempotency_key", texts.get("idempotency_key", "-"))
    problems += _text_problems("model", texts.get("model", ""))
    sources = data.get("sources")
    for source in sources if isinstance(sources, list) else []:
        problems += _text_problems("source", source) if isinstance(source, str) else []
    return problems


def prompt_problems(prompt: str) -> list[Problem]:
    """What is wrong with a prompt: nothing in it, too much of it, or bytes that are not text."""
    if not prompt.strip():
        return [_rule("prompt", "Prompt is required", "too_short")]
    if len(prompt) > LONGEST_PROMPT:
        return [_rule("prompt", f"The prompt is longer than {LONGEST_PROMPT:,} characters", "too_long")]
    return _text_problems("prompt", prompt)


def title_problems(title: str) -> list[Problem]:
    """What is wrong with a title that a user sets."""
    if not title.strip():
        return [_rule("title", "The title must not be empty", "too_short")]
    if len(title) > 1_000:
        return [_rule("title", "The title is longer than 1,000 characters", "too_long")]
    return _text_problems("title", title)


def name_problems(field: str, name: str) -> list[Problem]:
    """What is wrong with a name by which something is found again: an index does not hold a long one."""
    if not name.strip():
        return [_rule(field, f"The {field.replace('_', ' ')} must not be empty", "too_short")]
    if len(name) > LONGEST_NAME:
        return [_rule(field, f"The {field.replace('_', ' ')} is longer than {LONGEST_NAME} characters", "too_long")]
    return _text_problems(field, name)


def _text_problems(field: str, text: str) -> list[Problem]:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return [_rule(field, f"The {field.replace('_', ' ')} is not valid UTF-8 text", "not_text")]
    return []


def _rule(field: str, message: str, code: str) -> Problem:
    return {"field": field, "message": message, "code": code}


def _problem(found: Any) -> Problem:
    field = ".".join(str(part) for part in found["loc"]) or "request"
    if found["type"] == "extra_forbidden":
        return _rule(field, f"Unknown key {field!r}", "unknown_key")
    return _rule(field, found["msg"].replace("Input", field, 1), found["type"])
