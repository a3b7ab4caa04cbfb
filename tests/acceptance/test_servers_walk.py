"""A team's servers: every command on PostgreSQL with a real worker, ringing through PostgreSQL and through Redis."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import servers
import support

from .conftest import SETTINGS
from .homes import Home


@pytest.fixture
def team(request: pytest.FixtureRequest, tmp_path: Path, postgres_server: servers.Postgres) -> Iterator[Home]:
    """A home on an empty PostgreSQL database, which it reaches by password; its queue is there or on Redis."""
    name = f"test_{uuid4().hex}"
    postgres_server.create(name)
    settings = {**SETTINGS, "CHATCTL_DATABASE_URL": postgres_server.url(name, tcp=True)}
    if request.param == "redis":
        settings["CHATCTL_QUEUE_URL"] = request.getfixturevalue("redis_server").url
    home = Home(tmp_path / "home", settings)
    yield home
    home.close()
    postgres_server.drop(name)


class Succeeds:
    """The commands of a home, each of which must succeed."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def __call__(self, *args: str, stdin: str | None = None) -> support.Outcome:
        outcome = self._home.run(*args, stdin=stdin)
        assert outcome.exit == 0, f"{args}: {outcome.stderr}"
        assert "Traceback" not in outcome.stderr
        return outcome


@pytest.mark.parametrize("team", ["redis"], indirect=True)
def test_a_ring_through_redis(team: Home, data: Path) -> None:
    ok = Succeeds(team)
    ok("db", "upgrade")
    ok("source", "add", "flights", *sorted(map(str, data.glob("*.csv"))))
    team.worker()
    made = ok("new", "How many flights are there?", "--source", "flights", "--json").json()
    assert made["trigger"]["success"], made["trigger"]
    assert ok("wait", made["chat"]["id"], "--json").json()["messages"][0]["outcome"] == "answered"
    queue = next(each for each in ok("doctor", "--json").json() if each["check"] == "queue")
    assert (queue["verdict"], "redis://" in queue["finding"]) == ("ok", True)


@pytest.mark.slow
@pytest.mark.parametrize("team", ["postgresql"], indirect=True)
def test_every_command_on_postgresql(team: Home, data: Path) -> None:
    ok = Succeeds(team)
    refused = team.run("list", "--json")
    assert (refused.exit, refused.error()["hint"]) == (5, "Run `chatctl db upgrade`.")
    told = ok("db", "upgrade", "--json").json()
    assert told["revision"] == told["newestRevision"]
    assert told["library"].startswith("PostgreSQL")
    assert servers.Postgres.password not in json.dumps(told)

    flights = sorted(map(str, data.glob("*.csv")))
    ok("source", "add", "flights", *flights)
    assert [each["name"] for each in ok("source", "list", "--json").json()] == ["flights"]
    ok("source", "show", "flights")
    ok("source", "sample", "flights", "airlines")
    assert ok("sql", "SELECT count(*) AS n FROM airlines", "--source", "flights", "-o", "csv").stdout.startswith("n\n")

    team.worker()
    made = ok("new", "How many flights are there?", "--source", "flights", "--json").json()
    assert made["trigger"]["success"], made["trigger"]
    chat = made["chat"]["id"]
    (first,) = ok("wait", chat, "--json").json()["messages"]
    assert (first["status"], first["outcome"], first["attempts"]) == ("completed", "answered", 1)
    second = ok("send", "and by month?", "--chat-id", chat, "-q").id()
    ok("wait", second)
    watched = ok("watch", chat, "-o", "ndjson").ndjson()
    assert watched[-1]["status"] == "completed"
    third = ok("redo", second, "-q", "--wait").id()
    assert [each["position"] for each in ok("show", chat, "--json").json()["messages"]] == [3, 1]
    ok("feedback", third, "positive")
    ok("rename", chat, "All flights")
    ok("delete", third)
    ok("restore", third)
    for part in ("--sql", "--data", "--steps", "--raw"):
        assert ok("show", chat, part).stdout
    (listed,) = ok("list", "--json").json()
    assert (listed["title"], listed["messageCount"], listed["lastStatus"]) == ("All flights", 2, "completed")

    working = ok("worker", "status", "--json").json()
    support.check("workers", working)
    assert [(each["kind"], each["alive"]) for each in working["workers"]] == [("manual", True)]
    findings = ok("doctor", "--json").json()
    assert {each["verdict"] for each in findings} <= {"ok", "warning"}, findings
    keys = {key for line in ok("worker", "logs", "-n", "200").ndjson() for key in line}
    assert "messageId" in keys
    assert all(re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", key) for key in keys), keys
    assert [each["alive"] for each in ok("worker", "stop", "--json").json()] == [False]

    waiting = ok("new", "-q", "How many flights are there?", "--source", "flights").id()
    ok("cancel", waiting)
    assert ok("retry", waiting, "--json").json()["messages"][0]["status"] == "queued"
    requests = '{"prompt": "one", "idempotency_key": "k"}\n{"prompt": "one", "idempotency_key": "k"}\n'
    lines = ok("request", "--batch", stdin=requests).ndjson()
    assert lines[0]["chatId"] == lines[1]["chatId"]
    assert ok("request", stdin=json.dumps({"prompt": "two", "sources": ["flights"]})).json()["newMessageId"]
    repaired = ok("doctor", "--fix", "--json").json()
    assert (len(repaired["successful"]), repaired["failed"]) == (3, [])
    # No worker is left: whoever waits does the work.
    assert ok("wait", waiting, "--json", "--timeout", "60").json()["messages"][0]["outcome"] == "answered"
    ok("source", "move", "flights", *flights)
    ok("source", "remove", "flights")
    support.check("database", ok("db", "info", "--json").json())
