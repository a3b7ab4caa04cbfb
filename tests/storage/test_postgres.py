"""PostgreSQL as the database of chats: upgrades, races in slow motion, and what is said when it cannot work."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

import servers
from at_once import together
from chatctl.domain.errors import DatabaseError, ValidationError
from chatctl.storage import schema
from chatctl.storage.database import Database, Transaction
from chatctl.storage.faults import ConnectionLost
from chatctl.storage.retries import settled
from server_fixtures import or_skip
from support import eventually

from .conftest import Bench

TOGETHER = 4
FIRST_RELEASE = Path(__file__).parent / "released" / "0001.postgresql.sql"


@pytest.fixture
def empty(postgres_server: servers.Postgres) -> Iterator[str]:
    """A database without any table."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create(name)
    postgres_server.drop(name)


@pytest.fixture
def opened() -> Iterator[Callable[..., Database]]:
    """Opens databases, and closes them after the test."""
    databases: list[Database] = []

    def open_(url: str, patience: float = 5) -> Database:
        databases.append(Database(url, patience=patience))
        return databases[-1]

    yield open_
    for each in databases:
        each.close()


Opened = Callable[..., Database]


# schema


def bring_up(url: str, _number: int) -> list[str]:
    database = Database(url)
    passed = schema.upgrade(database)
    schema.ensure(database)
    database.close()
    return passed


@pytest.mark.parametrize("at", ["nothing", "the first release"])
def test_of_several_upgrades_at_once_one_does_it(empty: str, at: str, opened: Opened) -> None:
    if at == "the first release":
        with opened(empty).connect() as connection, connection.begin():
            connection.exec_driver_sql(FIRST_RELEASE.read_text().replace("%", "%%"))
    *others, one = sorted(together(partial(bring_up, empty), TOGETHER))
    assert others == [[]] * (TOGETHER - 1)
    assert one[-1] == schema.HEAD


def described(database: Database) -> dict[str, list[str]]:
    """Columns, constraints and indexes in the server's own words."""
    queries = {
        "columns": "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable "
        "FROM information_schema.columns WHERE table_schema = 'public'",
        "constraints": "SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    }
    with database.read() as session:
        return {
            what: sorted(session.connection().exec_driver_sql(query).scalars().all()) for what, query in queries.items()
        }


def test_a_migrated_database_equals_a_fresh_one(empty: str, postgres_url: str, opened: Opened) -> None:
    from chatctl.storage import migrations

    migrated = opened(empty)
    with migrated.connect() as connection, connection.begin():
        assert migrations.run(connection)[-1] == schema.HEAD
    assert described(migrated) == described(opened(postgres_url))


def test_a_command_on_an_empty_database_names_the_upgrade_and_makes_nothing(empty: str, opened: Opened) -> None:
    database = opened(empty)
    with pytest.raises(DatabaseError, match="is at schema none") as caught:
        schema.ensure(database)
    assert caught.value.hint == "Run `chatctl db upgrade`."
    assert described(database)["columns"] == []


@pytest.mark.parametrize(("at", "words"), [("9999", "newer version of chatctl"), ("1f0a", "another program")])
def test_an_unknown_schema_is_refused(postgres_url: str, opened: Opened, at: str, words: str) -> None:
    database = opened(postgres_url)
    with database.write() as session:
        session.connection().execute(text("UPDATE alembic_version SET version_num = :at"), {"at": at})
    for act in (schema.ensure, schema.upgrade):
        with pytest.raises(DatabaseError, match=words):
            act(database)


def test_the_tables_of_another_program_are_left_alone(empty: str, opened: Opened) -> None:
    database = opened(empty)
    with database.write() as session:
        session.connection().execute(text("CREATE TABLE chat (id int)"))
    with pytest.raises(DatabaseError, match="holds tables that are not chatctl's"):
        schema.upgrade(database)


# races in slow motion


def test_a_neighbour_claimed_but_not_committed_cannot_be_beaten(postgres_url: str) -> None:
    bench = Bench(postgres_url)
    first, second = bench.chat(2)
    bench.cancel(first)
    with ThreadPoolExecutor(1) as thread:
        with bench.database.write() as session:
            assert bench.ledger._claim(session, second, "slow", bench.now)
            assert bench.retry(first)
            beaten = thread.submit(bench.ledger.claim, first, "quick")
            eventually(lambda: waiting(bench.database))
        assert beaten.result(10) is None
    assert (bench.row(first).status, bench.row(second).status) == ("queued", "running")
    bench.database.close()


def waiting(database: Database) -> int:
    with database.read() as session:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return int(session.connection().exec_driver_sql(query).scalar_one())


def test_a_reading_transaction_sees_one_state(postgres_url: str) -> None:
    bench = Bench(postgres_url)
    with bench.database.read() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM chat").scalar_one()
        bench.chat()
        assert session.connection().exec_driver_sql("SELECT count(*) FROM chat").scalar_one() == before
    with pytest.raises(DatabaseError, match="can only be read"), bench.database.read() as session:
        session.connection().exec_driver_sql("DELETE FROM chat")
    bench.database.close()


def test_the_servers_clock_counts(postgres_url: str, opened: Opened) -> None:
    database = opened(postgres_url)
    with database.write() as session:
        first, second = database.now(session), database.now(session)
    assert first < second
    assert abs(first - time.time()) < 5


# faults


NOISE = "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500) n)"
"""A long text that does not compress."""


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://u:hidden@127.0.0.1:1/x", "No server answers at"),
        ("postgresql+psycopg://u:hidden@/x?host=/nowhere", "No server answers at"),
        ("postgresql+psycopg://u:hidden@no.such.host.invalid/x", "host of .* is not known"),
    ],
)
def test_a_server_that_is_away_is_told(url: str, words: str, opened: Opened) -> None:
    with pytest.raises(DatabaseError, match=words) as caught:
        schema.ensure(opened(url))
    assert caught.value.hint
    assert "hidden" not in f"{caught.value} {caught.value.details}"


