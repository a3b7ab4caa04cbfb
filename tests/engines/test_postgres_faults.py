"""A PostgreSQL source that fails: one sentence of what happened, soon, and never a password in it."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatctl.domain.errors import QueryTimeout, SourceError
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Engine, Limits
from chatctl.engines.sources import open_engine
from servers import Postgres

from .samples import OpeningPostgres as Opening

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def opened(url: str) -> Engine:
    return open_engine(name="data", kind="postgresql", locations=[url], cache=Path())


def run(engine: Engine, sql: str, rows: int = 100, seconds: float = 20) -> ResultSet:
    return engine.run(sql, Limits(rows=rows, seconds=seconds))


def test_a_lock_is_not_waited_for_for_long(opening_postgres: Opening, postgres_server: Postgres, database: str) -> None:
    engine = opening_postgres("CREATE TABLE t (id int)")
    with postgres_server.connect(database) as other:
        other.execute("BEGIN; LOCK t")
        assert engine.tables()[0].row_count is None
        with pytest.raises((SourceError, QueryTimeout)):
            run(engine, "SELECT * FROM t", seconds=0.3)
        other.execute("ROLLBACK")
    assert run(engine, "SELECT * FROM t").rows == []


def test_a_connection_that_is_lost_is_told_and_made_anew(
    opening_postgres: Opening, postgres_server: Postgres, database: str
) -> None:
    engine = opening_postgres("CREATE TABLE t (id int)")
    end_all(postgres_server, database)
    with pytest.raises(SourceError, match=r"connection to .* was lost") as caught:
        run(engine, "SELECT * FROM t")
    assert caught.value.code == "SOURCE_ERROR"
    assert run(engine, "SELECT * FROM t").rows == []


def test_a_connection_that_is_lost_in_the_middle_is_told(
    opening_postgres: Opening, postgres_server: Postgres, database: str
) -> None:
    engine = opening_postgres("CREATE TABLE t (id int)")
    ending = threading.Timer(0.3, end_all, (postgres_server, database))
    ending.start()
    with pytest.raises(SourceError, match="was lost"):
        run(engine, ENDLESS)
    ending.join()


def end_all(server: Postgres, database: str) -> None:
    with server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (database,))


def test_a_server_that_stands_still_is_given_up(
    opening_postgres: Opening, postgres_server: Postgres, database: str
) -> None:
    engine = opening_postgres("CREATE TABLE t (id int)")
    with postgres_server.connect() as connection:
        ((pid,),) = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (database,)).fetchall()
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        with pytest.raises(QueryTimeout):
            run(engine, "SELECT * FROM t", seconds=0.2)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert time.monotonic() - began < 5
    assert run(engine, "SELECT * FROM t").rows == []


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_server_that_cannot_be_used_is_told_in_one_sentence(
    postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hun%ter@2")
    place = f"127.0.0.1:{postgres_server.port}"
    local = f"host={postgres_server.folder}&port={postgres_server.port}"
    with silent_port() as silent:
        cases = {
            f"postgresql://chatctl:${{SHOP_PASSWORD}}@{place}/postgres": "refuses the password",
            f"postgresql://chatctl@{place}/postgres?passfile=/nowhere": "refuses the password",
            f"postgresql+psycopg://chatctl@/nowhere?{local}": "no such database",
            f"postgresql://nobody@/postgres?{local}": "does not let this user",
            "postgresql://chatctl:${SHOP_PASSWORD}@127.0.0.1:1/postgres": "No server answers",
            "postgresql://chatctl@/postgres?host=/nowhere": "No server answers",
            "postgresql://chatctl@no-such-host.invalid/postgres": "host of",
            f"postgresql://chatctl:${{SHOP_PASSWORD}}@127.0.0.1:{silent}/x?connect_timeout=1": "cannot be reached",
            "postgresql://chatctl@127.0.0.1:x/postgres": "Cannot connect",
            "postgresql://chatctl@127.0.0.1/%zz": "cannot be read",
            "postgresql://chatctl@127.0.0.1/postgres?nonsense=1": "cannot be read",
        }
        for url, words in cases.items():
            began = time.monotonic()
            with pytest.raises(SourceError) as caught:
                opened(url)
            said = f"{caught.value.message} {caught.value.hint} {caught.value.details} {caught.value.__cause__}"
            assert words in caught.value.message, (url, said)
            assert caught.value.hint
            assert "\n" not in caught.value.message
            assert "ter@2" not in said
            assert "ter%402" not in said
            assert time.monotonic() - began < 8


def test_a_password_from_the_environment_opens_the_door(
    postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", postgres_server.password)
    monkeypatch.setenv("SHOP_PORT", str(postgres_server.port))
    engine = opened("postgresql://chatctl:${SHOP_PASSWORD}@127.0.0.1:${SHOP_PORT}/postgres")
    assert run(engine, "SELECT 1").rows == [[1]]
    engine.close()
