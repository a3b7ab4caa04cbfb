"""Titles and last words, by the guide's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatctl.domain.titles import CHAT_TITLE, MESSAGE_TITLE, METRIC_NAME, last_word, metric_name, numbered, shorten

prompts = st.text(st.characters(codec="utf-8"), max_size=300)
limits = st.sampled_from([CHAT_TITLE, MESSAGE_TITLE])


@given(prompts, limits)
def test_a_title_is_the_trimmed_prompt_or_its_start_and_an_ellipsis(prompt: str, limit: int) -> None:
    trimmed, title = prompt.strip(), shorten(prompt, limit)
    assert title == (trimmed if len(trimmed) <= limit else trimmed[: limit - 3] + "...")
    assert len(title) <= limit


@pytest.mark.parametrize(("limit", "kept"), [(CHAT_TITLE, 97), (MESSAGE_TITLE, 47)])
def test_lengths_are_in_code_points(limit: int, kept: int) -> None:
    assert shorten("😀" * limit, limit) == "😀" * limit
    assert shorten("😀" * (limit + 1), limit) == "😀" * kept + "..."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 seconds"),
        (1, "1 second"),
        (3.4, "3 seconds"),
        (59.4, "59 seconds"),
        (59.7, "1 minute"),
        (60, "1 minute"),
        (150.1, "3 minutes"),
        (3600, "60 minutes"),
    ],
)
def test_the_last_word_counts_seconds_then_minutes(seconds: float, words: str) -> None:
    assert last_word("completed", seconds) == f"Reasoned for {words}"
    assert last_word("failed", seconds) == f"Failed after {words}"


def test_the_last_word_of_other_states() -> None:
    assert last_word("cancelled", 5) == "Stopped reasoning"
    assert last_word("queued", 0) is None
    assert last_word("running", 5) is None


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How many flights left in 2013?", "How many flights left in 2013"),
        ("  flights\n per\tmonth …?! ", "Flights per month"),
        ("flights (2013)", "Flights (2013)"),
        ("share of delays in %", "Share of delays in %"),
        ("-5 degrees?", "5 degrees"),
        ("¿Cuántos vuelos?", "Cuántos vuelos"),
        ("\x1b[31mred\x1b[0m\u202e", "[31mred [0m"),
        ("ß", "ß"),
        ("?!", "Metric"),
        ("word " * 30, "Word " + ("word " * 15).strip()),
        ("x" * 100, "X" + "x" * 79),
    ],
)
def test_the_name_of_a_metric_is_its_question_without_the_mark(question: str, name: str) -> None:
    assert metric_name(question) == name


@given(st.text(max_size=300), st.integers(2, 999))
def test_names_are_stable_short_and_valid(question: str, number: int) -> None:
    name = metric_name(question)
    assert 1 <= len(name) <= METRIC_NAME
    assert name.isprintable()
    assert name == name.strip()
    assert metric_name(name) == name
    assert len(numbered(name, number)) <= METRIC_NAME
