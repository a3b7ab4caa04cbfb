"""What every engine does alike."""

import time

import pytest

from chatctl.domain.errors import QueryError, QueryTimeout, SourceNotFound
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Engine, Limits

from .samples import Sample

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def run(engine: Engine, sql: str, rows: int = 100, seconds: float = 20) -> ResultSet:
    return engine.run(sql, Limits(rows=rows, seconds=seconds))


def test_tables_tell_their_columns_and_rows(engine: Engine, sample: Sample) -> None:
    customers, orders = engine.tables()
    # A warehouse takes money for counting.
    assert (customers.name, customers.row_count) == ("customers", None if sample.kind == "sqlalchemy" else 3)
    assert [(column.name, column.type) for column in orders.columns] == [
        ("id", "integer"),
        ("customer_id", "integer"),
        ("amount", "number"),
        ("placed", "date"),
        ("note", "text"),
    ]


def test_declared_keys_are_told(engine: Engine) -> None:
    orders = engine.tables()[1]
    declared = engine.fingerprint and [(key.columns, key.table, key.references) for key in orders.foreign_keys]
    expected = [(["customer_id"], "customers", ["id"])] if orders.primary_key else []
    assert declared == expected
    assert orders.primary_key in ([], ["id"])


def test_rows_come_typed_and_in_order(engine: Engine) -> None:
    result = run(engine, "SELECT id, amount, placed, note FROM orders ORDER BY id")
    assert result.rows == [
        [1, 10.5, "2024-01-31", "first"],
        [2, 20.0, "2024-02-01", None],
        [3, None, "2024-02-29", "naïve; \"quoted\" 'text'"],
        [4, -3.25, "2024-03-01", ""],
    ]
    assert [column.type for column in result.columns] == ["integer", "number", "date", "text"]
    assert not result.truncated
    assert result.elapsed_ms > 0


def test_what_is_cut_off_is_told(engine: Engine) -> None:
    cut = run(engine, "SELECT id FROM orders ORDER BY id", rows=3)
    whole = run(engine, "SELECT id FROM orders ORDER BY id", rows=4)
    assert (cut.rows, cut.truncated) == ([[1], [2], [3]], True)
    assert (len(whole.rows), whole.truncated) == (4, False)


def test_no_row_is_no_error(engine: Engine) -> None:
    result = run(engine, "SELECT id, note FROM orders WHERE id > 99")
    assert result.rows == []
    assert [column.name for column in result.columns] == ["id", "note"]


def test_columns_of_one_name_are_both_given(engine: Engine) -> None:
    result = run(engine, "SELECT o.id, c.id FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 3")
    assert result.rows == [[3, 2]]
    assert [column.name for column in result.columns] == ["id", "id"]


def test_a_query_is_stopped_when_its_time_is_over_and_the_next_one_runs(engine: Engine) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"longer than 0\.2 s"):
        run(engine, ENDLESS, seconds=0.2)
    assert time.monotonic() - started < 5
    assert run(engine, "SELECT count(*) FROM orders").rows == [[4]]


def test_an_unknown_column_names_the_nearest(engine: Engine) -> None:
    with pytest.raises(QueryError, match="amoun") as caught:
        run(engine, "SELECT amoun FROM orders")
    assert "amount" in (caught.value.hint or "")


def test_an_unknown_table_names_the_nearest(engine: Engine) -> None:
    with pytest.raises(QueryError, match="no table 'ordres'") as caught:
        run(engine, "SELECT * FROM ordres")
    assert "orders" in (caught.value.hint or "")


def test_a_syntax_error_says_where(engine: Engine) -> None:
    with pytest.raises(QueryError, match=r"near 'where'.*line 2, column") as caught:
        run(engine, "SELECT *\nFROM where id = 1")
    assert caught.value.details["line"] == 2


def test_the_engine_s_own_words_come_through(engine: Engine) -> None:
    with pytest.raises(QueryError) as caught:
        run(engine, "SELECT no_such_function(id) FROM orders")
    assert "no_such_function" in caught.value.message
    assert "\n" not in caught.value.message


def test_profile_tells_nulls_ranges_and_frequent_values(engine: Engine) -> None:
    profile = engine.profile("ORDERS")
    columns = {column.name: column for column in profile.columns}
    assert profile.row_count == 4
    assert (columns["amount"].null_count, columns["amount"].minimum, columns["amount"].maximum) == (1, -3.25, 20.0)
    assert columns["customer_id"].distinct_count == 3
    assert columns["customer_id"].samples[0] == 1
    assert (columns["placed"].minimum, columns["placed"].maximum) == ("2024-01-31", "2024-03-01")
    assert columns["placed"].type == "date"


def test_profile_of_an_unknown_table(engine: Engine) -> None:
    with pytest.raises(SourceNotFound, match="no table 'order'") as caught:
        engine.profile("order")
    assert caught.value.hint == "Did you mean 'orders'?"


def test_nothing_odd_is_said_of_good_data(engine: Engine) -> None:
    assert engine.warnings == ()
