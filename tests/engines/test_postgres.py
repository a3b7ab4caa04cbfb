"""PostgreSQL: its types, schemas, rights and functions; whatever it is asked, nothing changes."""

import pytest

from chatctl.domain.errors import ChatctlError, QueryError, SourceError, SqlNotReadOnly
from chatctl.domain.results import Cell, ResultSet
from chatctl.engines.engine import Engine, Limits
from chatctl.engines.hands import Shared

from .samples import OpeningPostgres as Opening


def run(engine: Engine, sql: str, rows: int = 100, seconds: float = 20) -> ResultSet:
    return engine.run(sql, Limits(rows=rows, seconds=seconds))


def names(engine: Engine) -> list[str]:
    return [table.name for table in engine.tables()]


VALUES: list[tuple[str, str, Cell]] = [
    ("12::smallint", "integer", 12),
    ("9007199254740993::bigint", "integer", "9007199254740993"),
    ("1.50::numeric", "decimal", "1.50"),
    ("'NaN'::numeric", "decimal", None),
    ("1e40::numeric", "decimal", "1" + "0" * 40),
    ("0.1::float8", "number", 0.1),
    ("'Infinity'::float4", "number", None),
    ("'NaN'::float8", "number", None),
    ("true", "boolean", True),
    ("'naïve'::varchar", "text", "naïve"),
    ("'sad'::mood", "text", "sad"),
    ("5::positive", "integer", 5),
    ("'c9bf9e57-1685-4c89-bafb-ff5af830be8a'::uuid", "text", "c9bf9e57-1685-4c89-bafb-ff5af830be8a"),
    ("'2024-02-29'::date", "date", "2024-02-29"),
    ("'infinity'::date", "date", None),
    ("'0044-03-15 BC'::date", "date", "-0043-03-15"),
    ("'0001-03-15 BC'::date", "date", "0000-03-15"),
    ("'2024-02-29 10:00:00.5'::timestamp", "timestamp", "2024-02-29T10:00:00.5"),
    ("'2024-02-29 10:00+02'::timestamptz", "timestamp", "2024-02-29T08:00:00Z"),
    ("'-infinity'::timestamptz", "timestamp", None),
    ("'24:00'::time", "time", "24:00:00"),
    ("'1 day 2 hours'::interval", "other", "1 day 02:00:00"),
    ("'\\x00ff'::bytea", "other", "00ff"),
    ("""'{"b": 1.50, "a": [null]}'::json""", "other", """{"b": 1.50, "a": [null]}"""),
    ("ARRAY['a', NULL, 'ü']", "other", '["a", null, "ü"]'),
    ("ARRAY[[1, 2], [3, 4]]", "other", "[[1, 2], [3, 4]]"),
    ("ARRAY['infinity', '2024-01-01']::date[]", "other", '[null, "2024-01-01"]'),
    ("'[1,5)'::int4range", "other", "[1,5)"),
    ("'10.0.0.1/8'::inet", "other", "10.0.0.1/8"),
    ("'<a/>'::xml", "other", "<a/>"),
    ("NULL::int", "integer", None),
    ("NULL", "text", None),
]


def test_every_type_has_its_cell(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN positive AS int CHECK (VALUE > 0)"
    )
    result = run(engine, "SELECT " + ", ".join(sql for sql, _, _ in VALUES))
    found = [(column.type, cell) for column, cell in zip(result.columns, result.rows[0], strict=True)]
    assert dict(zip([sql for sql, _, _ in VALUES], found, strict=True)) == {
        sql: (kind, cell) for sql, kind, cell in VALUES
    }


def test_the_catalog_tells_keys_comments_kinds_and_counts(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TABLE region (code text, country text, PRIMARY KEY (country, code))",
        "CREATE TABLE shop (id int PRIMARY KEY, code text, country text, opened timestamptz NOT NULL,"
        " FOREIGN KEY (country, code) REFERENCES region)",
        "COMMENT ON TABLE shop IS 'where things are sold'",
        "COMMENT ON COLUMN shop.opened IS 'first day'",
        "INSERT INTO region VALUES ('n', 'gb')",
        "CREATE VIEW northern AS SELECT * FROM region",
        "CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS number FROM region",
    )
    tables = {table.name: table for table in engine.tables()}
    assert list(tables) == ["counted", "northern", "region", "shop"]
    assert [tables[name].row_count for name in tables] == [1, None, 1, 0]
    assert tables["region"].primary_key == ["country", "code"]
    (key,) = tables["shop"].foreign_keys
    assert (key.columns, key.table, key.references) == (["country", "code"], "region", ["country", "code"])
    opened = tables["shop"].columns[3]
    assert (opened.native_type, opened.nullable, opened.comment) == ("timestamp with time zone", False, "first day")
    assert tables["shop"].comment == "where things are sold"


