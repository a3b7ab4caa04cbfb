"""JSON, NDJSON and Parquet files."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chatctl.domain.errors import SourceError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Engine

from .samples import Opening, opened, rows, types


def table(engine: Engine) -> tuple[dict[str, str], list[list[Cell]]]:
    """The only table's columns and rows."""
    return types(engine), rows(engine)


@pytest.mark.parametrize("name", ["t.json", "t.ndjson", "t.jsonl"])
def test_records_become_rows(opening: Opening, name: str) -> None:
    records: list[dict[str, Any]] = [
        {"id": 1, "at": "2024-01-31T10:00:00Z", "day": "2024-01-31", "zip": "02134", "x": 1},
        {"id": 2, "at": None, "day": "2024-02-01", "zip": "10001", "x": 2.5, "more": True},
    ]
    lines = "\n".join(map(json.dumps, records)) + "\n"
    columns, found = table(opening(name, json.dumps(records) if name == "t.json" else lines))
    assert columns == {
        "id": "integer", "at": "timestamp", "day": "date", "zip": "text", "x": "number", "more": "boolean"
    }  # fmt: skip
    assert found == [
        [1, "2024-01-31T10:00:00", "2024-01-31", "02134", 1.0, None],
        [2, None, "2024-02-01", "10001", 2.5, True],
    ]


def test_records_within_records_become_columns(opening: Opening) -> None:
    content = '[{"id": 1, "home": {"city": "Rome", "at": {"lat": 41.9}}, "tags": ["a", "b"]}]'
    columns, found = table(opening("t.json", content))
    assert columns == {"id": "integer", "home_city": "text", "home_at_lat": "number", "tags": "other"}
    assert found == [[1, "Rome", 41.9, '["a", "b"]']]


def test_an_object_around_a_list_is_the_list(opening: Opening) -> None:
    engine = opening("t.json", '{"count": 2, "results": [{"a": 1}, {"a": 2}]}')
    assert table(engine) == ({"a": "integer"}, [[1], [2]])
    assert engine.warnings == ("t.json: its rows are those of the list 'results'.",)


def test_a_large_object_around_a_list_is_read(opening: Opening) -> None:
    records = ",".join(f'{{"id": {number}, "text": "{"x" * 1_000}"}}' for number in range(20_000))
    assert opening("t.json", f'{{"data": [{records}]}}').tables()[0].row_count == 20_000


def test_mixed_values_stay_text_and_that_is_said(opening: Opening) -> None:
    engine = opening("t.ndjson", '{"a": 1}\n{"a": "x"}\n{"a": {"b": 2}}\n')
    assert table(engine) == ({"a": "text"}, [["1"], ["x"], ['{"b":2}']])
    assert engine.warnings == ("t.ndjson: a holds values of several types and stays text.",)


def test_broken_lines_are_left_out_and_counted(opening: Opening) -> None:
    engine = opening("t.ndjson", '{"a": 1}\nnot json\n\n{"a": 3}\n{"a":\n')
    assert table(engine)[1] == [[1], [3]]
    assert engine.tables()[0].row_count == 2
    assert engine.warnings == ("t.ndjson: 2 lines are not valid JSON and were left out (lines 2, 5).",)


def test_a_cut_off_list_is_said(opening: Opening) -> None:
    assert "cut off" in opening("t.json", '[{"a": 1}, {"a": 2},').warnings[0]


def test_an_empty_list_is_an_empty_table(opening: Opening) -> None:
    assert opening("t.json", "[]").warnings == ("t.json: it has no rows.",)


def test_encodings_and_gzip(opening: Opening) -> None:
    engine = opening("t.json.gz", gzip.compress('[{"ä": "ö"}]'.encode("utf-16")))
    assert table(engine) == ({"ä": "text"}, [["ö"]])
    assert "UTF-16" in engine.warnings[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.json", "", "t.json is empty."),
        ("t.json", '{"a": ', "t.json is not valid JSON."),
        ("t.json", "hello", "t.json is not valid JSON."),
        ("t.json", b"\0\1\2" * 50, "t.json is not a text file."),
        ("t.parquet", b"", "t.parquet is not a Parquet file."),
        ("t.parquet", b"a,b\n1,2\n", "t.parquet is not a Parquet file."),
        ("t.parquet", b"PAR1" + b"\0" * 100, "t.parquet is a damaged Parquet file."),
    ],
)
def test_what_is_no_data_is_refused_clearly(opening: Opening, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        opening(name, content)
    assert caught.value.message == message


@pytest.mark.parametrize("name", ["t.parquet", "it's [1] *.parquet"])
def test_parquet(tmp_path: Path, cache: Path, name: str) -> None:
    path = tmp_path / name
    duckdb.execute(
        "COPY (SELECT 1 AS i, 1.50::DECIMAL(9, 2) AS d, TIMESTAMPTZ '2024-01-31 10:00:00+02' AS z, {'a': 1} AS s,"
        " [1, 2] AS l, 'x'::BLOB AS b, 'NA' AS t, 170141183460469231731687303715884105727::HUGEINT AS h)"
        f" TO '{str(path).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
    )
    engine = opened(path, cache)
    columns, found = table(engine)
    assert columns == {
        "i": "integer", "d": "decimal", "z": "timestamp", "s_a": "integer", "l": "other", "b": "other", "t": "text",
        "h": "number",
    }  # fmt: skip
    assert found[0][:7] == [1, "1.50", "2024-01-31T08:00:00", 1, "[1, 2]", "78", "NA"]
    engine.close()
