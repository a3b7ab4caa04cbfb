"""Dashboards with results: run at once, each metric for itself, and only what its reader may see."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

import support
from chatctl.config import load
from chatctl.domain.dashboards import Board
from chatctl.domain.errors import SourceError
from chatctl.engines.duckdb import DuckdbEngine
from chatctl.engines.engine import Limits
from chatctl.engines.hands import Hands
from chatctl.engines.sources import open_engine
from chatctl.runtime import Runtime
from chatctl.services.threads import at_once
from support import Run

SLOW = "SELECT count(*) AS n FROM range(100000000) a, range(100000) b"


@pytest.fixture
def sales(seeded: None, run: Run, tmp_path: Path) -> Path:  # noqa: ARG001
    file = tmp_path / "sales.csv"
    file.write_text("region,amount\nnorth,5\nsouth,7\n")
    assert run("source", "add", "sales", str(file)).exit == 0
    return file


def create(run: Run, kind: str, file: dict[str, Any], *flags: str) -> None:
    done = run(kind, "create", "-", *flags, stdin=json.dumps(file))
    assert done.exit == 0, done.stderr


def metric(
    run: Run, name: str, sql: str = "SELECT region, amount FROM sales", source: str = "sales", *flags: str
) -> None:
    file = {"name": name, "source": source, "sql": sql, "chartConfig": {"selectedChartType": "table"}}
    create(run, "metric", file, *flags)


def dashboard(run: Run, name: str, *metrics: str) -> None:
    rows = [
        {
            "id": at,
            "items": [{"id": each} for each in metrics[at : at + 4]],
            "columnSizes": sizes(len(metrics[at : at + 4])),
        }
        for at in range(0, len(metrics), 4)
    ]
    create(run, "dashboard", {"name": name, "rows": rows})


def sizes(count: int) -> list[int]:
    return [12 // count] * count


def board(name: str, **settings: Any) -> Board:
    runtime = Runtime(load(settings))
    try:
        return runtime.dashboards.show(name)
    finally:
        runtime.close()


@pytest.mark.usefixtures("sales")
def test_panels_come_in_the_order_of_the_file(run: Run) -> None:
    for name in "abcdef":
        metric(run, name, f"SELECT '{name}' AS which, amount FROM sales")  # noqa: S608
    dashboard(run, "All", *"fedcba", "a")
    found = board("All")
    assert [panel.name for panel in found.panels] == [*"fedcba", "a"]
    assert [panel.result.rows[0][0] for panel in found.panels if panel.result] == [*"fedcba", "a"]
    assert [len(row.panels) for row in found.rows] == [4, 3]


@pytest.mark.usefixtures("sales")
def test_each_metric_has_its_own_time(run: Run) -> None:
    metric(run, "quick")
    file = {"name": "slow", "source": "sales", "sql": SLOW, "chartConfig": {"selectedChartType": "table"}}
    create(run, "metric", file | {"sql": "SELECT 1 AS n"})
    dashboard(run, "Both", "slow", "quick")
    change(run, "slow", SLOW)
    slow, quick = board("Both", query_timeout=0.3).panels
    assert slow.error
    assert slow.error.code == "QUERY_TIMEOUT"
    assert quick.result
    assert quick.result.row_count == 2


def change(run: Run, name: str, sql: str) -> None:
    """Change a metric's SQL past the check that it runs."""
    from sqlmodel import select

    from chatctl.storage.asset_tables import AssetVersionRow
    from chatctl.storage.database import Database
    from chatctl.storage.tables import AssetRow

    asset_id = run("metric", "show", name, "--json").json()["id"]
    config = load({})
    database = Database(config.database)
    with database.write() as session:
        for row in session.exec(select(AssetVersionRow).join(AssetRow)).all():
            if str(row.asset_id) == asset_id:
                row.content = {**row.content, "sql": sql}
                session.add(row)
    database.close()


