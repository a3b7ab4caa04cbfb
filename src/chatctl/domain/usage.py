"""What language models have cost, added up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from chatctl.domain.chats import Usage
from chatctl.domain.values import Value

By = Literal["day", "model", "chat", "user"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one message has used, and when its last attempt was due, in UTC."""

    at: datetime
    chat_id: UUID
    user_id: UUID
    usage: Usage


class UsageLine(Value):
    """What the messages of a day, a model, a chat or a user have used, whichever `by` says.

    `key` is a date (UTC), a model or an id, and `name` what people call it; both are null for the chats that are not
    shared with who asks. `cost` adds up the US dollars that are known and is null where none are; `unpriced` counts
    the messages whose cost is not known.
    """

    by: By
    key: str | None
    name: str | None
    messages: int
    requests: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    unpriced: int

    @classmethod
    def of(cls, by: By, key: str | None, name: str | None, used: Iterable[Usage]) -> Self:
        """The line of these messages, one usage each."""
        messages = list(used)
        costs = [each.cost for each in messages if each.cost is not None]
        return cls(
            by=by,
            key=key,
            name=name,
            messages=len(messages),
            requests=sum(each.requests for each in messages),
            input_tokens=sum(each.input_tokens for each in messages),
            output_tokens=sum(each.output_tokens for each in messages),
            cost=sum(costs) if costs else None,
            unpriced=len(messages) - len(costs),
        )
