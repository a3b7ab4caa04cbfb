"""Delimited files as they come: nothing vanishes, nothing stops the load, everything odd is said."""

import gzip
import os
from pathlib import Path

import pytest

from chatctl.domain.errors import QueryError, SourceError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Limits

from .samples import Opening, OpeningAll, opened, rows, types


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


LAYOUTS: dict[str, tuple[str, list[list[Cell]]]] = {
    "semicolons": ("a;b\n1;x, y\n2;z\n", [[1, "x, y"], [2, "z"]]),
    "tabs": ("a\tb\n1\tx\n2\ty\n", [[1, "x"], [2, "y"]]),
    "bars": ("a|b\n1|x\n2|y\n", [[1, "x"], [2, "y"]]),
    "quotes": ('a,b\n1,"x\ny"\n2,"he said ""hi"", twice"\n', [[1, "x\ny"], [2, 'he said "hi", twice']]),
    "backslashes": ('a,b\n1,"x \\"y\\" z"\n2,w\n', [[1, 'x "y" z'], [2, "w"]]),
    "inches": ('a,b\n1,5" pipe\n2,x\n', [[1, '5" pipe'], [2, "x"]]),
    "windows": ("a,b\r\n1,x\r\n2,y\r\n", [[1, "x"], [2, "y"]]),
    "old_mac": ("a,b\r1,x\r2,y\r", [[1, "x"], [2, "y"]]),
    "mixed_ends": ("a,b\r\n1,x\n2,y\r\n", [[1, "x"], [2, "y"]]),
    "excel": ('a,b\r\n1,"x\ny"\r\n2,z\r\n', [[1, "x\ny"], [2, "z"]]),
    "blank_lines": ("a,b\n1,x\n\n2,y\n\n", [[1, "x"], [2, "y"]]),
    "no_end": ("a,b\n1,x\n2,y", [[1, "x"], [2, "y"]]),
    "spaces": ("a,b\n1, x \n 2 ,y\n", [[1, " x "], [2, "y"]]),
    "one_column": ("a\nx\ny\n", [["x"], ["y"]]),
    "one_row": ("a,b\n1,x\n", [[1, "x"]]),
}


def test_layouts(opening_all: OpeningAll) -> None:
    engine = opening_all({f"{name}.csv": content for name, (content, _) in LAYOUTS.items()})
    assert {name: rows(engine, name) for name in LAYOUTS} == {name: expected for name, (_, expected) in LAYOUTS.items()}
    assert engine.warnings == ()


def test_a_late_quoted_cell_is_understood(opening: Opening) -> None:
    engine = opening("t.csv", "a,b\n" + "1,x\n" * 40_000 + '2,"late, but ""quoted"""\n')
    assert engine.run("SELECT b FROM t WHERE a = 2", Limits()).rows == [['late, but "quoted"']]


def test_encodings(opening_all: OpeningAll) -> None:
    encodings = ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32"]
    text = "stadt,größe\nKöln,1\nÅbo,2\n"
    engine = opening_all({f"{encoding}.csv": text.encode(encoding) for encoding in encodings})
    assert [rows(engine, table.name) for table in engine.tables()] == [[["Köln", 1], ["Åbo", 2]]] * len(encodings)
    assert set(engine.warnings) == {
        f"{name}.csv: it is {spoken} text and was converted to UTF-8."
        for name, spoken in (
            ("latin-1", "Latin-1 (Windows-1252)"),
            ("cp1252", "Latin-1 (Windows-1252)"),
            ("utf-16", "UTF-16"),
            ("utf-16-le", "UTF-16"),
            ("utf-32", "UTF-32"),
        )
    }


def test_one_broken_byte_does_not_garble_the_other_letters(opening: Opening) -> None:
    engine = opening("t.csv", b"a\n" + "Köln\nMünchen\n".encode() + b"caf\xe9\n")
    assert rows(engine) == [["Köln"], ["München"], ["caf\ufffd"]]
    assert "UTF-8" in engine.warnings[0]


def test_gzip(opening: Opening) -> None:
    engine = opening("t.csv.gz", gzip.compress("a,b\n1,é\n".encode("latin-1")))
    assert engine.tables()[0].name == "t"
    assert rows(engine) == [[1, "é"]]


HEADERS: dict[str, tuple[str, list[str], str | None]] = {
    "doubled": ("a,a,A", ["a", "a_2", "A_3"], "doubled headers were renamed: a_2, A_3"),
    "empty": ("a,,c", ["a", "column_2", "c"], "1 of its columns has no header; named by position"),
    "taken": ("a,a_2,a", ["a", "a_2", "a_3"], "doubled headers were renamed: a_3"),
    "spaced": (' a , "b\nc" ,Total ($)', ["a", "b c", "Total ($)"], None),
    "scripts": ("région,名前,x;y", ["région", "名前", "x;y"], None),
    "words": ('select,from,"we""ird"', ["select", "from", 'we"ird'], None),
}


def test_headers_become_unique_names(opening_all: OpeningAll) -> None:
    engine = opening_all({f"{name}.csv": f"{header}\n1,2,3\n4,5,6\n" for name, (header, _, _) in HEADERS.items()})
    assert {name: list(types(engine, name)) for name in HEADERS} == {
        name: names for name, (_, names, _) in HEADERS.items()
    }
    assert [rows(engine, name) for name in HEADERS] == [[[1, 2, 3], [4, 5, 6]]] * len(HEADERS)
    assert set(engine.warnings) == {f"{name}.csv: {said}." for name, (*_, said) in HEADERS.items() if said}


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


HOSTILE_NAMES = [
    "with space.csv", "it's.csv", 'quo"te.csv', "semi;colon.csv", "-dash.csv", "naïve 名.csv", "a*b.csv", "what?.csv",
    "b[1].csv", "100%.csv", "line\nbreak.csv", "$HOME.csv", "back\\slash.csv", "{x,y}.csv", "tab\t.csv", "2024.csv",
    "drop table.csv", "#1.csv", "a.b.csv", "UPPER.CSV",
]  # fmt: skip


def test_hostile_file_names(opening_all: OpeningAll) -> None:
    engine = opening_all({name: f"a,b\n1,x\n2,{number}\n" for number, name in enumerate(HOSTILE_NAMES)})
    assert len(engine.tables()) == len(HOSTILE_NAMES)
    assert all(table.name.isidentifier() for table in engine.tables())
    contents = {str(rows(engine, table.name)[1][1]) for table in engine.tables()}
    assert contents == {str(number) for number in range(len(HOSTILE_NAMES))}


@pytest.mark.parametrize("name", ["it's [1].csv", "*.csv", "-a\n;.csv"])
def test_a_hostile_file_name_alone(opening: Opening, name: str) -> None:
    assert rows(opening(name, "a,b\n1,x\n")) == [[1, "x"]]


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
