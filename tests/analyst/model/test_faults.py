"""What a provider does wrong, through the real client: tried again where that helps, else told with what mends it."""

import time

import pytest

import loopback
from chatctl.analyst import fallbacks
from chatctl.analyst.contract import Question, Stopped
from chatctl.analyst.model.agent import Agent
from chatctl.domain.chats import TextStep
from chatctl.domain.errors import LimitExceeded, ModelError
from chatctl.domain.models import ModelLimits
from loopback import Reply, answer, call, cut, events, raw, refuse, say, sql, stall

from .conftest import QUICK, Asking, hear

ANSWER = answer("Nothing to tell.")


@pytest.mark.parametrize(
    "fault",
    [
        refuse(429, Retry_After="0"),
        refuse(500),
        refuse(502),
        refuse(503),
        refuse(529),
        cut(),
        events('{"id": "c", "choi'),
        raw("<html>a proxy's page</html>"),
        raw("{}"),
        events('{"error": {"message": "overloaded", "type": "server_error", "code": null}}'),
        say(""),
    ],
    ids=["429", "500", "502", "503", "529", "cut", "broken json", "html", "empty object", "error in stream", "empty"],
)
def test_what_may_pass_is_tried_again(ask: Asking, fault: Reply) -> None:
    heard = ask("?", fault, ANSWER)
    assert heard.told.outcome == "answered"
    assert len(ask.provider.requests) == 2
    assert heard.steps[-1].title == "openai:test could not answer"
    assert heard.told.usage is not None
    assert heard.told.usage.requests == 1


def test_retry_after_is_honoured(ask: Asking) -> None:
    begun = time.monotonic()
    heard = ask("?", refuse(429, Retry_After="1"), ANSWER)
    assert heard.told
    assert 1.0 <= time.monotonic() - begun < 3.0


def test_it_does_not_wait_longer_than_the_answer_may_take(ask: Asking) -> None:
    begun = time.monotonic()
    heard = ask("?", refuse(429, "slow down", Retry_After="3600"), ANSWER)
    assert isinstance(heard.error, ModelError)
    assert heard.error.message == "openai:test failed: slow down (HTTP 429)"
    assert time.monotonic() - begun < 3.0


def test_a_fault_that_stays_ends_the_work_and_keeps_what_was_found(ask: Asking) -> None:
    ask.provider.otherwise = refuse(500, "out of order")
    heard = ask("?", sql("SELECT SUM(amount) AS s FROM sales"))
    assert heard.stopped is not None
    assert heard.error.message == "openai:test failed: out of order (HTTP 500)"
    assert "chatctl retry" in str(heard.error.hint)
    assert [finding.result.rows for finding in heard.stopped.findings] == [[[35]]]
    assert len(ask.provider.requests) == 1 + QUICK.tries


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "openai refused the key", "Check OPENAI_API_KEY"),
        (403, "openai refused the key", "Check OPENAI_API_KEY"),
        (404, "openai has no model 'test'", "--model"),
        (400, "openai rejected the request", "call tools"),
        (402, "The account at openai has no credit left", "Add credit"),
    ],
)
def test_what_stays_is_not_tried_again(ask: Asking, status: int, message: str, hint: str) -> None:
    heard = ask("?", refuse(status, "these are my words"), ANSWER)
    assert isinstance(heard.error, ModelError)
    assert heard.error.message == f"{message}: these are my words (HTTP {status})"
    assert hint in str(heard.error.hint)
    assert len(ask.provider.requests) == 1


def test_a_key_is_never_told(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-1234")
    heard = ask("?", refuse(401, "Incorrect API key provided: sk-secret-1234"))
    assert heard.error.message == "openai refused the key: Incorrect API key provided: *** (HTTP 401)"


def test_a_server_that_is_not_there_is_said_with_its_setting(ask: Asking) -> None:
    agent = Agent(name="openai:test", base_url="http://127.0.0.1:9/v1", patience=QUICK)
    heard = hear(agent, ask.question)
    assert heard.error.message.startswith("openai:test cannot be reached: ")
    assert "CHATCTL_MODEL_BASE_URL" in str(heard.error.hint)


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (ModelLimits(steps=3), "CHATCTL_MODEL_STEPS"),
        (ModelLimits(tokens=300), "CHATCTL_MODEL_TOKENS"),
    ],
    ids=["steps", "tokens"],
)
def test_a_model_that_loops_runs_into_its_limit(ask: Asking, limits: ModelLimits, setting: str) -> None:
    ask.provider.otherwise = sql("SELECT 1 AS one")
    heard = ask("?", limits=limits)
    assert isinstance(heard.error, LimitExceeded)
    assert setting in str(heard.error.hint)
    assert len(ask.provider.requests) == 3
    assert heard.stopped is not None
    assert [finding.sql for finding in heard.stopped.findings] == ["SELECT 1 AS one"]


