"""Delimited files as they come: nothing vanishes, nothing stops the load, everything odd is said."""

import csv
import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chatctl.domain.errors import QueryError, SourceError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Engine, Limits

from .samples import opened

Opening = Callable[[str, str | bytes], Engine]


def rows(engine: Engine, columns: str = "*") -> list[list[Cell]]:
    (table,) = engine.tables()
    return engine.run(f'SELECT {columns} FROM "{table.name}"', Limits()).rows  # noqa: S608


def types(engine: Engine) -> dict[str, str]:
    (table,) = engine.tables()
    return {column.name: column.type for column in table.columns}


def columnwise(columns: dict[str, list[str]]) -> str:
    """A CSV file of these columns, quoted where it must be; shorter ones end with nothing."""
    height = max(map(len, columns.values()))
    lines = [[name, *cells, *[""] * (height - len(cells))] for name, cells in columns.items()]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(zip(*lines, strict=True))
    return out.getvalue()


def values(engine: Engine, column: str) -> list[Cell]:
    """The column's values without the NULLs that only fill it up."""
    cells = [cell for (cell,) in rows(engine, f'"{column}"')]
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


@pytest.mark.parametrize(
    ("early", "late", "type_", "last"),
    [
        ("7", "1.5", "number", 1.5),
        ("7", "1,234", "number", 1234.0),
        ("7", "123456789012345678901", "integer", "123456789012345678901"),
        ("7", "x", "text", "x"),
        ("", "1.5", "number", 1.5),
        ("", "2024-01-31", "date", "2024-01-31"),
        ("01/02/2024", "31/12/2024", "date", "2024-12-31"),
        ("2024-01-31", "2024-01-31 10:00", "timestamp", "2024-01-31T10:00:00"),
    ],
)
def test_the_last_row_counts_as_much_as_the_first(
    opening: Opening, early: str, late: str, type_: str, last: Cell
) -> None:
    engine = opening("t.csv", "k,v\n" + f'x,"{early}"\n'.replace('""', "") * 3_000 + f'last,"{late}"\n')
    assert types(engine)["v"] == type_
    assert engine.run("SELECT v FROM t WHERE k = 'last'", Limits()).rows == [[last]]


def test_rows_with_too_few_fields_are_kept_and_counted(opening: Opening) -> None:
    engine = opening("t.csv", "a,b,c\n1,2,3\n4,5\n6\n7,8,9\n")
    assert rows(engine) == [[1, 2, 3], [4, 5, None], [6, None, None], [7, 8, 9]]
    assert engine.warnings == ("t.csv: 2 rows have too few fields; the missing ones are NULL (lines 3, 4).",)


def test_rows_with_too_many_fields_are_left_out_and_counted(opening: Opening) -> None:
    engine = opening("t.csv", "a,b\n1,2\n3,4,5\n6,7\n")
    assert rows(engine) == [[1, 2], [6, 7]]
    assert engine.warnings == ("t.csv: 1 row has too many fields and was left out (line 3).",)


def test_many_bad_rows_name_the_first_few(opening: Opening) -> None:
    engine = opening("t.csv", "a,b\n" + "1,2\n" * 3_000 + "3,4,5\n" * 1_200)
    assert engine.tables()[0].row_count == 3_000
    assert "1,200 rows have too many fields" in engine.warnings[0]
    assert engine.warnings[0].endswith("(lines 3,002, 3,003, 3,004, 3,005, 3,006, …).")


def test_a_huge_line_is_left_out_and_counted(opening: Opening) -> None:
    engine = opening("t.csv", f"a,b\n1,{'x' * 3_000_000}\n2,y\n")
    assert rows(engine) == [[2, "y"]]
    assert engine.warnings == ("t.csv: 1 row has more than 2 MB and was left out (line 2).",)


def test_a_row_after_a_broken_one_is_kept(opening: Opening) -> None:
    engine = opening("t.csv", 'a,b\n1,"x" y\n2,z\n')
    assert rows(engine) == [[2, "z"]]
    assert engine.warnings == ("t.csv: 1 row has a broken quote and was left out (line 2).",)


