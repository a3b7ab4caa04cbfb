"""`metric check` and `dashboard check`: what they print, how they exit, and what they keep."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

import support
from assets.conftest import DASHBOARD, FLIGHTS, METRIC
from chatctl.rendering import junit
from chatctl.runtime import Runtime
from support import Run

PROMISES = """\
checks:
  - row_count: {min: 3, max: 3}
  - not_null: [month, flights]
  - unique: [month]
  - between: {column: flights, min: 1, max: 2}
"""
SUM = "checks:\n  - no_change_over: {column: flights, percent: 10}\n"


@pytest.fixture
def flights(run: Run, seeded: None, scratch: Path) -> Path:  # noqa: ARG001
    """A source and two metrics on it, one with checks; the source's file."""
    data = scratch / "flights.csv"
    data.write_text(FLIGHTS)
    assert run("source", "add", "flights", str(data)).exit == 0
    assert run("metric", "create", "-", stdin=METRIC + PROMISES).exit == 0
    assert run("metric", "create", "-", stdin=METRIC.replace("Flights per month", "Plain")).exit == 0
    return data


def test_checks_that_pass_exit_0_and_say_what_was_found(run: Run, flights: Path) -> None:  # noqa: ARG001
    done = run("metric", "check", "--all", "--json")
    support.check("checks", done.json())
    assert done.exit == 0
    assert [(each["metric"], each["check"], each["status"], each["found"]) for each in done.json()] == [
        ("Flights per month", "row_count", "passed", "3 rows"),
        ("Flights per month", "not_null", "passed", "no null"),
        ("Flights per month", "unique", "passed", "no repetition"),
        ("Flights per month", "between", "passed", "from 2 to 2"),
        ("Plain", "runs", "passed", "3 rows"),
    ]


def test_a_failed_check_exits_11_with_a_line_of_its_own(run: Run, flights: Path) -> None:
    flights.write_text(FLIGHTS + "4,AA,1,2013-04-01\n")
    done = run("metric", "check", "Flights per month", "-q")
    assert done.exit == 11
    assert done.stdout.splitlines() == ["failed\tFlights per month\trow_count\t\t3 rows\t4 rows\t"]
    assert "Of 4 checks 1 failed" in done.stderr


