"""Forms within forms: their statements run, their shapes are told, and a reading of a shape gives it back."""

from pathlib import Path

import pytest

from chatctl.analyst.builtin.forms import ColumnOf, Combination, Form, Predicate, RowsOf, Sorting, Term
from chatctl.analyst.builtin.learned.shapes import Comparisons, Nested, Shape, comparisons, shape
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.engines.engine import Engine, Limits

NAME = Term(of=ColumnOf(table="customers", column="name"))
ID = Term(of=ColumnOf(table="customers", column="id"))
AGE = Term(of=ColumnOf(table="customers", column="age"))
BUYERS = Form(source="shop", tables=("orders",), select=(Term(of=ColumnOf(table="orders", column="customer_id")),))
MEAN = Form(source="shop", tables=("customers",), select=(AGE.model_copy(update={"function": "avg"}),))


def _names(*where: Predicate) -> Form:
    return Form(source="shop", tables=("customers",), select=(NAME,), where=where)


FORMS = {
    "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)": _names(
        Predicate(term=ID, operator="not in", inside=BUYERS)
    ),
    "SELECT name FROM customers WHERE age > (SELECT avg(age) FROM customers)": _names(
        Predicate(term=AGE, operator=">", inside=MEAN)
    ),
    "SELECT name FROM customers WHERE age > 40 INTERSECT SELECT name FROM customers WHERE age < 50": _names(
        Predicate(term=AGE, operator=">", values=(40,))
    ).model_copy(
        update={
            "combined": Combination(operator="intersect", form=_names(Predicate(term=AGE, operator="<", values=(50,))))
        }
    ),
}


@pytest.mark.parametrize("sql", FORMS)
def test_a_form_within_a_form_gives_the_rows_of_its_statement(sql: str, shop: Engine, cache: Path) -> None:
    with open_catalog("shop", shop, cache) as catalog:
        found = shop.run(to_sql(FORMS[sql], catalog), Limits())
    assert sorted(map(tuple, found.rows)) == sorted(map(tuple, shop.run(sql, Limits()).rows))
    assert found.rows


def test_a_form_survives_being_kept_as_json() -> None:
    for form in FORMS.values():
        assert Form.model_validate_json(form.model_dump_json()) == form


def test_the_shape_of_a_form_leaves_out_its_columns_and_values() -> None:
    count = Term(of=RowsOf(table="customers"), function="count")
    grouped = Form(
        source="shop",
        tables=("customers",),
        select=(NAME, count),
        where=(
            Predicate(term=AGE, operator=">=", values=(20,)),
            Predicate(term=AGE, operator="<=", values=(30,)),
            Predicate(term=NAME, operator="=", values=("Anna",)),
        ),
        group=(NAME.of,),
        having=(Predicate(term=count, operator=">", values=(2,)),),
        order=(Sorting(term=count, descending=True),),
        limit=1,
    )
    tail = "group having:count:> order:count:desc limit:1"
    assert shape(grouped) == Shape("column count", "", "and = between", tail, "")
    assert [shape(form).where for form in FORMS.values()] == ["not in[column]", ">[avg]", ">"]
    assert [shape(form).combined for form in FORMS.values()] == ["", "", "intersect <"]


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("", Comparisons((), None, "and")),
        ("or = not like", Comparisons(("=", "not like"), None, "or")),
        ("not in[column|=]", Comparisons((), Nested("not in", "column", "="), "and")),
        ("and < >[avg]", Comparisons(("<",), Nested(">", "avg", ""), "and")),
        ("and in[column] in[column]", None),
        ("in[column|group+having]", None),
    ],
)
def test_the_tests_of_a_shape_are_read_back(code: str, read: Comparisons | None) -> None:
    assert comparisons(code) == read
