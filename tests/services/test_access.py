"""Roles on chats: what is public may be seen by everyone and changed by its owner alone."""

import pytest
from sqlmodel import col, update

from chatctl.storage.tables import ChatRow
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")


@pytest.fixture
def public(run: Run, worker: Worker) -> str:
    """Ada's chat, which everyone may see."""
    chat = run("new", "x", "-q").id()
    with worker.database.write() as session:
        session.exec(update(ChatRow).values(publicly_accessible=True).where(col(ChatRow.title) == "x"))
    return chat


OTHERS = [("--as", "bob"), ("--organization", "elsewhere", "--as", "bob")]


@pytest.mark.parametrize("other", OTHERS, ids=["same organization", "another organization"])
def test_a_public_chat_may_be_seen_by_everyone(run: Run, public: str, other: tuple[str, ...]) -> None:
    shown = run("show", public, "--json", *other)
    assert shown.exit == 0
    assert shown.json()["chat"]["publiclyAccessible"] is True
    assert run("list", "--json", *other).json() == [], "a list is of one's own"
    assert run("wait", public, "--timeout", "0", *other).exit == 8


@pytest.mark.parametrize(
    "command",
    [
        ("send", "x", "--chat-id", "{id}"),
        ("redo", "{id}"),
        ("retry", "{id}"),
        ("cancel", "{id}"),
        ("rename", "{id}", "x"),
        ("feedback", "{id}", "positive"),
        ("delete", "{id}"),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("other", OTHERS, ids=["same organization", "another organization"])
def test_a_public_chat_is_changed_by_nobody_else(
    run: Run, public: str, command: tuple[str, ...], other: tuple[str, ...]
) -> None:
    before = run("show", public, "--json").json()
    refused = run("--json", *(word.format(id=public) for word in command), *other)
    assert (refused.exit, refused.stdout) == (4, "")
    assert refused.error()["code"] == "PERMISSION_DENIED"
    assert run("show", public, "--json").json() == before
