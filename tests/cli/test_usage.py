"""usage: what language models have cost."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

import support
from chatctl.storage.database import Database
from chatctl.storage.tables import MessageRow
from support import Run


def spend(home: Path, message_id: str, tokens: int, cost: float | None, model: str = "openai:gpt-5") -> None:
    """Let a message have asked a model."""
    database = Database(f"sqlite:///{home / 'chatctl.db'}")
    used = {"model": model, "requests": 2, "input_tokens": tokens, "output_tokens": 10, "cost": cost}
    with database.write() as session:
        changed = update(MessageRow).where(MessageRow.id == UUID(message_id))  # type: ignore[arg-type]
        session.connection().execute(changed.values(usage=used))
    database.close()


def message(run: Run, *words: str) -> dict[str, Any]:
    made: dict[str, Any] = run("new", *words, "--json").json()
    return made


@pytest.fixture
def spent(run: Run, home: Path) -> list[dict[str, Any]]:
    """Two chats of ada's and one of bob's, the last with a model of unknown price."""
    chats = [
        message(run, "one", "--as", "ada"),
        message(run, "two", "--as", "ada"),
        message(run, "three", "--as", "bob"),
    ]
    for chat, (tokens, cost, model) in zip(
        chats, [(1000, 0.25, "openai:gpt-5"), (500, 0.5, "openai:gpt-5"), (4000, None, "ollama:qwen3")], strict=True
    ):
        spend(home, chat["newMessageId"], tokens, cost, model)
    return chats


def lines(run: Run, *words: str) -> list[dict[str, Any]]:
    found = run("usage", *words, "--json")
    support.check("usage", found.json())
    parsed: list[dict[str, Any]] = found.json()
    return parsed


@pytest.mark.usefixtures("spent")
def test_a_day_adds_up_what_is_known(run: Run) -> None:
    (line,) = lines(run, "--as", "ada")
    assert line["key"] == line["name"]
    assert line | {"key": "", "name": ""} == {
        "by": "day",
        "key": "",
        "name": "",
        "messages": 3,
        "requests": 6,
        "inputTokens": 5500,
        "outputTokens": 30,
        "cost": 0.75,
        "unpriced": 1,
    }


@pytest.mark.usefixtures("spent")
def test_models_and_users_come_by_their_tokens(run: Run) -> None:
    assert [(line["name"], line["cost"]) for line in lines(run, "--by", "model", "--as", "ada")] == [
        ("ollama:qwen3", None),
        ("openai:gpt-5", 0.75),
    ]
    assert [(line["name"], line["messages"]) for line in lines(run, "--by", "user", "--as", "ada")] == [
        ("bob", 1),
        ("ada", 2),
    ]


def test_chats_of_others_stay_unnamed(run: Run, spent: list[dict[str, Any]]) -> None:
    found = lines(run, "--by", "chat", "--as", "ada")
    assert [(line["key"], line["name"], line["inputTokens"]) for line in found] == [
        (None, None, 4000),
        (spent[0]["chat"]["id"], "one", 1000),
        (spent[1]["chat"]["id"], "two", 500),
    ]
    assert lines(run, "--by", "chat", "--as", "eve", "--organization", "another") == []


@pytest.mark.usefixtures("spent")
def test_the_screen_has_a_total_and_says_what_is_not_known(run: Run) -> None:
    seen = run("usage", "--by", "model", "-o", "table", "--as", "ada")
    assert seen.stdout.splitlines()[-1].split() == ["total", "3", "6", "5500", "30", "0.75"]
    assert "The cost of 1 of 3 messages is not known" in seen.stderr
    assert run("usage", "--by", "model", "-o", "csv", "--as", "ada").stdout.count("\n") == 3


def test_the_builtin_analyst_uses_nothing(run: Run) -> None:
    run("new", "one")
    told = run("usage")
    assert (told.exit, told.stdout) == (0, "")
    assert "No language model" in told.stderr


@pytest.mark.parametrize(("words", "field"), [(("--by", "weekday"), "by"), (("--since", "yesterday-ish"), "since")])
def test_what_cannot_be_shown_is_refused(run: Run, words: tuple[str, ...], field: str) -> None:
    refused = run("usage", *words, "--json")
    assert (refused.exit, refused.problems()[0]["field"]) == (2, field)


def test_its_help_shows_the_defaults(run: Run) -> None:
    told = run("usage", "--help")
    assert told.exit == 0
    assert "[default: day]" in " ".join(told.stdout.split())
    assert "[default: 30d]" in " ".join(told.stdout.split())
