"""Questions about a shop with declared keys, real dates, and a product table behind a bridge."""

from collections.abc import Callable

import pytest

from chatctl.engines.engine import Engine

from .conftest import Chat
from .rows import comparable, expected

CASES = [
    ("How many customers are there?", "SELECT count(*) FROM customers"),
    ("How many customers live in Berlin?", "SELECT count(*) FROM customers WHERE city = 'Berlin'"),
    ("customers from France", "SELECT name FROM customers WHERE country = 'France'"),
    ("customers by country", "SELECT country, count(*) FROM customers GROUP BY 1"),
    ("average age of customers by country", "SELECT country, avg(age) FROM customers GROUP BY 1"),
    ("who is the oldest customer?", "SELECT name, age FROM customers ORDER BY age DESC LIMIT 1"),
    ("names of customers older than 40", "SELECT name FROM customers WHERE age > 40"),
    ("customers without orders", "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)"),
    ("average price by category", "SELECT category, avg(price) FROM products GROUP BY 1"),
    ("the most expensive product", "SELECT name, price FROM products ORDER BY price DESC LIMIT 1"),
    ("list products sorted by price", "SELECT * FROM products ORDER BY price"),
    ("products cheaper than 50", "SELECT name, price FROM products WHERE price < 50"),
    ("orders per month", "SELECT strftime('%Y-%m-01', order_date), count(*) FROM orders GROUP BY 1"),
    ("orders per quarter in 2023",
     "SELECT CASE WHEN strftime('%m', order_date) < '04' THEN '2023-01-01' WHEN strftime('%m', order_date) < '07' THEN"
     " '2023-04-01' WHEN strftime('%m', order_date) < '10' THEN '2023-07-01' ELSE '2023-10-01' END, count(*)"
     " FROM orders WHERE order_date < '2024-01-01' GROUP BY 1"),
    ("orders per year", "SELECT CAST(strftime('%Y', order_date) AS INTEGER), count(*) FROM orders GROUP BY 1"),
    ("number of orders by weekday",
     "SELECT CAST(strftime('%w', order_date) AS INTEGER), count(*) FROM orders GROUP BY 1"),
    ("How many orders in March 2023?",
     "SELECT count(*) FROM orders WHERE order_date >= '2023-03-01' AND order_date < '2023-04-01'"),
    ("how many orders since 2024?", "SELECT count(*) FROM orders WHERE order_date >= '2024-01-01'"),
    ("how many orders before 2023-02-01?", "SELECT count(*) FROM orders WHERE order_date < '2023-02-01'"),
    ("orders by status", "SELECT status, count(*) FROM orders GROUP BY 1"),
    ("how many orders are open or returned?", "SELECT count(*) FROM orders WHERE status IN ('open', 'returned')"),
    ("how many orders have no total?", "SELECT count(*) FROM orders WHERE total IS NULL"),
    ("number of orders by customer name",
     "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1"),
    ("Which customer has the most orders?",
     "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1"
     " ORDER BY 2 DESC, 1 LIMIT 1"),
    ("number of orders by country",
     "SELECT c.country, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1"),
    ("total quantity by product name",
     "SELECT p.name, sum(quantity) FROM order_items i JOIN products p ON p.id = i.product_id GROUP BY 1"),
    ("total quantity by category",
     "SELECT category, sum(quantity) FROM order_items i JOIN products p ON p.id = i.product_id GROUP BY 1"),
    ("share of orders by status",
     "SELECT status, 100.0 * count(*) / (SELECT count(*) FROM orders) FROM orders GROUP BY 1"),
    ("share of orders by status with more than 30 orders",
     "SELECT status, 100.0 * count(*) / (SELECT count(*) FROM orders), count(*) FROM orders GROUP BY 1"
     " HAVING count(*) > 30"),
    ("customers with a share of total over 17%",
     "SELECT c.name, 100.0 * sum(total) / (SELECT sum(total) FROM orders) AS share FROM orders o"
     " JOIN customers c ON c.id = o.customer_id GROUP BY 1 HAVING share > 17"),
    ("what percentage of orders are paid?", "SELECT 100.0 * avg(status = 'paid') FROM orders"),
    ("customers with at least 21 orders",
     "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1 HAVING count(*) >= 21"),
    ("average total by status", "SELECT status, avg(total) FROM orders GROUP BY 1"),
    ("what is the price of the Teapot?", "SELECT price FROM products WHERE name = 'Teapot'"),
    ("top 3 customers by total",
     "SELECT c.name, sum(total) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1"
     " ORDER BY 2 DESC LIMIT 3"),
    ("top 3 products by price", "SELECT name, price FROM products ORDER BY price DESC LIMIT 3"),
    ("products whose price is above the average",
     "SELECT name, price FROM products WHERE price > (SELECT avg(price) FROM products)"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "sql"), CASES, ids=[question for question, _ in CASES])
def test_question_gives_the_rows_of_its_query(question: str, sql: str, shop: Engine, talk: Callable[..., Chat]) -> None:
    reply = talk(shop=shop).ask(question)
    assert reply.outcome == "answered", reply.text
    assert comparable(reply.findings[0].result) == expected(shop, sql), reply.findings[0].sql


def test_what_the_engine_cannot_compute_is_declined(shop: Engine, talk: Callable[..., Chat]) -> None:
    reply = talk(shop=shop).ask("median price by category")
    assert reply.outcome == "declined"
    assert "sqlite cannot compute a median" in reply.text
