"""request: the guide's object in, its object out; one, or one a line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import support
from support import Run

NOBODY = "2f1f1c1e-7d3b-4c5e-9a63-0a4e7c9f1b2d"


def asked(run: Run, request: object, *flags: str) -> Any:
    outcome = run("request", "--json", *flags, stdin=json.dumps(request))
    assert outcome.exit == 0, outcome.stderr
    support.check("chat", outcome.json())
    return outcome.json()


def test_a_prompt_opens_a_chat_a_chat_id_adds_and_a_message_id_redoes(run: Run) -> None:
    opened = asked(run, {"prompt": "one"})
    chat, first = opened["chat"]["id"], opened["newMessageId"]
    added = asked(run, {"prompt": "two", "chat_id": chat})
    assert [each["requestMessage"] for each in added["messages"]] == ["two", "one"]
    redone = asked(run, {"message_id": first})
    assert [(each["position"], each["requestMessage"]) for each in redone["messages"]] == [(3, "one")]
    redone = asked(run, {"message_id": redone["newMessageId"], "chat_id": chat, "prompt": "other"})
    assert [(each["position"], each["requestMessage"]) for each in redone["messages"]] == [(4, "other")]


def test_the_object_is_json_whatever_the_terminal(run: Run) -> None:
    assert run("request", stdin='{"prompt": "x"}').exit == 0


def test_a_request_from_a_file_and_flags_beside_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text('\ufeff{"prompt": "x", "idempotency_key": "in the file"}', encoding="utf-8")
    first = run("request", str(file), "--json", "--idempotency-key", "k").json()
    assert asked(run, {"prompt": "x"}, "--idempotency-key", "k")["newMessageId"] == first["newMessageId"]
    missing = run("request", str(tmp_path / "none.json"), "--json")
    assert (missing.exit, missing.problems()[0]["field"]) == (2, "file")
    folder = run("request", str(tmp_path), "--json")
    assert (folder.exit, folder.problems()[0]["field"]) == (2, "file")


@pytest.mark.parametrize(
    ("request_", "exit", "code"),
    [
        ({}, 2, "VALIDATION_ERROR"),
        ({"prompt": "x", "unknown": 1}, 2, "VALIDATION_ERROR"),
        ({"prompt": "x", "asset_id": NOBODY}, 2, "VALIDATION_ERROR"),
        ({"chat_id": NOBODY[:8], "prompt": "x"}, 2, "VALIDATION_ERROR"),
        ({"chat_id": NOBODY, "prompt": "x"}, 3, "CHAT_NOT_FOUND"),
        ({"message_id": NOBODY}, 3, "MESSAGE_NOT_FOUND"),
        ({"asset_id": NOBODY, "asset_type": "metric_file"}, 3, "ASSET_NOT_FOUND"),
        ({"prompt": "x", "asset_id": NOBODY, "asset_type": "dashboard_file"}, 3, "ASSET_NOT_FOUND"),
        ({"prompt": "x", "sources": ["nowhere"]}, 3, "SOURCE_NOT_FOUND"),
        ({"prompt": "x", "sources": ["./nowhere.csv"]}, 5, "SOURCE_ERROR"),
        ({"prompt": "x", "model": "oracle"}, 2, "VALIDATION_ERROR"),
        ([], 2, "VALIDATION_ERROR"),
        (None, 2, "VALIDATION_ERROR"),
    ],
)
def test_what_is_refused(run: Run, request_: object, exit: int, code: str) -> None:
    refused = run("request", "--json", stdin=json.dumps(request_))
    assert (refused.exit, refused.stdout) == (exit, "")
    error = refused.error()
    assert (error["code"], error["exitCode"]) == (code, exit)
    assert run("list", "--json").json() == []


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"prompt": "x"} {}', "[" * 100_000, "1" * 5000, "\x00"])
def test_what_is_not_json_is_refused(run: Run, text: str) -> None:
    refused = run("request", "--json", stdin=text)
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.error()["code"] == "VALIDATION_ERROR"


def test_a_message_of_another_chat_is_refused(run: Run) -> None:
    one, two = asked(run, {"prompt": "one"}), asked(run, {"prompt": "two"})
    refused = run(
        "request", "--json", stdin=json.dumps({"message_id": one["newMessageId"], "chat_id": two["chat"]["id"]})
    )
    assert (refused.exit, refused.problems()[0]["field"]) == (2, "message_id")
    assert len(run("show", one["chat"]["id"], "--json").json()["messages"]) == 1


# batch


def test_a_batch_answers_every_line_in_order_and_bad_ones_cost_no_other(run: Run) -> None:
    chat = run("new", "zero", "-q").id()
    lines = [
        b'{"prompt": "one"}',
        b"nonsense",
        b"",
        b'{"prompt": ""}',
        json.dumps({"prompt": "two", "chat_id": chat}).encode(),
        b'{"prompt": "caf\xe9"}',
        json.dumps({"prompt": "x", "chat_id": NOBODY}).encode(),
        b'{"prompt": "x", "sources": ["a\\u0000b"]}',
        b"1" * 5000,
        b'{"prompt": "x", "\\ud800": 1}',
        b'{"prompt": "last"}',
    ]
    batch = run("request", "--batch", stdin=b"\n".join(lines))
    assert batch.exit == 2
    told = batch.ndjson()
    accepted = [each for each in told if "chatId" in each]
    refused = [each for each in told if "chatId" not in each]
    assert [each["line"] for each in refused] == [2, 4, 6, 7, 8, 9, 10]
    assert [told.index(each) for each in accepted] == [0, 3, 9]
    for each in accepted:
        support.check("batch", each)
        assert (each["status"], each["trigger"]["success"]) == ("queued", True)
    for each in refused:
        support.check("error", {key: value for key, value in each.items() if key != "line"})
    assert [each["code"] for each in refused] == ["VALIDATION_ERROR"] * 3 + ["CHAT_NOT_FOUND"] + [
        "VALIDATION_ERROR"
    ] * 3
    assert len(run("list", "--json").json()) == 3
    assert run("show", chat, "--json").json()["messages"][0]["requestMessage"] == "two"


def test_a_batch_without_a_bad_line_exits_0(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "requests.ndjson"
    file.write_text("".join(f'{{"prompt": "q{number}"}}\r\n' for number in range(450)))
    batch = run("request", "--batch", str(file))
    assert batch.exit == 0, batch.stderr
    assert len(batch.ndjson()) == 450
    assert len({each["newMessageId"] for each in batch.ndjson()}) == 450
    assert len(run("list", "--json", "-n", "1000").json()) == 450
    assert run("request", "--batch", stdin="").stdout == ""


def test_the_same_key_twice_in_a_batch_writes_once(run: Run) -> None:
    line = '{"prompt": "x", "idempotency_key": "k"}\n'
    first, second = run("request", "--batch", stdin=line * 2).ndjson()
    assert first["newMessageId"] == second["newMessageId"]
    conflict = run("request", "--batch", stdin='{"prompt": "y", "idempotency_key": "k"}\n')
    assert conflict.exit == 2
    assert conflict.ndjson()[0]["line"] == 1


def test_positions_of_a_batch_into_one_chat_follow_its_lines(run: Run) -> None:
    chat = run("new", "zero", "-q").id()
    lines = [json.dumps({"prompt": f"q{number}", "chat_id": chat}) for number in range(1, 21)]
    run("request", "--batch", stdin="\n".join(lines))
    shown = run("show", chat, "--json").json()["messages"]
    assert [(each["position"], each["requestMessage"]) for each in shown[:-1]] == [
        (number + 1, f"q{number}") for number in range(20, 0, -1)
    ]


def test_a_line_that_comes_alone_is_answered_at_once(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chatctl", "request", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(f'{{"prompt": "q{number}"}}\n'.encode())
            process.stdin.flush()
            support.check("batch", json.loads(process.stdout.readline()))
        process.stdin.close()
    assert process.returncode == 0
    assert home.exists()