def test_a_quote_that_is_never_closed_swallows_nothing(opening: Opening) -> None:
    engine = opening("t.csv", 'a,b\n1,"x\n2,y\n3,z\n')
    assert rows(engine) == [[1, '"x'], [2, "y"], [3, "z"]]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1;x, y\n2;z\n", [[1, "x, y"], [2, "z"]]),
        ("a\tb\n1\tx\n2\ty\n", [[1, "x"], [2, "y"]]),
        ("a|b\n1|x\n2|y\n", [[1, "x"], [2, "y"]]),
        ('a,b\n1,"x\ny"\n2,"he said ""hi"", twice"\n', [[1, "x\ny"], [2, 'he said "hi", twice']]),
        ('a,b\n1,"x \\"y\\" z"\n2,w\n', [[1, 'x "y" z'], [2, "w"]]),
        ('a,b\n1,5" pipe\n2,x\n', [[1, '5" pipe'], [2, "x"]]),
        ("a,b\r\n1,x\r\n2,y\r\n", [[1, "x"], [2, "y"]]),
        ("a,b\r1,x\r2,y\r", [[1, "x"], [2, "y"]]),
        ("a,b\r\n1,x\n2,y\r\n", [[1, "x"], [2, "y"]]),
        ('a,b\r\n1,"x\ny"\r\n2,z\r\n', [[1, "x\ny"], [2, "z"]]),
        ("a,b\n1,x\n\n2,y\n\n", [[1, "x"], [2, "y"]]),
        ("a,b\n1,x\n2,y", [[1, "x"], [2, "y"]]),
        ("a,b\n1, x \n 2 ,y\n", [[1, " x "], [2, "y"]]),
    ],
)
def test_layouts(opening: Opening, content: str, expected: list[list[Cell]]) -> None:
    engine = opening("t.csv", content)
    assert rows(engine) == expected
    assert engine.warnings == ()


def test_a_late_quoted_cell_is_understood(opening: Opening) -> None:
    engine = opening("t.csv", "a,b\n" + "1,x\n" * 40_000 + '2,"late, but ""quoted"""\n')
    assert engine.run("SELECT b FROM t WHERE a = 2", Limits()).rows == [['late, but "quoted"']]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-8-sig", None), ("latin-1", "Latin-1"), ("cp1252", "Latin-1"), ("utf-16", "UTF-16"),
     ("utf-16-le", "UTF-16"), ("utf-32", "UTF-32")],
)  # fmt: skip
def test_encodings(opening: Opening, encoding: str, said: str | None) -> None:
    engine = opening("t.csv", "stadt,größe\nKöln,1\nÅbo,2\n".encode(encoding))
    assert rows(engine) == [["Köln", 1], ["Åbo", 2]]
    assert [said] == [said for warning in engine.warnings if said and said in warning] or (
        not said and not engine.warnings
    )


def test_one_broken_byte_does_not_garble_the_other_letters(opening: Opening) -> None:
    engine = opening("t.csv", b"a\n" + "Köln\nMünchen\n".encode() + b"caf\xe9\n")
    assert rows(engine) == [["Köln"], ["München"], ["caf\ufffd"]]
    assert "UTF-8" in engine.warnings[0]


def test_gzip(opening: Opening) -> None:
    engine = opening("t.csv.gz", gzip.compress("a,b\n1,é\n".encode("latin-1")))
    assert engine.tables()[0].name == "t"
    assert rows(engine) == [[1, "é"]]


@pytest.mark.parametrize(
    ("header", "names", "said"),
    [
        ("a,a,A", ["a", "a_2", "A_3"], "doubled headers were renamed: a_2, A_3"),
        ("a,,c", ["a", "column_2", "c"], "1 of its columns has no header"),
        ("a,a_2,a", ["a", "a_2", "a_3"], "doubled headers were renamed: a_3"),
        (' a , "b\nc" ,Total ($)', ["a", "b c", "Total ($)"], None),
        ("région,名前,x;y", ["région", "名前", "x;y"], None),
        ('select,from,"we""ird"', ["select", "from", 'we"ird'], None),
    ],
)
def test_headers_become_unique_names(opening: Opening, header: str, names: list[str], said: str | None) -> None:
    engine = opening("t.csv", f"{header}\n1,2,3\n4,5,6\n")
    assert list(types(engine)) == names
    assert rows(engine) == [[1, 2, 3], [4, 5, 6]]
    assert said is None or any(said in warning for warning in engine.warnings)


