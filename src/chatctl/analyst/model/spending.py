"""What an answer has cost, and the bounds that it keeps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic_ai.messages import ModelResponse

from chatctl.analyst.model import prices
from chatctl.domain.chats import Usage
from chatctl.domain.errors import LimitExceeded
from chatctl.domain.models import ModelLimits


@dataclass(kw_only=True)
class Spending:
    """Counts replies against limits; `before` is what earlier attempts have spent.

    Their replies count against the limits where they are heard again. Time is counted from here on.
    """

    model: str
    limits: ModelLimits
    before: Usage | None = None
    heard: list[ModelResponse] = field(default_factory=list)
    replies: list[ModelResponse] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def resume(self, replies: Sequence[ModelResponse]) -> list[ModelResponse]:
        """Take over replies that were paid for; none where they had run into a limit, for that would end it again."""
        self.heard = list(replies)
        try:
            self.check()
        except LimitExceeded:
            self.heard = []
        return self.heard

    def add(self, reply: ModelResponse) -> None:
        """Count a new reply."""
        self.replies.append(reply)

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.limits.seconds - (time.monotonic() - self.begun)

    @property
    def requests_left(self) -> int:
        """Requests left."""
        return self.limits.steps - len(self.heard) - len(self.replies)

    @property
    def usage(self) -> Usage:
        """All that the message has cost."""
        own = usage_of(self.model, self.replies)
        return own if self.before is None else _sum(self.before, own)

    def check(self) -> None:
        """Raises LimitExceeded, with the setting to change, where no further request may be made."""
        limits, used = self.limits, usage_of(self.model, [*self.heard, *self.replies])
        tokens = used.input_tokens + used.output_tokens
        if self.requests_left <= 0:
            raise _reached(f"{limits.steps} requests to the model", "model_steps")
        if tokens >= limits.tokens:
            raise _reached(f"{limits.tokens:,} tokens; {tokens:,} were used", "model_tokens")
        if limits.cost and (used.cost or 0.0) >= limits.cost:
            raise _reached(f"${limits.cost:g}; ${used.cost:.4f} were spent", "model_cost")
        self.check_time()

    def check_time(self) -> None:
        """Raises LimitExceeded where the time is over."""
        if self.left <= 0:
            raise _reached(f"{self.limits.seconds:g} seconds", "model_seconds")


def usage_of(model: str, replies: Sequence[ModelResponse]) -> Usage:
    """What replies have cost; the cost is None where the model's price is not known."""
    costs = [_cost(model, reply) for reply in replies]
    return Usage(
        model=model,
        requests=len(replies),
        input_tokens=sum(reply.usage.input_tokens for reply in replies),
        output_tokens=sum(reply.usage.output_tokens for reply in replies),
        cost=sum(known) if (known := [cost for cost in costs if cost is not None]) else None,
    )


def _cost(model: str, reply: ModelResponse) -> float | None:
    used = reply.usage
    return prices.cost(
        model,
        input_tokens=used.input_tokens,
        output_tokens=used.output_tokens,
        cached_tokens=used.cache_read_tokens,
        cache_written_tokens=used.cache_write_tokens,
    )


def _sum(former: Usage, own: Usage) -> Usage:
    costs = [each.cost for each in (former, own) if each.cost is not None]
    return Usage(
        model=own.model,
        requests=former.requests + own.requests,
        input_tokens=former.input_tokens + own.input_tokens,
        output_tokens=former.output_tokens + own.output_tokens,
        cost=sum(costs) if costs else None,
    )


def _reached(what: str, setting: str) -> LimitExceeded:
    return LimitExceeded(
        f"The answer ran into its limit of {what}",
        hint=f"What was found is kept. Ask for less at once, or raise {setting} (CHATCTL_{setting.upper()}).",
    )
