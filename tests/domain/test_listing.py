"""What `list` is asked for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.errors import ValidationError
from chatctl.domain.listing import Filter

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def parsed(**wanted: Any) -> Filter:
    defaults: dict[str, Any] = {"limit": 30, "status": None, "since": None, "deleted": False, "cursor": None}
    return Filter.parse(**defaults | wanted, now=NOW)


@pytest.mark.parametrize(
    ("since", "moment"),
    [
        ("30s", NOW - timedelta(seconds=30)),
        ("30m", NOW - timedelta(minutes=30)),
        ("12h", NOW - timedelta(hours=12)),
        (" 7d ", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31).astimezone(UTC)),
    ],
)
def test_a_time_or_an_age(since: str, moment: datetime) -> None:
    assert parsed(since=since).since == moment


@pytest.mark.parametrize("since", ["", "yesterday", "7", "7y", "-7d", "2026-13-01", "9" * 30 + "d", "0001-01-01"])
def test_what_is_no_time_is_refused_with_examples(since: str) -> None:
    with pytest.raises(ValidationError, match="is not a time") as caught:
        parsed(since=since if since != "0001-01-01" else "0001-01-01T00:00:00+14:00")
    assert "7d" in (caught.value.hint or "")


@given(st.text())
def test_any_text_is_a_time_or_refused(since: str) -> None:
    try:
        moment = parsed(since=since).since
    except ValidationError:
        return
    assert moment
    assert moment.tzinfo is UTC


def test_an_unknown_status_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="queued, running, completed, failed, cancelled"):
        parsed(status="done")
    assert parsed(status="failed").status == "failed"
