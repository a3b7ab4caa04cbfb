"""Data on a server: registered by a URL, asked in words by a real worker, and its password kept out of everything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from servers import Postgres
from support import Outcome

from .conftest import SETTINGS
from .homes import Home

SHOP = """
    CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, city text);
    CREATE TABLE orders (
        id int PRIMARY KEY, customer_id int REFERENCES customer, amount numeric(10, 2), placed timestamptz, state text);
    INSERT INTO customer VALUES (1, 'Ada', 'London'), (2, 'Grace', 'New York'), (3, 'Linus', 'Helsinki');
    INSERT INTO orders SELECT i, 1 + i % 3, i * 1.25, '2024-01-01'::timestamptz + i * interval '1 day',
        CASE WHEN i % 5 = 0 THEN 'returned' ELSE 'paid' END FROM generate_series(1, 300) AS i;
    CREATE SCHEMA staff;
    CREATE TABLE staff.salary (person text, amount int);
"""
PLAINTEXT = "postgresql://chatctl:hunter2@127.0.0.1/shop"


@pytest.fixture(scope="module")
def shop(postgres_server: Postgres) -> Iterator[str]:
    """The URL of a shop's database, its password a variable."""
    postgres_server.create("shop_to_ask")
    with postgres_server.connect("shop_to_ask") as connection:
        connection.execute(SHOP)
    yield f"postgresql://chatctl:${{SHOP_PASSWORD}}@127.0.0.1:{postgres_server.port}/shop_to_ask"
    postgres_server.drop("shop_to_ask")


@pytest.fixture
def home(tmp_path: Path, postgres_server: Postgres) -> Iterator[Home]:
    """A home of the test's own, with the password in its environment; workers start by themselves."""
    found = Home(tmp_path / "home", {**SETTINGS, "SHOP_PASSWORD": postgres_server.password})
    yield found
    found.close()
    leaked = [path for path in found.folder.rglob("*") if path.is_file() and _holds(path, postgres_server.password)]
    assert not leaked


def _holds(path: Path, password: str) -> bool:
    return password.encode() in path.read_bytes()


def succeeded(outcome: Outcome, password: str) -> Outcome:
    assert outcome.exit == 0, outcome.stderr
    assert password not in outcome.stdout + outcome.stderr
    return outcome


def test_a_server_is_registered_asked_and_forgotten(home: Home, shop: str, postgres_server: Postgres) -> None:
    def run(*args: str) -> Outcome:
        return succeeded(home.run(*args), postgres_server.password)

    added = run("source", "add", "shop", f"{shop}?schema=public", "--json").json()
    assert (added["kind"], added["locations"]) == ("postgresql", [f"{shop}?schema=public"])
    assert [table["name"] for table in added["tables"]] == ["customer", "orders"]
    answer = run("new", "What is the total amount by city?", "--source", "shop", "--wait", "--json").json()
    (message,) = answer["messages"]
    (result,) = [each for each in message["responseMessages"]["messages"] if each["type"] == "result"]
    assert result["rowCount"] == 3
    told = next(each["message"] for each in message["responseMessages"]["messages"] if each["type"] == "text")
    assert "highest for London (18,938)" in told
    total = run("sql", "SELECT sum(amount) FROM orders", "--source", "shop", "--json").json()["rows"]
    assert sum(float(row[1]) for row in result["rows"]) == float(total[0][0])
    run("send", "-c", "only Helsinki", "--wait")
    counted = run("new", "How many orders are there where state is returned?", "--source", "shop", "--wait")
    assert "60" in counted.stdout
    assert shop in run("source", "list").stdout
    assert "customer" in run("source", "show", "shop").stdout
    assert "returned" in run("source", "sample", "shop", "orders").stdout
    moved = run("source", "move", "shop", f"{shop}?schema=staff", "--json").json()
    assert [table["name"] for table in moved["tables"]] == ["salary"]
    run("source", "remove", "shop")


def test_a_url_registers_itself(home: Home, shop: str, postgres_server: Postgres) -> None:
    counted = succeeded(
        home.run("new", "How many customers are there?", "--source", shop, "--wait"), postgres_server.password
    )
    assert "3" in counted.stdout
    (source,) = home.run("source", "list", "--json").json()
    assert (source["name"], source["locations"]) == ("shop_to_ask", [shop])


def test_a_worker_without_the_variable_says_which(home: Home, shop: str) -> None:
    del home.environment["SHOP_PASSWORD"]
    asked = home.run("sql", "SELECT 1", "--source", shop, "--json")
    error = asked.error()
    assert (asked.exit, error["code"]) == (5, "SOURCE_ERROR")
    assert "variable SHOP_PASSWORD" in error["error"]
    failed = home.run("new", "How many customers are there?", "--source", shop, "--wait", "--json")
    assert failed.exit == 7
    told = failed.json()["messages"][0]["error"]
    assert told["code"] == "SOURCE_ERROR"
    assert "variable SHOP_PASSWORD" in told["message"]


@pytest.mark.parametrize(
    "command",
    [
        ["source", "add", "shop", PLAINTEXT],
        ["new", "How many?", "--source", PLAINTEXT],
        ["sql", "SELECT 1", "--source", PLAINTEXT],
    ],
    ids=lambda command: command[0],
)
def test_a_password_that_is_written_out_is_refused_and_left_nowhere(home: Home, command: list[str]) -> None:
    refused = home.run(*command, "--json")
    error = refused.error()
    assert (refused.exit, error["code"], refused.stdout) == (2, "VALIDATION_ERROR", "")
    assert "${DB_PASSWORD}" in error["hint"]
    assert "hunter2" not in refused.stderr
    assert not [path for path in home.folder.rglob("*") if path.is_file() and _holds(path, "hunter2")]
    assert home.run("list", "--json").json() == []


def test_what_a_server_refuses_is_an_exit_status_and_a_sentence(
    home: Home, shop: str, postgres_server: Postgres
) -> None:
    with postgres_server.connect("shop_to_ask") as connection:
        connection.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN; GRANT SELECT (id) ON customer TO guest")
    guest = f"postgresql://guest@/shop_to_ask?host={postgres_server.folder}&port={postgres_server.port}"
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    cases = {
        "QUERY_TIMEOUT": [endless, "--source", shop, "--query-timeout", "0.3"],
        "QUERY_ERROR": ["SELECT * FROM customer", "--source", guest],
        "SQL_NOT_READ_ONLY": ["SELECT ('/etc/hostname'::text).pg_read_file", "--source", shop],
        "SOURCE_ERROR": ["SELECT 1", "--source", shop.replace(str(postgres_server.port), "1")],
    }
    outcomes = home.together(*(["sql", *command, "--json"] for command in cases.values()))
    assert [outcome.error()["code"] for outcome in outcomes] == list(cases)
    assert [outcome.exit for outcome in outcomes] == [5, 5, 2, 5]
    assert "permission denied" in outcomes[1].error()["error"]
    with postgres_server.connect("shop_to_ask") as connection:
        connection.execute("DROP OWNED BY guest; DROP ROLE guest")
