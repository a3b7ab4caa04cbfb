"""The values of delimited files: typed where that loses nothing, text where it would."""

import csv
import io

from chatctl.domain.results import Cell
from chatctl.engines.engine import Engine, Limits

from .samples import Opening, rows, types


def columnwise(columns: dict[str, list[str]]) -> str:
    """A CSV file of these columns, quoted where it must be; shorter ones end with nothing."""
    height = max(map(len, columns.values()))
    lines = [[name, *cells, *[""] * (height - len(cells))] for name, cells in columns.items()]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(zip(*lines, strict=True))
    return out.getvalue()


def values(engine: Engine, column: str) -> list[Cell]:
    """The column's values without the NULLs that only fill it up."""
    cells = [cell for (cell,) in rows(engine, columns=f'"{column}"')]
    return cells[: len(cells) - next((n for n, cell in enumerate(reversed(cells)) if cell is not None), len(cells))]


MARKERS = ["NA", "N/A", "n/a", "NULL", "null", "-", "", "NaN", "None", "#N/A", " NA ", "\\N"]


def test_null_markers_leave_numbers_and_dates_what_they_are(opening: Opening) -> None:
    columns: dict[str, list[str]] = {}
    for number, marker in enumerate(MARKERS):
        columns |= {
            f"integer{number}": ["1", marker, "3"],
            f"number{number}": ["1.5", marker, "2"],
            f"date{number}": ["2024-01-31", marker, "2024-02-01"],
            f"text{number}": ["a", marker, "b"],
        }
    engine = opening("t.csv", columnwise(columns))
    assert engine.warnings == ()
    assert {name.rstrip("0123456789"): type_ for name, type_ in types(engine).items()} == {
        type_: type_ for type_ in ("integer", "number", "date", "text")
    }
    assert all(types(engine)[name] == name.rstrip("0123456789") for name in columns)
    for number, marker in enumerate(MARKERS):
        assert values(engine, f"integer{number}") == [1, None, 3]
        assert values(engine, f"date{number}") == ["2024-01-31", None, "2024-02-01"]
        assert values(engine, f"text{number}") == ["a", marker or None, "b"]


def test_an_empty_quoted_cell_is_text_and_an_empty_one_null(opening: Opening) -> None:
    assert rows(opening("t.csv", 'k,t\n1,""\n2,\n3,x\n')) == [[1, ""], [2, None], [3, "x"]]


def test_types(opening: Opening) -> None:
    engine = opening(
        "t.csv",
        "i,big,huge,x,e,b,d,ts,z,tm,s\n"
        "1,9007199254740993,123456789012345678901234567890,1.5,1e3,true,2024-01-31,2024-01-31 10:00:00,"
        "2013-01-01T10:00:00Z,10:30,a\n"
        "-2,1,1,.5,-2.5E-2,FALSE,2023-12-01,2024-01-31T10:00:00.5,2013-01-01T10:00:00+02:00,23:59:59,b\n",
    )
    assert types(engine) == {
        "i": "integer", "big": "integer", "huge": "integer", "x": "number", "e": "number", "b": "boolean", "d": "date",
        "ts": "timestamp", "z": "timestamp", "tm": "time", "s": "text",
    }  # fmt: skip
    assert rows(engine) == [
        [1, "9007199254740993", "123456789012345678901234567890", 1.5, 1000.0, True, "2024-01-31",
         "2024-01-31T10:00:00", "2013-01-01T10:00:00", "10:30:00", "a"],
        [-2, 1, 1, 0.5, -0.025, False, "2023-12-01",
         "2024-01-31T10:00:00.500000", "2013-01-01T08:00:00", "23:59:59", "b"],
    ]  # fmt: skip


def test_codes_stay_text(opening: Opening) -> None:
    codes = [
        "007",
        "02134",
        "00",
        "-01",
        "1_000",
        "0x1F",
        "inf",
        "Infinity",
        "1.2.3",
        "12-34",
        "+49123456789",
        "T",
        "yes",
    ]
    engine = opening("t.csv", columnwise({f"c{number}": [code, code] for number, code in enumerate(codes)}))
    assert set(types(engine).values()) == {"text"}
    assert rows(engine) == [codes, codes]
    assert engine.warnings == ()


def test_codes_with_some_leading_zeros_stay_text_without_a_word(opening: Opening) -> None:
    engine = opening("t.csv", "zip\n" + "".join(f"{number}\n" for number in range(10_000, 10_100)) + "02134\n")
    assert types(engine) == {"zip": "text"}
    assert engine.warnings == ()


