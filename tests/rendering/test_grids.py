"""Rows as CSV, TSV, lines and Markdown."""

import csv
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.results import Cell, Column
from chatctl.rendering import grids
from chatctl.rendering.grids import Grid
from chatctl.rendering.screen import Screen
from chatctl.rendering.tables import whole
from chatctl.rendering.text import NULL, literal

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
WORDS = st.text("abc漢é🎉-.", min_size=1, max_size=6)


def tables(cells: st.SearchStrategy[Cell], names: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Grid]:
    def of_width(width: int) -> st.SearchStrategy[Grid]:
        rows = st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=5)
        columns = st.lists(names, min_size=width, max_size=width).map(
            lambda found: [Column(name=name, type="text") for name in found]
        )
        return st.builds(lambda columns, rows: Grid(columns=columns, rows=rows), columns, rows)

    return st.integers(2, 4).flatmap(of_width)


def grid(*rows: list[Cell]) -> Grid:
    return Grid(columns=[Column(name="a", type="text"), Column(name="n", type="integer")], rows=list(rows))


@given(tables(CELLS), st.sampled_from([",", "\t"]))
def test_csv_reads_back_as_it_was(table: Grid, delimiter: str) -> None:
    written = "".join(grids.separated(table, delimiter, exact=True))
    header, *rows = csv.reader(StringIO(written, newline=""), delimiter=delimiter)
    assert header == [column.name for column in table.columns]
    assert rows == [[literal(cell) for cell in row] for row in table.rows]


def test_csv_tells_null_from_empty_text(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [[None, 1], ["", 2], ["NULL", 3], ['""', 4], [" ", 5], ['a,b\n"c"', None]]
    file = tmp_path / "rows.csv"
    file.write_text("".join(grids.separated(grid(*rows), ",", exact=True)), encoding="utf-8")
    read = "FROM read_csv(?, header=true, all_varchar=true, allow_quoted_nulls=false)"
    assert duckdb.execute(read, [str(file)]).fetchall() == [
        (text, None if number is None else str(number)) for text, number in rows
    ]


def test_csv_for_a_pipe_is_exact_and_for_a_terminal_visible() -> None:
    table = grid(["\x1b[31mred\nline", 1])
    assert list(grids.separated(table, ",", exact=True)) == ["a,n\n", '"\x1b[31mred\nline",1\n']
    assert list(grids.separated(table, ",", exact=False)) == ["a,n\n", '"\\x1b[31mred\nline",1\n']


@given(tables(st.none() | st.just("") | st.integers() | WORDS, names=WORDS))
def test_table_and_csv_agree_cell_for_cell(table: Grid) -> None:
    screen = Screen(width=400, colour=False)
    _, _, *drawn = screen.draw(*whole(table, screen.width)).splitlines()
    written = StringIO("".join(grids.separated(table, ",", exact=True)), newline="")
    _, *rows = [line.rstrip("\n").split(",") for line in written]
    assert [[NULL if cell == "" else cell for cell in row] for row in rows] == [line.split() for line in drawn]


def test_lines_keep_a_row_on_a_line() -> None:
    assert list(grids.tabbed(grid(["a\tb\nc", 1], [None, None], ["", 2]))) == ["a\\tb\\nc\t1\n", "\t\n", '""\t2\n']


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("[x](http://y)", r"\[x\](http://y)"),
        ("<b>&lt;", r"\<b\>\&lt;"),
        ("dep_delay", "dep_delay"),
        ("_x_", r"\_x\_"),
        ("R&D", "R&D"),
    ],
)
def test_markdown_cells_are_text(text: str, shown: str) -> None:
    assert list(grids.markdown(grid([text, 1])))[-1] == f"| {shown} | 1 |\n"


def test_markdown_tells_null_from_text_that_says_so() -> None:
    assert list(grids.markdown(grid([None, None], [NULL, 1])))[2:] == [
        f"| *{NULL}* | *{NULL}* |\n",
        f"| {NULL} | 1 |\n",
    ]