@pytest.mark.usefixtures("sales")
def test_what_may_not_be_seen_any_more_is_a_panel_that_says_so(run: Run) -> None:
    metric(run, "kept")
    metric(run, "gone")
    dashboard(run, "Both", "kept", "gone")
    run("metric", "delete", "gone")
    kept, gone = board("Both").panels
    assert kept.result
    assert gone.error
    assert gone.error.code == "ASSET_DELETED"
    shared = run("dashboard", "show", "Both", "--json").json()["id"]
    assert run("list", "--as", "bob").exit == 0
    assert run("share", shared, "--to", "bob", "--role", "can_view").exit == 0
    hidden, unseen = board(shared, user="bob").panels
    assert {hidden.error.code if hidden.error else "", unseen.error.code if unseen.error else ""} == {"ASSET_NOT_FOUND"}
    assert (hidden.metric, hidden.result) == (None, None)
    assert "kept" not in hidden.model_dump_json()


@pytest.mark.usefixtures("sales")
def test_a_source_that_is_gone_costs_only_its_own_metrics(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    run("source", "add", "other", str(other))
    metric(run, "here")
    metric(run, "there", "SELECT a FROM other", "other")
    dashboard(run, "Both", "here", "there")
    run("source", "remove", "other")
    here, there = board("Both").panels
    assert here.result
    assert there.error
    assert there.error.code == "SOURCE_NOT_FOUND"


@pytest.mark.usefixtures("sales")
def test_programs_get_results_that_are_valid(run: Run) -> None:
    metric(run, "a")
    dashboard(run, "One", "a")
    panels = run("dashboard", "show", "One", "--data", "--json").json()
    support.check("panels", panels)
    assert panels[0]["result"]["rows"] == [["north", 5], ["south", 7]]
    assert len(run("dashboard", "show", "One", "--data", "-o", "ndjson").ndjson()) == 1
    file = run("dashboard", "show", "One", "--json").json()
    support.check("asset", file)
    assert run("dashboard", "show", "One").stdout.startswith("name: One\n")
    written = run("dashboard", "render", "One", "one.html", "--json").json()
    support.check("rendered", written)
    assert Path(written["file"]).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_one_opened_source_serves_several_at_once(sales: Path, tmp_path: Path) -> None:
    opened: list[Any] = []

    def open_sales() -> Any:
        opened.append(open_engine(name="sales", kind="files", locations=[str(sales)], cache=tmp_path / "cache"))
        return opened[-1]

    hands = Hands(open_sales)
    together = threading.Barrier(3, timeout=20)

    def ask(number: int) -> tuple[int, object]:
        with hands.one() as engine:
            together.wait()
            sql = f"SELECT sum(amount) + {number}, CAST(TIMESTAMPTZ '2020-01-01 12:00:00+02' AS VARCHAR) FROM sales"  # noqa: S608
            return number, engine.run(sql, Limits()).rows[0]

    answers = dict(found for _, found in at_once(ask, [1, 2, 3], most=3))
    hands.close()
    assert answers == {number: [12 + number, "2020-01-01 10:00:00+00"] for number in (1, 2, 3)}
    assert len(opened) == 1


def test_a_source_that_cannot_be_opened_is_tried_once() -> None:
    tried: list[int] = []

    def refuse() -> Any:
        tried.append(1)
        raise SourceError("The server does not answer.")

    hands = Hands(refuse)
    for _ in range(3):
        with pytest.raises(SourceError, match="does not answer"), hands.one():
            pass
    assert len(tried) == 1


def test_an_engine_beside_another_ends_alone(sales: Path, tmp_path: Path) -> None:
    first = open_engine(name="sales", kind="files", locations=[str(sales)], cache=tmp_path / "cache")
    assert isinstance(first, DuckdbEngine)
    second = first.beside()
    assert second.run("SELECT count(*) AS n FROM sales", Limits()).rows == [[2]]
    second.close()
    assert first.run("SELECT count(*) AS n FROM sales", Limits()).rows == [[2]]
    first.close()
