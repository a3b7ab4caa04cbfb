"""Wide schemas: of a thousand columns and more, an answer sees the tables that its question may be about."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatctl.analyst.builtin.narrowing import FIRST, MOST_COLUMNS, NEIGHBOURS, SPOKEN_OF, Focus
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.words import tokens
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from .conftest import Chat

WARDS, FILLING = 70, ", ".join(f"reading_{at} REAL" for at in range(18))
WARD_TABLES = "".join(f"CREATE TABLE ward_{at} (ward_id INTEGER PRIMARY KEY, {FILLING});" for at in range(WARDS))
SCRIPT = f"""
    BEGIN;
    CREATE TABLE keepers (keeper_id INTEGER PRIMARY KEY, full_name TEXT, salary REAL);
    CREATE TABLE enclosures (enclosure_id INTEGER PRIMARY KEY, climate TEXT);
    CREATE TABLE duties (keeper_id INTEGER REFERENCES keepers, enclosure_id INTEGER REFERENCES enclosures);
    INSERT INTO keepers VALUES (1, 'Amy Pond', 100), (2, 'Rory Hill', 200), (3, 'Ida Moss', 600);
    INSERT INTO enclosures VALUES (1, 'tropical'), (2, 'arctic');
    INSERT INTO duties VALUES (1, 1), (2, 1), (3, 2);
    {WARD_TABLES}
    COMMIT;
"""  # noqa: S608


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Engine]:
    """Three tables that are spoken of, among many that are not."""
    path = tmp_path_factory.mktemp("zoo") / "zoo.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCRIPT)
    connection.close()
    engine = open_engine(name="zoo", kind="sqlite", locations=[str(path)], cache=cache)
    yield engine
    engine.close()


def narrowed(zoo: Engine, cache: Path, question: str, *texts: str) -> set[str]:
    """The tables that a question is given."""
    focus = Focus(words=tuple(tokens(question)), texts=texts)
    with open_catalog("zoo", zoo, cache, lambda: focus) as catalog:
        assert catalog.count == WARDS + 3
        assert len(catalog.tables) <= SPOKEN_OF + NEIGHBOURS
        assert sum(len(table.columns) for table in catalog.tables.values()) <= MOST_COLUMNS
        assert all({edge.table, edge.to_table} <= set(catalog.tables) for edge in catalog.edges)
        return set(catalog.tables)


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("How many keepers are there?", "keepers"),
        ("What is the average salary?", "keepers"),
        ("Which climates are there?", "enclosures"),
        ("Where does Rory Hill work?", "keepers"),
        ("How warm are tropical ones?", "enclosures"),
        ("What was the third reading of ward 66?", "ward_66"),
    ],
)
def test_tables_are_found_by_names_columns_and_values(zoo: Engine, cache: Path, question: str, table: str) -> None:
    assert table in narrowed(zoo, cache, question)


def test_a_table_that_joins_two_is_there_though_no_word_says_it(zoo: Engine, cache: Path) -> None:
    assert "duties" in narrowed(zoo, cache, "What is the average salary of keepers by climate?")


def test_what_was_spoken_of_before_is_still_there(zoo: Engine, cache: Path) -> None:
    assert "ward_66" not in narrowed(zoo, cache, "and the highest?")
    assert "ward_66" in narrowed(zoo, cache, "and the highest?", "{'tables': ['ward_66']}")


def test_a_question_that_says_nothing_still_gets_tables(zoo: Engine, cache: Path) -> None:
    assert len(narrowed(zoo, cache, "?")) >= FIRST


def test_no_focus_gives_the_whole_schema(zoo: Engine, cache: Path) -> None:
    with open_catalog("zoo", zoo, cache) as catalog:
        assert len(catalog.tables) == WARDS + 3


def test_questions_over_a_wide_schema_are_answered(zoo: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(zoo=zoo)
    joined = chat.ask("What is the average salary of keepers by climate?")
    assert {tuple(row) for row in joined.findings[0].result.rows} == {("tropical", 150.0), ("arctic", 600.0)}
    assert chat.ask("only tropical").findings[0].result.rows == [["tropical", 150.0]]
    overview = talk(zoo=zoo).ask("what tables are there?")
    assert overview.text.endswith("…")


def test_definitions_lead_to_tables(zoo: Engine, talk: Callable[..., Chat]) -> None:
    chat = talk(zoo=zoo)
    chat.question = replace(chat.question, instructions="veterans: keepers.salary > 150")
    assert chat.ask("How many veterans are there?").findings[0].result.rows == [[2]]
