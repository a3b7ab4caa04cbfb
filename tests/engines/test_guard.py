"""No statement changes a source or reaches outside of it, and every honest query runs."""

import contextlib
from pathlib import Path

import duckdb
import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlglot.errors import SqlglotError

from chatctl.domain.errors import ChatctlError, QueryError, SqlNotReadOnly
from chatctl.engines import alchemy
from chatctl.engines.alchemy import AlchemyEngine
from chatctl.engines.duckdb import DuckdbEngine, _fetch, _statement
from chatctl.engines.engine import Engine, Limits
from chatctl.engines.postgres import PostgresEngine
from chatctl.engines.sqlite import SqliteEngine
from chatctl.sqlite import sqlite3

from .samples import Sample

LIMITS = Limits(rows=5, seconds=1)

CHANGES = [
    "DROP TABLE orders",
    "DELETE FROM orders",
    "UPDATE orders SET amount = 0",
    "UPDATE orders SET amount = 0 RETURNING *",
    "INSERT INTO orders VALUES (9, 1, 1, '2024-01-01', 'x')",
    "INSERT INTO orders SELECT * FROM orders",
    "CREATE TABLE copy AS SELECT * FROM orders",
    "CREATE TEMP TABLE copy AS SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "ALTER TABLE orders RENAME TO gone",
    "TRUNCATE orders",
    "SELECT * INTO copy FROM orders",
    "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
    "WITH x AS (SELECT 1) DELETE FROM orders",
    "WITH x AS (INSERT INTO orders SELECT * FROM orders RETURNING *) SELECT * FROM x",
    "SELECT 1; DROP TABLE orders",
    "SELECT 1; SELECT 2",
    "/* SELECT */ DROP TABLE orders",
    "SELECT 1 -- harmless\n; DELETE FROM orders",
    "BEGIN; DELETE FROM orders; COMMIT",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "REINDEX",
    "ANALYZE",
    "CHECKPOINT",
    "PRAGMA writable_schema = ON",
    "PRAGMA query_only = OFF",
    "PRAGMA table_info('orders')",
    "SET threads = 1",
    "RESET ALL",
    "USE other",
    "EXPLAIN DELETE FROM orders",
    "EXPLAIN ANALYZE DELETE FROM orders",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "CALL force_checkpoint()",
    "MERGE INTO orders USING customers ON false WHEN NOT MATCHED THEN INSERT VALUES (1)",
    "REPLACE INTO orders VALUES (1, 1, 1, '2024-01-01', 'x')",
    "",
    "   ",
    "-- nothing",
    ";",
]

OUTSIDE = [
    "ATTACH 'other.db' AS other",
    "DETACH source",
    "COPY orders TO 'stolen.csv'",
    "COPY (SELECT * FROM orders) TO 'stolen.parquet' (FORMAT parquet)",
    "COPY orders FROM 'evil.csv'",
    "EXPORT DATABASE 'stolen'",
    "IMPORT DATABASE 'evil'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'secret.csv'",
    'SELECT * FROM "secret.parquet"',
    "FROM '/etc/passwd'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_csv_auto('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM read_parquet('x.parquet')",
    "SELECT * FROM parquet_scan('x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sqlite_scan('x.db', 't')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM pragma_table_info('orders')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM query('DROP TABLE orders')",
    "SELECT * FROM query_table('orders')",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM orders WHERE note IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM orders, LATERAL (SELECT * FROM read_text(orders.note))",
    "WITH orders AS (FROM '/etc/passwd') SELECT * FROM orders",
    "WITH x AS (SELECT * FROM x) SELECT * FROM x",
    "SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')",
    "SELECT getenv('HOME')",
    "SELECT load_extension('evil.so')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('stolen', 'x')",
    "SELECT edit('x', 'sh')",
    "SELECT fts3_tokenizer('simple', x'00')",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT ('/etc/passwd'::text).pg_read_file",
    "SELECT * FROM other.orders",
    "SELECT * FROM memory.main.orders",
]

INNOCENT = [
    "SELECT 1",
    "SELECT 1;",
    "SELECT count(*) FROM orders; -- that is all",
    'select note as "drop table orders" from orders',
    "SELECT 'DELETE FROM orders; --' AS text",
    "SELECT name FROM customers WHERE name = 'Drop in'",
    "SELECT id AS open, amount AS close FROM orders",
    "-- a word first\nSELECT count(*) FROM orders",
    "/* DROP TABLE orders */ SELECT 1",
    "WITH totals AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1) SELECT * FROM totals",
    "WITH a AS (SELECT 1 i), b AS (SELECT i FROM a) SELECT * FROM b, (WITH c AS (SELECT i FROM b) SELECT * FROM c) d",
    "WITH orders AS (SELECT 7 AS id) SELECT * FROM orders",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
    "SELECT id FROM orders UNION SELECT id FROM customers EXCEPT SELECT 1",
    "SELECT * FROM (SELECT * FROM orders) AS o JOIN customers AS c ON c.id = o.customer_id",
    "SELECT (SELECT max(amount) FROM orders) AS most",
    "SELECT id, row_number() OVER (ORDER BY amount DESC) FROM orders",
    "SELECT CASE WHEN amount > 5 THEN 'much' ELSE 'little' END, count(*) FROM orders GROUP BY 1",
    "SELECT upper(name), length(name), coalesce(city, '?') FROM customers",
    "SELECT EXISTS (SELECT 1 FROM orders WHERE amount > 100)",
    "SELECT * FROM ORDERS WHERE ID = 1",
    "SELECT replace(note, 'a', 'b') FROM orders",
    "VALUES (1, 'a'), (2, 'b')",
]