def test_a_file_without_header_says_so(opening: Opening) -> None:
    engine = opening("t.csv", "1,2024-01-31,x\n2,2024-02-01,y\n")
    assert list(types(engine).values()) == ["integer", "date", "text"]
    assert len(rows(engine)) == 2
    assert "no header" in engine.warnings[0]


def test_years_as_headers_are_headers(opening: Opening) -> None:
    engine = opening("t.csv", "country,2019,2020,2021\nChile,5,6,7\nPeru,8,8,9\n")
    assert list(types(engine)) == ["country", "2019", "2020", "2021"]


def test_a_title_above_the_table_is_skipped_and_said(opening: Opening) -> None:
    engine = opening("t.csv", "Sales report\n\nregion,sales\nNorth,5\nSouth,6\n")
    assert rows(engine) == [["North", 5], ["South", 6]]
    assert "the first 2 lines before its header" in engine.warnings[0]


def test_a_header_alone_is_an_empty_table(opening: Opening) -> None:
    engine = opening("t.csv", "a,b\n")
    assert types(engine) == {"a": "text", "b": "text"}
    assert rows(engine) == []
    assert engine.warnings == ("t.csv: it has a header but no rows.",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "", "t.csv is empty."),
        ("t.csv", "\n \n", "t.csv is empty."),
        ("t.csv", b"\xef\xbb\xbf", "t.csv is empty."),
        ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "t.csv is not a text file."),
        ("t.tsv", b"PK\x03\x04" + b"\0" * 100, "t.tsv is not a text file."),
        ("t.csv.gz", b"a,b\n1,2\n", "t.csv.gz is not a gzip file, or a damaged one."),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 9_999)[:-40], "t.csv.gz is not a gzip file, or a damaged one."),
    ],
)
def test_what_is_no_table_is_refused_clearly(opening: Opening, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        opening(name, content)
    assert caught.value.message == message


def test_one_bad_file_of_several_is_left_out_and_said(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "good.csv").write_text("a\n1\n")
    (tmp_path / "empty.csv").write_text("")
    engine = opened(tmp_path / "*.csv", cache)
    assert [table.name for table in engine.tables()] == ["good"]
    assert engine.warnings == ("empty.csv is empty. It was left out.",)
    engine.close()


@pytest.mark.parametrize(
    "name",
    ["with space.csv", "it's.csv", 'quo"te.csv', "semi;colon.csv", "-dash.csv", "naïve 名.csv", "a*b.csv", "what?.csv",
     "b[1].csv", "100%.csv", "line\nbreak.csv", "$HOME.csv", "back\\slash.csv", "{x,y}.csv", "tab\t.csv", "2024.csv",
     "drop table.csv", "#1.csv", "a.b.csv", "UPPER.CSV"],
)  # fmt: skip
def test_hostile_file_names(opening: Opening, name: str) -> None:
    engine = opening(name, "a,b\n1,x\n2,y\n")
    assert rows(engine) == [[1, "x"], [2, "y"]]
    assert engine.tables()[0].name.isidentifier()


def test_a_name_that_is_no_text_is_told(tmp_path: Path, cache: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_text("a\n1\n")
    with pytest.raises(SourceError, match="is not UTF-8"):
        opened(path, cache)


def test_a_table_named_like_a_keyword_asks_for_quotes(opening: Opening) -> None:
    engine = opening("order.csv", "a,group\n1,2\n")
    assert engine.run('SELECT a FROM "order"', Limits()).rows == [[1]]
    with pytest.raises(QueryError):
        engine.run("SELECT a FROM order", Limits())
    with pytest.raises(QueryError) as caught:
        opening("semi.csv", "a\n1\n").run("SELECT a FROM semi", Limits())
    assert caught.value.hint == 'Write the name in double quotes: "semi".'


def test_wide_files(opening: Opening) -> None:
    header = ",".join(f"c{number}" for number in range(400))
    engine = opening("t.csv", header + "\n" + ",".join("7" for _ in range(400)) + "\n")
    assert set(types(engine).values()) == {"integer"}
    assert len(engine.profile("t").columns) == 400
