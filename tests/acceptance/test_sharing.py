"""Several people at one database: what they share, take back, and never see."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .homes import Home

QUESTION = ("How many flights are there?", "--source", "flights")
METRIC = """
name: Flights by month
source: flights
sql: SELECT month, count(*) AS flights FROM flights GROUP BY month ORDER BY month
chartConfig:
  selectedChartType: bar
  barAndLineAxis: {x: [month], y: [flights]}
"""
BOB = ("--as", "bob")
EVE = ("--as", "eve", "--organization", "elsewhere")


@pytest.fixture(scope="module")
def team(shared: Home) -> Home:
    """A home at which ada, bob and, in another organization, eve have been."""
    for each in (BOB, EVE):
        assert shared.run("list", *each).exit == 0
    return shared


def entries(home: Home, reference: str) -> dict[Any, str]:
    """Who may do what, by name."""
    told = home.run("access", reference, "--json")
    assert told.exit == 0, told.stderr
    return {entry["name"]: entry["role"] for entry in told.json()}


def test_a_chat_is_shared_answered_in_by_another_and_taken_back(team: Home) -> None:
    chat = team.run("new", *QUESTION, "--wait", "-q").stdout.strip()
    assert team.run("show", chat, *BOB).exit == 3
    assert team.run("share", chat, "--to", "bob", "--role", "can_edit").exit == 0
    assert chat in team.run("list", "-q", *BOB).stdout
    answered = team.run("send", "and by month?", "--chat-id", chat, "--wait", "--json", *BOB)
    assert answered.exit == 0, answered.stderr
    first, second = reversed(answered.json()["messages"])
    assert first["createdBy"] != second["createdBy"]
    assert second["outcome"] == "answered"
    assert team.run("share", chat, "--to-organization", "--role", "can_view", *BOB).exit == 4
    assert team.run("delete", chat, *BOB).exit == 4
    assert team.run("unshare", chat, "--to", "bob").exit == 0
    assert team.run("show", chat, *BOB).exit == 3
    assert chat not in team.run("list", "-q", *BOB).stdout
    assert len(team.run("show", chat, "--json").json()["messages"]) == 2, "what bob asked stays"


def test_a_metric_is_shared_run_changed_and_passed_on(team: Home) -> None:
    metric = team.run("metric", "create", "-", "-q", stdin=METRIC).id()
    name = "Flights by month"
    assert team.run("metric", "run", name, *BOB).exit == 3
    assert team.run("share", name, "--to", "bob", "--role", "can_view").exit == 0
    assert team.run("metric", "run", name, "-o", "csv", *BOB).stdout.startswith("month,flights\n1,")
    assert team.run("new", "as a line", "--metric", name, "--wait", *BOB).exit in (0, 10)
    edit = ("metric", "edit", name, "--file", "-")
    changed = METRIC.replace("ORDER BY month", "ORDER BY 1")
    assert team.run(*edit, *BOB, stdin=changed).exit == 4
    assert team.run("share", name, "--to", "bob", "--role", "full_access").exit == 0
    assert team.run(*edit, *BOB, stdin=changed).exit == 0
    history = team.run("metric", "history", name, "--json").json()
    assert [version["versionNumber"] for version in history] == [2, 1]
    assert history[0]["createdBy"] != history[1]["createdBy"]
    assert team.run("share", metric, "--public", *BOB).exit == 0
    assert team.run("metric", "show", metric, *EVE).exit == 0
    assert team.run(*edit[:2], metric, *edit[3:], *EVE, stdin=changed).exit in (2, 4)
    above = team.run("share", name, "--to-organization", "--role", "owner", "--json", *BOB)
    assert (above.exit, above.error()["code"]) == (4, "ASSET_ACCESS_DENIED")
    assert entries(team, metric) == {"ada": "owner", "bob": "full_access", None: "can_view"}


def test_sharing_with_nobody_makes_nobody(team: Home) -> None:
    chat = team.run("new", "x", "-q").id()
    for name in ("bobb", "eve", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"):
        refused = team.run("share", chat, "--to", name, "--role", "can_view", "--json")
        assert refused.exit == 2
        assert refused.error()["error"] == f"There is no user {name!r} in this organization"
    with closing(sqlite3.connect(team.folder / "chatctl.db")) as connection:
        names = {name for (name,) in connection.execute("SELECT name FROM user_account")}
    assert "bobb" not in names
    assert entries(team, chat) == {"ada": "owner"}


def test_sharing_at_once_loses_nothing(team: Home) -> None:
    chat = team.run("new", "x", "-q").id()
    people = [f"user{number}" for number in range(4)]
    for each in people:
        assert team.run("list", "--as", each).exit == 0
    roles = ["can_view", "can_edit", "full_access", "can_view"]
    orders = [["share", chat, "--to", name, "--role", role] for name, role in zip(people, roles, strict=True)]
    again = [["share", chat, "--to", people[0], "--role", "can_view"] for _ in range(3)]
    done = team.together(*orders, *again, ["share", chat, "--public"], ["unshare", chat, "--to-organization"])
    assert [each.exit for each in done] == [0] * len(done), [each.stderr for each in done]
    owner_and_public: dict[Any, str] = {"ada": "owner", None: "can_view"}
    assert entries(team, chat) == owner_and_public | dict(zip(people, roles, strict=True))
    taken = team.together(*(["unshare", chat, "--to", each] for each in people))
    assert [each.exit for each in taken] == [0] * 4
    assert entries(team, chat) == owner_and_public


def test_a_name_means_the_asset_and_a_start_of_an_id_what_it_fits(team: Home, tmp_path: Path) -> None:
    chat = team.run("new", "x", "-q").id()
    file = tmp_path / "named.yaml"
    file.write_text(METRIC.replace("Flights by month", f"'{chat[:8]}'"))
    metric = team.run("metric", "create", str(file), "-q").id()
    assert team.run("share", chat[:8], "--to", "bob", "--role", "can_view", "-q").id() == metric
    assert team.run("share", chat[:9], "--to", "bob", "--role", "can_view", "-q").id() == chat
    assert team.run("share", "@last", "--to-organization", "--role", "can_view", "-q").id() == chat
    board = METRIC.split("source")[0].replace("Flights by month", f"'{chat[:8]}'")
    board += f"rows: [{{id: 1, items: [{{id: {metric}}}], columnSizes: [12]}}]\n"
    assert team.run("dashboard", "create", "-", stdin=board).exit == 0
    several = team.run("access", chat[:8], "--json")
    assert several.error()["code"] == "AMBIGUOUS_ID"
    assert {each["kind"] for each in several.error()["details"]["candidates"]} == {"metric", "dashboard"}
