"""The server ends every connection, again and again: all commands and workers go on, and nothing is doubled."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

import servers
from server_fixtures import BLANK

from .conftest import SETTINGS
from .homes import Home, finished

CUTS, EVERY = 5, 0.6


@pytest.fixture
def name(postgres_server: servers.Postgres) -> Iterator[str]:
    """A database at this version's schema."""
    fresh = f"test_{uuid4().hex}"
    postgres_server.create(fresh, BLANK)
    yield fresh
    postgres_server.drop(fresh)


@pytest.fixture
def home(name: str, tmp_path: Path, postgres_server: servers.Postgres) -> Iterator[Home]:
    """A home on it."""
    fresh = Home(tmp_path / "home", {**SETTINGS, "CHATCTL_DATABASE_URL": postgres_server.url(name)})
    yield fresh
    fresh.close()


@contextmanager
def cutting(server: servers.Postgres, name: str) -> Iterator[None]:
    """Inside the block the server ends every connection to the database, a few times."""
    over = threading.Event()

    def cut() -> None:
        with server.connect() as connection:
            for _ in range(CUTS):
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
                if over.wait(EVERY):
                    return

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield
        thread.join()
    finally:
        over.set()
        thread.join()


def test_ended_connections_cost_nobody_anything(
    home: Home, name: str, data: Path, postgres_server: servers.Postgres
) -> None:
    assert home.run("source", "add", "flights", *sorted(map(str, data.glob("*.csv")))).exit == 0
    question = ("How many flights are there?", "--source", "flights")
    home.worker()
    first = home.run("new", "-q", *question).id()
    waiting, watching = home.start("wait", first, "--json"), home.start("watch", first, "-o", "ndjson")
    with cutting(postgres_server, name):
        asked = [home.run("new", "-q", *question).id() for _ in range(3)]
    for process in (waiting, watching):
        outcome = finished(process)
        assert outcome.exit == 0, outcome.stderr
    for chat in (first, *asked):
        told = home.run("wait", chat, "--json", "--timeout", "60")
        assert told.exit == 0, told.stderr
        (message,) = told.json()["messages"]
        assert (message["status"], message["outcome"]) == ("completed", "answered")
        entries = message["responseMessages"]["messages"]
        assert len({entry["id"] for entry in entries}) == len(entries)
    with postgres_server.connect(name) as connection:
        stored = connection.execute("SELECT count(*), count(DISTINCT chat_id), max(errors) FROM message").fetchone()
    assert stored == (4, 4, 0), "every question once, and no attempt counted as an error"
