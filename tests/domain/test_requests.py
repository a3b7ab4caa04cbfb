"""The request object: every rule of the guide, all broken ones at once."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import support
from chatctl.domain.errors import ValidationError
from chatctl.domain.requests import LONGEST_PROMPT, ChatRequest

SOME_ID = "2f1f1c1e-7d3b-4c5e-9a63-0a4e7c9f1b2d"


def problems(data: object) -> dict[str, str]:
    """Field and sentence of every broken rule."""
    with pytest.raises(ValidationError) as caught:
        ChatRequest.parse(data)
    found = caught.value.details["validationErrors"]
    sentences = {problem["field"]: problem["message"] for problem in found}
    assert caught.value.message == (found[0]["message"] if len(found) == 1 else "Request validation failed")
    return sentences


@pytest.mark.parametrize(
    ("data", "broken"),
    [
        ({}, {"prompt": "Either prompt (for new chat) or chat_id (for existing chat) must be provided"}),
        ({"prompt": None}, {"prompt": "Either prompt (for new chat) or chat_id (for existing chat) must be provided"}),
        ({"prompt": ""}, {"prompt": "Prompt is required"}),
        ({"prompt": " \t\n"}, {"prompt": "Prompt is required"}),
        ({"chat_id": SOME_ID}, {"prompt": "Prompt is required"}),
        ({"chat_id": SOME_ID, "prompt": ""}, {"prompt": "Prompt is required"}),
        (
            {"prompt": "x", "asset_id": SOME_ID},
            {"asset_type": "asset_type must be provided when asset_id is specified"},
        ),
        (
            {"asset_type": "metric_file"},
            {"prompt": "Either prompt (for new chat) or chat_id (for existing chat) must be provided"},
        ),
        ({"prompt": "x", "tilte": "y"}, {"tilte": "Unknown key 'tilte'"}),
        ({"prompt": "a\0b"}, {"prompt": "The prompt is not valid UTF-8 text"}),
        ({"prompt": "a\udcff"}, {"prompt": "The prompt is not valid UTF-8 text"}),
        ({"prompt": "x", "idempotency_key": " "}, {"idempotency_key": "The idempotency key must not be empty"}),
        ({"prompt": "x", "idempotency_key": "\0"}, {"idempotency_key": "The idempotency key is not valid UTF-8 text"}),
        ({"prompt": "x", "model": "\ud800"}, {"model": "The model is not valid UTF-8 text"}),
        ({"prompt": "x", "sources": ["a", "b\0"]}, {"source": "The source is not valid UTF-8 text"}),
        ({"prompt": "x", "title": ""}, {"title": "The title must not be empty"}),
        ({"prompt": "x", "title": "y" * 1001}, {"title": "The title is longer than 1,000 characters"}),
        ({"prompt": "x", "title": "y", "chat_id": SOME_ID}, {"title": "Only a new chat is given a title"}),
        ([], {"request": "The request must be a JSON object"}),
        ("x", {"request": "The request must be a JSON object"}),
        (None, {"request": "The request must be a JSON object"}),
    ],
)
def test_a_broken_rule_is_told_in_its_own_sentence(data: object, broken: dict[str, str]) -> None:
    assert problems(data) == broken


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", 5),
        ("prompt", ["x"]),
        ("chat_id", "2f1f"),
        ("chat_id", 7),
        ("message_id", "@last"),
        ("asset_id", "sales"),
        ("asset_type", "chart"),
        ("sources", "flights"),
        ("sources", [1]),
        ("model", 1),
        ("idempotency_key", 12),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_by_field(field: str, value: object) -> None:
    wrong = problems({"prompt": "x", "asset_type": "metric_file", field: value})
    assert {name.split(".")[0] for name in wrong} == {field}


def test_every_broken_rule_is_told_at_once() -> None:
    wrong = problems(
        {"prompt": "", "chat_id": "abcd", "asset_id": SOME_ID, "sources": 3, "model": "", "extra": 1, "title": " "}
    )
    assert set(wrong) == {"prompt", "chat_id", "asset_type", "sources", "extra", "title"}
    assert wrong["prompt"] == "Prompt is required"
    assert wrong["asset_type"] == "asset_type must be provided when asset_id is specified"


@pytest.mark.parametrize(
    "data",
    [
        {"prompt": "x"},
        {"prompt": "x", "chat_id": SOME_ID},
        {"message_id": SOME_ID},
        {"message_id": SOME_ID, "chat_id": SOME_ID},
        {"asset_id": SOME_ID, "asset_type": "dashboard_file"},
        {"prompt": "x" * LONGEST_PROMPT},
        {"prompt": "x", "chat_id": None, "sources": [], "model": None, "idempotency_key": "k"},
    ],
)
def test_requests_that_keep_the_rules(data: dict[str, Any]) -> None:
    support.check("request", data)
    request = ChatRequest.parse(data)
    assert {key: str(getattr(request, key)) for key in ("chat_id", "message_id") if data.get(key)} == {
        key: data[key] for key in ("chat_id", "message_id") if data.get(key)
    }


def test_a_huge_prompt_is_refused() -> None:
    assert problems({"prompt": "x" * (LONGEST_PROMPT + 1)}) == {
        "prompt": "The prompt is longer than 1,000,000 characters"
    }


@pytest.mark.parametrize(
    ("named", "data", "broken"),
    [("message_id", {}, None), ("chat_id", {}, "prompt"), ("chat_id", {"prompt": "x", "title": "y"}, "title")],
)
def test_an_id_named_beside_the_object_counts_as_given(named: str, data: dict[str, Any], broken: str | None) -> None:
    if broken is None:
        assert ChatRequest.parse(data, named=[named]).prompt is None
        return
    with pytest.raises(ValidationError) as caught:
        ChatRequest.parse(data, named=[named])
    assert [each["field"] for each in caught.value.details["validationErrors"]] == [broken]


keys = st.sampled_from(["prompt", "chat_id", "message_id", "asset_id", "asset_type", "sources", "model", "title", "x"])
anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just(SOME_ID), st.lists(st.text(), max_size=2)
)


@given(st.one_of(anything, st.dictionaries(keys, anything)))
def test_whatever_comes_is_a_request_or_a_validation_error(data: object) -> None:
    try:
        request = ChatRequest.parse(data)
    except ValidationError as error:
        for problem in error.details["validationErrors"]:
            assert set(problem) == {"field", "message", "code"}
            assert all(problem.values())
    else:
        assert request.prompt is None or request.prompt.strip()
        assert request.prompt or request.message_id or request.asset_id


def test_the_fingerprint_is_of_what_is_asked() -> None:
    asked = {"prompt": "x", "idempotency_key": "a"}
    same = ChatRequest.parse(asked | {"idempotency_key": "b"})
    assert ChatRequest.parse(asked).fingerprint() == same.fingerprint()
    for change in ({"prompt": "y"}, {"sources": ["s"]}, {"model": "m"}, {"chat_id": str(uuid4())}):
        assert ChatRequest.parse(asked | change).fingerprint() != same.fingerprint()
    assert same.fingerprint("@last") != same.fingerprint()
    assert ChatRequest.parse({"prompt": "x"}).fingerprint() is None
