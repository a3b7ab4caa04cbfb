"""new, send, redo, retry, cancel: what they print and what they write."""

from typing import Any

import pytest

import support
from support import Run, Worker

pytestmark = pytest.mark.usefixtures("seeded")

UNANSWERED: dict[str, Any] = {
    "responseMessages": {"status": "processing", "messages": []},
    "reasoning": {"status": "processing", "steps": []},
    "rawLlmMessages": [],
    "finalReasoningMessage": None,
    "isCompleted": False,
    "feedback": None,
    "status": "queued",
    "outcome": None,
    "attempts": 0,
    "model": "builtin",
    "error": None,
    "files": [],
    "usage": None,
    "grounding": None,
}


def chat_of(outcome: support.Outcome) -> Any:
    """The chat that a command printed as JSON; it must be valid under its schema."""
    assert outcome.exit == 0, outcome.stderr
    support.check("chat", outcome.json())
    return outcome.json()


def test_new_prints_the_chat_with_a_placeholder(run: Run) -> None:
    value = chat_of(run("new", "How many flights?", "--json"))
    (message,) = value["messages"]
    assert value["chat"]["title"] == message["title"] == message["requestMessage"] == "How many flights?"
    assert message | UNANSWERED == message
    assert message["position"] == 1
    assert value["newMessageId"] == message["id"]
    assert message["chatId"] == value["chat"]["id"]
    assert value["trigger"]["success"] is True
    assert value["trigger"]["taskId"]
    for key in ("mostRecentFileId", "mostRecentFileType", "mostRecentVersionNumber"):
        assert value["chat"][key] is None
    assert value["chat"]["createdAt"].endswith("Z")
    assert value["chat"]["sources"] == []


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ((), "{chat}\t{message}\tqueued\n"),
        (("-o", "plain"), "{chat}\t{message}\tqueued\n"),
        (("-o", "tsv"), "chatId\tmessageId\tstatus\n{chat}\t{message}\tqueued\n"),
        (("-o", "csv"), "chatId,messageId,status\n{chat},{message},queued\n"),
        (("-q",), "{chat}\n"),
        (("-q", "--json"), "{chat}\n"),
    ],
)
def test_new_in_the_formats_for_scripts(run: Run, format: tuple[str, ...], text: str) -> None:
    run("list")
    made = run("new", "x", *format)
    shown = run("show", "--json").json()
    chat, message = shown["chat"]["id"], shown["messages"][0]["id"]
    assert made.stdout.replace("\r\n", "\n") == text.format(chat=chat, message=message)
    assert made.stderr == ""


def test_ndjson_is_the_object_on_one_line(run: Run) -> None:
    (value,) = run("new", "x", "-o", "ndjson").ndjson()
    support.check("chat", value)


def test_send_adds_at_the_next_position_newest_first(run: Run) -> None:
    chat = run("new", "one", "-q").id()
    value = chat_of(run("send", "two", "--chat-id", chat, "--json"))
    assert [message["position"] for message in value["messages"]] == [2, 1]
    assert value["newMessageId"] == value["messages"][0]["id"]
    assert value["chat"]["title"] == "one"
    sent = run("send", "three", "--chat-id", chat, "-q").id()
    assert sent == run("show", chat, "--json").json()["messages"][0]["id"]


