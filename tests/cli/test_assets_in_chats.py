"""Metrics and dashboards in chats: pulled in, asked about, and saved from answers."""

from pathlib import Path
from typing import Any

import pytest

from support import Run, check

SALES = "region,product,amount\nNorth,tea,10\nNorth,coffee,20\nSouth,tea,40\nSouth,coffee,5\n"
METRIC = """
name: Amount by product
description: What each product brought in
source: sales
sql: SELECT product, sum(amount) AS total FROM sales GROUP BY product ORDER BY product
chartConfig:
  selectedChartType: bar
  barAndLineAxis: {x: [product], y: [total]}
"""
DASHBOARD = """
name: Overview
rows:
  - {id: 1, items: [{id: Amount by product}], columnSizes: [12]}
"""


@pytest.fixture
def metric(run: Run, seeded: None) -> str:  # noqa: ARG001
    """The id of a metric on a source of four rows."""
    Path("sales.csv").write_text(SALES)
    assert run("source", "add", "sales", "sales.csv").exit == 0
    return run("metric", "create", "-", "-q", stdin=METRIC).id()


@pytest.fixture
def dashboard(run: Run, metric: str) -> str:
    """The id of a dashboard that shows the metric."""
    assert metric
    return run("dashboard", "create", "-", "-q", stdin=DASHBOARD).id()