def test_a_silent_server_costs_five_seconds_at_most(opened: Opened) -> None:
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DatabaseError, match="cannot be reached"):
            schema.ensure(opened(f"postgresql+psycopg://u@127.0.0.1:{port}/x"))
    assert time.monotonic() - begun < 5


def test_a_wrong_password_is_told_and_not_shown(postgres_server: servers.Postgres, opened: Opened) -> None:
    database = opened(postgres_server.url(tcp=True, password="mistaken"))
    with pytest.raises(DatabaseError, match="refuses the password") as caught:
        schema.ensure(database)
    assert "mistaken" not in f"{caught.value} {caught.value.details} {caught.value.hint}"


def test_an_unknown_database_is_told(postgres_server: servers.Postgres, opened: Opened) -> None:
    with pytest.raises(DatabaseError, match="There is no database"):
        schema.ensure(opened(postgres_server.url("nowhere")))


def test_an_unknown_user_is_told(postgres_server: servers.Postgres, opened: Opened) -> None:
    with pytest.raises(DatabaseError, match="does not let this user"):
        schema.ensure(opened(postgres_server.url().replace("chatctl@", "nobody@")))


@pytest.mark.parametrize("url", ["mysql://u:secret@h/x", "postgresql+other://h/x", "::", "sqlite+aiosqlite:///x"])
def test_a_database_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="No database of chats can be kept") as caught:
        Database(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT pg_sleep(60)", "stopped the statement"),
        ("SELECT * FROM nowhere", "does not have this version's schema"),
        ("SELECT 1/0", "failed: division by zero"),
        (f"INSERT INTO organization SELECT gen_random_uuid(), {NOISE}, now(), now()", "too long"),
    ],
)
def test_a_statement_that_fails_is_told(postgres_url: str, opened: Opened, statement: str, words: str) -> None:
    with pytest.raises(DatabaseError, match=words), opened(f"{postgres_url}&{HURRIED}").write() as session:
        session.connection().exec_driver_sql(statement)


HURRIED = "options=-c%20statement_timeout%3D200"


