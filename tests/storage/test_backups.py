"""Backups on each kind of database: complete while others write, or no file at all; restored with every row."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import servers
from chatctl.domain.errors import DatabaseError
from chatctl.storage import backups, copies, dumps, schema
from chatctl.storage.database import Database

from .conftest import Bench

TABLES = ("organization", "user_account", "chat", "message")
SELECT_ALL = "SELECT * FROM "
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C"}


def needs_clients(server: servers.Postgres) -> None:
    """The client programs must be there, and as new as the server."""
    program = shutil.which("pg_dump")
    if program is None:
        pytest.skip("no pg_dump")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    with server.connect() as connection:
        newest = connection.info.server_version // 10_000
    if int(told.split()[2].partition(".")[0]) < newest:
        pytest.skip(f"{told.strip()} is older than the server {newest}")


@pytest.fixture
def another(bench: Bench, request: pytest.FixtureRequest, scratch: Path) -> Iterator[Database]:
    """An empty database of the same kind."""
    if bench.database.is_sqlite:
        fresh = Database(f"sqlite:///{scratch / 'another.db'}")
        yield fresh
        fresh.close()
        return
    server: servers.Postgres = request.getfixturevalue("postgres_server")
    needs_clients(server)
    name = f"test_{uuid4().hex}"
    # With the password, which must reach the programs and nobody else.
    server.create(name)
    fresh = Database(server.url(name, tcp=True))
    yield fresh
    fresh.close()
    server.drop(name)


def rows(database: Database) -> dict[str, list[tuple[str, ...]]]:
    """What is in the tables, in order."""
    with database.read() as session:
        return {
            table: sorted(tuple(map(str, row)) for row in session.connection().exec_driver_sql(SELECT_ALL + table))
            for table in TABLES
        }


def test_a_backup_while_others_write_is_a_state_that_was(bench: Bench, another: Database, scratch: Path) -> None:
    first = bench.chat(3)
    writing, over = threading.Event(), threading.Event()

    def write() -> None:
        while not over.is_set():
            bench.chat(2)
            writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    writing.wait(10)
    backups.backup(bench.database, scratch / "copy", ENVIRONMENT)
    over.set()
    writer.join()
    backups.restore(another, scratch / "copy", ENVIRONMENT)
    restored, now = rows(another), rows(bench.database)
    assert schema.revision(another) == schema.HEAD
    assert {row[0].replace("-", "") for row in restored["message"]} >= {each.hex for each in first}
    for table, found in restored.items():
        assert found
        assert set(found) <= set(now[table]), "a row that never was"
    assert (scratch / "copy").stat().st_mode & 0o777 == 0o600
    assert not list(scratch.glob(".*.unfinished*"))


def test_a_servers_backup_is_restored_into_an_empty_database_only(
    postgres_server: servers.Postgres, postgres_url: str, scratch: Path
) -> None:
    needs_clients(postgres_server)
    bench = Bench(postgres_url)
    backups.backup(bench.database, scratch / "copy", ENVIRONMENT)
    before = rows(bench.database)
    with pytest.raises(DatabaseError, match="into an empty one") as caught:
        backups.restore(bench.database, scratch / "copy", ENVIRONMENT)
    assert "createdb" in (caught.value.hint or "")
    assert rows(bench.database) == before
    bench.database.close()


@pytest.mark.parametrize("wrong", ["missing", "text", "cut", "newer"])
def test_what_is_no_sound_backup_of_a_server_is_refused(
    postgres_server: servers.Postgres, postgres_url: str, scratch: Path, wrong: str
) -> None:
    needs_clients(postgres_server)
    file, database = scratch / "copy", Database(postgres_url)
    if wrong == "newer":
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    if wrong in ("cut", "newer"):
        dumps.dump(database.url, file, ENVIRONMENT)
    if wrong == "cut":
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    if wrong == "text":
        file.write_text("hello " * 1_000)
    name = f"test_{uuid4().hex}"
    empty = Database(postgres_server.create(name))
    with pytest.raises(DatabaseError, match="newer version" if wrong == "newer" else "pg_restore failed"):
        backups.restore(empty, file, ENVIRONMENT)
    assert schema.revision(empty) is None
    for each in (database, empty):
        each.close()
    postgres_server.drop(name)


def test_without_the_client_programs_that_is_said(postgres_url: str, scratch: Path) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseError, match="copied by pg_dump, which cannot be run here") as caught:
        backups.backup(database, scratch / "copy", {"PATH": str(scratch)})
    assert "client programs" in (caught.value.hint or "")
    assert list(scratch.iterdir()) == []
    database.close()


def test_a_refused_password_is_told_and_not_shown(postgres_server: servers.Postgres, scratch: Path) -> None:
    needs_clients(postgres_server)
    database = Database(postgres_server.url(tcp=True, password="mistaken"))
    with pytest.raises(DatabaseError, match="password authentication failed") as caught:
        backups.backup(database, scratch / "copy", ENVIRONMENT)
    assert "mistaken" not in f"{caught.value} {caught.value.details}"
    assert list(scratch.iterdir()) == []
    database.close()


def nowhere(folder: Path) -> Path:
    return folder / "nowhere" / "copy"


def a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "copy"


@pytest.mark.parametrize("place", [nowhere, a_file])
def test_a_place_that_cannot_be_written_is_told(bench: Bench, tmp_path: Path, place: Callable[[Path], Path]) -> None:
    with pytest.raises(DatabaseError, match="could not be copied") as caught:
        backups.backup(bench.database, place(tmp_path), ENVIRONMENT)
    assert caught.value.hint


def test_a_full_disk_leaves_nothing_half(bench: Bench, small_disk: Path) -> None:
    if not bench.database.is_sqlite:
        needs_clients(servers_of(bench))
    noise = os.urandom(1_500_000).hex()
    message = bench.chat()[0]
    bench.change(message, request_message=noise)
    with pytest.raises(DatabaseError, match=r"full|No space left"):
        backups.backup(bench.database, small_disk / "copy", ENVIRONMENT)
    assert list(small_disk.iterdir()) == []


def servers_of(bench: Bench) -> servers.Postgres:
    """A handle to ask the version of the bench's server."""
    url = bench.database.url
    return servers.Postgres(Path(str(url.query["host"])), Path(), None, int(str(url.query["port"])))


def test_a_file_is_checked_before_it_is_named(scratch: Path, blank: Path) -> None:
    damaged = scratch / "damaged.db"
    content = blank.read_bytes()
    damaged.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    with pytest.raises(DatabaseError):
        copies.copy(damaged, scratch / "copy.db")
    assert sorted(path.name for path in scratch.iterdir() if "copy" in path.name) == []
