"""What training reads of a statement: a form that gives the same rows, and labels that fit the question."""

from pathlib import Path

import pytest
from training.golds import Unread, gold_form
from training.labels import labels

from chatctl.analyst.builtin.learned.marks import Marks
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.words import tokens
from chatctl.engines.engine import Engine, Limits

STATEMENTS = (
    "SELECT name, age FROM customers WHERE country = 'France' AND age BETWEEN 30 AND 60",
    "SELECT country, count(*), avg(age) FROM customers GROUP BY country HAVING count(*) > 1 ORDER BY count(*) DESC",
    "SELECT DISTINCT T1.name FROM customers T1 JOIN orders T2 ON T1.id = T2.customer_id WHERE T2.status != 'paid'",
    "SELECT name FROM customers WHERE country = 'France' OR age > 50",
    "SELECT count(DISTINCT city) FROM customers WHERE name LIKE '%a%'",
    "SELECT name FROM products WHERE price > (SELECT avg(price) FROM products) ORDER BY price LIMIT 1",
    "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)",
    "SELECT id FROM customers EXCEPT SELECT customer_id FROM orders WHERE status = 'open'",
)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_form_of_a_statement_gives_its_rows(sql: str, shop: Engine, cache: Path) -> None:
    with open_catalog("shop", shop, cache) as catalog:
        again = to_sql(gold_form(sql, catalog), catalog)
    assert sorted(map(tuple, shop.run(again, Limits()).rows)) == sorted(map(tuple, shop.run(sql, Limits()).rows))


@pytest.mark.parametrize(
    "sql",
    ["SELECT price * 2 FROM products", "SELECT name FROM customers WHERE id = 1 OR age BETWEEN 30 AND 40"],
)
def test_a_statement_beyond_forms_is_not_read(sql: str, shop: Engine, cache: Path) -> None:
    with open_catalog("shop", shop, cache) as catalog, pytest.raises(Unread):
        gold_form(sql, catalog)


def test_labels_say_what_columns_and_values_are_for(shop: Engine, cache: Path) -> None:
    with open_catalog("shop", shop, cache) as catalog:
        form = gold_form("SELECT name FROM customers WHERE age > 30 ORDER BY age DESC LIMIT 3", catalog)
        marks = Marks(tokens("names of the 3 oldest customers above 30"), catalog, NameIndex(catalog))
    found = labels(form, marks)
    assert found.tables == {"customers"}
    assert {role: columns for role, columns in found.roles.items() if columns} == {
        "select": {("customers", "name")},
        "where": {("customers", "age")},
        "order": {("customers", "age")},
    }
    assert dict(zip([value.text for value in marks.values], found.uses, strict=True)) == {"3": "limit", "30": "w>"}