def test_partitions_are_one_table(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TABLE event (id int, day date) PARTITION BY RANGE (day)",
        "CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01')",
        "CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "INSERT INTO event SELECT i, '2023-06-01'::date + i FROM generate_series(1, 400) i",
        "ANALYZE event",
    )
    (event,) = engine.tables()
    assert (event.name, event.row_count) == ("event", 400)
    assert engine.profile("event").columns[1].minimum == "2023-06-02"
    assert run(engine, "SELECT count(*) FROM event_2023").rows == [[213]]


SCHEMAS = (
    "CREATE SCHEMA sales",
    'CREATE SCHEMA "Odd ""one"""',
    "CREATE TABLE public.city (id int)",
    "CREATE TABLE sales.city (id int, name text)",
    "CREATE TABLE sales.invoice (id int)",
    'CREATE TABLE "Odd ""one""".thing (id int)',
)


def test_all_schemas_are_read_unless_some_are_chosen(opening_postgres: Opening) -> None:
    engine = opening_postgres(*SCHEMAS)
    assert names(engine) == ["city", "invoice", "thing"]
    assert [column.name for column in engine.tables()[0].columns] == ["id"]
    assert engine.warnings == (
        "Of tables with one name the first schema's is used; name the others in full: sales.city.",
    )
    assert run(engine, "SELECT name FROM sales.city").rows == []
    chosen = opening_postgres(schema="sales")
    assert names(chosen) == ["city", "invoice"]
    assert [column.name for column in run(chosen, "SELECT * FROM city").columns] == ["id", "name"]
    with pytest.raises(QueryError, match=r"no table 'public\.city'"):
        run(chosen, "SELECT * FROM public.city")
    assert names(opening_postgres(schema="sales,public")) == ["city", "invoice"]
    assert names(opening_postgres(schema="Odd%20%22one%22")) == ["thing"]


def test_a_schema_that_is_not_there_names_the_nearest(opening_postgres: Opening) -> None:
    opening_postgres("CREATE SCHEMA sales")
    with pytest.raises(SourceError, match="no schema 'sale'") as caught:
        opening_postgres(schema="sale")
    assert caught.value.hint == "Did you mean 'sales'?"


def test_an_empty_database_has_no_tables(opening_postgres: Opening) -> None:
    engine = opening_postgres()
    assert engine.tables() == []
    assert run(engine, "SELECT 1").rows == [[1]]


def test_what_may_not_be_read_is_left_out_and_told(opening_postgres: Opening, reader: str) -> None:
    engine = opening_postgres(
        "CREATE TABLE open (id int)",
        "CREATE TABLE secret (id int)",
        "CREATE TABLE partly (id int, salary int)",
        f"GRANT SELECT ON open TO {reader}",
        f"GRANT SELECT (id) ON partly TO {reader}",
        role=reader,
    )
    assert names(engine) == ["open", "partly"]
    assert [column.name for column in engine.tables()[1].columns] == ["id"]
    assert engine.warnings == ("Left out, for this user may not read them: public.secret.",)
    assert engine.profile("partly").row_count == 0
    with pytest.raises(QueryError, match="no table 'secret'"):
        run(engine, "SELECT * FROM secret")
    with pytest.raises(QueryError, match="permission denied for table partly") as caught:
        run(engine, "SELECT * FROM partly")
    assert "right to read" in (caught.value.hint or "")


def test_hostile_names_and_cells_are_data(opening_postgres: Opening) -> None:
    table, column = 'x"; DROP TABLE y; --', "a'b\\ %s {} \x1b[31m"
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (table, column)]
    engine = opening_postgres(
        f'CREATE TABLE {quoted[0]} ({quoted[1]} text, "100%" int)',
        f"INSERT INTO {quoted[0]} "  # noqa: S608 the names are what is tested
        "VALUES ('\x1b]0;x\x07 [bold] %s''; --', 1), ('', 2), (NULL, 3)",
    )
    assert names(engine) == [table]
    assert engine.tables()[0].row_count == 3
    profile = engine.profile(table)
    assert [each.name for each in profile.columns] == [column, "100%"]
    assert profile.columns[0].null_count == 1
    rows = run(engine, f'SELECT {quoted[1]}, "100%" % 2 FROM {quoted[0]} ORDER BY 2, 1').rows  # noqa: S608
    assert ["\x1b]0;x\x07 [bold] %s'; --", 1] in rows


