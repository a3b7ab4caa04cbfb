"""A chat with a model, recorded by `show --raw` and played without key and network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import loopback
from loopback import Provider, answer, sql
from support import Run

QUESTION = "How much was sold in each city?"
SQL = "SELECT city, SUM(amount) AS total FROM sales GROUP BY city ORDER BY city"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with loopback.serving() as server:
        yield server


@pytest.fixture
def recording(run: Run, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a model was asked in one chat, and answered."""
    Path("sales.csv").write_text("city,amount\nParis,10\nRome,25\n")
    provider.script[:] = [sql(SQL), answer("Rome sold 25, Paris 10.", "r1")]
    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", provider.url)
    asked = run("new", QUESTION, "--source", "sales.csv", "--model", "openai:test", "--wait", "-q")
    assert asked.exit == 0, asked.stderr
    file = Path("recording.json")
    file.write_text(run("show", "--raw").stdout)
    monkeypatch.delenv("CHATCTL_MODEL_BASE_URL")
    return file


@pytest.mark.usefixtures("seeded")
def test_a_recorded_chat_is_played_without_key_and_network(
    run: Run, provider: Provider, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    heard = len(provider.requests)
    played = run("new", QUESTION, "--source", "sales.csv", "--model", f"replay:{recording}", "--wait", "--json")
    assert played.exit == 0, played.stderr
    (message,) = played.json()["messages"]
    assert message["responseMessages"]["messages"][0]["message"] == "Rome sold 25, Paris 10."
    assert message["responseMessages"]["messages"][1]["rows"] == [["Paris", 10], ["Rome", 25]]
    assert message["grounding"] == {"checked": 2, "ungrounded": []}
    assert message["model"] == f"replay:{recording.absolute()}"
    assert len(provider.requests) == heard
    again = run("show", message["id"], "--raw")
    assert recording.read_text().count('"run_sql"') == again.stdout.count('"run_sql"')
