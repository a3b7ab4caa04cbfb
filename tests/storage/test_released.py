"""A database that a released version wrote is brought up to date with every field as it was.

The dumps in released/ were made by the version that is named in them, by its own commands: answered, cancelled, failed,
running, redone and deleted messages, sources, idempotency keys, several users. They are never made anew.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import inspect

import servers
import support
from chatctl.storage import schema
from chatctl.storage.database import Database
from support import Run

RELEASED = Path(__file__).parent / "released"
TABLES = ("chat", "chat_source", "message", "message_step", "organization", "query_result", "source", "user_account")

Contents = dict[str, list[dict[str, object]]]


@pytest.fixture(params=["sqlite", "postgresql"])
def load(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Callable[[str], str]]:
    """Makes the database that a release left, and gives its URL."""
    if request.param == "sqlite":
        yield lambda release: f"sqlite:///{from_file(scratch / 'chatctl.db', release)}"
        return
    server: servers.Postgres = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    url = server.create(name)

    def restore(release: str) -> str:
        with server.connect(name) as connection:
            connection.execute(psycopg.sql.SQL((RELEASED / f"{release}.postgresql.sql").read_text()))
        return url

    yield restore
    server.drop(name)


def from_file(path: Path, release: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((RELEASED / f"{release}.sqlite.sql").read_text())
    return path


def contents(database: Database) -> Contents:
    """The rows of every table of the first release, as they are stored, by id."""
    with database.connect() as connection:
        return {
            table: sorted(
                (dict(row._mapping) for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')),  # noqa: S608
                key=lambda row: str(row["id"]),
            )
            for table in TABLES
        }


def columns(before: Contents, after: Contents) -> Contents:
    """What is there now in the columns that were there before."""
    return {
        table: [{name: now[name] for name in then} for then, now in zip(rows, after[table], strict=True)]
        for table, rows in before.items()
    }


def releases() -> list[str]:
    return sorted(path.name.removesuffix(".sqlite.sql") for path in RELEASED.glob("*.sqlite.sql"))


@pytest.mark.parametrize("release", releases())
def test_every_field_survives_the_migration(load: Callable[[str], str], release: str) -> None:
    database = Database(load(release))
    before = contents(database)
    assert all(before.values()), "a table without rows would prove nothing"
    assert schema.revision(database) == release
    schema.upgrade(database)
    schema.ensure(database)
    assert schema.revision(database) == schema.HEAD
    assert columns(before, contents(database)) == before
    assert set(TABLES) <= set(inspect(database.engines()[0]).get_table_names())
    database.close()


@pytest.mark.parametrize("release", releases())
def test_every_message_is_shown_and_the_chats_go_on(
    load: Callable[[str], str], release: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = load(release)
    monkeypatch.setenv("CHATCTL_DATABASE_URL", url)
    assert run("db", "upgrade").exit == 0
    chats = run("list", "--json", "-n", "100").json()
    assert {each["title"] for each in chats} >= {"Counting 🧮", "to fail"}
    shown = [run("show", each["id"], "--json").json() for each in chats]
    for each in shown:
        support.check("chat", each)
    messages = [message for each in shown for message in each["messages"]]
    assert {message["status"] for message in messages} == {"completed", "running", "failed"}
    assert {message["outcome"] for message in messages} == {"answered", "declined", None}
    assert any(message["feedback"] == "positive" for message in messages)
    assert run("send", "--chat-id", chats[0]["id"], "And now?").exit == 0
    (deleted,) = run("list", "--deleted", "--json").json()
    assert run("restore", deleted["id"]).exit == 0
    again = run("new", "What is the total amount by region?", "--source", "sales", "--idempotency-key", "first", "-q")
    assert again.id() in {each["id"] for each in chats}, "the key is known, and the request the same"
