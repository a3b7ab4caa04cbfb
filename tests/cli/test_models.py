"""Who can answer, what is missing, and whether it does: chatctl models, chatctl doctor --probe-model."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import loopback
import support
from chatctl.analyst.model.providers import PROVIDERS
from loopback import Provider
from support import Run


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of whoever runs the tests are none of the tests' business."""
    for provider in PROVIDERS.values():
        for name in (*provider.keys, *filter(None, [provider.endpoint])):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Provider]:
    """A provider on this machine."""
    with loopback.serving() as provider:
        yield provider


def states(run: Run) -> dict[str, dict[str, Any]]:
    """What `models` tells, by provider."""
    told = run("models", "--json")
    assert told.exit == 0, told.stderr
    support.check("models", told.json())
    return {state["provider"]: state for state in told.json()}


def findings(run: Run, *words: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit status of `doctor` and what it found, by check."""
    told = run("doctor", "--json", *words)
    support.check("doctor", told.json())
    return told.exit, {found["check"]: found for found in told.json()}


def test_without_a_setting_the_built_in_analyst_is_the_model(run: Run) -> None:
    found = states(run)
    assert next(iter(found)) == "builtin"
    assert found["builtin"]["model"] == "builtin"
    assert set(found) == {"builtin", "replay", *PROVIDERS}
    assert found["openai"]["missing"] == "Set OPENAI_API_KEY."
    assert not found["openai"]["ready"]


def test_a_provider_is_ready_once_its_key_or_address_is_set(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://ada:hush@localhost:11434/v1")
    found = states(run)
    assert found["anthropic"]["ready"]
    assert found["anthropic"]["keySet"]
    assert found["ollama"]["ready"]
    assert found["ollama"]["endpoint"] == "http://ada:***@localhost:11434/v1"
    assert not {"sk-secret", "hush"} & set(run("models", "-o", "csv").stdout.replace(":", ",").split(","))
    assert {"anthropic", "builtin", "ollama"} <= set(run("models", "-q").stdout.split())


def test_the_models_that_are_set_are_marked_with_what_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATCTL_MODEL", "openai:gpt-5")
    monkeypatch.setenv("CHATCTL_MODEL_FALLBACK", "nobody:x")
    found = states(run)
    assert list(found)[:2] == ["nobody", "openai"]
    assert found["openai"]["model"] == "openai:gpt-5"
    assert (found["nobody"]["fallback"], found["nobody"]["ready"]) == ("nobody:x", False)
    assert "no provider 'nobody'" in found["nobody"]["missing"]
    monkeypatch.setenv("CHATCTL_MODEL", "replay:nowhere.json")
    assert "no recording" in states(run)["replay"]["missing"]


def test_looking_imports_no_client_and_makes_no_database(run: Run, home: Any) -> None:
    assert run("models").exit == 0
    assert not (home / "chatctl.db").exists()
    script = (
        "import sys; from chatctl.cli.main import run; run(['models'], stdin=sys.stdin, stdout=sys.stderr, "
        "stderr=sys.stderr); print({'pydantic_ai', 'openai', 'sqlmodel', 'duckdb', 'huey'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.strip() == "set()"


def test_the_doctor_looks_up_what_is_set_and_asks_nobody(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(run)[1]["model"]["verdict"] == "ok"
    monkeypatch.setenv("CHATCTL_MODEL", "openai:gpt-5")
    exit_status, found = findings(run)
    assert (exit_status, found["model"]["verdict"]) == (0, "warning")
    assert found["model"]["hint"] == "Set OPENAI_API_KEY."
    monkeypatch.setenv("CHATCTL_MODEL", "gpt-5")
    exit_status, found = findings(run)
    assert (exit_status, found["model"]["verdict"]) == (7, "error")


def test_the_doctor_asks_on_request(run: Run, server: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATCTL_MODEL", "openai:test")
    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", server.url)
    server.script[:] = [loopback.call("ready")]
    exit_status, found = findings(run, "--probe-model")
    assert (exit_status, found["model"]["verdict"]) == (0, "ok")
    assert "openai:test answered after" in found["model"]["finding"]
    (request,) = server.requests
    assert request["tools"][0]["function"]["name"] == "ready"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (loopback.refuse(401, "bad key"), "refused the key"),
        (loopback.refuse(404, "no such model"), "no model"),
        (loopback.refuse(400, "does not support tools"), "call tools"),
        (loopback.refuse(429, "slow down", Retry_After="30"), "slow down"),
        (loopback.refuse(500, "oh"), "failed"),
        (loopback.raw("<html>"), "openai:test"),
        (loopback.cut(), "openai:test"),
    ],
    ids=["key", "model", "tools", "rate", "server", "no JSON", "cut"],
)
def test_a_model_that_does_not_answer_is_an_error_with_what_mends_it(
    run: Run, server: Provider, monkeypatch: pytest.MonkeyPatch, reply: loopback.Reply, words: str
) -> None:
    monkeypatch.setenv("CHATCTL_MODEL_FALLBACK", "openai:test")
    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", server.url)
    server.script[:] = [reply]
    exit_status, found = findings(run, "--probe-model")
    assert exit_status == 7
    assert found["model"]["verdict"] == "ok"
    assert found["fallback"]["verdict"] == "error"
    assert words in f"{found['fallback']['finding']} {found['fallback']['hint']}"
    assert len(server.requests) == 1