def test_checks_look_behind_the_row_limit(run: Run, flights: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("CHATCTL_ROW_LIMIT", "1")
    assert run("metric", "check", "Flights per month").exit == 0


def test_a_metric_that_cannot_run_is_an_error_and_the_others_still_run(run: Run, flights: Path) -> None:
    flights.write_text(FLIGHTS.replace("month", "mois"))
    assert run("metric", "create", "-", stdin=_one("SELECT 1 AS a, count(*) AS n FROM flights")).exit == 0
    done = run("metric", "check", "--all", "--json")
    assert done.exit == 11
    assert [(each["metric"], each["check"], each["status"]) for each in done.json()] == [
        ("Flights per month", "runs", "error"),
        ("One", "row_count", "passed"),
        ("Plain", "runs", "error"),
    ]
    assert "month" in done.json()[0]["found"]
    assert done.error()["code"] == "CHECK_FAILED"


def test_a_sum_is_compared_with_that_of_the_last_result(run: Run, flights: Path) -> None:
    changing = METRIC.replace("Flights per month", "Changing") + SUM
    assert run("metric", "create", "-", stdin=changing).exit == 0
    first = run("metric", "check", "Changing", "--json")
    assert (first.exit, first.json()[0]["found"]) == (0, "6; there was no result before it")
    flights.write_text(FLIGHTS + "3,AA,1,2013-03-02\n")
    second = run("metric", "check", "Changing", "--json")
    assert (second.exit, second.json()[0]["found"]) == (11, "7, 16.7 % more")
    assert run("metric", "check", "Changing").exit == 11, "what failed is not the next one's measure"
    assert run("metric", "run", "Changing").exit == 0
    assert run("metric", "check", "Changing", "--json").json()[0]["found"] == "7, as before"


def test_who_may_only_view_a_metric_does_not_set_its_measure(run: Run, flights: Path) -> None:
    made = run("metric", "create", "-", "-q", stdin=METRIC.replace("Flights per month", "Shared") + SUM).id()
    assert run("list", "--as", "bob").exit == 0
    assert run("share", made, "--to", "bob", "--role", "can_view").exit == 0
    for _ in range(2):
        assert run("metric", "run", made, "--as", "bob").exit == 0
        seen = run("metric", "check", made, "--as", "bob", "--json").json()[0]["found"]
        assert seen == "6; there was no result before it"
    assert run("metric", "check", made).exit == 0
    flights.write_text(FLIGHTS + "3,AA,1,2013-03-02\n")
    assert run("metric", "check", made, "--as", "bob").exit == 11, "what the owner measured counts for all"


def test_a_source_that_is_gone_or_slow_is_an_error(run: Run, flights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11"
    Path("slow.yaml").write_text(_one(slow))
    monkeypatch.setenv("CHATCTL_QUERY_TIMEOUT", "0.5")
    (timed_out,) = run("metric", "check", "slow.yaml", "--json").json()
    assert (timed_out["check"], timed_out["status"]) == ("runs", "error")
    assert "took longer than 0.5 s" in timed_out["found"]
    flights.unlink()
    gone = run("metric", "check", "Plain", "--json")
    assert (gone.exit, gone.json()[0]["status"]) == (11, "error")


def test_a_result_of_other_values_is_no_measure(run: Run, flights: Path) -> None:  # noqa: ARG001
    file = METRIC.replace("Flights per month", "Until").replace("GROUP", "WHERE month <= :last GROUP")
    assert run("metric", "create", "-", stdin=file + SUM + "params: {last: 3}\n").exit == 0
    assert run("metric", "run", "Until", "--param", "last=1", "--json").json()["rows"] == [[1, 2]]
    assert "no result before it" in run("metric", "check", "Until", "--json").json()[0]["found"]


def test_files_are_checked_without_being_stored(run: Run, flights: Path, scratch: Path) -> None:  # noqa: ARG001
    folder = scratch / "repo" / "metrics"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(METRIC.replace("Flights per month", "New") + SUM)
    (folder / "b.yaml").write_text(METRIC.replace("sql", "sequel"))
    (folder / "notes.txt").write_text("not a metric")
    done = run("metric", "check", str(scratch / "repo"), "--json")
    support.check("checks", done.json())
    assert done.exit == 11
    (new, bad) = done.json()
    assert (new["metric"], new["status"], new["assetId"]) == ("New", "passed", None)
    assert (bad["metric"], bad["check"], bad["status"]) == ("b", "file", "error")
    assert "line 3, sequel: there is no such key; did you mean sql?" in bad["found"]
    assert len(run("metric", "list", "--json").json()) == 2


def test_a_dashboard_is_checked_by_its_metrics(run: Run, flights: Path, scratch: Path) -> None:  # noqa: ARG001
    assert run("dashboard", "create", "-", stdin=DASHBOARD).exit == 0
    done = run("dashboard", "check", "Departures", "--json")
    assert (done.exit, {each["dashboard"] for each in done.json()}, len(done.json())) == (0, {"Departures"}, 4)
    assert run("metric", "delete", "Flights per month").exit == 0
    gone = run("dashboard", "check", "--all", "--json")
    assert (gone.exit, gone.json()[0]["check"], gone.json()[0]["status"]) == (11, "exists", "error")
    for name, text in (("dashboards/d.yaml", DASHBOARD), ("metrics/m.yaml", METRIC + PROMISES)):
        path = scratch / "repo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert run("dashboard", "check", str(scratch / "repo")).exit == 0


def test_a_chart_whose_column_went_away_is_told(run: Run, flights: Path) -> None:  # noqa: ARG001
    done = run("metric", "create", "-", stdin=_one("SELECT * FROM flights").replace("table", "metric"))
    assert done.exit == 0
    path = Path("chart.yaml")
    path.write_text(METRIC.replace("y: [flights]", "y: [passengers]"))
    (outcome,) = run("metric", "check", str(path), "--json").json()
    assert (outcome["check"], outcome["status"], outcome["columns"]) == ("chart", "failed", ["passengers"])


def test_what_is_to_be_checked_must_be_said_once(run: Run, flights: Path, scratch: Path) -> None:  # noqa: ARG001
    assert run("metric", "check").exit == 2
    assert run("metric", "check", "--all", "Plain").exit == 2
    assert run("metric", "check", "Nothing").exit == 3
    (scratch / "empty").mkdir()
    assert run("metric", "check", str(scratch / "empty")).exit == 2


def test_junit_is_whole_and_holds_hostile_text(run: Run, flights: Path, scratch: Path) -> None:  # noqa: ARG001
    name = '<b>&amp; "x" ]]> \U0001f600'
    text = _one("SELECT 1 AS a", name=f"'{name}'") + "  - row_count: {min: 5}\n"
    assert run("metric", "create", "-", stdin=text).exit == 0, run("metric", "create", "-", stdin=text).stderr
    report = scratch / "out.xml"
    assert run("metric", "check", "--all", "--junit", str(report)).exit == 11
    root = ElementTree.fromstring(report.read_bytes())
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"Flights per month", "Plain", name}
    hostile = suites[name]
    assert (hostile.get("tests"), hostile.get("failures"), hostile.get("errors")) == ("2", "1", "0")
    (failure,) = hostile.iter("failure")
    assert failure.get("message") == "expected at least 5 rows, found 1 row"
    assert [child.tag for child in hostile] == ["properties", "testcase", "testcase", "system-out", "system-err"]
    assert {"id", "name", "package", "hostname", "timestamp", "tests", "failures", "errors", "time"} == set(
        hostile.keys()
    )
    assert not [each for each in scratch.iterdir() if each.name.startswith(".")], "nothing unfinished is left"
    assert run("metric", "check", "--all", "--junit", str(scratch / "flights.csv" / "x.xml")).exit == 2


def test_junit_holds_what_xml_cannot(looked_at: Runtime) -> None:
    outcome = looked_at.checks.of_named("metric_file", ["Flights per month"])[0]
    hostile = outcome.model_copy(update={"found": "\x00\x1b[31m\ud800\uffff", "status": "failed"})
    root = ElementTree.fromstring(junit.document([hostile], datetime.now(UTC)).encode())
    (failure,) = root.iter("failure")
    assert failure.text == "expected the SQL runs, found \ufffd\ufffd[31m\ufffd\ufffd"


def test_many_metrics_run_at_once_and_are_told_in_order(looked_at: Runtime, tmp_path: Path) -> None:
    for number in range(12):
        broken = "nowhere" if number % 4 == 3 else "flights"
        sql = f"SELECT {number} AS a FROM {broken}"  # noqa: S608
        (tmp_path / f"{number:02}.yaml").write_text(_one(sql, name=f"m{number:02}"))
    outcomes = looked_at.checks.of_files("metric_file", tmp_path)
    assert [each.metric for each in outcomes] == [f"m{number:02}" for number in range(12)]
    assert [each.status for each in outcomes] == ["passed", "passed", "passed", "error"] * 3


def _one(sql: str, name: str = "One") -> str:
    chart = "chartConfig: {selectedChartType: table}\n"
    return f"name: {name}\nsource: flights\nsql: {sql}\n{chart}checks:\n  - row_count: {{min: 1}}\n"
