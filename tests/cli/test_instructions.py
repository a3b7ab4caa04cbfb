"""A project's instructions reach the model, and the user sees which were read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import loopback
from loopback import Provider, answer
from support import Run


@pytest.fixture
def provider() -> Iterator[Provider]:
    with loopback.serving() as server:
        yield server


@pytest.mark.usefixtures("seeded")
def test_a_model_is_told_what_stands_beside_the_data(
    run: Run, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("sales.csv").write_text("city,amount\nParis,10\n")
    Path("ANALYST.md").write_text("Revenue is amount.")
    provider.script[:] = [answer("Nothing to tell.")]
    monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", provider.url)
    monkeypatch.setenv("CHATCTL_INSTRUCTIONS", "rules.md")
    asked = run("new", "How much?", "--source", "sales.csv", "--model", "openai:test", "--wait", "--json")
    assert asked.exit == 0, asked.stderr
    assert provider.heard(0)[0].endswith("Revenue is amount.")
    steps = asked.json()["messages"][0]["reasoning"]["steps"]
    (step,) = [each for each in steps if each["title"] == "Read the project's instructions"]
    assert (step["status"], step["secondaryTitle"]) == ("completed", "ANALYST.md")
    assert step["message"] == f"{Path.cwd()}/rules.md was not read: No such file or directory"