FORBIDDEN = [
    "SELECT pg_sleep(1)",
    "SELECT pg_catalog.pg_read_file('/etc/hostname')",
    "SELECT ('/etc/hostname'::text).pg_read_file",
    "SELECT (x.name).pg_read_file FROM (SELECT '/etc/hostname'::text AS name) AS x",
    'SELECT U&"pg\\005fsleep"(1)',
    'SELECT "pg_sleep"(1)',
    "SELECT f.pg_read_file FROM unnest(ARRAY['/etc/hostname']) AS f",
    "SELECT f.pg_sleep FROM generate_series(1, 2) AS f",
    "SELECT ((book)).write_all FROM book",
    "SELECT (SELECT b FROM book AS b LIMIT 1).write_all",
    "SELECT (ARRAY['/etc/hostname'])[1].pg_read_file",
    "SELECT ((ARRAY['/etc/hostname'])[1]).pg_read_file",
    "SELECT string_agg((x).pg_read_file, '') FROM unnest(ARRAY['/etc/hostname']) AS x",
    "SELECT 1 ORDER BY ('/etc/hostname'::text).pg_read_file",
    "SELECT 1 LIMIT length(('/etc/hostname'::text).pg_read_file)",
    "VALUES (('/etc/hostname'::text).pg_read_file)",
    "SELECT * FROM json_to_recordset(('/etc/hostname'::text).pg_read_file::json) AS x(a int)",
    "SELECT row_to_json(x) FROM (SELECT ('/etc/hostname'::text).pg_read_file) AS x",
    "SELECT * FROM book WHERE id IN (SELECT length(('/etc/hostname'::text).pg_read_file))",
    "WITH x AS MATERIALIZED (SELECT ('/etc/hostname'::text).pg_read_file) SELECT * FROM x",
    "SELECT CASE WHEN true THEN ('/etc/hostname'::text).\"pg_read_file\" END",
    "SELECT ('/etc/hostname'::text) . /* */ pg_read_file",
    "SELECT (('/etc/hostname')::text COLLATE \"C\").pg_read_file",
    "SELECT ('/etc/hostname'::text).PG_READ_FILE",
    "SELECT * FROM ROWS FROM (pg_ls_dir('/')) AS x",
    "SELECT * FROM pg_ls_dir('/')",
    "SELECT * FROM book, LATERAL write_down(book.id) AS x",
    "SELECT write_down(1)",
    "SELECT (book).write_all FROM book",
    "SELECT count(*) FROM book WHERE write_down(id) = 1",
    "SELECT query_to_xml('SELECT 1', true, true, '')",
    "SELECT * FROM ts_stat('SELECT to_tsvector(title) FROM book')",
    "SELECT nextval('counter')",
    "SELECT setval('counter', 1)",
    "SELECT set_config('transaction_read_only', 'off', true)",
    "SELECT current_setting('data_directory')",
    "SELECT lo_import('/etc/hostname')",
    "SELECT pg_terminate_backend(1)",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_notify('a', 'b')",
    "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS x(i int)",
    "SELECT * FROM book FOR UPDATE",
    "COPY book TO PROGRAM 'id'",
    "TABLE pg_authid",
    "SELECT * FROM pg_authid",
    "SELECT * FROM pg_catalog.pg_class",
    "LOCK book",
    "DO $$ BEGIN DELETE FROM book; END $$",
    "NOTIFY x",
    "LISTEN x",
    "DECLARE c CURSOR FOR SELECT 1",
    "SET ROLE postgres",
    "SHOW ALL",
    "EXPLAIN ANALYZE SELECT 1",
]


