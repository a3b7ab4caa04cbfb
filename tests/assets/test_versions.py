"""Versions of metrics and dashboards: every change is one, none is lost, and history only grows."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

import support
from assets.conftest import DASHBOARD, FLIGHTS, METRIC
from chatctl import config
from chatctl.domain import schemas
from chatctl.domain.asset_files import Draft, parse
from chatctl.domain.assets import Asset
from chatctl.domain.chats import ResultEntry
from chatctl.domain.errors import ChatctlError, VersionConflict
from chatctl.domain.results import Column
from chatctl.runtime import Runtime
from support import Run, Worker

NAME = "Flights per month"


@pytest.fixture
def flights(run: Run, seeded: None, scratch: Path) -> None:  # noqa: ARG001
    """A source and a metric on it."""
    data = scratch / "flights.csv"
    data.write_text(FLIGHTS)
    assert run("source", "add", "flights", str(data)).exit == 0
    assert run("metric", "create", "-", stdin=METRIC).exit == 0


@pytest.fixture(params=["sqlite", "postgresql"])
def runtime(request: pytest.FixtureRequest, home: Path, scratch: Path) -> Iterator[Runtime]:
    """The program on either database, with a source and a metric on it."""
    if request.param == "sqlite":
        request.getfixturevalue("seeded")
    settings = {"home": str(home), "user": "ada"}
    settings |= {"database": request.getfixturevalue("postgres_url")} if request.param == "postgresql" else {}
    found = Runtime(config.load(settings))
    (scratch / "flights.csv").write_text(FLIGHTS)
    found.sources.add("flights", [str(scratch / "flights.csv")])
    found.assets.create(parse(METRIC, "metric_file"))
    yield found
    found.close()


def described(text: str) -> Draft:
    """The metric with another description."""
    return parse(METRIC.replace("source:", f"description: {text}\nsource:"), "metric_file")


def test_restoring_the_third_of_seven_makes_the_eighth(runtime: Runtime) -> None:
    for number in range(2, 8):
        runtime.assets.change(described(f"version {number}"), NAME)
    restored = runtime.assets.restore("metric_file", NAME, 3)
    assert (restored.version_number, restored.content.description) == (8, "version 3")
    history = runtime.assets.history("metric_file", NAME)
    assert [each.version_number for each in history] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert history[0].note == "restored version 3"
    assert "-description: version 7\n+description: version 3" in history[0].diff
    assert history[-1].diff.startswith("--- version 0\n+++ version 1\n")
    assert runtime.assets.show("metric_file", NAME, 5).content.description == "version 5"


def test_of_two_editors_at_once_neither_loses(runtime: Runtime) -> None:
    def edit(number: int) -> Asset | ChatctlError:
        try:
            return runtime.assets.change(described(f"by {number}"), NAME, if_version=1)
        except ChatctlError as error:
            return error

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(edit, range(4)))
    kept = [each for each in outcomes if isinstance(each, Asset)]
    assert [each.version_number for each in kept] == [2]
    assert {type(each) for each in outcomes if each not in kept} == {VersionConflict}
    assert runtime.assets.show("metric_file", NAME).content == kept[0].content


def test_changes_at_once_without_a_version_are_all_kept(runtime: Runtime) -> None:
    def edit(number: int) -> int:
        return runtime.assets.change(described(f"by {number}"), NAME).version_number

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(edit, range(4))) == [2, 3, 4, 5]
    told = {
        each.diff.rpartition("+description: ")[2].partition("\n")[0]
        for each in runtime.assets.history("metric_file", NAME)[:4]
    }
    assert told == {f"by {number}" for number in range(4)}


def test_a_file_that_changes_nothing_makes_no_version(runtime: Runtime) -> None:
    assert runtime.assets.change(parse("# a remark\n" + METRIC, "metric_file"), NAME).version_number == 1


def test_a_name_is_free_again_after_a_deletion(runtime: Runtime) -> None:
    first = runtime.assets.show("metric_file", NAME)
    with pytest.raises(ChatctlError, match="already"):
        runtime.assets.create(parse(METRIC, "metric_file"))
    runtime.assets.delete("metric_file", [NAME])
    with pytest.raises(ChatctlError, match="deleted"):
        runtime.assets.show("metric_file", NAME)
    second = runtime.assets.create(parse(METRIC, "metric_file"))
    assert second.id != first.id
    assert runtime.assets.show("metric_file", NAME).id == second.id
    runtime.assets.delete("metric_file", [NAME])
    with pytest.raises(ChatctlError, match="deleted"):
        runtime.assets.show("metric_file", str(first.id))


def test_an_import_that_meets_a_change_does_nothing(runtime: Runtime, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(METRIC.replace(NAME, "New"))
    (tmp_path / "b.yaml").write_text(METRIC.replace("bar\n", "line\n"))
    steps = runtime.exchange.steps("metric_file", tmp_path)
    runtime.assets.change(described("meanwhile"), NAME)
    with pytest.raises(VersionConflict):
        runtime.exchange.do("metric_file", steps)
    assert [each.name for each in runtime.assets.all("metric_file")] == [NAME]
    done = runtime.exchange.take("metric_file", tmp_path)
    assert [(each.action, each.version_number) for each in done] == [("create", 1), ("change", 3)]


def test_last_sums_are_kept_on_either_database(runtime: Runtime) -> None:
    promise = "checks:\n  - no_change_over: {column: flights, percent: 10}\n"
    runtime.assets.change(parse(METRIC + promise, "metric_file"), NAME)
    found = [runtime.checks.of_named("metric_file", [NAME])[0].found for _ in range(2)]
    assert found == ["6; there was no result before it", "6, as before"]


@pytest.mark.usefixtures("flights")
def test_a_conflict_on_the_command_line_exits_2(run: Run) -> None:
    assert run("metric", "edit", NAME, "--file", "-", "--if-version", "1", stdin=METRIC + "timeFrame: 2013\n").exit == 0
    late = run("metric", "edit", NAME, "--file", "-", "--if-version", "1", "--json", stdin=METRIC + "timeFrame: 2014\n")
    assert (late.exit, late.error()["code"]) == (2, "VERSION_CONFLICT")
    assert late.error()["details"]["currentVersion"] == 2
    assert run("metric", "show", NAME, "--json").json()["content"]["timeFrame"] == "2013"


@pytest.mark.usefixtures("flights")
def test_what_is_printed_is_valid_under_its_schema(run: Run) -> None:
    assert run("dashboard", "create", "-", stdin=DASHBOARD).exit == 0
    for kind in ("metric", "dashboard"):
        name = run(kind, "list", "--json").json()[0]["name"]
        support.check("assets", run(kind, "list", "--json").json())
        support.check("asset", run(kind, "show", name, "--json").json())
        support.check("history", run(kind, "history", name, "--json").json())
    support.check("result", run("metric", "run", NAME, "--json").json())


def test_the_schemas_of_files_take_what_the_parser_takes() -> None:
    from ruamel.yaml import YAML

    text = METRIC + "timeFrame: 2013\ndescription: '2013'\nparams: {a: 1, b: null}\nchecks:\n  - row_count: {min: 1}\n"
    for name, file in (("metric", text), ("dashboard", DASHBOARD)):
        support.check(name, YAML(typ="safe").load(file))
        assert schemas.of(name)["additionalProperties"] is False
    assert {"chartConfig", "timeFrame"} < set(schemas.of("metric")["properties"])


@pytest.mark.usefixtures("flights")
def test_a_metric_is_run_with_other_values(run: Run) -> None:
    file = METRIC.replace("GROUP", "WHERE carrier = :carrier GROUP") + "params: {carrier: AA}\n"
    assert run("metric", "edit", NAME, "--file", "-", stdin=file).exit == 0
    rows = run("metric", "run", NAME, "--json").json()["rows"]
    assert rows == [[1, 1], [2, 1], [3, 1]]
    assert run("metric", "run", NAME, "--param", "carrier=x' OR '1'='1", "--json").json()["rows"] == []
    assert run("metric", "run", NAME, "--param", "carier=AA").exit == 5
    assert run("metric", "run", NAME, "--param", "carrier").exit == 2
    assert len(run("metric", "run", NAME, "--version", "1", "--json").json()["rows"]) == 3


@pytest.mark.usefixtures("flights")
def test_an_answer_becomes_a_metric(run: Run, worker: Worker) -> None:
    chat = run("new", "How many\nflights?", "-q").id()
    message = run("show", chat, "--json").json()["messages"][0]["id"]
    assert run("metric", "create", "--from", message, "--json").problems()[0]["code"] == "no_result"
    worker.answer(message, "6", *_results())
    for name in ("How many flights", "How many flights (2)"):
        made = run("metric", "create", "--from", message, "--json")
        support.check("asset", made.json())
        assert made.json()["name"] == name
    shown = run("metric", "show", "How many flights", "--json").json()
    assert (shown["content"]["sql"], shown["source"]) == ("SELECT count(*) AS n FROM flights", "flights")
    assert shown["content"]["chartConfig"]["selectedChartType"] == "table"
    assert run("metric", "run", "How many flights", "--json").json()["rows"] == [[6]]
    assert run("metric", "create").exit == 2
    assert run("metric", "create", "--from", message, "--as", "bob").exit == 3


def _results() -> list[ResultEntry]:
    columns = [Column(name="n", type="integer")]
    statements = ("SELECT 1 AS n", "SELECT count(*) AS n FROM flights")
    return [
        ResultEntry(
            id=uuid4(),
            source="flights",
            sql=sql,
            columns=columns,
            rows=[[6]],
            row_count=1,
            truncated=False,
            elapsed_ms=1,
        )
        for sql in statements
    ]


@pytest.mark.usefixtures("flights")
def test_an_editor_keeps_the_metrics_of_a_dashboard_that_are_hidden_from_them(run: Run) -> None:
    run("dashboard", "create", "-", stdin=DASHBOARD)
    run("list", "--as", "bob")
    assert run("share", "Departures", "--to", "bob", "--role", "can_edit").exit == 0
    file = run("dashboard", "show", "Departures", "--as", "bob", "-o", "yaml").stdout
    edited = run("dashboard", "edit", "Departures", "--as", "bob", "--file", "-", stdin=f"description: mine\n{file}")
    assert edited.exit == 0, edited.stderr
    more = file.replace("columnSizes", "rowHeight: 200\n    columnSizes") + (
        "  - {id: 2, items: [{id: Flights per month}], columnSizes: [12]}\n"
    )
    refused = run("dashboard", "edit", "Departures", "--as", "bob", "--file", "-", "--json", stdin=more)
    assert refused.exit == 2
    assert [problem["field"] for problem in refused.problems()] == ["rows.1.items.0.id"]


@pytest.mark.usefixtures("flights")
def test_who_may_only_view_is_refused_before_any_sql_runs(run: Run) -> None:
    run("list", "--as", "bob")
    run("share", NAME, "--to", "bob", "--role", "can_view")
    broken = METRIC.replace("count(*)", "nonsense(*)")
    refused = run("metric", "edit", NAME, "--as", "bob", "--file", "-", "--json", stdin=broken)
    assert (refused.exit, refused.error()["code"]) == (4, "ASSET_ACCESS_DENIED")
