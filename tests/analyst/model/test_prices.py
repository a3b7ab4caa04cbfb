"""Prices of tokens."""

import pytest

from chatctl.analyst.model import prices


def test_a_known_model_has_a_price_in_dollars() -> None:
    assert prices.cost("openai:gpt-4o-mini", input_tokens=1_000_000, output_tokens=0) == pytest.approx(0.15)
    assert prices.cost("openai:gpt-4o-mini", input_tokens=0, output_tokens=1_000_000) == pytest.approx(0.60)


def test_cached_tokens_are_cheaper() -> None:
    cached = prices.cost("openai:gpt-4o-mini", input_tokens=1_000_000, output_tokens=0, cached_tokens=1_000_000)
    assert cached == pytest.approx(0.075)


@pytest.mark.parametrize("model", ["openai-chat:gpt-4o", "openai-responses:gpt-4o", "anthropic:claude-sonnet-4-5"])
def test_providers_are_known_by_each_of_their_names(model: str) -> None:
    assert prices.cost(model, input_tokens=1000, output_tokens=1000)


@pytest.mark.parametrize("model", ["ollama:llama3.2:3b", "openai:a-model-of-our-own", "builtin"])
def test_an_unknown_model_has_none(model: str) -> None:
    assert prices.cost(model, input_tokens=1000, output_tokens=1000) is None


def test_counts_that_contradict_each_other_have_a_price() -> None:
    odd = prices.cost("openai:gpt-4o", input_tokens=10, output_tokens=5, cached_tokens=50, cache_written_tokens=8)
    assert odd is not None


def test_a_recording_costs_nothing() -> None:
    assert prices.cost("replay:/some/file.json", input_tokens=1000, output_tokens=1000) == 0
