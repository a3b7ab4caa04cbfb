"""`export` and `import`: what goes into a folder comes back the same, and nothing is half done."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import support
from assets.conftest import DASHBOARD, FLIGHTS, METRIC
from chatctl.domain.asset_files import dump, parse, parse_bytes
from chatctl.domain.assets import AssetFile, DashboardFile, MetricFile
from chatctl.services.folders import file_name
from support import Run

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=60)
queries = st.lists(
    st.sampled_from(["SELECT 1", "  ", "\t", "\r\n", "\n", "\n\n", "'é'", "# no", "- a: b", ";", "\u2028"])
)
cells = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def metrics(draw: st.DrawFn) -> MetricFile:
    """Any metric that a file can hold."""
    columns = st.lists(texts, min_size=1, max_size=3)
    check = st.one_of(
        st.builds(lambda low: {"row_count": {"min": low}}, st.integers(0, 10**9)),
        st.builds(lambda found: {"not_null": found}, columns),
        st.builds(lambda name, low: {"between": {"column": name, "min": low}}, texts, st.floats(-1e9, 1e9)),
        st.builds(lambda name: {"between": {"column": name, "max": "2013-01-01"}}, texts),
    )
    return MetricFile.model_validate(
        {
            "name": draw(names),
            "description": draw(texts),
            "timeFrame": draw(texts),
            "source": draw(names),
            "sql": "SELECT" + "".join(draw(queries)),
            "chartConfig": {
                "selectedChartType": "bar",
                "barAndLineAxis": {"x": draw(columns), "y": draw(columns)},
                "columnLabelFormats": draw(st.dictionaries(texts, st.just({"prefix": "≈ "}), max_size=2)),
            },
            "params": draw(st.dictionaries(texts, cells | texts, max_size=2)),
            "checks": draw(st.lists(check, max_size=3)),
        }
    )


@st.composite
def dashboards(draw: st.DrawFn) -> DashboardFile:
    """Any dashboard that a file can hold."""
    ids = draw(st.lists(st.integers() | names, min_size=1, max_size=4, unique=True))
    rows = [{"id": each, "items": [{"id": draw(names)}], "columnSizes": [12]} for each in ids]
    return DashboardFile.model_validate({"name": draw(names), "description": draw(texts), "rows": rows})


@given(metrics() | dashboards())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_says_what_it_was_made_of(file: AssetFile) -> None:
    kind = "metric_file" if isinstance(file, MetricFile) else "dashboard_file"
    text = dump(file)
    assert parse(text, kind).file == file  # type: ignore[arg-type]
    assert parse_bytes(text.encode(), kind).file == file  # type: ignore[arg-type]
    assert dump(parse(text, kind).file) == text  # type: ignore[arg-type]


@given(names, st.sets(st.just("a.yaml")))
def test_a_file_has_a_plain_name(name: str, taken: set[str]) -> None:
    found = file_name(name, taken)
    assert found not in taken
    assert found == found.lower()
    assert found.removesuffix(".yaml").replace("-", "").isalnum()
    assert found.isascii()
    assert len(found) <= 80


@pytest.fixture
def flights(run: Run, seeded: None, scratch: Path) -> None:  # noqa: ARG001
    """A source for two users."""
    data = scratch / "flights.csv"
    data.write_text(FLIGHTS)
    assert run("source", "add", "flights", str(data)).exit == 0


HOSTILE = [
    "../../etc/passwd",
    "Größe: 日本",
    "日本",
    "CON",
    "a/b\\c",
    "'quoted' \"twice\"",
    "- # : !x *y",
    "2013",
    "null",
    "-q",
]


@pytest.mark.usefixtures("flights")
def test_everything_comes_back_in_another_database(run: Run, tmp_path: Path) -> None:
    for name in [*HOSTILE, "Flights per month", "flights PER month!", "Flights, per month"]:
        quoted = name.replace("'", "''")
        stdin = METRIC.replace("name: Flights per month", f"name: '{quoted}'").replace("GROUP", "\n\n  GROUP")
        assert run("metric", "create", "-", stdin=stdin).exit == 0, name
    assert run("dashboard", "create", "-", stdin=DASHBOARD).exit == 0
    for kind in ("metric", "dashboard"):
        done = run(kind, "export", str(tmp_path / "repo"), "--json")
        support.check("exported", done.json())
    files = _contents(tmp_path / "repo")
    assert len(files) == 14
    assert all(path.parent.name in ("metrics", "dashboards") for path in files)
    assert "flights-per-month.yaml" in {path.name for path in files}
    assert "id: Flights per month" in files[tmp_path / "repo" / "dashboards" / "departures.yaml"].decode()
    for kind, count in (("metric", 13), ("dashboard", 1)):
        taken = run(kind, "import", str(tmp_path / "repo"), "--json", "--as", "bob")
        support.check("imported", taken.json())
        assert [each["action"] for each in taken.json()] == ["create"] * count
        again = run(kind, "import", str(tmp_path / "repo"), "--json", "--as", "bob").json()
        assert [(each["action"], each["versionNumber"]) for each in again] == [("unchanged", 1)] * count
        assert run(kind, "export", str(tmp_path / "other"), "--as", "bob").exit == 0
    assert _contents(tmp_path / "other") == {
        tmp_path / "other" / path.relative_to(tmp_path / "repo"): text for path, text in files.items()
    }


@pytest.mark.usefixtures("flights")
def test_an_export_leaves_files_that_say_the_same(run: Run, tmp_path: Path) -> None:
    assert run("metric", "create", "-", stdin=METRIC).exit == 0
    mine = tmp_path / "metrics" / "by-month.yaml"
    mine.parent.mkdir()
    mine.write_text("# My own remark\n" + METRIC)
    done = run("metric", "export", str(tmp_path), "--json").json()
    assert [(each["path"], each["written"]) for each in done] == [(str(mine), False)]
    assert mine.read_text().startswith("# My own remark")
    mine.write_text(METRIC.replace("bar\n", "line\n"))
    assert run("metric", "export", str(tmp_path), "--json").json()[0]["written"]
    assert [each.name for each in mine.parent.iterdir()] == ["by-month.yaml"]


@pytest.mark.usefixtures("flights")
def test_a_folder_that_has_files_itself_is_not_split_in_two(run: Run, tmp_path: Path) -> None:
    (tmp_path / "by-month.yaml").write_text(METRIC)
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    assert run("metric", "create", "-", stdin=METRIC).exit == 0
    assert run("metric", "create", "-", stdin=METRIC.replace("Flights per month", "Compose")).exit == 0
    written = run("metric", "export", str(tmp_path), "--json").json()
    assert [(Path(each["path"]).name, each["written"]) for each in written] == [
        ("compose-" + Path(written[0]["path"]).stem[-8:] + ".yaml", True),
        ("by-month.yaml", False),
    ]
    assert (tmp_path / "compose.yaml").read_text() == "services: {}\n"
    assert not (tmp_path / "metrics").exists()
    assert run("metric", "export", str(tmp_path / "by-month.yaml")).exit == 2
    assert run("metric", "import", str(tmp_path / "nowhere")).exit == 2


@pytest.mark.usefixtures("flights")
def test_the_plan_is_what_is_done_and_a_dry_run_does_nothing(run: Run, tmp_path: Path) -> None:
    for name in ("Flights per month", "Gone"):
        assert run("metric", "create", "-", stdin=METRIC.replace("Flights per month", name)).exit == 0
    (tmp_path / "a.yaml").write_text(METRIC.replace("bar\n", "line\n"))
    (tmp_path / "b.yml").write_text(METRIC.replace("Flights per month", "New"))
    before = run("metric", "list", "--json").json()
    plan = run("metric", "import", str(tmp_path), "--dry-run", "--prune", "--json").json()
    support.check("imported", plan)
    assert run("metric", "list", "--json").json() == before
    assert [(each["action"], each["name"], each["versionNumber"]) for each in plan] == [
        ("change", "Flights per month", 2),
        ("create", "New", 1),
        ("delete", "Gone", 1),
    ]
    assert "-  selectedChartType: bar\n+  selectedChartType: line" in plan[0]["diff"]
    done = run("metric", "import", str(tmp_path), "--prune", "--json").json()
    assert _acts(done) == _acts(plan)
    after = {each["name"]: each["versionNumber"] for each in run("metric", "list", "--json").json()}
    assert after == {"Flights per month": 2, "New": 1}
    assert {each["id"] for each in done if each["action"] != "delete"} == {
        each["id"] for each in run("metric", "list", "--json").json()
    }


@pytest.mark.usefixtures("flights")
def test_one_bad_file_stops_all_and_every_one_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(METRIC)
    (tmp_path / "b.yaml").write_text(METRIC.replace("Flights per month", "B").replace("sql:", "sequel:"))
    (tmp_path / "c.yaml").write_text("- a list\n")
    refused = run("metric", "import", str(tmp_path), "--json")
    assert refused.exit == 2
    assert refused.error()["error"] == "2 metric files are not valid; nothing was imported"
    told = [f"{Path(each['path']).name} {each['line']} {each['field']}" for each in refused.problems()]
    assert told == ["b.yaml 3 sequel", "b.yaml 1 sql", "c.yaml 1 file"]
    assert f"{tmp_path / 'c.yaml'}, line 1, file: must begin" in run("metric", "import", str(tmp_path)).stderr
    (tmp_path / "b.yaml").write_text(METRIC.replace("Flights per month", "B").replace("FROM flights", "FROM fligts"))
    (tmp_path / "c.yaml").unlink()
    refused = run("metric", "import", str(tmp_path), "--json")
    assert [f"{each['line']} {each['field']}" for each in refused.problems()] == ["3 sql"]
    (tmp_path / "b.yaml").write_text(METRIC)
    doubled = run("metric", "import", str(tmp_path), "--json")
    assert (doubled.exit, doubled.problems()[0]["code"]) == (2, "duplicate")
    assert run("metric", "list", "--json").json() == []


@pytest.mark.usefixtures("flights")
def test_pruning_touches_nobody_elses_and_needs_a_folder_with_files(run: Run, tmp_path: Path) -> None:
    for user, name in (("ada", "Hers"), ("bob", "His")):
        assert run("metric", "create", "-", "--as", user, stdin=METRIC.replace("Flights per month", name)).exit == 0
    assert run("metric", "import", str(tmp_path), "--prune").exit == 2
    (tmp_path / "a.yaml").write_text(METRIC)
    assert run("metric", "import", str(tmp_path), "--prune").exit == 0
    assert [each["name"] for each in run("metric", "list", "--json").json()] == ["Flights per month"]
    assert [each["name"] for each in run("metric", "list", "--json", "--as", "bob").json()] == ["His"]


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _acts(planned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each | {"id": None} for each in planned]
