"""Databases by their SQLAlchemy URL: what runs is what the guard read, and what fails is one sentence."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot

from chatctl.domain.errors import QueryError, SourceError, SqlNotReadOnly
from chatctl.engines import backends, guard
from chatctl.engines.alchemy import _limited
from chatctl.engines.engine import Engine, Limits
from chatctl.engines.sources import open_engine
from servers import Postgres


@pytest.fixture(scope="module")
def shop(postgres_server: Postgres) -> Iterator[Engine]:
    """A database of a few odd tables."""
    url = postgres_server.create("alchemy")
    with postgres_server.connect("alchemy") as connection:
        connection.execute('CREATE TABLE "odd ""name"" %s" ("a b" text, "100%" numeric(6, 2), at timestamptz)')
        connection.execute(
            """INSERT INTO "odd ""name"" %s" VALUES ('x', 1.50, '2024-01-31 10:00+02'), (NULL, NULL, NULL)"""
        )
        connection.execute("CREATE TABLE many AS SELECT i FROM generate_series(1, 310000) AS g(i)")
        connection.execute("CREATE VIEW few AS SELECT * FROM many ORDER BY i LIMIT 3")
    engine = opened(url)
    yield engine
    engine.close()


def opened(url: str) -> Engine:
    return open_engine(name="shop", kind="sqlalchemy", locations=[url], cache=Path())


def test_hostile_names_are_names(shop: Engine) -> None:
    assert [table.name for table in shop.tables()] == ["few", "many", 'odd "name" %s']
    profile = shop.profile('odd "name" %s')
    assert [(each.name, each.null_count, each.samples) for each in profile.columns] == [
        ("a b", 1, ["x"]),
        ("100%", 1, ["1.50"]),
        ("at", 1, ["2024-01-31T08:00:00+00:00"]),
    ]
    assert shop.run('SELECT "100%" % 2 FROM "odd ""name"" %s" WHERE "a b" LIKE \'%\'', Limits()).rows == [["1.50"]]


def test_a_large_table_is_profiled_from_its_first_rows(shop: Engine) -> None:
    profile = shop.profile("many")
    assert profile.estimated
    assert profile.row_count == 300_001
    assert profile.columns[0].minimum == 1
    assert not shop.profile("few").estimated


def test_a_union_is_cut_off_too(shop: Engine) -> None:
    result = shop.run("SELECT i FROM many UNION ALL SELECT i FROM few ORDER BY 1", Limits(rows=2))
    assert (result.rows, result.truncated) == ([[1], [1]], True)


@pytest.mark.parametrize(
    ("sql", "limited"),
    [
        ("SELECT 1", "SELECT 1 LIMIT 5"),
        ("SELECT 1 LIMIT 9", "SELECT 1 LIMIT 9"),
        ("SELECT 1 ORDER BY 1 OFFSET 2", "SELECT 1 ORDER BY 1 OFFSET 2"),
        ("(SELECT 1 LIMIT 9)", "(SELECT 1 LIMIT 9)"),
        ("SELECT 1 UNION SELECT 2", "SELECT 1 UNION SELECT 2 LIMIT 5"),
    ],
)
def test_a_query_without_a_limit_is_given_one(sql: str, limited: str) -> None:
    assert _limited(sqlglot.parse_one(sql), 5, "mysql").sql() == limited


def test_a_comment_that_a_server_would_run_does_not_reach_it() -> None:
    query = guard.check(
        "SELECT 1 /*! INTO OUTFILE '/tmp/stolen' */ /*+ MAX_EXECUTION_TIME(0) */", dialect="mysql", tables=[]
    )
    assert query.sql(dialect="mysql", comments=False) == "SELECT 1"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "SELECT * FROM t INTO OUTFILE '/tmp/stolen'"),
        ("mysql", "SELECT load_file('/etc/passwd')"),
        ("mysql", "SELECT sleep(100)"),
        ("mysql", "SELECT get_lock('a', 1)"),
        ("mysql", "SELECT * FROM mysql.user"),
        ("mysql", "HANDLER t OPEN"),
        ("mysql", "CALL wipe()"),
        ("tsql", "SELECT * INTO #copy FROM t"),
        ("tsql", "EXEC xp_cmdshell 'dir'"),
        ("tsql", "SELECT * FROM OPENROWSET('a', 'b')"),
        ("tsql", "SELECT * FROM OPENQUERY(other, 'DELETE FROM t')"),
        ("snowflake", "COPY INTO @stage FROM t"),
        ("snowflake", "SELECT * FROM @stage"),
        ("bigquery", "EXPORT DATA OPTIONS () AS SELECT 1"),
        ("clickhouse", "SELECT * FROM url('http://example.org', CSV)"),
        ("clickhouse", "SELECT * FROM file('/etc/passwd')"),
        ("oracle", "SELECT * FROM t FOR UPDATE"),
        ("postgres", "SELECT ('/etc/passwd'::text).pg_read_file"),
    ],
)
def test_other_dialects_have_their_own_ways_out(dialect: str, sql: str) -> None:
    with pytest.raises((SqlNotReadOnly, QueryError)):
        guard.check(sql, dialect=dialect, tables=["t"])


@pytest.mark.parametrize("name", backends.BACKENDS)
def test_every_known_dialect_is_one_of_sqlglot_s(name: str) -> None:
    sqlglot.Dialect.get_or_raise(backends.BACKENDS[name].sql or None)


def test_what_cannot_be_connected_to_is_told_without_the_password(
    postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hun%ter@2")
    place = f"127.0.0.1:{postgres_server.port}"
    urls = {
        f"postgresql+psycopg://chatctl:${{SHOP_PASSWORD}}@{place}/postgres": "password authentication failed",
        "postgresql+psycopg://chatctl:${SHOP_PASSWORD}@127.0.0.1:1/postgres": "refused",
        f"postgresql+psycopg://chatctl:${{SHOP_PASSWORD}}@{place}/postgres?nonsense=1": "nonsense",
        "postgresql+psycopg://chatctl:${SHOP_PASSWORD}@127.0.0.1:x/postgres": "cannot be read",
        "postgresql+psycopg://chatctl:${SHOP_PASSWORT}@127.0.0.1:1/postgres": "SHOP_PASSWORT",
    }
    for url, words in urls.items():
        began = time.monotonic()
        with pytest.raises(SourceError) as caught:
            opened(url)
        assert words in caught.value.message
        said = str([caught.value.message, caught.value.hint, caught.value.details, caught.value.__cause__])
        assert "ter@2" not in said
        assert "ter%402" not in said
        assert time.monotonic() - began < 10
