"""Eight processes do the same at the same moment, on each kind of database: what must happen once happens once."""

import shutil
from functools import partial
from pathlib import Path

import pytest

from at_once import together
from chatctl.config import load
from chatctl.domain.errors import ValidationError
from chatctl.domain.requests import ChatRequest
from chatctl.runtime import Runtime

TOGETHER = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def flags(request: pytest.FixtureRequest, home: Path, blank: Path) -> dict[str, str]:
    """The settings of all eight: a database at this version's schema, of each kind."""
    home.mkdir()
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    else:
        url = f"sqlite:///{shutil.copy(blank, home / 'chatctl.db')}"
    return {"home": str(home), "database": url, "queue": f"sqlite:///{home}/queue.db", "user": "ada"}


def runtime(flags: dict[str, str]) -> Runtime:
    return Runtime(load(flags, {"CHATCTL_AUTO_WORKER": "never"}))


def ask(flags: dict[str, str], request: ChatRequest, _number: int) -> tuple[str, str]:
    """The chat and the message of a request."""
    here = runtime(flags)
    answer = here.chats.handle(request)
    here.close()
    return str(answer.chat.id), str(answer.new_message_id)


def test_a_key_used_at_once_makes_one_chat(flags: dict[str, str]) -> None:
    request = ChatRequest(prompt="How many?", idempotency_key="k")
    assert len(set(together(partial(ask, flags, request), TOGETHER))) == 1
    assert positions(flags) == [1]


def test_follow_ups_at_once_take_one_position_each(flags: dict[str, str]) -> None:
    chat, _ = ask(flags, ChatRequest(prompt="How many?"), 0)
    request = ChatRequest.model_validate({"prompt": "And?", "chat_id": chat})
    messages = {message for _, message in together(partial(ask, flags, request), TOGETHER)}
    assert len(messages) == TOGETHER
    assert positions(flags) == list(range(1, TOGETHER + 2))


def test_a_path_that_is_new_to_all_becomes_one_source(flags: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    request = ChatRequest(prompt="How many?", sources=[str(tmp_path / "sales.csv")])
    assert len({chat for chat, _ in together(partial(ask, flags, request), TOGETHER)}) == TOGETHER
    here = runtime(flags)
    assert [source.name for source in here.sources.all()] == ["sales"]
    here.close()


def register(flags: dict[str, str], path: Path, _number: int) -> str:
    """How an attempt to register the name ended."""
    here = runtime(flags)
    try:
        here.sources.add("sales", [str(path)])
    except ValidationError as error:
        return str(error.details["validationErrors"][0]["code"])
    else:
        return "registered"
    finally:
        here.close()


def test_a_name_that_all_want_goes_to_one(flags: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("a,b\n1,2\n")
    ended = together(partial(register, flags, tmp_path / "sales.csv"), TOGETHER)
    assert sorted(ended) == ["registered", *["taken"] * (TOGETHER - 1)]


def positions(flags: dict[str, str]) -> list[int]:
    here = runtime(flags)
    with here.database.read() as session:
        found = session.connection().exec_driver_sql("SELECT position FROM message ORDER BY position").scalars().all()
    here.close()
    return list(found)
