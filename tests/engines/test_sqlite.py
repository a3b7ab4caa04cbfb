"""SQLite files of users, in every state."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chatctl.domain.errors import QueryError, SourceError
from chatctl.engines.engine import Limits
from chatctl.engines.sqlite import SqliteEngine, open_sqlite
from chatctl.sqlite import sqlite3

from .samples import reachable

Making = Callable[..., SqliteEngine]


@pytest.fixture
def making(tmp_path: Path) -> Iterator[Making]:
    """Make a SQLite file with a script, and open it."""
    engines: list[SqliteEngine] = []

    def make_and_open(script: str, name: str = "t.db") -> SqliteEngine:
        write(tmp_path / name, script)
        engines.append(open_sqlite(tmp_path / name))
        return engines[-1]

    yield make_and_open
    for engine in engines:
        engine.close()


def write(path: Path, script: str) -> None:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()


def types(engine: SqliteEngine) -> dict[str, str]:
    (table,) = engine.tables()
    return {column.name: column.type for column in table.columns}


def test_types_are_declared_or_else_seen(making: Making) -> None:
    engine = making(
        """
        CREATE TABLE t (i INT, big BIGINT, s VARCHAR(9), x REAL, n NUMERIC(9, 2), ok BOOLEAN, d DATE, ts DATETIME,
                        raw BLOB, seen, day, mixed, void, odd_date DATE, odd_int INTEGER, stamp TIMESTAMP);
        INSERT INTO t VALUES (1, 2, '3', 4, 5.5, 1, '2024-01-31', '2024-01-31 10:00:00', x'00', 7, '2024-01-31', 1,
                              NULL, '31.1.2024', 'x', 1706695200);
        INSERT INTO t VALUES (1, 2, '3', 4, 5, 0, NULL, '2024-01-31', x'00', 7.5, '2024-02-01', 'x', NULL,
                              '1.2.2024', 2, 1706695201);
        """
    )
    assert types(engine) == {
        "i": "integer", "big": "integer", "s": "text", "x": "number", "n": "number", "ok": "boolean", "d": "date",
        "ts": "timestamp", "raw": "other", "seen": "number", "day": "date", "mixed": "text", "void": "text",
        "odd_date": "text", "odd_int": "text", "stamp": "integer",
    }  # fmt: skip


def test_keys_of_several_columns_and_without_named_ones(making: Making) -> None:
    engine = making(
        """
        CREATE TABLE a (x INT, y INT, PRIMARY KEY (y, x));
        CREATE TABLE b (p INT, q INT, r INT REFERENCES c, FOREIGN KEY (p, q) REFERENCES a (y, x));
        CREATE TABLE c (id INTEGER PRIMARY KEY);
        """
    )
    a, b, _ = engine.tables()
    assert a.primary_key == ["y", "x"]
    assert [(key.columns, key.table, key.references) for key in b.foreign_keys] == [
        (["r"], "c", ["id"]),
        (["p", "q"], "a", ["y", "x"]),
    ]


def test_views_and_virtual_tables_are_tables_and_shadow_tables_are_not(making: Making) -> None:
    engine = making(
        """
        CREATE TABLE t (x INT); INSERT INTO t VALUES (1), (2);
        CREATE VIEW total AS SELECT sum(x) AS n FROM t;
        CREATE VIEW broken AS SELECT * FROM gone;
        CREATE VIRTUAL TABLE words USING fts5 (body);
        INSERT INTO words VALUES ('hello world');
        """
    )
    assert [table.name for table in engine.tables()] == ["t", "total", "words"]
    assert engine.warnings == ("broken cannot be read and is left out: no such table: main.gone.",)
    assert engine.run("SELECT n FROM total", Limits()).rows == [[3]]
    assert engine.run("SELECT body FROM words WHERE words MATCH 'hello'", Limits()).rows == [["hello world"]]
    assert engine.profile("total").columns[0].maximum == 3


def test_hostile_names(making: Making) -> None:
    engine = making('CREATE TABLE "a ""b""; --" ("c \'d\'" INT); INSERT INTO "a ""b""; --" VALUES (1)', "x?y=1%20'.db")
    (table,) = engine.tables()
    assert table.name == 'a "b"; --'
    assert engine.run('SELECT "c \'d\'" FROM "a ""b""; --"', Limits()).rows == [[1]]
    assert engine.profile(table.name).columns[0].samples == [1]


def test_text_that_is_not_utf8_is_shown_as_far_as_it_is(making: Making) -> None:
    engine = making("CREATE TABLE t (s TEXT); INSERT INTO t VALUES (CAST(x'636166E9' AS TEXT))")
    assert engine.run("SELECT s FROM t", Limits()).rows == [["caf\ufffd"]]
    assert engine.profile("t").columns[0].minimum == "caf\ufffd"


def test_cells_of_every_class(making: Making) -> None:
    engine = making("CREATE TABLE t (a, b, c, d, e); INSERT INTO t VALUES (9007199254740993, 9e999, x'00ff', NULL, '')")
    assert engine.run("SELECT * FROM t", Limits()).rows == [["9007199254740993", None, "00ff", None, ""]]


def test_profile_of_a_large_table_is_of_a_part_but_counts_all(making: Making) -> None:
    engine = making(
        "CREATE TABLE t (i INT, k INT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000)"
        " INSERT INTO t SELECT i, i % 12 FROM n; CREATE VIEW v AS SELECT * FROM t;"
    )
    for name in ("t", "v"):
        profile = engine.profile(name)
        assert profile.row_count == 200_000
        assert (profile.columns[0].minimum, profile.columns[0].maximum) == (1, 200_000)
        assert len(profile.columns[0].samples) == 5
    assert engine.profile("v").columns[1].distinct_count == 12


def test_a_slow_view_is_stopped(making: Making) -> None:
    engine = making(
        "CREATE TABLE t (x INT);"
        "CREATE VIEW endless AS"
        " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n;"
    )
    assert [table.name for table in engine.tables()] == ["endless", "t"]


def test_changes_in_the_log_are_seen_and_change_the_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x INT); INSERT INTO t VALUES (1);")
    before = open_sqlite(path)
    writer.execute("INSERT INTO t VALUES (2)")
    after = open_sqlite(path)
    assert after.run("SELECT count(*) FROM t", Limits()).rows == [[2]]
    assert before.fingerprint != after.fingerprint
    for connection in (before, after, writer):
        connection.close()


READ = """
import os
import sys
from pathlib import Path
from chatctl.engines import guard
from chatctl.engines.engine import Limits
from chatctl.engines.sqlite import open_sqlite
guard.check("SELECT 1", dialect="sqlite", tables=[])  # Whatever is imported late is imported now.
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
engine = open_sqlite(Path(sys.argv[1]))
print(engine.run("SELECT count(*) FROM t", Limits()).rows, engine.warnings)
"""


@pytest.mark.parametrize("live", [False, True])
def test_a_database_with_a_log_in_a_folder_that_cannot_be_written(tmp_path: Path, live: bool) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "t.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.executescript(
        "PRAGMA journal_mode = WAL; CREATE TABLE t (x INT); PRAGMA wal_checkpoint; INSERT INTO t VALUES (1)"
    )
    if live:
        # As a copy of a running program's files: the log is there, its index is not.
        log = Path(f"{path}-wal").read_bytes()
        writer.close()
        write(path, "DELETE FROM t")
        Path(f"{path}-wal").write_bytes(log)
    writer.close()
    reachable(tmp_path)
    folder.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False)
    folder.chmod(0o755)
    assert done.stdout.startswith("[[0]]" if live else "[[1]]"), done.stderr
    assert ("changes in its -wal file are not seen" in done.stdout) == live


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SQLite format 3\0" + b"\xff" * 4_096, "is not a SQLite database, or it is encrypted"),
        (os.urandom(4_096), "is not a SQLite database, or it is encrypted"),
    ],
)
def test_what_is_no_database_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "t.db").write_bytes(content)
    with pytest.raises(SourceError, match=words):
        open_sqlite(tmp_path / "t.db")


def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="There is no file"):
        open_sqlite(tmp_path / "t.db")
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_page_is_an_error_of_the_query(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    write(path, "CREATE TABLE t (x TEXT); INSERT INTO t SELECT hex(randomblob(2000)) FROM json_each('[1,2,3,4,5,6]')")
    raw = bytearray(path.read_bytes())
    raw[4096:8192] = b"\xee" * 4096
    path.write_bytes(raw)
    engine = open_sqlite(path)
    with pytest.raises(QueryError, match="malformed"):
        engine.run("SELECT count(DISTINCT x) FROM t", Limits())
    engine.close()


def test_a_locked_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    write(path, "CREATE TABLE t (x INT)")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match="is locked by another program"):
        open_sqlite(path)
    writer.close()


def test_a_lock_that_comes_later_is_an_error_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    write(path, "CREATE TABLE t (x INT)")
    engine = open_sqlite(path)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceError, match="locked by another program"):
        engine.run("SELECT * FROM t", Limits())
    writer.close()
    engine.close()
