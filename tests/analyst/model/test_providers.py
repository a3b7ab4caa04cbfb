"""Names of models: what they mean, what each needs, and what is said where that is missing."""

import subprocess
import sys

import pytest
from pydantic_ai.models import Model
from pydantic_ai.providers import infer_provider_class

from chatctl.analyst.model import providers
from chatctl.domain.errors import ModelError, ValidationError

KEYS = {name: "k" for provider in providers.PROVIDERS.values() for name in provider.keys}
ENDPOINTS = {each.endpoint: "http://127.0.0.1:1/v1" for each in providers.PROVIDERS.values() if each.endpoint}


@pytest.fixture(autouse=True)
def _no_keys_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of whoever runs the tests are none of the tests' business."""
    for name in (*KEYS, *ENDPOINTS):
        monkeypatch.delenv(name, raising=False)


def test_every_provider_is_spelt_as_pydantic_ai_spells_it() -> None:
    for name, provider in providers.PROVIDERS.items():
        if provider.installed:
            assert infer_provider_class(name)


@pytest.mark.parametrize("name", [each.name for each in providers.PROVIDERS.values() if each.installed])
def test_what_the_table_asks_for_is_enough(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in (KEYS | ENDPOINTS | {"OPENAI_API_VERSION": "2025-01-01"}).items():
        monkeypatch.setenv(variable, value)
    assert isinstance(providers.resolve(f"{name}:openai/gpt-4o", None), Model)


def test_a_missing_key_is_named() -> None:
    for name, provider in providers.PROVIDERS.items():
        if provider.installed and provider.keys:
            with pytest.raises(ModelError) as raised:
                providers.resolve(f"{name}:some-model", None)
            assert str(raised.value.hint).startswith(f"Set {provider.endpoint or ' or '.join(provider.keys)}")


def test_a_missing_package_is_named_with_what_installs_it() -> None:
    absent = [each for each in providers.PROVIDERS.values() if not each.installed]
    assert absent
    for provider in absent:
        with pytest.raises(ModelError) as raised:
            providers.resolve(f"{provider.name}:some-model", None)
        assert f"pydantic-ai-slim[{provider.extra}]" in str(raised.value.hint)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gpt-5", "Known are builtin, replay:FILE and PROVIDER:NAME, such as openai:gpt-5."),
        ("claude-opus-4-1", "Known are builtin, replay:FILE and PROVIDER:NAME, such as anthropic:claude-opus-4-1."),
        ("openai:", "Known are builtin, replay:FILE and PROVIDER:NAME, such as openai:gpt-5 or ollama:qwen3."),
        (
            "openai:\x1b[31mred",
            "Known are builtin, replay:FILE and PROVIDER:NAME, such as openai:gpt-5 or ollama:qwen3.",
        ),
        (
            "openai:" + "x" * 300,
            "Known are builtin, replay:FILE and PROVIDER:NAME, such as openai:gpt-5 or ollama:qwen3.",
        ),
        ("antropic:claude-opus-4-1", "Did you mean anthropic:claude-opus-4-1?"),
    ],
)
def test_a_name_that_is_none_is_told_what_was_meant(name: str, hint: str) -> None:
    with pytest.raises(ValidationError) as raised:
        providers.split(name)
    assert raised.value.hint == hint


def test_the_address_of_a_server_of_ones_own_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("openai:qwen3", "ollama:qwen3", "vllm:qwen3"):
        model = providers.resolve(name, "http://127.0.0.1:1/v1")
        assert model.base_url == "http://127.0.0.1:1/v1/"
        assert type(model).__name__ in ("OpenAIChatModel", "OllamaModel")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert "127.0.0.1" not in str(providers.resolve("anthropic:claude-opus-4-1", "http://127.0.0.1:1/v1").base_url)


def test_openai_itself_is_spoken_to_in_its_newer_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert type(providers.resolve("openai:gpt-5", None)).__name__ == "OpenAIResponsesModel"
    assert type(providers.resolve("openai-chat:gpt-5", None)).__name__ == "OpenAIChatModel"


def test_reading_the_table_imports_nothing_of_it() -> None:
    probe = "import sys, chatctl.analyst.model.providers as p; p.split('openai:x'); p.PROVIDERS['openai'].missing(None)"
    loaded = (
        "print([n for n in ('pydantic_ai', 'openai', 'anthropic', 'google.genai', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", f"{probe}\n{loaded}"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