def test_before_its_last_request_a_model_is_told_so(ask: Asking) -> None:
    ask("?", sql("SELECT 1 AS one"), ANSWER, limits=ModelLimits(steps=2))
    assert "one request left" in ask.provider.heard(1)[-1]


def test_cost_is_limited_where_the_price_is_known(ask: Asking) -> None:
    ask.provider.otherwise = sql("SELECT 1 AS one")
    limits = ModelLimits(cost=0.0001)
    heard = hear(Agent(name="openai:gpt-4o", base_url=ask.provider.url, limits=limits, patience=QUICK), ask.question)
    assert isinstance(heard.error, LimitExceeded)
    assert "CHATCTL_MODEL_COST" in str(heard.error.hint)


def test_time_is_limited_also_where_a_stream_stalls(ask: Asking) -> None:
    begun = time.monotonic()
    heard = ask("?", stall(), limits=ModelLimits(seconds=0.5))
    assert isinstance(heard.error, LimitExceeded)
    assert "CHATCTL_MODEL_SECONDS" in str(heard.error.hint)
    assert time.monotonic() - begun < 5


def test_a_reply_without_end_is_cut_off(ask: Asking) -> None:
    def endless(exchange: loopback.Exchange) -> None:
        exchange.begin()
        while not exchange.released.is_set():
            exchange.chunk({"role": "assistant", "content": "and so on " * 1000})

    heard = ask("?", endless, limits=ModelLimits(output_tokens=1000))
    assert isinstance(heard.error, ModelError)
    assert heard.error.message == "openai:test sent a reply without end"


def test_another_model_answers_where_the_first_fails(ask: Asking) -> None:
    ask.provider.script[:] = [sql("SELECT 1 AS one"), refuse(401), ANSWER]
    first, second = (
        Agent(name=name, base_url=ask.provider.url, patience=QUICK) for name in ("openai:first", "openai:second")
    )
    either = fallbacks.falling_back(first, second, names=("openai:first", "openai:second"))
    heard = hear(either, ask.question)
    (told,) = heard.told.assumptions
    assert told.startswith("openai:second answered, for openai:first failed: openai refused the key")
    assert [request["model"] for request in ask.provider.requests] == ["first", "first", "second"]
    assert heard.told.usage is not None
    assert (heard.told.usage.model, heard.told.usage.requests) == ("openai:second", 2)
    assert any(isinstance(step, TextStep) and step.title == "openai:first failed" for step in heard.steps)


def test_where_both_fail_both_are_told(ask: Asking) -> None:
    ask.provider.otherwise = refuse(401)
    agent = Agent(name="openai:test", base_url=ask.provider.url, patience=QUICK)
    heard = hear(fallbacks.falling_back(agent, agent, names=("openai:a", "openai:b")), ask.question)
    assert "openai:b, to fall back on, failed as well" in heard.error.message


def test_a_limit_is_no_reason_to_fall_back(ask: Asking) -> None:
    def never(question: Question) -> None:
        raise AssertionError(question)

    ask.provider.otherwise = sql("SELECT 1 AS one")
    agent = Agent(name="openai:test", base_url=ask.provider.url, limits=ModelLimits(steps=1), patience=QUICK)
    with pytest.raises(Stopped):
        list(fallbacks.falling_back(agent, never, names=("a", "b"))(ask.question))  # type: ignore[arg-type]


def test_huge_arguments_do_no_harm(ask: Asking) -> None:
    heard = ask("?", sql("SELECT '" + "x" * 200_000 + "' AS x"), call("find_values", text="y" * 5000), ANSWER)
    assert "text: String should have at most 200 characters" in ask.provider.heard(2)[-1]
    assert heard.told.outcome == "answered"
