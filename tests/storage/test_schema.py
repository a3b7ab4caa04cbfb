"""Making, checking, copying and refusing databases."""

import multiprocessing
import re
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from chatctl.domain.errors import DatabaseError
from chatctl.sqlite import sqlite3
from chatctl.storage import backups, copies, schema
from chatctl.storage.database import Database
from chatctl.storage.tables import Organization

FORK = multiprocessing.get_context("fork")
TOGETHER = 8


def master(path: Path) -> dict[str, list[str]]:
    """The DDL of every object, its parts in alphabetical order: the order of constraints means nothing."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: sorted(parts(sql)) for name, sql in found}


def parts(sql: str) -> list[str]:
    """The statement's head and what stands in its parentheses, cut at the top-level commas."""
    head, _, body = " ".join(sql.replace('"', "").split()).partition("(")
    depth, found = 0, [""]
    for character in body.rpartition(")")[0]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return [head, body.rpartition(")")[2], *(part.strip() for part in found)]


def contents(path: Path) -> dict[str, list[object]]:
    """The rows of every table."""
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608
    connection.close()
    return rows


def test_a_migrated_database_equals_a_fresh_one(scratch: Path, blank: Path) -> None:
    from chatctl.storage import migrations

    migrated = Database(f"sqlite:///{scratch / 'migrated.db'}")
    with migrated.connect() as connection, connection.begin():
        passed = migrations.run(connection)
    migrated.close()
    assert passed[-1] == schema.HEAD
    assert master(scratch / "migrated.db") == master(blank)
    assert schema.revision(migrated) == schema.HEAD
    migrated.close()


def test_head_is_the_newest_revision_that_ships() -> None:
    from chatctl.storage import migrations

    assert migrations.scripts().get_heads() == [schema.HEAD]


def test_every_constraint_has_a_name(blank: Path) -> None:
    for name, ddl in master(blank).items():
        for part in ddl:
            if name != "alembic_version" and re.match(r"(PRIMARY|FOREIGN|UNIQUE|CHECK)", part):
                pytest.fail(f"{name}: {part}")


def make(path: Path, barrier: Barrier) -> None:
    database = Database(f"sqlite:///{path}")
    barrier.wait()
    schema.ensure(database)
    with database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM chat").scalar() == 0
    database.close()


def test_eight_processes_make_one_database_together(scratch: Path, blank: Path) -> None:
    path, barrier = scratch / "new" / "chatctl.db", FORK.Barrier(TOGETHER)
    makers = [FORK.Process(target=make, args=(path, barrier)) for _ in range(TOGETHER)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join(30)
    assert [maker.exitcode for maker in makers] == [0] * TOGETHER
    assert master(path) == master(blank)
    assert contents(path)["alembic_version"] == [(schema.HEAD,)]


def test_a_new_database_is_for_its_owner_alone(scratch: Path) -> None:
    path = scratch / "deep" / "down" / "chatctl.db"
    database = Database(f"sqlite:///{path}")
    schema.ensure(database)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    database.close()


def test_a_database_at_head_is_left_alone(database: Database) -> None:
    assert database.path
    before = database.path.stat().st_mtime_ns
    schema.ensure(database)
    assert schema.upgrade(database) == []
    assert database.path.stat().st_mtime_ns == before


def test_an_empty_file_becomes_a_database(scratch: Path) -> None:
    path = scratch / "empty.db"
    path.touch()
    database = Database(f"sqlite:///{path}")
    schema.ensure(database)
    assert schema.revision(database) == schema.HEAD
    database.close()


def test_a_newer_schema_is_refused_and_unchanged(database: Database) -> None:
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    assert database.path
    before = contents(database.path)
    with pytest.raises(DatabaseError, match="newer version of chatctl") as caught:
        schema.ensure(database)
    assert "nothing was changed" in (caught.value.hint or "")
    database.close()
    assert contents(database.path) == before


def test_the_database_of_another_program_is_refused_and_unchanged(scratch: Path) -> None:
    path = scratch / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE chat (id)")
    connection.close()
    before = contents(path)
    database = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="holds tables that are not chatctl's"):
        schema.ensure(database)
    database.close()
    assert contents(path) == before


def add_organization(database: Database, name: str) -> None:
    with database.write() as session:
        session.add(Organization(name=name, created_at=datetime.now(UTC), updated_at=datetime.now(UTC)))


def organizations(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.connection().exec_driver_sql("SELECT name FROM organization ORDER BY name").scalars())


def test_a_backup_is_complete_while_others_write_and_restores(database: Database, scratch: Path) -> None:
    add_organization(database, "before")
    copy = scratch / "backup.db"
    backups.backup(database, copy, {})
    add_organization(database, "after")
    assert copies.check(copy) == schema.HEAD
    kept = backups.restore(database, copy, {})
    assert organizations(database) == ["before"]
    database.close()
    former = Database(f"sqlite:///{kept}")
    assert organizations(former) == ["after", "before"]
    former.close()
    assert sorted(path.name for path in scratch.iterdir() if "restoring" in path.name) == []


def test_a_backup_that_cannot_be_written_leaves_no_file(database: Database, scratch: Path) -> None:
    with pytest.raises(DatabaseError, match="could not be copied"):
        backups.backup(database, scratch / "nowhere" / "backup.db", {})
    assert not (scratch / "nowhere").exists()


@pytest.mark.parametrize("wrong", ["missing", "text", "other", "newer", "damaged"])
def test_a_restore_of_anything_but_a_sound_backup_changes_nothing(
    database: Database, scratch: Path, wrong: str
) -> None:
    add_organization(database, "mine")
    bad = scratch / "bad.db"
    if wrong == "text":
        bad.write_text("hello " * 1000)
    if wrong == "other":
        sqlite3.connect(bad).execute("CREATE TABLE t (x)").connection.close()
    if wrong in ("newer", "damaged"):
        backups.backup(database, bad, {})
    if wrong == "newer":
        connection = sqlite3.connect(bad, isolation_level=None)
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    if wrong == "damaged":
        damage(bad)
    with pytest.raises(DatabaseError):
        backups.restore(database, bad, {})
    assert organizations(database) == ["mine"]
    assert not list(scratch.glob("*.replaced-*"))


def damage(path: Path) -> None:
    """Overwrite every page but the first."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
