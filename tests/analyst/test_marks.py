"""Marks of a question: words of like meaning, quotations that two columns keep, agreement of a form with the words."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from training.golds import gold_form

from chatctl.analyst.builtin.learned import vectors
from chatctl.analyst.builtin.learned.agreement import agreement
from chatctl.analyst.builtin.learned.marks import Marks
from chatctl.analyst.builtin.learned.readings import contradictory
from chatctl.analyst.builtin.learned.traits import rivalry
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.words import tokens
from chatctl.engines.sources import open_engine

SCHOOL = """
    CREATE TABLE student (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, age INTEGER, city TEXT);
    INSERT INTO student VALUES (1, 'Jane', 'Doe', 17, 'Oslo'), (2, 'Ada', 'Jane', 19, 'Rome'), (3, 'Max', 'Roe', 18, 'Rome');
"""  # noqa: E501

AIRFIELD = """
    CREATE TABLE pilot (id INTEGER PRIMARY KEY, name TEXT, unit_name TEXT);
    CREATE TABLE flies (pilot_id INTEGER REFERENCES pilot, type TEXT, hours INTEGER);
    CREATE TABLE certif (pilot_id INTEGER REFERENCES pilot, issued TEXT);
    INSERT INTO pilot VALUES (1, 'Lee', 'North'), (2, 'Sato', 'South');
    INSERT INTO flies VALUES (1, 'A1', 20), (2, 'B2', 30);
    INSERT INTO certif VALUES (1, '2020-01-01');
"""

Mark = Callable[[str], Marks]


@pytest.fixture
def mark(tmp_path: Path) -> Mark:
    return _marked("school", SCHOOL, tmp_path)


@pytest.fixture
def mark_airfield(tmp_path: Path) -> Mark:
    return _marked("airfield", AIRFIELD, tmp_path)


def _marked(name: str, script: str, folder: Path) -> Mark:
    location = folder / f"{name}.sqlite"
    with closing(sqlite3.connect(location)) as connection:
        connection.executescript(script)
    engine = open_engine(name=name, kind="sqlite", locations=[str(location)], cache=folder / "cache")
    catalog = open_catalog(name, engine, folder / "cache")
    return lambda question: Marks(tokens(question), catalog, NameIndex(catalog))


def test_like_words_lie_close_and_unknown_ones_nowhere() -> None:
    pupil, student, harbour, unknown = vectors.load().of(["pupil", "students", "harbour", "qzxv"])
    assert pupil @ student > 0.6 > pupil @ harbour
    assert not unknown.any()
    assert np.linalg.norm(pupil) == pytest.approx(1, abs=1e-3)


def test_words_of_like_meaning_point_to_names(mark: Mark) -> None:
    marks = mark("Which collegians are older than 18?")
    assert marks.kin_tables["student"].at == 1
    assert marks.kin_columns["student", "age"].at == 3
    assert marks.tags[1] == "KIN"
    assert not marks.unknown


def test_words_that_name_something_are_nobodys_kin(mark: Mark) -> None:
    marks = mark("What is the age of each student?")
    assert {3, 6}.isdisjoint(it.at for it in (*marks.kin_columns.values(), *marks.kin_tables.values()))


def test_words_ask_for_columns_that_they_do_not_name(mark: Mark) -> None:
    marks = mark("Who is the oldest student?")
    assert marks.kin_columns["student", "age"].at == 3
    assert ("student", "age") not in mark("What is the highest age?").kin_columns


def test_irregular_forms_name_what_their_base_names(mark_airfield: Mark) -> None:
    assert mark_airfield("Which types were flown by Lee?").tables["flies"][0].score == 1.0


def test_a_telling_beginning_names_a_table(mark_airfield: Mark) -> None:
    marks = mark_airfield("Who has more than one certification?")
    assert marks.tags[marks.words.index("certification")] == "TABLE"


def test_the_end_of_a_longer_name_is_no_name_of_its_own(mark_airfield: Mark) -> None:
    marks = mark_airfield("Find the unit name of the pilot.")
    assert marks.columns["pilot", "unit_name"][0].start == 2
    assert all(span.end - span.start == 1 for span in marks.columns["pilot", "name"])
    assert mark_airfield("Find the name of the pilot.").columns["pilot", "name"][0].end == 6


def test_no_before_a_number_denies_nothing(mark: Mark) -> None:
    assert "NOT" not in {cue for _, cue in mark("Who is student no. 2?").cues}
    assert "NOT" in {cue for _, cue in mark("Which cities have no students?").cues}


@pytest.mark.parametrize(
    ("question", "cue"),
    [
        ("Who doesn't live in Rome?", "NOT"),
        ("Who lives in a city other than Rome?", "NOT"),
        ("Show all ages from the highest to the lowest.", "DOWN"),
        ("Show all ages from small to large.", "UP"),
        ("Which students are 17 to 18 years old?", "BETWEEN"),
    ],
)
def test_words_that_steer(mark: Mark, question: str, cue: str) -> None:
    assert cue in {found for _, found in mark(question).cues}


def test_a_part_of_a_longer_name_is_no_rival_of_it(mark: Mark) -> None:
    marks = mark("What is the first name of each student?")
    assert rivalry(marks, ("student", "first_name")) == 0
    assert rivalry(marks, ("student", "last_name")) == 2


def test_a_quoted_name_in_two_columns_is_two_values(mark: Mark) -> None:
    first, second = mark('How old is "Jane Doe"?').values
    assert (first.text, set(first.cells)) == ("Jane", {("student", "first_name")})
    assert (second.text, set(second.cells)) == ("Doe", {("student", "last_name")})


@pytest.mark.parametrize("text", ["Jane Smith", "Jane", "Doe of the North"])
def test_any_other_quotation_is_one_value(mark: Mark, text: str) -> None:
    assert [value.text for value in mark(f'How old is "{text}"?').values] == [text]


def test_one_column_is_not_two_values_at_once(mark: Mark) -> None:
    catalog = mark("Who is there?").view.catalog
    assert contradictory(gold_form("SELECT age FROM student WHERE city = 'Rome' AND city = 'Oslo'", catalog))
    assert not contradictory(gold_form("SELECT age FROM student WHERE city = 'Rome' OR city = 'Oslo'", catalog))
    assert not contradictory(gold_form("SELECT age FROM student WHERE city = 'Rome' AND age = 18", catalog))


def test_agreement_counts_cues_that_nothing_answers(mark: Mark) -> None:
    marks = mark("What is the average age of students whose city is not Rome?")
    told = agreement(marks, gold_form("SELECT avg(age) FROM student WHERE city != 'Rome'", marks.view.catalog))
    bare = agreement(marks, gold_form("SELECT age FROM student WHERE city = 'Rome'", marks.view.catalog))
    assert (told["balance_avg"], told["balance_negation"]) == (0, 0)
    assert (bare["balance_avg"], bare["balance_negation"]) == (1, 1)
    assert told["equal_away"] == -1
    assert bare["equal_away"] == 3
