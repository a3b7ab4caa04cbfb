"""What `list` is asked for."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, get_args

from chatctl.domain.chats import MessageStatus
from chatctl.domain.errors import ValidationError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """How many chats, with which newest status, updated since when, after which cursor."""

    limit: int = 30
    status: str | None = None
    since: datetime | None = None
    deleted: bool = False
    cursor: str | None = None

    @classmethod
    def parse(
        cls, *, limit: int, status: str | None, since: str | None, deleted: bool, cursor: str | None, now: datetime
    ) -> Self:
        """The filter in a user's words. Raises ValidationError for an unknown status or a time that is none."""
        known = get_args(MessageStatus)
        if status is not None and status not in known:
            raise ValidationError.field("status", f"{status!r} is not a status; there are {', '.join(known)}")
        moment = None if since is None else parse_time(since, now)
        return cls(limit=limit, status=status, since=moment, deleted=deleted, cursor=cursor)


def parse_time(text: str, now: datetime) -> datetime:
    """An aware time from ISO 8601 (local where it names no zone) or from an age such as 30m, 12h, 7d."""
    try:
        if age := re.fullmatch(r"(\d+)([smhdw])", text.strip()):
            return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
        return datetime.fromisoformat(text.strip()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError.field(
            "since", f"{text!r} is not a time", hint="Give 2026-01-31, 2026-01-31T12:00, or an age: 30m, 12h, 7d."
        ) from None