def test_nothing_is_changed_or_reached_by_functions(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TABLE book (id int, title text)",
        "CREATE TABLE decoy (pg_read_file text, pg_sleep int)",
        "INSERT INTO book VALUES (1, 'a')",
        "CREATE SEQUENCE counter",
        "CREATE FUNCTION write_down(i int) RETURNS int LANGUAGE sql AS 'INSERT INTO book VALUES (i) RETURNING id'",
        "CREATE FUNCTION write_all(b book) RETURNS int LANGUAGE sql AS 'INSERT INTO book VALUES (b.id) RETURNING id'",
        "CREATE FUNCTION doubled(i int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2 * i'",
    )
    codes = {sql: code(engine, sql) for sql in FORBIDDEN}
    assert {sql: code for sql, code in codes.items() if code not in ("SQL_NOT_READ_ONLY", "QUERY_ERROR")} == {}
    assert run(engine, "SELECT doubled(book.id), nextval.id FROM book, (SELECT 7 AS id) AS nextval").rows == [[2, 7]]


def code(engine: Engine, sql: str) -> str:
    try:
        run(engine, sql)
    except ChatctlError as error:
        return error.code
    return "RAN"


def test_a_view_that_writes_meets_a_transaction_that_only_reads(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TABLE log (id int)",
        "CREATE FUNCTION note() RETURNS int LANGUAGE sql AS 'INSERT INTO log VALUES (1) RETURNING id'",
        "CREATE VIEW noted AS SELECT note()",
    )
    with pytest.raises(SqlNotReadOnly, match="read-only transaction"):
        run(engine, "SELECT * FROM noted")
    assert run(engine, "SELECT count(*) FROM log").rows == [[0]]


def test_times_are_utc_whatever_the_server_s_zone(opening_postgres: Opening, database: str) -> None:
    engine = opening_postgres(
        f"ALTER DATABASE {database} SET TimeZone = 'Asia/Tokyo'", f"ALTER DATABASE {database} SET DateStyle = 'German'"
    )
    result = run(
        engine,
        "SELECT t, t::date, extract(hour FROM t) FROM (SELECT '2024-01-01 00:00+00'::timestamptz AS t) AS x",
    )
    assert result.rows == [["2024-01-01T00:00:00Z", "2024-01-01", "0"]]


def test_a_large_table_is_profiled_from_a_part_of_it(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE TABLE measure (id bigint PRIMARY KEY, station text, value float8, taken date, note text)",
        "INSERT INTO measure SELECT i, 'S' || i % 7, i % 1000, '2020-01-01'::date + i % 500,"
        " CASE WHEN i % 4 = 0 THEN 'x' END FROM generate_series(1, 200000) i",
        "ANALYZE measure",
    )
    assert engine.tables()[0].row_count is None
    profile = engine.profile("measure")
    columns = {column.name: column for column in profile.columns}
    assert profile.estimated
    assert profile.row_count == pytest.approx(200_000, rel=0.05)
    assert (columns["id"].minimum, columns["id"].maximum) == (1, 200_000)
    assert columns["id"].distinct_count == pytest.approx(200_000, rel=0.1)
    assert columns["station"].distinct_count == 7
    assert set(columns["station"].samples) <= {f"S{i}" for i in range(7)}
    assert columns["value"].distinct_count == pytest.approx(1000, rel=0.1)
    assert columns["note"].null_count == pytest.approx(150_000, rel=0.05)
    assert columns["taken"].minimum == "2020-01-01"


def test_a_foreign_table_is_a_table_also_where_its_server_is_away(opening_postgres: Opening) -> None:
    engine = opening_postgres(
        "CREATE FOREIGN DATA WRAPPER away",
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER away",
        "CREATE FOREIGN TABLE far (id int) SERVER elsewhere",
    )
    assert [(table.name, table.row_count) for table in engine.tables()] == [("far", None)]
    with pytest.raises(QueryError, match="has no handler"):
        engine.profile("far")


def test_the_fingerprint_changes_with_the_data_and_the_definitions(
    opening_postgres: Opening,
) -> None:
    first = opening_postgres("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)").fingerprint
    assert opening_postgres().fingerprint == first
    second = opening_postgres("INSERT INTO t VALUES (2)", "SELECT pg_stat_force_next_flush()").fingerprint
    third = opening_postgres("ALTER TABLE t ADD COLUMN name text").fingerprint
    assert len({first, second, third}) == 3


def test_an_engine_beside_another_works_at_the_same_time(opening_postgres: Opening) -> None:
    engine = opening_postgres("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    assert isinstance(engine, Shared)
    beside = engine.beside()
    engine.close()
    assert run(beside, "SELECT id FROM t").rows == [[1]]
    beside.close()
