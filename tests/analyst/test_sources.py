"""Odd sources: empty tables, odd names, hostile cells, many tables, a broken cache."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from .conftest import Chat


@contextmanager
def database(path: Path, script: str) -> Iterator[Engine]:
    """A SQLite source made by a script."""
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    connection.close()
    engine = open_engine(name="odd", kind="sqlite", locations=[str(path)], cache=path.parent)
    yield engine
    engine.close()


def test_an_empty_table_counts_zero_and_averages_nothing(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    with database(tmp_path / "a.db", "CREATE TABLE readings (station TEXT, level REAL)") as engine:
        chat = talk(odd=engine)
        assert chat.ask("how many readings are there?").findings[0].result.rows == [[0]]
        assert chat.ask("average level by station").findings[0].result.rows == []
        assert "nothing" in chat.ask("what is the average level of readings?").text


def test_a_source_without_tables_is_told(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    with database(tmp_path / "a.db", "") as engine:
        assert talk(odd=engine).ask("what is in this data?").outcome == "declined"
        assert talk(odd=engine).ask("how many rows?").outcome != "answered"


def test_odd_names_are_quoted(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    script = '''
        CREATE TABLE "Sales 'Q1' ""x""" ("Unit Price ($)" REAL, "order" TEXT, "Größe" INTEGER);
        INSERT INTO "Sales 'Q1' ""x""" VALUES (2.5, 'a', 3), (3.5, 'b', 4);
    '''
    with database(tmp_path / "a.db", script) as engine:
        reply = talk(odd=engine).ask("what is the average unit price?")
        assert reply.outcome == "answered", reply.text
        assert reply.findings[0].result.rows == [[3.0]]
        assert talk(odd=engine).ask("average Größe by order").findings[0].result.rows == [["a", 3], ["b", 4]]


def test_a_column_without_any_value_is_no_obstacle(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    script = "CREATE TABLE visits (page TEXT, score REAL); INSERT INTO visits VALUES (NULL, NULL), (NULL, NULL);"
    with database(tmp_path / "a.db", script) as engine:
        assert talk(odd=engine).ask("average score by page").findings[0].result.rows == [[None, None]]
        assert talk(odd=engine).ask("how many visits without a page?").findings[0].result.rows == [[2]]


def test_hostile_cells_are_only_data(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    script = """
        CREATE TABLE notes (author TEXT, text TEXT);
        INSERT INTO notes VALUES ('x''); DROP TABLE notes; --', 'a'), ('**[red]**\n# <b>', 'b'), ('Ann', 'c');
    """
    with database(tmp_path / "a.db", script) as engine:
        text = talk(odd=engine).ask("list the distinct author").text
        assert "**" not in text.replace("\\*", "")
        assert "\n" not in text
        reply = talk(odd=engine).ask('how many notes have the author "x\'); DROP TABLE notes; --"?')
        assert reply.findings[0].result.rows == [[1]]
        assert talk(odd=engine).ask("how many notes are there?").findings[0].result.rows == [[3]]


def test_a_thousand_tables_are_read_and_searched_quickly(tmp_path: Path, talk: Callable[..., Chat]) -> None:
    names = ["invoices", *(f"log_{at}" for at in range(1000))]
    script = "BEGIN;" + "".join(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, amount_{name} REAL);" for name in names)
    script += "INSERT INTO invoices VALUES (1, 10), (2, 20); COMMIT;"
    with database(tmp_path / "a.db", script) as engine:
        assert talk(odd=engine).ask("what is the total amount of invoices?").findings[0].result.rows == [[30.0]]


def test_keys_are_inferred_from_names_and_values(flights: Engine, cache: Path) -> None:
    with open_catalog("flights", flights, cache) as catalog:
        edges = {(edge.table, edge.column, edge.to_table, edge.to_column) for edge in catalog.edges}
    assert edges == {
        ("flights", "carrier", "airlines", "carrier"),
        ("flights", "tailnum", "planes", "tailnum"),
        ("flights", "origin", "airports", "faa"),
        ("flights", "dest", "airports", "faa"),
    }


def test_a_damaged_catalog_is_made_anew(flights: Engine, tmp_path: Path) -> None:
    with open_catalog("flights", flights, tmp_path):
        (path,) = tmp_path.glob("catalog-*.db")
    path.write_bytes(b"not a database at all" * 100)
    with open_catalog("flights", flights, tmp_path) as catalog:
        assert "flights" in catalog.tables