POSTGRES_ONLY = [
    "SELECT * FROM generate_series(1, 3) AS g(i)",
    "SELECT * FROM unnest(ARRAY[1, 2, 3])",
    "SELECT date_trunc('month', placed), count(*) FROM orders GROUP BY 1",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), count(*) FILTER (WHERE id > 2) FROM orders",
    "SELECT random() < 2, now() IS NOT NULL, gen_random_uuid() IS NOT NULL",
    "SELECT id % 2, note LIKE '%x%', $$a 'b' $$, E'\\'' FROM orders",
    "SELECT pg_typeof(1), to_char(placed, 'YYYY-MM') FROM orders",
    "SELECT * FROM orders TABLESAMPLE SYSTEM (100)",
    "SELECT o.note FROM orders o, LATERAL (SELECT o.id) AS x",
    "SELECT (o).amount FROM orders o",
    "SELECT DISTINCT ON (customer_id) * FROM orders ORDER BY customer_id, id",
]

DUCKDB_ONLY = [
    "FROM orders",
    "SELECT * FROM range(3)",
    "SELECT * FROM generate_series(1, 3) AS g(i)",
    "SELECT * FROM unnest([1, 2, 3])",
    "SELECT date_trunc('month', placed), count(*) FROM orders GROUP BY ALL",
    "SELECT * EXCLUDE (note) FROM orders QUALIFY row_number() OVER (ORDER BY id) = 1",
    "SELECT median(amount), quantile_cont(amount, 0.9) FROM orders",
    "SELECT list_transform([1, 2], lambda x: x + 1)",
    "SELECT * FROM orders USING SAMPLE 50%",
]

DIALECT_ONLY = {"duckdb": DUCKDB_ONLY, "postgres": POSTGRES_ONLY}


def outcome(engine: Engine, sql: str) -> str:
    """The code of what became of the statement; RAN if it ran."""
    try:
        engine.run(sql, LIMITS)
    except ChatctlError as error:
        return error.code if error.message else "SILENT"
    return "RAN"


def test_hostile_statements_are_refused(
    engine: Engine, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sample.digest()
    outcomes = {sql: outcome(engine, sql) for sql in CHANGES + OUTSIDE}
    assert {sql: code for sql, code in outcomes.items() if code not in ("SQL_NOT_READ_ONLY", "QUERY_ERROR")} == {}
    assert sample.digest() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sql", ["DROP TABLE orders", "SELECT 1; SELECT 2", "PRAGMA x", "", "SELECT readfile('/x')"])
def test_what_is_no_query_has_a_code_of_its_own_and_a_hint(engine: Engine, sql: str) -> None:
    with pytest.raises(SqlNotReadOnly) as caught:
        engine.run(sql, LIMITS)
    assert caught.value.hint


def test_innocent_queries_run(engine: Engine) -> None:
    schema = "public" if engine.dialect == "postgres" else "main"
    wanted = [*INNOCENT, " ".join(["SELECT * FROM", f"{schema}.orders"]), *DIALECT_ONLY.get(engine.dialect, [])]
    assert {sql: outcome(engine, sql) for sql in wanted} == dict.fromkeys(wanted, "RAN")


@pytest.mark.parametrize("depth", [100, 5_000])
def test_deep_nesting_is_an_answer_or_an_error(engine: Engine, depth: int) -> None:
    rows: object = [[1]]
    with contextlib.suppress(QueryError):
        rows = engine.run("SELECT " + "(" * depth + "1" + ")" * depth, LIMITS).rows
    assert rows == [[1]]


_FRAGMENTS = st.sampled_from(
    [
        *CHANGES, *OUTSIDE, *INNOCENT, "orders", "SELECT", "FROM", "DROP TABLE", "DELETE FROM", "INTO", ";", "--", "/*",
        "*/", "(", ")", "'", '"', "WITH x AS (", "RETURNING *", "COPY", "TO 'x'", "ATTACH", "PRAGMA", "\0", "\ud800",
    ]
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.lists(_FRAGMENTS, min_size=1, max_size=4).map(" ".join)))
def test_whatever_is_run_the_source_stays_as_it_is(engine: Engine, sample: Sample, sql: str) -> None:
    before = sample.digest()
    with contextlib.suppress(ChatctlError):
        assert len(engine.run(sql, Limits(rows=3, seconds=0.5)).rows) <= 3
    assert sample.digest() == before
    assert engine.run("SELECT count(*) FROM orders", LIMITS).rows == [[4]]


def test_the_engine_s_own_guard_holds_alone(
    engine: Engine, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sample.digest()
    seen = []
    for sql in CHANGES + OUTSIDE:
        with contextlib.suppress(
            ChatctlError, duckdb.Error, sqlite3.Error, sqlite3.Warning, RuntimeError, TypeError, SqlglotError
        ):
            seen.append(unguarded(engine, sql))
    assert "root:" not in str(seen)
    assert sample.digest() == before
    assert list(tmp_path.iterdir()) == []


def unguarded(engine: Engine, sql: str) -> object:
    """What the statement gives where only the engine stands in its way."""
    if isinstance(engine, DuckdbEngine):
        return _fetch(engine._connection, _statement(engine._connection, sql), 5)
    if isinstance(engine, PostgresEngine):
        with engine._sessions.reading(1, schemas=["public"]) as connection:
            engine._check_functions(connection, sqlglot.parse_one(sql, dialect="postgres"))
            return engine._fetch(connection, sql, 5)
    if isinstance(engine, AlchemyEngine):
        # Its transaction reads only; what functions can do there is left to the guard and the rights of the user.
        return engine._within(LIMITS, lambda each: alchemy._fetch(each, sql, 5)) if sql in CHANGES else None
    assert isinstance(engine, SqliteEngine)
    return engine._connection.execute(sql).fetchmany(5)
