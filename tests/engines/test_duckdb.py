"""DuckDB files of users."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from chatctl.domain.errors import QueryError, SourceError
from chatctl.engines.duckdb import DuckdbEngine, open_duckdb
from chatctl.engines.duckdb_catalog import column_type
from chatctl.engines.engine import Limits

SCHEMA = """
    CREATE SCHEMA "odd schema";
    CREATE TABLE "odd schema"."a table" (k INTEGER PRIMARY KEY, t VARCHAR);
    CREATE TABLE "odd schema".links (k INTEGER REFERENCES "odd schema"."a table" (k));
    CREATE TABLE plain AS SELECT
        TIMESTAMPTZ '2024-01-31 10:00:00+02' AS z, TIMETZ '10:00:00+02' AS tz,
        [TIMESTAMPTZ '2024-01-31 10:00:00+02'] AS zs, 1.50::DECIMAL(5, 2) AS d, INTERVAL 1 DAY AS i,
        'x'::BLOB AS b, 'inf'::DOUBLE AS f, 'happy'::ENUM ('happy', 'sad') AS e, {'a': 1} AS s,
        MAP {'k': 1} AS m, 9007199254740993 AS big, 'infinity'::DATE AS never;
    CREATE VIEW summary AS SELECT count(*) AS n FROM plain;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A DuckDB file with two schemas, keys, odd types, a view, and a view of what lies outside."""
    path = tmp_path / "user's [1].duckdb"
    outside = tmp_path / "outside.csv"
    outside.write_text("secret\n1\n")
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        connection.execute(f"CREATE VIEW outside AS SELECT * FROM '{outside}'")  # noqa: S608
    return path


@pytest.fixture
def engine(path: Path, cache: Path) -> Iterator[DuckdbEngine]:
    """The file, opened."""
    engine = open_duckdb(path, cache)
    yield engine
    engine.close()


def test_tables_of_every_schema_are_found_by_their_names(engine: DuckdbEngine) -> None:
    tables = {table.name: table for table in engine.tables()}
    assert list(tables) == ["a table", "links", "outside", "plain", "summary"]
    assert tables["a table"].primary_key == ["k"]
    (key,) = tables["links"].foreign_keys
    assert (key.columns, key.table, key.references) == (["k"], "a table", ["k"])
    assert (tables["plain"].row_count, tables["summary"].row_count) == (1, None)
    for sql in ('SELECT * FROM "a table"', 'SELECT * FROM "odd schema"."a table"', "SELECT * FROM main.plain"):
        assert engine.run(sql, Limits()).columns


def test_every_type_becomes_a_cell(engine: DuckdbEngine) -> None:
    result = engine.run("SELECT * FROM plain", Limits())
    assert dict(zip((column.name for column in result.columns), result.rows[0], strict=True)) == {
        "z": "2024-01-31T08:00:00Z",
        "tz": "10:00:00+02",
        "zs": "['2024-01-31 08:00:00+00']",
        "d": "1.50",
        "i": "1 day, 0:00:00",
        "b": "78",
        "f": None,
        "e": "happy",
        "s": '{"a": 1}',
        "m": '{"k": 1}',
        "big": "9007199254740993",
        "never": "9999-12-31",
    }
    assert result.columns[0].type == "timestamp"


@pytest.mark.parametrize(
    ("native", "expected"),
    [("HUGEINT", "integer"), ("DECIMAL(18,3)", "decimal"), ("FLOAT", "number"), ("VARCHAR[]", "other"),
     ("STRUCT(a INTEGER)", "other"), ("TIMESTAMP WITH TIME ZONE", "timestamp"), ("ENUM('a', 'b')", "text"),
     ("BLOB", "other"), ("INTERVAL", "other"), ("TIME", "time"), ("UUID", "text")],
)  # fmt: skip
def test_types(native: str, expected: str) -> None:
    assert column_type(native) == expected


def test_every_column_can_be_profiled(engine: DuckdbEngine) -> None:
    profile = engine.profile("plain")
    assert [column.null_count for column in profile.columns] == [0] * 12
    assert profile.columns[0].minimum == "2024-01-31T08:00:00Z"
    assert engine.profile("summary").columns[0].maximum == 1


def test_a_view_of_what_lies_outside_is_not_followed(engine: DuckdbEngine) -> None:
    with pytest.raises(QueryError, match="file system operations are disabled"):
        engine.run("SELECT * FROM outside", Limits())
    with pytest.raises(QueryError):
        engine.profile("outside")


def test_times_are_those_of_utc_wherever_the_machine_is(
    path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    engine = open_duckdb(path, cache)
    assert engine.run("SELECT date_part('hour', z) FROM plain", Limits()).rows == [[8]]
    engine.close()


@pytest.mark.parametrize("end", ["", ";", " ; -- a word", "\n-- a word", " /* a word */;"])
def test_times_with_a_zone_come_in_order_however_the_query_ends(engine: DuckdbEngine, end: str) -> None:
    sql = f"SELECT z + to_hours(n) AS t FROM plain, range(3) AS r(n) ORDER BY n DESC{end}"  # noqa: S608
    assert engine.run(sql, Limits()).rows == [
        ["2024-01-31T10:00:00Z"],
        ["2024-01-31T09:00:00Z"],
        ["2024-01-31T08:00:00Z"],
    ]


def test_a_file_in_use_by_a_writer_is_told(path: Path, cache: Path) -> None:
    script = f"import duckdb, sys; c = duckdb.connect({str(path)!r}); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(SourceError, match="open for writing in another program"):
            open_duckdb(path, cache)
        writer.communicate()
    open_duckdb(path, cache).close()


def test_a_damaged_or_missing_file_is_told(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "x.duckdb"
    with pytest.raises(SourceError, match="There is no file"):
        open_duckdb(path, cache)
    path.write_bytes(b"\0" * 8 + b"DUCK" + b"\0" * 9_999)
    with pytest.raises(SourceError, match="Cannot open"):
        open_duckdb(path, cache)


def test_a_changed_file_has_another_fingerprint(path: Path, cache: Path) -> None:
    before = open_duckdb(path, cache)
    before.close()
    with duckdb.connect(str(path)) as connection:
        connection.execute('INSERT INTO "odd schema"."a table" VALUES (1, \'x\')')
    after = open_duckdb(path, cache)
    assert before.fingerprint != after.fingerprint
    after.close()


def test_more_rows_than_memory_holds_are_never_fetched(engine: DuckdbEngine) -> None:
    result = engine.run("SELECT i, i * 2 FROM range(100000000000) AS r(i)", Limits(rows=2, seconds=5))
    assert (result.rows, result.truncated) == ([[0, 0], [1, 2]], True)


def test_spilled_data_and_its_folder_go_with_the_engine(path: Path, cache: Path) -> None:
    engine = open_duckdb(path, cache)
    engine.run("SELECT count(*) FROM plain", Limits())
    engine.close()
    assert list((cache / "spill").iterdir()) == []
