"""What becomes of what a language model says: paid once, kept where it stops, and saved as its author may."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

import support
from chatctl import config
from chatctl.analyst.contract import Analyst, Answer, Exchange, Finding, Proposal, Question, Step, Stopped
from chatctl.domain.assets import Asset, DashboardFile, MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import TextStep, Usage
from chatctl.domain.errors import LimitExceeded
from chatctl.domain.models import ModelLimits, ModelSetup
from chatctl.domain.results import Column, ResultSet
from chatctl.services.analysis import Analysis, Notebook
from chatctl.storage.ledger import Ledger
from support import Run, Worker, eventually

pytestmark = pytest.mark.usefixtures("seeded")

RESULT = ResultSet(columns=[Column(name="n", type="integer")], rows=[[42]])
FINDING = Finding(source="shop", sql="SELECT 42 AS n", result=RESULT)
SPENT = Usage(model="openai:test", requests=1, input_tokens=100, output_tokens=10)
TABLE = ChartConfig(selected_chart_type="table")

Events = Iterator[Step | Exchange | Answer]


class Attempts:
    """Lets analysts work on a message that asks a model."""

    def __init__(self, run: Run, worker: Worker) -> None:
        self._run = run
        self._worker = worker
        self._ledger = Ledger(worker.database, config.load({}).timing)

    def new(self, prompt: str = "x") -> str:
        """The id of a new message."""
        return str(self._run("new", prompt, "--model", "openai:test", "--json").json()["newMessageId"])

    def work(self, message: str, analyst: Analyst) -> dict[str, Any]:
        """One attempt; the message afterwards."""
        analysis = Analysis(config.load({}), self._worker.database, self._ledger, lambda _name, _how: analyst)
        analysis.answer(self._worker.claim(message))
        shown: dict[str, Any] = self._run("show", message, "--json").json()
        support.check("message", shown)
        return shown

    def vanish(self) -> None:
        """The worker is gone; what it held is queued again."""
        self._ledger.sweep(["by-hand"])


@pytest.fixture
def attempts(run: Run, worker: Worker) -> Attempts:
    return Attempts(run, worker)


def proposing(*proposals: Proposal) -> Analyst:
    """An analyst that was asked to save these."""

    def work(question: Question) -> Events:  # noqa: ARG001
        yield Answer(outcome="answered", text="Saved.", findings=(FINDING,), proposals=proposals)

    return work


def metric(name: str, sql: str = "SELECT 42 AS n") -> MetricFile:
    return MetricFile(name=name, source="shop", sql=sql, chart_config=TABLE)


def board(name: str, *metrics: str) -> DashboardFile:
    rows = [{"id": 1, "items": [{"id": each} for each in metrics], "columnSizes": [12 // len(metrics)] * len(metrics)}]
    return DashboardFile.model_validate({"name": name, "rows": rows})


def files(shown: dict[str, Any]) -> list[tuple[str, str, int]]:
    entries = [entry for entry in shown["responseMessages"]["messages"] if entry["type"] == "file"]
    return [(entry["fileType"], entry["fileName"], entry["versionNumber"]) for entry in entries]


def test_what_was_paid_for_is_given_to_the_next_attempt(attempts: Attempts) -> None:
    seen: list[Question] = []

    def dies(question: Question) -> Events:
        seen.append(question)
        yield Exchange(raw=({"said": 1},), usage=SPENT)
        attempts.vanish()
        yield TextStep(id=uuid4(), title="late", status="loading")

    def ends(question: Question) -> Events:
        seen.append(question)
        yield Answer(outcome="answered", text="42", raw=({"said": 1}, {"said": 2}), usage=question.spent)

    message = attempts.new()
    lost = attempts.work(message, dies)
    assert (lost["status"], lost["rawLlmMessages"], lost["usage"]["requests"]) == ("queued", [{"said": 1}], 1)
    shown = attempts.work(message, ends)
    assert [(question.paid, question.spent) for question in seen] == [((), None), (({"said": 1},), SPENT)]
    assert (shown["rawLlmMessages"], shown["usage"]["inputTokens"]) == ([{"said": 1}, {"said": 2}], 100)


def test_what_was_found_is_kept_where_the_work_stops(attempts: Attempts, run: Run) -> None:
    def stops(question: Question) -> Events:  # noqa: ARG001
        yield TextStep(id=uuid4(), title="looking", status="completed")
        yield Exchange(raw=({"said": 1},), usage=SPENT)
        raise Stopped(LimitExceeded("Enough", hint="Raise it"), (FINDING,))

    message = attempts.new()
    shown = attempts.work(message, stops)
    assert (shown["status"], shown["outcome"], shown["attempts"]) == ("failed", None, 1)
    assert shown["error"] == {"code": "LIMIT_EXCEEDED", "message": "Enough", "hint": "Raise it"}
    (result,) = shown["responseMessages"]["messages"]
    assert (result["sql"], result["rows"]) == ("SELECT 42 AS n", [[42]])
    assert (shown["usage"]["requests"], shown["rawLlmMessages"]) == (1, [{"said": 1}])
    assert [step["title"] for step in shown["reasoning"]["steps"]] == ["looking"]
    assert "42" in run("show", message, "-o", "table").stdout
    assert run("retry", message).exit == 0


def test_a_builtin_answer_does_not_hide_what_a_model_cost_before(attempts: Attempts) -> None:
    def falls_back(question: Question) -> Events:  # noqa: ARG001
        yield Exchange(raw=({"said": 1},), usage=SPENT)
        yield Answer(outcome="answered", text="42", raw=({"form": {}},))

    shown = attempts.work(attempts.new(), falls_back)
    assert (shown["usage"]["requests"], shown["rawLlmMessages"]) == (1, [{"form": {}}])


def test_proposals_are_saved_in_place_of_the_metric_of_the_answer(attempts: Attempts, run: Run) -> None:
    shown = attempts.work(
        attempts.new("Save it"), proposing(Proposal(file=board("Board", "Traffic")), Proposal(file=metric("Traffic")))
    )
    assert files(shown) == [("metric_file", "Traffic", 1), ("dashboard_file", "Board", 1)]
    saved = run("metric", "show", "Traffic", "--json").json()
    rows = run("dashboard", "show", "Board", "--json").json()["content"]["rows"]
    assert rows[0]["items"] == [{"id": saved["id"]}]
    again = attempts.work(attempts.new("Save it"), proposing(Proposal(file=metric("Traffic"))))
    assert files(again) == [("metric_file", "Traffic (2)", 1)]


def test_a_model_is_told_of_what_its_author_may_change_on_these_sources(attempts: Attempts) -> None:
    seen: list[tuple[Asset, ...]] = []

    def looks(question: Question) -> Events:
        seen.append(question.saved)
        yield Answer(outcome="declined", text="No")

    attempts.work(
        attempts.new(), proposing(Proposal(file=metric("Elsewhere")), Proposal(file=board("Board", "Elsewhere")))
    )
    attempts.work(attempts.new(), looks)
    assert [asset.name for asset in seen[0]] == ["Board"]


def test_a_changed_metric_is_a_new_version_and_keeps_its_name(attempts: Attempts, run: Run) -> None:
    attempts.work(attempts.new(), proposing(Proposal(file=metric("Traffic"))))
    asset_id = UUID(run("metric", "show", "Traffic", "--json").json()["id"])
    changed = Proposal(file=metric("Traffic", "SELECT 43 AS n"), changes=asset_id)
    assert files(attempts.work(attempts.new(), proposing(changed))) == [("metric_file", "Traffic", 2)]
    assert run("metric", "show", "Traffic", "--json").json()["content"]["sql"] == "SELECT 43 AS n"


def test_what_may_not_be_changed_any_more_becomes_an_asset_of_its_own(
    attempts: Attempts, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts.work(attempts.new(), proposing(Proposal(file=metric("Traffic"))))
    asset_id = run("metric", "show", "Traffic", "--json").json()["id"]
    run("share", asset_id, "--to-organization", "--role", "can_view")
    monkeypatch.setenv("CHATCTL_USER", "bob")
    changed = Proposal(file=metric("Traffic", "SELECT 43 AS n"), changes=UUID(asset_id))
    shown = attempts.work(attempts.new(), proposing(changed))
    assert files(shown) == [("metric_file", "Traffic", 1)]
    assert json.loads(run("metric", "show", asset_id, "--json").stdout)["versionNumber"] == 1


def test_a_step_is_written_though_nothing_follows_it() -> None:
    stored: list[str] = []

    def store(steps: list[tuple[int, Any]]) -> None:
        stored.extend(step.title for _, step in steps)

    notebook = Notebook(store)
    for title in ("first", "second"):
        notebook.write(TextStep(id=uuid4(), title=title, status="loading"))
    assert stored == ["first"]
    eventually(lambda: stored == ["first", "second"])
    notebook.flush()
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_question_takes_along_how_its_model_is_asked(
    attempts: Attempts, run: Run, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ModelSetup | None]] = []

    def analyst(name: str, how: ModelSetup | None) -> Analyst:
        asked.append((name, how))
        return stopping

    def stopping(question: Question) -> Events:  # noqa: ARG001
        yield from ()
        raise Stopped(LimitExceeded("Enough"))

    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("CHATCTL_MODEL_FALLBACK", "builtin")
    message = attempts.new()
    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", "https://elsewhere.example/v1")
    monkeypatch.setenv("CHATCTL_MODEL_STEPS", "99")
    analysis = Analysis(config.load({}), worker.database, Ledger(worker.database, config.load({}).timing), analyst)
    analysis.answer(worker.claim(message))
    assert run("retry", message).exit == 0
    analysis.answer(worker.claim(message))
    here = ModelSetup(base_url="http://127.0.0.1:1/v1", fallback="builtin")
    assert asked == [("openai:test", here), ("openai:test", replace(here, limits=ModelLimits(steps=99)))]
    run("retry", message, "--model", "openai:other")
    analysis.answer(worker.claim(message))
    assert asked[-1][1] == config.load({}).model_setup


def test_a_fallback_that_is_not_there_is_refused_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATCTL_MODEL_FALLBACK", "antropic:claude")
    refused = run("new", "x", "--model", "openai:test", "--json")
    assert (refused.exit, refused.error()["hint"]) == (2, "Did you mean anthropic:claude?")