def ask(run: Run, *words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The chat after an answer that was waited for, and its newest message."""
    shown = run(*words, "--wait", "--json")
    assert shown.exit == 0, shown.stderr
    check("chat", shown.json())
    return shown.json()["chat"], shown.json()["messages"][0]


def made(message: dict[str, Any]) -> dict[str, Any]:
    """The file that the answer saved."""
    (entry,) = (each for each in message["responseMessages"]["messages"] if each["type"] == "file")
    return dict(entry)


def test_a_metric_without_a_question_is_shown_as_it_stands(run: Run, metric: str) -> None:
    told = run("new", "--metric", "Amount by product", "--json", stdin="")
    assert told.exit == 0, told.stderr
    chat, (message,) = told.json()["chat"], told.json()["messages"]
    check("chat", told.json())
    assert chat["title"] == "Metric (Amount by product)"
    assert [source["name"] for source in chat["sources"]] == ["sales"]
    assert (chat["mostRecentFileId"], chat["mostRecentFileType"]) == (metric, "metric_file")
    assert chat["mostRecentVersionNumber"] == 1
    assert (message["status"], message["outcome"], message["attempts"]) == ("completed", "answered", 0)
    assert message["requestMessage"] is None
    text, result, file = message["responseMessages"]["messages"]
    assert "What each product brought in" in text["message"]
    assert result["rows"] == [["coffee", "25"], ["tea", "50"]] or result["rows"] == [["coffee", 25], ["tea", 50]]
    assert file["fileId"] == metric
    assert message["files"] == [
        {"fileId": metric, "fileType": "metric_file", "fileName": "Amount by product", "versionNumber": 1}
    ]


def test_a_question_about_a_metric_changes_what_it_asks(run: Run, metric: str) -> None:
    chat, message = ask(run, "new", "by region instead", "--metric", metric[:8])
    assert chat["title"] == "Metric (Amount by product): by region instead"
    (result,) = (each for each in message["responseMessages"]["messages"] if each["type"] == "result")
    assert [row[0] for row in result["rows"]] == ["North", "South"]
    assert [float(row[1]) for row in result["rows"]] == [30, 45]
    saved = made(message)
    assert saved["fileName"] == "Amount by product: by region instead"
    assert [file["fileId"] for file in message["files"]] == [metric, saved["fileId"]]
    # The metric itself stays as it was: only its owner's edit changes it.
    assert run("metric", "show", metric, "--json").json()["versionNumber"] == 1


def test_a_metric_that_was_shown_can_be_asked_about(run: Run, metric: str) -> None:
    run("new", "--metric", metric, "-q", stdin="").id()
    _, message = ask(run, "send", "-c", "only the top 1")
    (result,) = (each for each in message["responseMessages"]["messages"] if each["type"] == "result")
    assert [row[0] for row in result["rows"]] == ["tea"]


@pytest.mark.usefixtures("metric")
def test_a_refinement_is_a_new_version_of_the_same_metric(run: Run) -> None:
    _, first = ask(run, "new", "total amount by region", "--source", "sales")
    _, second = ask(run, "send", "-c", "only the top 1")
    _, again = ask(run, "send", "-c", "total amount by region")
    assert made(first)["versionNumber"] == 1
    assert made(second)["fileId"] == made(first)["fileId"]
    assert made(second)["versionNumber"] == 2
    assert made(again)["fileId"] == made(first)["fileId"]
    assert made(again)["versionNumber"] == 3
    history = run("metric", "history", made(first)["fileId"], "--json").json()
    assert [version["versionNumber"] for version in history] == [3, 2, 1]
    assert "only the top 1" in history[1]["note"]
    shown = run("metric", "run", made(first)["fileId"], "--json").json()
    assert len(shown["rows"]) == 2


@pytest.mark.usefixtures("metric")
def test_the_same_question_in_another_chat_is_another_metric(run: Run) -> None:
    _, first = ask(run, "new", "total amount by region", "--source", "sales")
    _, second = ask(run, "new", "total amount by region", "--source", "sales")
    assert made(second)["fileId"] != made(first)["fileId"]
    assert made(second)["fileName"] == f"{made(first)['fileName']} (2)"


def test_a_dashboard_brings_its_metrics_along(run: Run, dashboard: str, metric: str) -> None:
    told = run("new", "--dashboard", "Overview", "--json", stdin="")
    chat, (message,) = told.json()["chat"], told.json()["messages"]
    assert chat["title"] == "Dashboard (Overview)"
    assert (chat["mostRecentFileId"], chat["mostRecentFileType"]) == (dashboard, "dashboard_file")
    assert [file["fileId"] for file in message["files"]] == [dashboard, metric]
    assert [each["type"] for each in message["responseMessages"]["messages"]] == ["text", "result", "file", "file"]


def test_an_asset_joins_a_message_of_a_chat_that_is_there(run: Run, metric: str) -> None:
    run("new", "How many rows?", "-q").id()
    told = run("send", "-c", "by region instead", "--metric", metric, "--json").json()
    assert [file["fileId"] for file in told["messages"][0]["files"]] == [metric]
    assert told["messages"][1]["files"] == []
    assert told["chat"]["mostRecentFileId"] == metric
    assert [source["name"] for source in told["chat"]["sources"]] == ["sales"]


def test_the_request_object_takes_an_asset(run: Run, metric: str) -> None:
    told = run("request", stdin=f'{{"asset_id": "{metric}", "asset_type": "metric_file"}}')
    assert told.json()["messages"][0]["status"] == "completed"
    asked = f'{{"asset_id": "{metric}", "asset_type": "metric_file", "prompt": "by region"}}\n'
    lines = run("request", "--batch", stdin=asked * 2).ndjson()
    assert [line["status"] for line in lines] == ["queued", "queued"]
    told = run("show", lines[0]["chatId"], "--json").json()
    assert told["chat"]["title"] == "Metric (Amount by product): by region"


@pytest.mark.parametrize(
    ("words", "exit", "code"),
    [
        (("--metric", "Nothing"), 3, "ASSET_NOT_FOUND"),
        (("--metric", "Overview"), 2, "ASSET_TYPE_MISMATCH"),
        (("--dashboard", "Amount by product"), 2, "ASSET_TYPE_MISMATCH"),
        (("--metric", "Amount by product", "--dashboard", "Overview"), 2, "VALIDATION_ERROR"),
    ],
    ids=["unknown", "a dashboard", "a metric", "both"],
)
@pytest.mark.usefixtures("dashboard")
def test_what_is_no_such_asset_writes_nothing(words: tuple[str, ...], exit: int, code: str, run: Run) -> None:
    refused = run("new", "x", *words, "--json")
    assert (refused.exit, refused.error()["code"]) == (exit, code)
    assert run("list", "--json").json() == []


def test_what_is_gone_or_does_not_run_writes_nothing(run: Run, metric: str) -> None:
    Path("sales.csv").unlink()
    gone = run("new", "--metric", metric, "--json", stdin="")
    assert (gone.exit, gone.error()["code"]) == (5, "SOURCE_ERROR")
    run("metric", "delete", metric)
    deleted = run("new", "x", "--metric", metric, "--json")
    assert (deleted.exit, deleted.error()["code"]) == (3, "ASSET_DELETED")
    assert run("list", "--json").json() == []


def test_the_same_key_and_asset_again_write_nothing_new(run: Run, metric: str, dashboard: str) -> None:
    words = ("new", "by region", "--idempotency-key", "k", "--json")
    first = run(*words, "--metric", metric).json()
    assert run(*words, "--metric", metric).json()["newMessageId"] == first["newMessageId"]
    other = run(*words, "--dashboard", dashboard)
    assert (other.exit, other.error()["code"]) == (2, "VALIDATION_ERROR")


def test_a_metric_reads_registered_sources_only(run: Run, metric: str) -> None:
    """A path or a URL in somebody's file must not make another's command open it."""
    assert metric
    for place in (str(Path("sales.csv").resolve()), "sales.csv", "postgresql://u:${HOME}@localhost/x"):
        refused = run("metric", "create", "-", "--json", stdin=METRIC.replace("source: sales", f"source: {place}"))
        assert (refused.exit, refused.error()["code"]) == (2, "ASSET_INVALID"), place
        (problem,) = refused.problems()
        assert (problem["field"], problem["code"]) == ("source", "unknown")
