"""What an organization may spend on language models in a day."""

from typing import Final
from uuid import UUID

from chatctl.config import Config
from chatctl.domain.errors import QuotaExceeded
from chatctl.services import analysts
from chatctl.storage import usage
from chatctl.storage.database import Transaction

DAY: Final = 86_400.0


def bind(config: Config, model: str) -> bool:
    """Whether there is a quota for questions to this model."""
    return bool(config.daily_tokens or config.daily_cost) and analysts.is_paid(model)


def check(session: Transaction, config: Config, *, organization_id: UUID, model: str, now: float) -> None:
    """Refuse another question to this model if the organization's day (UTC) is used up.

    What has begun is finished, so that the last questions of a day may go beyond. Those who need no provider, the
    built-in analyst and recordings, are never refused and never counted. `now` is in seconds since the epoch. Raises
    QuotaExceeded.
    """
    if not bind(config, model):
        return
    spent = usage.since(session, organization_id, now - now % DAY)
    used = [each.usage for each in spent if analysts.is_paid(each.usage.model)]
    tokens = sum(each.input_tokens + each.output_tokens for each in used)
    cost = sum(each.cost or 0.0 for each in used)
    if config.daily_tokens and tokens >= config.daily_tokens:
        raise _exceeded(f"{config.daily_tokens:,} tokens", f"{tokens:,}", "daily_tokens")
    if config.daily_cost and cost >= config.daily_cost:
        raise _exceeded(f"${config.daily_cost:g}", f"${cost:.4f}", "daily_cost")


def _exceeded(quota: str, used: str, setting: str) -> QuotaExceeded:
    return QuotaExceeded(
        f"The organization's {quota} for language models are used up for today: {used}",
        hint=f"The next day begins at 00:00 UTC. --model builtin is not limited; {setting} is the setting, and "
        "`chatctl usage --by user` tells who used what.",
    )