def test_send_needs_exactly_one_way_to_name_the_chat(run: Run) -> None:
    none = run("send", "x", "--json")
    assert (none.exit, none.stdout) == (2, "")
    assert [problem["field"] for problem in none.problems()] == ["chat_id"]
    both = run("send", "x", "-c", "--chat-id", "abcd", "--json")
    assert (both.exit, both.stdout) == (2, "")
    assert both.error()["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("prompt", ["", "   ", "\n"])
@pytest.mark.parametrize("command", [("new",), ("send", "-c"), ("send", "--chat-id", "abcd")])
def test_a_prompt_is_required(run: Run, prompt: str, command: tuple[str, ...]) -> None:
    run("new", "x")
    refused = run(*command, "--json", "--", prompt)
    assert (refused.exit, refused.stdout) == (2, "")
    assert refused.problems() == [{"field": "prompt", "message": "Prompt is required", "code": "too_short"}]
    assert len(run("list", "--json").json()) == 1


def test_long_prompts_are_cut_for_titles_and_kept_whole(run: Run) -> None:
    prompt = "日" * 101
    value = chat_of(run("new", prompt, "--json"))
    assert value["chat"]["title"] == "日" * 97 + "..."
    assert value["messages"][0]["title"] == "日" * 47 + "..."
    assert value["messages"][0]["requestMessage"] == prompt


def test_a_title_of_the_users_own(run: Run) -> None:
    value = chat_of(run("new", "x", "--title", " Mine ", "--json"))
    assert value["chat"]["title"] == "Mine"
    assert run("new", "x", "--title", " ").exit == 2


def test_prompts_from_standard_input(run: Run) -> None:
    def asked(*args: str, stdin: str | bytes) -> str:
        (message, *_) = chat_of(run(*args, "--json", stdin=stdin))["messages"]
        return str(message["requestMessage"])

    assert asked("new", stdin="piped\n") == "piped"
    assert asked("new", "-", stdin="dash\r\nsecond\n") == "dash\r\nsecond"
    assert asked("new", "argument", stdin="left alone") == "argument"
    assert asked("send", "-c", stdin="more") == "more"
    assert asked("redo", "@last", "-", stdin="instead") == "instead"
    assert asked("redo", "@last", stdin="left alone") == "instead"
    assert asked("new", stdin=b"\xef\xbb\xbfwith a mark") == "with a mark"


def test_bytes_that_are_no_text_are_refused(run: Run) -> None:
    refused = run("new", "--json", stdin=b"caf\xe9")
    assert refused.exit == 2
    assert refused.problems()[0]["message"] == "The prompt is not valid UTF-8 text"


def test_nothing_typed_at_a_terminal_is_no_prompt(run: Run) -> None:
    assert run("new").exit == 2


def test_two_dashes_end_the_options(run: Run) -> None:
    value = chat_of(run("--json", "new", "--", "-5 degrees? --json"))
    assert value["messages"][0]["requestMessage"] == "-5 degrees? --json"
    assert run("new", "-5 degrees?").exit == 2


def test_an_unknown_analyst_is_refused_before_anything_is_written(run: Run) -> None:
    refused = run("new", "x", "--model", "oracle", "--json")
    assert refused.exit == 2
    assert refused.problems()[0]["field"] == "model"
    assert run("list", "--json").json() == []


# redo


def test_redo_takes_the_next_position_and_keeps_the_prompt(run: Run) -> None:
    chat = run("new", "one", "-q").id()
    second = run("send", "two", "--chat-id", chat, "-q").id()
    run("send", "three", "--chat-id", chat)
    value = chat_of(run("redo", second, "--json"))
    assert [(each["position"], each["requestMessage"]) for each in value["messages"]] == [(4, "two"), (1, "one")]
    value = chat_of(run("redo", chat, "another", "--json"))
    assert [(each["position"], each["requestMessage"]) for each in value["messages"]] == [(5, "another"), (1, "one")]


def test_redo_cancels_what_it_puts_away_and_restore_brings_it_back(run: Run, worker: Worker) -> None:
    chat = run("new", "one", "-q").id()
    first = run("show", chat, "--json").json()["messages"][0]["id"]
    worker.answer(first)
    second = run("send", "two", "--chat-id", chat, "-q").id()
    run("redo", first, "instead")
    assert run("show", second).exit == 3
    assert run("restore", first, "-q").id() == first
    shown = run("show", chat, "--json").json()["messages"]
    assert [(each["position"], each["status"]) for each in shown] == [(3, "queued"), (2, "cancelled"), (1, "completed")]


def test_a_running_message_that_is_redone_is_told_to_stop(run: Run, worker: Worker) -> None:
    first = run("new", "one", "--json").json()["newMessageId"]
    worker.claim(first)
    redone = run("redo", first, "-q").id()
    with pytest.raises(AssertionError, match="not to be had"):
        worker.claim(redone)
    assert run("show", redone, "--json").json()["status"] == "queued"


# retry and cancel


def test_retry_runs_a_failed_message_again(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    refused = run("retry", message, "--json")
    assert refused.exit == 2
    assert "queued" in refused.error()["error"]
    worker.fail(message)
    failed = run("show", message, "--json").json()
    support.check("message", failed)
    assert (failed["status"], failed["isCompleted"]) == ("failed", True)
    assert failed["error"] == {"code": "QUERY_ERROR", "message": "It broke", "hint": "Mend it"}
    assert failed["finalReasoningMessage"] == "Failed after 0 seconds"
    (again,) = chat_of(run("retry", message, "--model", "builtin", "--json"))["messages"]
    assert again | UNANSWERED | {"attempts": 1} == again
    worker.answer(message)
    assert run("show", message, "--json").json()["attempts"] == 2
    assert run("retry", message).exit == 2


def test_cancel_of_queued_running_and_finished(run: Run, worker: Worker) -> None:
    queued = run("new", "x", "--json").json()["newMessageId"]
    (message,) = chat_of(run("cancel", queued, "--json"))["messages"]
    assert (message["status"], message["isCompleted"]) == ("cancelled", True)
    assert message["finalReasoningMessage"] == "Stopped reasoning"
    assert message["responseMessages"] == {"status": "cancelled", "messages": []}
    again = run("cancel", queued, "--json")
    assert (again.exit, again.error()["code"]) == (2, "VALIDATION_ERROR")
    running = run("new", "y", "--json").json()["newMessageId"]
    worker.claim(running)
    assert run("cancel", running, "--json").json()["messages"][0]["status"] == "running"


def test_an_answer_as_it_is_shown(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message, "It is **42**")
    shown = run("show", message, "--json").json()
    support.check("message", shown)
    (entry,) = shown["responseMessages"]["messages"]
    assert (entry["type"], entry["message"], entry["isFinalMessage"]) == ("text", "It is **42**", True)
    assert (shown["status"], shown["outcome"], shown["attempts"]) == ("completed", "answered", 1)
    assert shown["finalReasoningMessage"] == "Reasoned for 0 seconds"
    assert shown["rawLlmMessages"] == [{"kept": "It is **42**"}]


# idempotency


@pytest.mark.parametrize(
    ("command", "other"),
    [
        (("new", "x"), ("new", "y")),
        (("send", "-c", "x"), ("send", "-c", "y")),
        (("redo", "@last"), ("redo", "@last", "y")),
    ],
)
def test_the_same_key_and_request_write_once(run: Run, command: tuple[str, ...], other: tuple[str, ...]) -> None:
    run("new", "first")
    once = chat_of(run(*command, "--json", "--idempotency-key", "k"))
    again = chat_of(run(*command, "--json", "--idempotency-key", "k"))
    assert again | {"trigger": None} == once | {"trigger": None}
    conflict = run(*other, "--json", "--idempotency-key", "k")
    assert conflict.exit == 2
    assert conflict.problems()[0]["field"] == "idempotency_key"


def test_a_repeated_redo_by_id_finds_what_the_first_one_wrote(run: Run) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    once = run("redo", message, "-q", "--idempotency-key", "k").id()
    assert run("redo", message, "-q", "--idempotency-key", "k").id() == once


def test_a_repetition_shows_the_current_state(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json", "--idempotency-key", "k").json()["newMessageId"]
    worker.answer(message)
    again = chat_of(run("new", "x", "--json", "--idempotency-key", "k"))
    assert (again["newMessageId"], again["messages"][0]["status"]) == (message, "completed")
    assert again["trigger"] is None


def test_keys_are_each_users_own(run: Run) -> None:
    mine = run("new", "x", "-q", "--idempotency-key", "k").id()
    theirs = run("new", "x", "-q", "--idempotency-key", "k", "--as", "bob").id()
    assert mine != theirs


# waiting


def test_waiting_for_an_answer_that_is_there(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message, "It is 42")
    waited = run("wait", message, "--json")
    assert waited.exit == 0
    support.check("chat", waited.json())
    assert waited.json()["newMessageId"] == message


@pytest.mark.parametrize("outcome", ["declined", "clarification"])
def test_waiting_for_what_was_declined_exits_10(run: Run, worker: Worker, outcome: Any) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message, "Which data?", outcome=outcome)
    waited = run("wait", message, "--json")
    assert (waited.exit, waited.stderr) == (10, "")
    assert waited.json()["messages"][0]["outcome"] == outcome


def test_waiting_for_what_failed_exits_7_with_answer_and_error(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.fail(message)
    waited = run("wait", message, "--json")
    assert waited.exit == 7
    assert waited.json()["messages"][0]["status"] == "failed"
    error = waited.error()
    assert (error["code"], error["error"], error["hint"]) == ("ANALYST_FAILED", "It broke", "Mend it")
    assert error["exitCode"] == 7


def test_waiting_for_what_was_cancelled_exits_7(run: Run) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    run("cancel", message)
    waited = run("wait", message, "--json")
    assert (waited.exit, waited.error()["code"]) == (7, "ANALYST_FAILED")


def test_waiting_too_short_exits_8_and_the_work_goes_on(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.claim(message)
    waited = run("wait", message, "--json", "--timeout", "0")
    assert waited.exit == 8
    assert waited.json()["messages"][0]["status"] == "running"
    assert waited.error()["code"] == "WAIT_TIMEOUT"


def test_waiting_for_several_gives_the_first_status_of_7_8_10_0(run: Run, worker: Worker) -> None:
    good, asked, bad, slow = (run("new", "x", "--json").json()["newMessageId"] for _ in range(4))
    worker.answer(good)
    worker.answer(asked, outcome="clarification")
    worker.fail(bad)
    worker.claim(slow)
    assert run("wait", good, good).exit == 0
    assert run("wait", good, asked).exit == 10
    assert run("wait", good, asked, slow, "--timeout", "0").exit == 8
    assert run("wait", good, asked, slow, bad, "--timeout", "0").exit == 7


def test_watch_gives_one_event_a_line(run: Run, worker: Worker) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    worker.answer(message)
    watched = run("watch", message, "-o", "ndjson")
    assert watched.exit == 0
    (event,) = watched.ndjson()
    support.check("message", event)
    assert event["status"] == "completed"