def test_a_lock_is_waited_for_as_long_as_patience_says(postgres_url: str, opened: Opened) -> None:
    with opened(postgres_url).write() as holder:
        holder.connection().exec_driver_sql("LOCK TABLE chat")
        with pytest.raises(DatabaseError, match="is locked"), opened(postgres_url, patience=0.1).write() as session:
            session.connection().exec_driver_sql("SELECT * FROM chat")


def test_a_read_only_database_is_told(postgres_url: str, opened: Opened) -> None:
    name = postgres_url.partition("@/")[2].partition("?")[0]
    with opened(postgres_url).write() as session:
        session.connection().exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    database = opened(postgres_url)
    schema.ensure(database)
    with pytest.raises(DatabaseError, match="can only be read"), database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM chat")


def test_too_many_connections_are_told(postgres_url: str, opened: Opened, postgres_server: servers.Postgres) -> None:
    role = f"r{uuid4().hex}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
    with pytest.raises(DatabaseError, match="no connection left"):
        schema.ensure(opened(postgres_url.replace("chatctl@", f"{role}@")))


@pytest.mark.parametrize("value", ["a\x00b", 2**40])
def test_what_the_database_cannot_hold_is_a_broken_rule(postgres_url: str, opened: Opened, value: object) -> None:
    statement = text("SELECT CAST(:value AS integer)" if isinstance(value, int) else "SELECT CAST(:value AS text)")
    with pytest.raises(ValidationError, match="cannot hold"), opened(postgres_url).read() as session:
        session.connection().execute(statement, {"value": value})


# lost connections


def cut(session: Transaction, postgres_server: servers.Postgres) -> None:
    """Let the server end the session's connection."""
    pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with postgres_server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_connection_lost_before_the_commit_costs_a_repetition(
    postgres_url: str, postgres_server: servers.Postgres, opened: Opened
) -> None:
    database, tries = opened(postgres_url), []

    def work() -> int:
        tries.append(1)
        with database.write() as session:
            if len(tries) == 1:
                cut(session, postgres_server)
            return int(session.connection().exec_driver_sql("SELECT 42").scalar_one())

    assert settled(work) == 42
    assert len(tries) == 2


def test_a_connection_lost_again_is_told(postgres_url: str, postgres_server: servers.Postgres, opened: Opened) -> None:
    database = opened(postgres_url)

    def work() -> None:
        with database.write() as session:
            cut(session, postgres_server)
            session.connection().exec_driver_sql("SELECT 42")

    with pytest.raises(ConnectionLost, match="was lost") as caught:
        settled(work)
    assert not caught.value.uncertain


def test_a_commit_that_was_not_answered_is_looked_for(
    postgres_url: str, postgres_server: servers.Postgres, opened: Opened
) -> None:
    database, tries = opened(postgres_url), []

    def work() -> str:
        tries.append(1)
        with database.write() as session:
            cut(session, postgres_server)
        return "stored"

    assert settled(work, found=lambda: "found") == "found"
    assert len(tries) == 1


def test_an_idle_connection_that_was_dropped_is_not_noticed(
    postgres_url: str, postgres_server: servers.Postgres, opened: Opened
) -> None:
    database = opened(postgres_url)
    with database.write() as session:
        pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with postgres_server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [pid])
    with database.write() as session:
        assert session.connection().exec_driver_sql("SELECT 42").scalar_one() == 42


def test_a_server_that_restarts_is_told_and_comes_back(opened: Opened) -> None:
    with or_skip(), servers.postgres(servers.DURABLE) as server:
        database = opened(server.create("mine"))
        schema.upgrade(database)
        server.stop("immediate")
        with pytest.raises(DatabaseError, match=r"No server answers|was lost"):
            schema.ensure(database)
        with ThreadPoolExecutor(1) as thread:
            patient = thread.submit(settled, lambda: schema.revision(database), patience=10)
            server.start()
            assert patient.result(10) == schema.HEAD


# the cost of what is not used


def test_psycopg_is_loaded_for_a_postgresql_url_alone(tmp_path: Path) -> None:
    script = (
        "import sys; from chatctl.storage import schema; from chatctl.storage.database import Database; "
        f"schema.ensure(Database('sqlite:///{tmp_path}/x.db')); print('psycopg' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
