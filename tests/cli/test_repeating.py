"""The same request again, under an idempotency key: the database answers, whatever became of the files since."""

import json
from pathlib import Path

import pytest

from support import Run

pytestmark = pytest.mark.usefixtures("seeded")

KEY = ("--idempotency-key", "k")


@pytest.fixture
def sales() -> Path:
    """A data file in the working folder."""
    file = Path("sales.csv")
    file.write_text("region,amount\nNorth,1\n")
    return file


def test_a_repetition_is_answered_though_the_file_is_gone(run: Run, sales: Path) -> None:
    once = run("new", "x", "--source", "sales.csv", "--json", *KEY).json()
    sent = run("send", "y", "-c", "--source", "./sales.csv", "--json", "--idempotency-key", "l").json()
    sales.unlink()
    again = run("new", "x", "--source", "sales.csv", "--json", *KEY).json()
    assert (again["chat"]["id"], again["newMessageId"]) == (once["chat"]["id"], once["newMessageId"])
    sent_again = run("send", "y", "-c", "--source", "./sales.csv", "--json", "--idempotency-key", "l").json()
    assert sent_again["newMessageId"] == sent["newMessageId"]
    assert len(sent_again["messages"]) == 2


def test_a_line_of_a_batch_likewise(run: Run, sales: Path) -> None:
    line = json.dumps({"prompt": "x", "sources": ["sales.csv"], "idempotency_key": "k"})
    (once,) = run("request", "--batch", stdin=line).ndjson()
    sales.unlink()
    (again,) = run("request", "--batch", stdin=line).ndjson()
    assert (again["chatId"], again["newMessageId"]) == (once["chatId"], once["newMessageId"])
    assert len(run("list", "--json").json()) == 1


def test_another_request_under_the_key_is_refused_as_that(run: Run, sales: Path) -> None:
    run("new", "x", "--source", "sales.csv", *KEY)
    sales.unlink()
    refused = run("new", "x", "--source", "other.csv", "--json", *KEY)
    assert (refused.exit, refused.problems()[0]["field"]) == (2, "idempotency_key")


def test_a_new_request_still_needs_its_file(run: Run) -> None:
    assert run("new", "x", "--source", "./sales.csv", *KEY).exit == 5
    assert run("list", "--json").json() == []
