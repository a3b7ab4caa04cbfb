"""The one configuration of SQLite that neither loses updates nor fails, and what is said when it cannot work."""

import multiprocessing
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from chatctl.domain.errors import DatabaseError, ValidationError
from chatctl.sqlite import sqlite3
from chatctl.storage import copies, schema
from chatctl.storage.database import Database, Transaction

FORK = multiprocessing.get_context("fork")
PROCESSES, ROUNDS = 8, 50

COUNT = "SELECT name FROM organization WHERE id = 'counter'"


@pytest.fixture
def counter(database: Database) -> Database:
    """A database with a number in it."""
    with database.write() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO organization VALUES ('counter', '0', '2026-01-01', '2026-01-01')"
        )
    database.close()
    return database


def count_up(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    for _ in range(ROUNDS):
        with database.write() as session:
            connection = session.connection()
            seen = int(connection.exec_driver_sql(COUNT).scalar_one())
            connection.execute(
                text("UPDATE organization SET name = :name WHERE id = 'counter'"), {"name": str(seen + 1)}
            )
    database.close()


def test_eight_processes_lose_no_update_and_meet_no_error(counter: Database) -> None:
    counters = [FORK.Process(target=count_up, args=(counter.path,)) for _ in range(PROCESSES)]
    for process in counters:
        process.start()
    for process in counters:
        process.join(60)
    assert [process.exitcode for process in counters] == [0] * PROCESSES
    with counter.read() as session:
        assert session.connection().exec_driver_sql(COUNT).scalar_one() == str(PROCESSES * ROUNDS)


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 2000)],
)
def test_every_connection_is_configured(database: Database, pragma: str, value: object) -> None:
    for transaction in (database.read, database.write):
        with transaction() as session:
            assert session.connection().exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value


def test_a_reader_cannot_write(counter: Database) -> None:
    with pytest.raises(DatabaseError), counter.read() as session:
        session.connection().exec_driver_sql("DELETE FROM organization")


def change_and_fail(session: Transaction) -> None:
    session.connection().exec_driver_sql("UPDATE organization SET name = 'changed'")
    session.connection().exec_driver_sql("UPDATE organization SET nonsense = 1")


def test_a_failed_transaction_leaves_nothing(counter: Database) -> None:
    with pytest.raises(DatabaseError), counter.write() as session:
        change_and_fail(session)
    with counter.read() as session:
        assert session.connection().exec_driver_sql(COUNT).scalar_one() == "0"


def test_readers_are_not_held_up_by_a_writer(counter: Database) -> None:
    with counter.write() as writing:
        writing.connection().exec_driver_sql("UPDATE organization SET name = '1'")
        with counter.read() as reading:
            assert reading.connection().exec_driver_sql(COUNT).scalar_one() == "0"


@pytest.mark.parametrize(("value", "words"), [("\udcff", "not valid UTF-8 text"), (2**70, "too large")])
def test_what_no_database_can_hold_is_a_broken_rule(database: Database, value: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words), database.read() as session:
        session.connection().execute(text("SELECT :value"), {"value": value})


def test_a_locked_database_is_told(counter: Database) -> None:
    impatient = Database(str(counter.url), patience=0.05)
    with closing(sqlite3.connect(str(counter.path), isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match="is locked by another process") as caught, impatient.write() as session:
            session.connection()
    assert "chatctl doctor" in (caught.value.hint or "")
    impatient.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello world " * 1000, "is not a chatctl database, or it is damaged"), (b"\0" * 8192, None)],
)
def test_a_file_that_is_no_database_is_told_and_left_alone(scratch: Path, content: bytes, words: str | None) -> None:
    path = scratch / "odd.db"
    path.write_bytes(content)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match=words):
        schema.ensure(database)
    database.close()
    assert path.read_bytes() == content


def test_a_damaged_database_is_told(counter: Database) -> None:
    path = counter.path
    assert path
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    with pytest.raises(DatabaseError, match="is damaged") as caught, counter.read() as session:
        session.connection().exec_driver_sql(COUNT).all()
    assert "Nothing has been changed" in (caught.value.hint or "")


def test_a_home_that_is_a_file_is_told(scratch: Path) -> None:
    (scratch / "file").touch()
    database = Database(f"sqlite:///{scratch / 'file' / 'chatctl.db'}")
    with pytest.raises(DatabaseError, match=r"The folder .* cannot be written"):
        schema.ensure(database)


def test_a_database_that_is_a_folder_is_told(scratch: Path) -> None:
    database = Database(f"sqlite:///{scratch}")
    with pytest.raises(DatabaseError, match="cannot be opened"):
        schema.ensure(database)


def test_a_full_disk_is_told_and_nothing_is_lost(small_disk: Path, blank: Path) -> None:
    path = Path(shutil.copy(blank, small_disk / "chatctl.db"))
    database = Database(f"sqlite:///{path}", patience=1)
    insert = text("INSERT INTO organization VALUES (:id, :name, '2026-01-01', '2026-01-01')")
    with database.write() as session:
        session.connection().execute(insert, {"id": "a", "name": "kept"})
    with pytest.raises(DatabaseError, match="no space left"), database.write() as session:
        session.connection().execute(insert, {"id": "b", "name": "x" * 2_000_000})
    with database.read() as session:
        names = session.connection().exec_driver_sql("SELECT name FROM organization").scalars().all()
    assert names == ["kept"]
    database.close()
    assert copies.check(path) == schema.HEAD
