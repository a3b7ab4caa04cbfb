"""A day's quota of an organization: refused at once, or failed when it runs out meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import update

from chatctl.storage.tables import MessageRow
from support import Run, Worker

Spend = Callable[..., None]
MODEL = "openai:gpt-5"


@pytest.fixture
def spend(worker: Worker) -> Spend:
    """Lets every message there is have asked a model."""

    def change(model: str = MODEL, tokens: int = 100, cost: float | None = None, **values: Any) -> None:
        used = {"model": model, "requests": 1, "input_tokens": tokens - 10, "output_tokens": 10, "cost": cost}
        with worker.database.write() as session:
            session.connection().execute(update(MessageRow).values(usage=used, **values))

    return change


@pytest.fixture
def daily(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the quotas."""

    def change(tokens: int = 0, cost: float = 0) -> None:
        monkeypatch.setenv("CHATCTL_DAILY_TOKENS", str(tokens))
        monkeypatch.setenv("CHATCTL_DAILY_COST", str(cost))

    return change


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize(("quota", "told"), [({"tokens": 100}, "100 tokens"), ({"cost": 0.5}, "$0.5")])
def test_a_day_that_is_used_up_is_refused_before_anything_is_written(
    run: Run, spend: Spend, daily: Callable[..., None], quota: dict[str, float], told: str
) -> None:
    chat = run("new", "x", "-q").id()
    spend(tokens=100, cost=0.5)
    daily(**quota)
    for words in (("new", "more"), ("send", "more", "--chat-id", chat), ("redo", chat)):
        refused = run(*words, "--model", MODEL, "--json")
        assert (refused.exit, refused.stdout) == (9, "")
        assert refused.error()["code"] == "QUOTA_EXCEEDED"
        assert told in refused.error()["error"]
    assert [each["messageCount"] for each in run("list", "--json").json()] == [1]
    assert run("new", "more", "--model", "builtin").exit == 0


@pytest.mark.usefixtures("seeded")
def test_less_than_the_quota_is_accepted(run: Run, spend: Spend, daily: Callable[..., None]) -> None:
    run("new", "x")
    spend(tokens=100, cost=0.5)
    daily(tokens=101, cost=0.51)
    assert run("new", "more", "--model", MODEL).exit == 0


@pytest.mark.usefixtures("seeded")
def test_yesterday_other_organizations_and_recordings_do_not_count(
    run: Run, spend: Spend, daily: Callable[..., None]
) -> None:
    run("new", "x", "--organization", "another")
    spend()
    daily(tokens=10)
    assert run("new", "x", "--model", MODEL).exit == 0
    spend(not_before=0.0)
    assert run("new", "x", "--model", MODEL).exit == 0
    spend(model="replay:/a/file.json")
    assert run("new", "x", "--model", MODEL).exit == 0


@pytest.mark.usefixtures("seeded")
def test_a_message_that_meets_a_used_up_day_fails_with_exit_9(
    run: Run, spend: Spend, daily: Callable[..., None]
) -> None:
    daily(tokens=100)
    run("new", "x")
    message = run("new", "more", "--model", MODEL, "--json").json()["newMessageId"]
    spend()
    waited = run("wait", message, "--json")
    assert waited.exit == 9
    assert waited.error()["code"] == "QUOTA_EXCEEDED"
    shown = waited.json()["messages"][0]
    assert (shown["status"], shown["error"]["code"], shown["attempts"]) == ("failed", "QUOTA_EXCEEDED", 1)
    again = run("retry", message, "--json")
    assert again.error()["code"] == "QUOTA_EXCEEDED"
    daily(tokens=0)
    assert run("retry", message).exit == 0


def test_a_batch_refuses_each_line_that_would_cost(run: Run, spend: Spend, daily: Callable[..., None]) -> None:
    run("new", "x")
    spend()
    daily(tokens=100)
    lines = '{"prompt": "a", "model": "openai:gpt-5"}\n{"prompt": "b", "model": "builtin"}\n'
    outcome = run("request", "--batch", stdin=lines)
    assert outcome.exit == 2
    assert [line.get("code") for line in outcome.ndjson()] == ["QUOTA_EXCEEDED", None]
