"""Definitions: how people write them, what they come to, and that they never do harm."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatctl.analyst.builtin import answer, glossaries
from chatctl.analyst.builtin.definitions import Definition, definitions
from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.meanings import Columns, Conditions, Extreme, Figure, Meanings, Rows
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.references import References
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.words import tokens
from chatctl.analyst.contract import Answer, Question
from chatctl.engines.engine import Engine
from chatctl.engines.sources import open_engine
from eval.accounts import write_accounts

TODAY = date(2014, 1, 15)
COLUMNS = {"num_emp", "free meal count", "cust_no", "status", "a11", "type"}
WRITTEN = {
    "headcount refers to num_emp": ("headcount", "num_emp"),
    "- **Active customers** means status = 'A'.": ("Active customers", "status = 'A'"),
    "`Free Meal Count` is the number of free meals": ("number of free meals", "`Free Meal Count`"),
    "client id = cust_no": ("client id", "cust_no"),
    "not paid: paid_at IS NULL": ("not paid", "paid_at IS NULL"),
    "1. urban schools: type in ('U','V')": ("urban schools", "type in ('U','V')"),
    "profit margin is (revenue - cost) / revenue": ("profit margin", "(revenue - cost) / revenue"),
    "women = count(sex = 'F') / count(*)": ("women", "count(sex = 'F') / count(*)"),
    "status = 'A' means active": ("active", "status = 'A'"),
    "'F' stands for female": ("female", "'F'"),
    "| churned | closed_on is not null |": ("churned", "closed_on is not null"),
    "Note that A11 is the average salary": ("average salary", "A11"),
    "a churned account is when closed_on is not null": ("churned account", "closed_on is not null"),
    "year(hired) > 2000": ("", "year(hired) > 2000"),
    "first and last name refers to fname, lname": ("first and last name", "fname, lname"),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_a_definition_is_read_however_it_is_written(written: str) -> None:
    term, meaning = WRITTEN[written]
    found = definitions(written, lambda text: text.strip("`").lower() in COLUMNS)
    assert found == (Definition(term=term, meaning=meaning),)


def test_several_definitions_stand_in_one_text() -> None:
    text = (
        "We bill monthly. female refers to gender = 'F', in 2012 refers to date between 201201 and 201212; best: "
        "MAX(score)\n\n## Codes\nstatus: A = active, C = closed"
    )
    found = definitions(text, lambda text: text.lower() in COLUMNS)
    assert [it.term for it in found] == ["female", "in 2012", "best", "active", "closed"]


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Engine]:
    """The telephone company, in a SQLite file."""
    location = tmp_path_factory.mktemp("accounts") / "accounts.sqlite"
    write_accounts(location)
    engine = open_engine(name="accounts", kind="sqlite", locations=[str(location)], cache=cache)
    yield engine
    engine.close()


# What is written, and the part of a statement that it comes to.
CONDITIONS = {
    "period between 201201 and 201212": "period >= 201201 AND period <= 201212",
    "year(dob) > 1980": "CAST(STRFTIME('%Y', dob) AS INTEGER) > 1980",
    "STRFTIME('%Y', dob) = '1980'": "CAST(STRFTIME('%Y', dob) AS INTEGER) = 1980",
    "dob > 1980": "CAST(STRFTIME('%Y', dob) AS INTEGER) > 1980",
    "kunde.stat in ('A', 'P')": "stat IN ('A', 'P')",
    "not (stat = 'A' and sex = 'F')": "(stat <> 'A' OR sex <> 'F')",
    "stat = 'A' and vip = 1 or sex = 'F'": "(stat = 'A' OR sex = 'F') AND (vip = 1 OR sex = 'F')",
    "those whose stat is 'A'": "stat = 'A'",
    "stat equals a": "stat = 'A'",
    "paid_dt is missing": "paid_dt IS NULL",
    "`Base Pay` is greater than 2500": '"Base Pay" > 2500',
    "[Bonus Pct] >= 5": '"Bonus Pct" >= 5',
    "end_dt > beg_dt": "end_dt > beg_dt",
    "amt > AVG(amt)": "amt > (SELECT AVG(amt) FROM rechnung)",
    "'PRM'": "typ = 'PRM'",
}
FIGURES = {
    "mon_fee * 12": "mon_fee * 12",
    "amt + vat": "amt + vat",
    "Base Pay * Bonus Pct / 100": '"Base Pay"',
    "count(sex = 'F') * 100 / count(*)": "COUNT(CASE WHEN sex = 'F' THEN 1 END) * 100",
    "DIVIDE(SUM(amt), COUNT(DISTINCT kd_nr))": "COUNT(DISTINCT kunde.kd_nr)",
    "SUM(CASE WHEN sex = 'F' THEN 1 ELSE 0 END) / COUNT(kd_nr)": "COUNT(CASE WHEN sex = 'F' THEN 1 END)",
    "COUNT(vtr_id where typ = 'PRM') / COUNT(vtr_id)": "COUNT(CASE WHEN typ = 'PRM' THEN vtr_id END)",
    "CAST(SUM(amt) AS REAL) / SUM(vat)": "SUM(vat)",
    "SUM(amt) where reminders > 1": "SUM(CASE WHEN reminders > 1 THEN amt END)",
    "strftime('%Y', 'now') - strftime('%Y', dob)": "2014 - CAST(STRFTIME('%Y', dob) AS INTEGER)",
    "YEAR(CURRENT_TIMESTAMP) - YEAR(dob)": "2014 - CAST(STRFTIME('%Y', dob) AS INTEGER)",
    "DIVIDE(COUNT(sex = 'F'), COUNT(kd_nr)) as percentage": "* 100",
}
OTHERS = {
    "fname, lname": Columns(keys=(("kunde", "fname"), ("kunde", "lname"))),
    "the district's name (A2)": Columns(keys=(("bezirk", "A2"),)),
    "kunde": Rows(table="kunde"),
    "nothing that is known here": None,
    "": None,
    ")(": None,
}


@pytest.fixture(scope="module")
def meanings(accounts: Engine, cache: Path) -> Iterator[Meanings]:
    """What definitions mean to the company."""
    with open_catalog("accounts", accounts, cache) as catalog:
        yield Meanings(References(catalog), (), lambda _: None, TODAY)


@pytest.mark.parametrize("written", CONDITIONS)
def test_conditions_are_read(written: str, meanings: Meanings, accounts: Engine, cache: Path) -> None:
    found = meanings.read(written)
    assert isinstance(found, Conditions)
    table = found.clauses[0].term.of.table
    with open_catalog("accounts", accounts, cache) as catalog:
        form = Form(source="accounts", tables=(table,), select=(found.clauses[0].term,), where=found.clauses)
        sql = " ".join(to_sql(form, catalog, pretty=False).split())
    assert sql.partition(" WHERE ")[2] == CONDITIONS[written]


@pytest.mark.parametrize("written", FIGURES)
def test_figures_are_read(written: str, meanings: Meanings, accounts: Engine, cache: Path) -> None:
    found = meanings.read(written, "figure")
    assert isinstance(found, Figure)
    with open_catalog("accounts", accounts, cache) as catalog:
        form = Form(source="accounts", tables=(found.term.of.table or "kunde",), select=(found.term,))
        assert FIGURES[written].replace("kunde.", "") in to_sql(form, catalog, pretty=False)


@pytest.mark.parametrize("written", OTHERS)
def test_columns_and_rows_are_read(written: str, meanings: Meanings) -> None:
    assert meanings.read(written) == OTHERS[written]


@pytest.mark.parametrize(
    ("written", "descending", "limit"),
    [
        ("MAX(amt)", True, 1),
        ("ORDER BY amt ASC LIMIT 3", False, 3),
        ("top 5 by amt", True, 5),
        ("lowest amt", False, 1),
    ],
)
def test_orders_are_read(written: str, descending: bool, limit: int, meanings: Meanings) -> None:
    found = meanings.read(written)
    assert isinstance(found, Extreme)
    assert (found.descending, found.limit) == (descending, limit)


def _asked(question: str, engine: Engine, cache: Path, instructions: str = "") -> Answer:
    asked = Question(text=question, engines={"accounts": engine}, today=TODAY, cache=cache, instructions=instructions)
    *_, last = answer(asked)
    assert isinstance(last, Answer)
    return last


def test_the_answer_says_what_was_defined(accounts: Engine, cache: Path) -> None:
    found = _asked("What is the collection rate?", accounts, cache, "collection rate = COUNT(paid_dt) * 100 / COUNT(*)")
    assert found.outcome == "answered"
    assert '"collection rate" as defined: COUNT(paid\\_dt) \\* 100 / COUNT(\\*).' in found.assumptions


def test_a_question_that_uses_no_definition_is_answered_as_without(accounts: Engine, cache: Path) -> None:
    notes = "\n".join(f"- the metric number{at} refers to amt * {at}" for at in range(60))
    question = "What is the average amt by period?"
    with_notes, without = (_asked(question, accounts, cache, it) for it in (notes, ""))
    assert (with_notes.reading, with_notes.assumptions) == (without.reading, without.assumptions)


def test_a_whole_handbook_costs_no_more_than_a_look(accounts: Engine, cache: Path) -> None:
    handbook = "".join(
        f"- **measure {at}** refers to (amt + {at}) / vat; see also [page {at}](x).\n" for at in range(900)
    )
    assert len(handbook) > 50_000
    asked = tokens("What is the average measure 7 of unpaid invoices by period?")
    with open_catalog("accounts", accounts, cache) as catalog:
        begun = time.process_time()
        found, _ = glossaries.given(handbook, asked, catalog, TODAY)
    assert time.process_time() - begun < 2
    assert len(found.figures) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300) | st.lists(st.sampled_from([*WRITTEN, *CONDITIONS, *FIGURES, *"=(`;:"])).map("".join))
def test_no_instructions_however_odd_stop_an_answer(text: str, accounts: Engine, cache: Path) -> None:
    with open_catalog("accounts", accounts, cache) as catalog:
        found, extended = glossaries.given(text, tokens("How many active women pay the best margin?"), catalog, TODAY)
    assert set(extended.tables) == set(catalog.tables)
    assert replace(found, missed=0) is not None
