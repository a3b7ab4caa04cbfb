"""Tables as people share them: names in one word, codes, no keys, and questions that name no table and few columns."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine

from .conftest import Chat
from .rows import comparable, expected

TABLES = """
    CREATE TABLE Plants2015 (PlantName TEXT, ST TEXT, kind TEXT, poptotal INTEGER, units TEXT, owner TEXT, backup TEXT);
    INSERT INTO Plants2015 VALUES
        ('Alder', 'OH', 'Coal', 1200, '2', 'Japan', 'None'), ('Birch', 'OH', 'Gas', 900, '4', 'Germany', 'Diesel'),
        ('Cedar', 'TX', 'Coal', 4100, '2', 'Germany', 'None'), ('Dogwood', 'TX', 'Wind', 300, '1', 'Japan', 'None'),
        ('Elm', 'MI', 'Gas', 2500, '4', 'Japan', 'Diesel');
"""
PEOPLE = """
    CREATE TABLE mayors (first_name TEXT, last_name TEXT, sex TEXT, age INTEGER, town_name TEXT);
    INSERT INTO mayors VALUES ('Ann', 'Roe', 'F', 51, 'Ostend'), ('Bo', 'Lee', 'M', 38, 'Varna'),
        ('Cy', 'Poe', 'M', 64, 'Split');
    CREATE TABLE towns (town_name TEXT, population INTEGER);
    INSERT INTO towns VALUES ('Ostend', 71000), ('Varna', 335000), ('Split', 161000), ('Bergen', 286000);
"""
CASES = (
    # What a row is goes without a name.
    ("stations per state", "SELECT ST, count(*) FROM Plants2015 GROUP BY ST"),
    ("stations with population over 1000", "SELECT PlantName, poptotal FROM Plants2015 WHERE poptotal > 1000"),
    ("most populous station", "SELECT PlantName, poptotal FROM Plants2015 ORDER BY poptotal DESC LIMIT 1"),
    # Codes and other names.
    ("how many plants in Ohio", "SELECT count(*) FROM Plants2015 WHERE ST = 'OH'"),
    ("how many japanese plants", "SELECT count(*) FROM Plants2015 WHERE owner = 'Japan'"),
    ("how many plants have no backup", "SELECT count(*) FROM Plants2015 WHERE backup = 'None'"),
    ("average population of 4 unit plants", "SELECT avg(poptotal) FROM Plants2015 WHERE units = '4'"),
    # Names in one word, and what they add up to.
    ("total population by kind", "SELECT kind, sum(poptotal) FROM Plants2015 GROUP BY kind"),
    ("how many people live near Cedar", "SELECT sum(poptotal) FROM Plants2015 WHERE PlantName = 'Cedar'"),
)  # fmt: skip
OF_PEOPLE = (
    ("female mayors", "SELECT first_name, last_name FROM mayors WHERE sex = 'F'"),
    ("mayors who are men over 40", "SELECT first_name, last_name, age FROM mayors WHERE sex = 'M' AND age > 40"),
    ("how big is Bergen", "SELECT population FROM towns WHERE town_name = 'Bergen'"),
    ("average population of towns of mayors under 60",
     "SELECT avg(population) FROM towns JOIN mayors USING (town_name) WHERE age < 60"),
)  # fmt: skip


@pytest.fixture(scope="module")
def loose(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    """Two sources: one table, and two that only a name joins."""
    folder, engines = tmp_path_factory.mktemp("loose"), dict[str, Engine]()
    for name, script in (("plants", TABLES), ("people", PEOPLE)):
        with sqlite3.connect(folder / f"{name}.db") as connection:
            connection.executescript(script)
        connection.close()
        engines[name] = open_engine(name=name, kind="sqlite", locations=[str(folder / f"{name}.db")], cache=folder)
    yield engines
    for engine in engines.values():
        engine.close()


@pytest.mark.parametrize(
    ("source", "question", "sql"),
    [*(("plants", *case) for case in CASES), *(("people", *case) for case in OF_PEOPLE)],
    ids=lambda it: it if "SELECT" not in it else "",
)
def test_a_loose_table_is_asked_tersely(
    source: str, question: str, sql: str, loose: dict[str, Engine], talk: Callable[..., Chat]
) -> None:
    reply = talk(**{source: loose[source]}).ask(question)
    assert reply.outcome == "answered", reply.text
    assert comparable(reply.findings[0].result) == expected(loose[source], sql), reply.findings[0].sql


def test_a_word_for_the_rows_is_told(loose: dict[str, Engine], talk: Callable[..., Chat]) -> None:
    reply = talk(plants=loose["plants"]).ask("stations per state")
    assert '"stations" was read as the rows of Plants2015.' in reply.assumptions


def test_a_word_alone_is_not_taken_for_the_rows(loose: dict[str, Engine], talk: Callable[..., Chat]) -> None:
    assert talk(plants=loose["plants"]).ask("how many unicorns are there?").outcome == "declined"
