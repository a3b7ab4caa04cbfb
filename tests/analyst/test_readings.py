"""Plain questions put in many ways, over data of which nothing was learned."""

from collections.abc import Callable

import pytest

from chatctl.analyst.contract import Answer
from chatctl.engines.engine import Engine, Limits

from .conftest import Chat

# question -> a statement that answers it
QUESTIONS = {
    "Find the names of customers who do not have any orders.": (
        "SELECT name FROM customers WHERE id NOT IN (SELECT customer_id FROM orders)"
    ),
    "Which products cost more than the average price of all products?": (
        "SELECT name FROM products WHERE price > (SELECT avg(price) FROM products)"
    ),
    "Show the name of the oldest customer.": "SELECT name FROM customers ORDER BY age DESC LIMIT 1",
    "What is the average age of customers in each country?": (
        "SELECT country, avg(age) FROM customers GROUP BY country"
    ),
    "Find the names of customers from Germany who are older than 30.": (
        "SELECT name FROM customers WHERE country = 'Germany' AND age > 30"
    ),
    "List the cities that have more than one customer.": (
        "SELECT city FROM customers GROUP BY city HAVING count(*) > 1"
    ),
}


def _rows(rows: list[list[object]], width: int) -> list[tuple[object, ...]]:
    """The rows without the figures that stand beside what was asked for."""
    return sorted((tuple(row[:width]) for row in rows), key=repr)


@pytest.mark.parametrize("question", QUESTIONS)
def test_plain_questions_get_the_rows_that_were_asked_for(
    question: str, shop: Engine, talk: Callable[..., Chat]
) -> None:
    expected = shop.run(QUESTIONS[question], Limits())
    reply = talk(shop=shop).ask(question)
    assert reply.outcome == "answered", reply.text
    assert _rows(reply.findings[0].result.rows, len(expected.columns)) == _rows(expected.rows, len(expected.columns))  # type: ignore[arg-type]


def test_what_the_data_cannot_say_is_declined_with_its_best_reading(shop: Engine, talk: Callable[..., Chat]) -> None:
    reply = talk(shop=shop).ask("Which singers performed in the stadium with the highest capacity?")
    assert reply.outcome == "declined"
    assert reply.confidence is not None
    assert reply.confidence < 0.6


def test_the_same_question_gets_the_same_answer(shop: Engine, talk: Callable[..., Chat]) -> None:
    def asked() -> Answer:
        return talk(shop=shop).ask("Which customers from France spent the most?")

    first, second = asked(), asked()
    assert (first.text, first.confidence, first.reading) == (second.text, second.confidence, second.reading)
