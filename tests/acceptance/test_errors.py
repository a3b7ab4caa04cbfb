"""Every error a user can meet, once, from the shell: its exit status, its object on stderr, nothing on stdout."""

import json
from collections import Counter
from pathlib import Path

import pytest

from support import Outcome

from .homes import Home

FORGED = "00000000-0000-4000-8000-000000000000"
CROSS_JOIN = "SELECT count(*) FROM flights a, flights b, flights c WHERE a.distance + b.distance > c.distance"

ERRORS = {
    "USAGE_ERROR": (2, ["shwo"]),
    "a flag that is none": (2, ["new", "x", "--bogus"]),
    "VALIDATION_ERROR": (2, ["new", ""]),
    "a send without a chat": (2, ["send", "And by month?"]),
    "an unknown model": (2, ["new", "x", "--model", "nobody:knows"]),
    "an unknown status": (2, ["list", "--status", "lost"]),
    "SQL_NOT_READ_ONLY": (2, ["sql", "DELETE FROM flights", "--source", "flights"]),
    "CHAT_NOT_FOUND": (3, ["show", FORGED]),
    "MESSAGE_NOT_FOUND": (3, ["retry", FORGED]),
    "SOURCE_NOT_FOUND": (3, ["new", "How many?", "--source", "nowhere"]),
    "QUERY_ERROR": (5, ["sql", "SELECT nothing FROM flights", "--source", "flights"]),
    "QUERY_TIMEOUT": (5, ["sql", CROSS_JOIN, "--source", "flights", "--query-timeout", "0.2"]),
    "SOURCE_ERROR": (5, ["source", "add", "gone", "./gone.csv"]),
}
"""What is typed, by the code that it gives; where a name is no code, VALIDATION_ERROR or USAGE_ERROR."""


@pytest.fixture(scope="module")
def failures(shared: Home) -> dict[str, Outcome]:
    """What came of every one of them; they run at once, for it is the starts that take the time."""
    outcomes = shared.together(*([*command, "--json"] for _, command in ERRORS.values()))
    return dict(zip(ERRORS, outcomes, strict=True))


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_an_exit_status_and_an_object_on_stderr(failures: dict[str, Outcome], name: str) -> None:
    status, failed = ERRORS[name][0], failures[name]
    error = failed.error()
    assert (failed.exit, error["exitCode"], failed.stdout) == (status, status, "")
    assert error["code"] == (name if name.isupper() else error["code"])
    assert error["code"] in ERRORS
    assert error["error"]


def test_for_people_an_error_is_a_line_and_a_hint(shared: Home) -> None:
    failed = shared.run("show", FORGED)
    assert (failed.exit, failed.stdout) == (3, "")
    assert failed.stderr.splitlines() == [
        "error: Chat not found or access denied",
        f"hint: None of yours is {FORGED!r}: `chatctl list` shows your chats.",
    ]


def test_an_ambiguous_prefix_lists_its_candidates(shared: Home) -> None:
    # Of 1,200 random ids two share their first four digits, but for one run in 60,000.
    lines = "".join(json.dumps({"prompt": f"Question {number}"}) + "\n" for number in range(600))
    batch = shared.run("request", "--batch", stdin=lines).ndjson()
    heads = Counter(each[name][:4] for each in batch for name in ("chatId", "newMessageId"))
    doubled, count = heads.most_common(1)[0]
    failed = shared.run("show", doubled, "--json")
    assert (failed.exit, failed.error()["code"]) == (2, "AMBIGUOUS_ID")
    assert len(failed.error()["details"]["candidates"]) >= count


def test_all_broken_rules_of_a_request_are_told_at_once(shared: Home) -> None:
    failed = shared.run("request", stdin='{"prompt": " ", "asset_id": 7, "colour": "red"}')
    assert failed.exit == 2
    assert {each["field"] for each in failed.problems()} == {"prompt", "asset_id", "asset_type", "colour"}


def test_what_another_organization_has_is_not_there(shared: Home) -> None:
    chat = shared.run("new", "-q", "Ours?").id()
    theirs = shared.run("show", chat, "--json", "--organization", "others")
    assert (theirs.exit, theirs.error()["code"]) == (3, "CHAT_NOT_FOUND")
    mine = shared.run("show", chat, "--json", "--as", "bob")
    assert (mine.exit, mine.error()["code"]) == (3, "CHAT_NOT_FOUND")


def test_a_bad_settings_file_is_named(own: Home) -> None:
    settings = own.folder / "config.toml"
    settings.write_text("row_limit = 'many'\n")
    failed = own.run("list", "--json")
    settings.unlink()
    assert (failed.exit, failed.error()["code"], failed.stdout) == (2, "VALIDATION_ERROR", "")
    assert "config.toml" in failed.error()["error"]


def test_a_waited_for_message_that_fails_is_the_result_and_an_error(own: Home, tmp_path: Path) -> None:
    doomed = tmp_path / "doomed.csv"
    doomed.write_text("a,b\n1,2\n")
    chat = own.run(
        "new", "-q", "How many rows are in doomed?", "--source", str(doomed), CHATCTL_AUTO_WORKER="never"
    ).id()
    doomed.unlink()
    failed = own.run("wait", chat, "--json")
    assert (failed.exit, failed.error()["code"]) == (7, "ANALYST_FAILED")
    message = failed.json()["messages"][0]
    assert (message["status"], message["error"]["code"]) == ("failed", "SOURCE_ERROR")
    assert message["finalReasoningMessage"].startswith("Failed after")
    doomed.write_text("a,b\n1,2\n")
    assert own.run("retry", chat, "--wait").exit == 0


def test_a_result_that_cannot_be_written_is_an_error(shared: Home) -> None:
    full = shared.shell("chatctl config list >/dev/full")
    assert full.exit == 1
    assert "No space left" in full.stderr
