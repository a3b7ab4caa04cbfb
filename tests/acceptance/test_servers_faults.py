"""A server that cannot do its part: every command says so in one sentence, soon, with a way on, and loses nothing."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

import servers
from chatctl.storage import schema
from chatctl.storage.database import Database
from server_fixtures import or_skip
from support import Outcome, Run, eventually

LOOKS = (("list",), ("show",), ("wait", "@last"))
CHANGES = (
    ("new", "How many?"),
    ("send", "-c", "And?"),
    ("cancel", "@last"),
    ("rename", "@last", "x"),
    ("delete", "@last"),
)
SOON = 12.0
"""Seconds: a silent server is given four for a connection, a busy test machine the rest."""


@pytest.fixture
def at(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Run]:
    """Points the commands to a database; the queue is a file at home."""
    monkeypatch.setenv("CHATCTL_QUEUE_URL", f"sqlite:///{home}/queue.db")

    def point(url: str) -> Run:
        monkeypatch.setenv("CHATCTL_DATABASE_URL", url)
        return run

    return point


def refused(outcome: Outcome, words: str) -> None:
    """One sentence and a hint, under the code of databases; no id, no traceback, no password."""
    assert (outcome.exit, outcome.stdout) == (5, ""), outcome.stderr
    error = outcome.error()
    assert error["code"] == "DATABASE_ERROR"
    assert words in error["error"]
    assert error["hint"]
    assert "Traceback" not in outcome.stderr
    assert "hidden" not in outcome.stderr
    assert servers.Postgres.password not in outcome.stderr


def everything_is_refused(run: Run, words: str) -> None:
    for command in (*LOOKS, *CHANGES, ("db", "info"), ("db", "upgrade"), ("worker", "status")):
        begun = time.monotonic()
        refused(run(*command, "--json"), words)
        assert time.monotonic() - begun < SOON
    examined = run("doctor", "--json")
    assert examined.exit == 5
    found = {each["check"]: each for each in examined.json()}
    assert words in found["database"]["finding"]
    assert found["disk"]["verdict"] == "ok"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_server_that_is_away(at: Callable[[str], Run], scheme: str) -> None:
    everything_is_refused(at(f"{scheme}://ada:hidden@127.0.0.1:1/x"), "No server answers at")


def test_a_silent_server(at: Callable[[str], Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        run = at(f"postgresql+psycopg://ada:hidden@127.0.0.1:{silent.getsockname()[1]}/x")
        for command in (("list",), ("new", "How many?"), ("doctor",)):
            begun = time.monotonic()
            outcome = run(*command, "--json")
            assert outcome.exit == 5
            assert "cannot be reached" in outcome.stdout + outcome.stderr
            assert time.monotonic() - begun < SOON


def test_a_server_that_refuses_the_password(at: Callable[[str], Run], postgres_server: servers.Postgres) -> None:
    everything_is_refused(at(postgres_server.url(tcp=True, password="hidden")), "refuses the password")


def test_a_database_that_is_not_there(at: Callable[[str], Run], postgres_server: servers.Postgres) -> None:
    everything_is_refused(at(postgres_server.url("nowhere")), "There is no database")


def test_a_server_without_a_connection_left(
    at: Callable[[str], Run], postgres_url: str, postgres_server: servers.Postgres
) -> None:
    role = f"r{uuid4().hex}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
    everything_is_refused(at(postgres_url.replace("chatctl@", f"{role}@")), "no connection left")


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg2://u:hidden@h/x", "mysql://u:hidden@h/x", "postgresql+asyncpg://h/x"]
)
def test_another_driver(at: Callable[[str], Run], url: str) -> None:
    outcome = at(url)("list", "--json")
    assert (outcome.exit, outcome.stdout) == (2, "")
    assert outcome.problems()[0]["field"] == "database"
    assert "postgresql+psycopg://" in outcome.error()["hint"]
    assert "hidden" not in outcome.stderr


def test_a_driver_that_is_not_installed(home: Path) -> None:
    script = "import sys; sys.modules['psycopg'] = None; from chatctl.__main__ import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", script, "list", "--json"],
        env={**os.environ, "CHATCTL_HOME": str(home), "CHATCTL_DATABASE_URL": "postgresql://ada:hidden@127.0.0.1:1/x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    refused(Outcome(done.returncode, done.stdout, done.stderr), "needs the driver psycopg")
    assert "chatctl[postgres]" in done.stderr


@pytest.mark.parametrize(
    ("revision", "words", "way"),
    [
        ("9999", "newer version", "newer version"),
        ("1f0a", "another program", "--database"),
        ("0000", "schema 0000", "db upgrade"),
    ],
)
def test_another_schema(at: Callable[[str], Run], postgres_url: str, revision: str, words: str, way: str) -> None:
    sql(postgres_url, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608
    run = at(postgres_url)
    for command in (*LOOKS, *CHANGES):
        outcome = run(*command, "--json")
        refused(outcome, words)
        assert way in outcome.error()["hint"]


# servers that can be read


def readable_only(run: Run, chat: str, words: str) -> None:
    assert run("show", chat, "-q").id() == chat
    assert [each["id"] for each in run("list", "--json").json()] == [chat]
    for command in CHANGES:
        refused(run(*command, "--json"), words)
    examined = run("doctor", "--json")
    found = {each["check"]: each for each in examined.json()}
    assert (examined.exit, found["database"]["verdict"]) == (5, "error")
    assert "can only be read" in found["database"]["finding"]
    assert {found[name]["verdict"] for name in ("schema", "messages", "sources", "clock")} == {"ok"}


def test_a_database_that_was_made_read_only(at: Callable[[str], Run], postgres_url: str) -> None:
    run = at(postgres_url)
    chat = run("new", "How many?", "-q").id()
    name = urlsplit(postgres_url).path.lstrip("/")
    sql(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    readable_only(run, chat, "can only be read")


def test_a_standby(at: Callable[[str], Run]) -> None:
    """A server in recovery answers what is asked and takes nothing."""
    with or_skip(), servers.postgres({**servers.FAST, "wal_level": "replica"}) as server:
        url = upgraded(server)
        run = at(url)
        chat = run("new", "How many?", "-q").id()
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        readable_only(run, chat, "can only be read")


def test_a_server_whose_disk_is_full(at: Callable[[str], Run], postgres_server: servers.Postgres) -> None:
    name = f"full_{uuid4().hex}"
    with small_disk(postgres_server) as folder, postgres_server.connect() as connection:
        connection.execute(f"CREATE TABLESPACE {name} LOCATION '{folder}'")
        url = postgres_server.create(name)
        connection.execute(f"ALTER DATABASE {name} SET default_tablespace = {name}")
        run = at(url)
        assert run("db", "upgrade").exit == 0
        kept = [run("new", "How many?", "-q").id()]
        while (outcome := run("new", "--json", stdin=os.urandom(400_000).hex())).exit == 0:
            kept.append(outcome.json()["chat"]["id"])
        refused(outcome, "no space left on the server")
        assert {each["id"] for each in run("list", "--json").json()} == set(kept)
        assert run("show", kept[0], "-q").id() == kept[0]
        postgres_server.drop(name)
        connection.execute(f"DROP TABLESPACE {name}")


def test_a_server_that_restarts_is_waited_for(at: Callable[[str], Run]) -> None:
    """The connection is lost in the middle and the server is away for a moment: the question is stored once."""
    with or_skip(), servers.postgres(servers.DURABLE) as server:
        run = at(upgraded(server))
        run("list")
        holder = server.connect("mine")
        holder.execute("BEGIN")
        # Whoever asks waits for this lock, and loses its connection when the server crashes.
        holder.execute("LOCK TABLE chat")
        asking = asked_elsewhere()
        eventually(lambda: waiting(server))
        server.restart("immediate")
        holder.close()
        stdout, stderr = asking.communicate(timeout=60)
        assert asking.returncode == 0, stderr
        with server.connect("mine") as connection:
            stored = connection.execute("SELECT CAST(id AS text) FROM chat").fetchall()
        assert stored == [(stdout.strip(),)]


def waiting(server: servers.Postgres) -> bool:
    """Whether a connection waits for a lock."""
    with server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return connection.execute(query).fetchone() == (1,)


def asked_elsewhere() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "chatctl", "new", "How many?", "-q"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def upgraded(server: servers.Postgres) -> str:
    url = server.create("mine")
    database = Database(url)
    schema.upgrade(database)
    database.close()
    return url


def sql(url: str, statement: str) -> None:
    database = Database(url)
    with database.write() as session:
        session.connection().exec_driver_sql(statement)
    database.close()


@contextmanager
def small_disk(server: servers.Postgres) -> Iterator[Path]:
    """A file system of a few megabytes that belongs to the server's user; only root may make one."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = server.folder / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], check=False).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    try:
        owner = (server.folder / "data").stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
