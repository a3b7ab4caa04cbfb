"""Sources of chats: registered by name, by path, by default; attached once, in order."""

from pathlib import Path
from typing import Any

import pytest

import support
from support import Run

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    file = tmp_path / "sales.csv"
    file.write_text("region,amount\nnorth,5\nsouth,7\n")
    return file


def names(outcome: support.Outcome) -> list[str]:
    assert outcome.exit == 0, outcome.stderr
    value: Any = outcome.json()
    support.check("chat", value)
    return [source["name"] for source in value["chat"]["sources"]]


def test_a_path_registers_itself_under_its_stem_once(run: Run, sales: Path) -> None:
    assert names(run("new", "x", "--source", str(sales), "--json")) == ["sales"]
    assert names(run("new", "y", "--source", str(sales), "--json")) == ["sales"]
    values = run("source", "list", "--json").json()
    support.check("sources", values)
    assert [(value["name"], value["kind"], value["locations"]) for value in values] == [
        ("sales", "files", [str(sales)])
    ]


def test_another_file_of_the_same_stem_gets_a_number(run: Run, sales: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "sales.csv"
    other.write_text("a\n1\n")
    run("new", "x", "--source", str(sales))
    assert names(run("new", "y", "--source", str(other), "--json")) == ["sales_2"]


def test_sources_are_attached_once_in_order(run: Run, sales: Path, tmp_path: Path) -> None:
    more = tmp_path / "more.csv"
    more.write_text("a\n1\n")
    run("source", "add", "first", str(sales))
    run("new", "x", "--source", str(more), "--source", "first", "--source", "first")
    assert names(run("send", "-c", "y", "--json", "--source", "first")) == ["more", "first"]


def test_the_default_source_is_for_chats_that_name_none(run: Run, sales: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("source", "add", "mine", str(sales))
    bare = run("new", "without", "-q").id()
    monkeypatch.setenv("CHATCTL_SOURCE", "mine")
    assert names(run("new", "x", "--json")) == ["mine"]
    assert names(run("send", "y", "--chat-id", bare, "--json")) == []


def test_a_source_that_is_refused_leaves_no_chat(run: Run, tmp_path: Path) -> None:
    for wrong, code in (("nothing", "SOURCE_NOT_FOUND"), (str(tmp_path / "none.csv"), "SOURCE_ERROR")):
        refused = run("new", "x", "--source", wrong, "--json")
        assert (refused.stdout, refused.error()["code"]) == ("", code)
    assert run("list", "--json").json() == []
    assert run("source", "list", "--json").json() == []


def test_sources_belong_to_the_organization(run: Run, sales: Path) -> None:
    run("source", "add", "sales", str(sales))
    assert run("source", "show", "sales", "--as", "bob").exit == 0
    elsewhere = run("source", "show", "sales", "--organization", "elsewhere", "--json")
    missing = run("source", "show", "nosuch", "--json")
    assert (
        (elsewhere.exit, elsewhere.error()["code"])
        == (missing.exit, missing.error()["code"])
        == (3, "SOURCE_NOT_FOUND")
    )


def test_add_show_sample_move_remove(run: Run, sales: Path, tmp_path: Path) -> None:
    support.check("source", run("source", "add", "s", str(sales), "--json").json())
    taken = run("source", "add", "s", str(sales), "--json")
    assert (taken.exit, taken.problems()[0]["field"]) == (2, "name")
    assert run("source", "add", "a/b", str(sales)).exit == 2
    support.check("profile", run("source", "sample", "s", "--json").json())
    moved = tmp_path / "moved.csv"
    moved.write_text("region,amount\nwest,1\n")
    assert run("source", "move", "s", str(moved), "--json").json()["locations"] == [str(moved)]
    entry = run("sql", "SELECT region FROM moved", "--source", "s", "--json").json()
    support.check("result", entry)
    assert entry["rows"] == [["west"]]
    run("new", "x", "--source", "s")
    removed = run("source", "remove", "s")
    assert (removed.exit, removed.stdout) == (0, "")
    assert "1 chat" in removed.stderr
    assert moved.exists()
    assert run("source", "show", "s").exit == 3


def test_sql_needs_a_source_and_a_query_and_reads_only(run: Run, sales: Path) -> None:
    assert run("sql", "SELECT 1", "--json").problems()[0]["field"] == "source"
    assert run("sql", "", "--source", str(sales), "--json").problems()[0]["field"] == "query"
    refused = run("sql", "DELETE FROM sales", "--source", str(sales), "--json")
    assert (refused.exit, refused.error()["code"]) == (2, "SQL_NOT_READ_ONLY")
    wrong = run("sql", "SELECT nonsense FROM sales", "--source", str(sales), "--json")
    assert (wrong.exit, wrong.error()["code"]) == (5, "QUERY_ERROR")
    cut = run("sql", "-", "--source", str(sales), "--limit", "1", "-o", "csv", stdin="SELECT * FROM sales\n")
    assert cut.stdout.splitlines() == ["region,amount", "north,5"]
    assert "more rows" in cut.stderr