AMOUNTS = {
    "grouped": (["1,234", "5", "1,234,567.5"], [1234.0, 5.0, 1234567.5]),
    "dollars": (["$1,234.50", "-$2", "$ 3", "(4)"], [1234.5, -2.0, 3.0, -4.0]),
    "euros": (["10 €", "1.234,5 €"], [10.0, 1234.5]),
    "comma": (["1.234,56", "7,5"], [1234.56, 7.5]),
    "spaced": (["1 234,56", "7,5"], [1234.56, 7.5]),
    "percent": (["12%", "3.5 %", "-1%"], [12.0, 3.5, -1.0]),
}


def test_written_amounts_become_numbers_and_that_is_said(opening: Opening) -> None:
    engine = opening("t.csv", columnwise({name: cells for name, (cells, _) in AMOUNTS.items()}))
    assert set(types(engine).values()) == {"number"}
    for name, (_, expected) in AMOUNTS.items():
        assert values(engine, name) == expected
        assert any(f"{name}: " in warning and "as numbers" in warning for warning in engine.warnings)


def test_what_only_looks_like_amounts_stays_text(opening: Opening) -> None:
    columns = {"mixed": ["$5", "6 €"], "lakh": ["1,23,456"], "unit": ["5 kg", "6 kg"], "list": ["1,2,3"]}
    engine = opening("t.csv", columnwise(columns))
    assert {name: values(engine, name) for name in columns} == columns


DATES = {
    "us": (["01/31/2024", "2/1/2024"], ["2024-01-31", "2024-02-01"]),
    "uk": (["31/01/2024", "1/2/2024"], ["2024-01-31", "2024-02-01"]),
    "either": (["01/02/2024", "03/04/2024"], ["2024-01-02", "2024-03-04"]),
    "dots": (["31.01.2024", "01.02.2024"], ["2024-01-31", "2024-02-01"]),
    "named": (["31-Jan-2024", "01-Feb-2024"], ["2024-01-31", "2024-02-01"]),
    "english": (["Jan 31, 2024", "Feb 1, 2024"], ["2024-01-31", "2024-02-01"]),
    "slashes": (["2024/1/31", "2024/2/1"], ["2024-01-31", "2024-02-01"]),
    "noon": (["1/31/24 5:00 PM", "2/1/24 11:30 AM"], ["2024-01-31T17:00:00", "2024-02-01T11:30:00"]),
    "minutes": (["31.01.2024 17:00", "01.02.2024 08:15"], ["2024-01-31T17:00:00", "2024-02-01T08:15:00"]),
    "both": (["2024-01-31", "2024-02-01 08:15"], ["2024-01-31T00:00:00", "2024-02-01T08:15:00"]),
}


def test_dates_as_people_write_them(opening: Opening) -> None:
    engine = opening("t.csv", columnwise({name: cells for name, (cells, _) in DATES.items()}))
    assert set(types(engine).values()) == {"date", "timestamp"}
    assert {name: values(engine, name) for name in DATES} == {name: expected for name, (_, expected) in DATES.items()}
    assert engine.warnings == ("t.csv: either: '01/02/2024' was read as month/day/year (2024-01-02).",)


def test_an_impossible_date_leaves_the_column_text_and_is_said(opening: Opening) -> None:
    engine = opening("t.csv", "d\n" + "2024-01-31\n" * 50 + "2024-02-30\n")
    assert types(engine) == {"d": "text"}
    assert engine.warnings == (
        "t.csv: d stays text: 1 of its 51 values are not of the kind 'date', such as '2024-02-30'.",
    )


def test_mixed_values_stay_text_and_that_is_said(opening: Opening) -> None:
    engine = opening("t.csv", "amount\n" + "5\n" * 99 + "unknown\n")
    assert types(engine) == {"amount": "text"}
    assert engine.warnings == ("t.csv: amount stays text: 1 of its 100 values are not numbers, such as 'unknown'.",)


LATE = [
    ("7", "1.5", "number", 1.5),
    ("7", "1,234", "number", 1234.0),
    ("7", "123456789012345678901", "integer", "123456789012345678901"),
    ("7", "x", "text", "x"),
    ("", "1.5", "number", 1.5),
    ("", "2024-01-31", "date", "2024-01-31"),
    ("01/02/2024", "31/12/2024", "date", "2024-12-31"),
    ("2024-01-31", "2024-01-31 10:00", "timestamp", "2024-01-31T10:00:00"),
]


def test_the_last_row_counts_as_much_as_the_first(opening: Opening) -> None:
    engine = opening(
        "t.csv", columnwise({f"c{n}": [early] * 3_000 + [late] for n, (early, late, *_) in enumerate(LATE)})
    )
    assert list(types(engine).values()) == [type_ for *_, type_, _ in LATE]
    last = engine.run("SELECT * FROM t WHERE rowid = 3000", Limits()).rows[0]
    assert last == [cell for *_, cell in LATE]
