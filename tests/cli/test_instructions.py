"""A project's instructions reach the model, and the user sees which were read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import loopback
from loopback import Provider, answer
from support import Run


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with loopback.serving() as server:
        monkeypatch.setenv("CHATCTL_MODEL_BASE_URL", server.url)
        monkeypatch.setenv("CHATCTL_MODEL", "openai:test")
        server.otherwise = answer("Nothing to tell.")
        yield server


@pytest.fixture
def data(scratch: Path) -> Path:
    """A folder of data with a word on them."""
    folder = scratch / "data"
    folder.mkdir()
    (folder / "sales.csv").write_text("city,amount\nParis,10\n")
    (folder / "ANALYST.md").write_text("Revenue is amount.")
    return folder


@pytest.mark.usefixtures("seeded")
def test_a_model_is_told_what_the_project_says_and_what_stands_beside_the_data(
    run: Run, provider: Provider, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("ANALYST.md").write_text("Be brief.")
    asked = run("new", "How much?", "--source", str(data / "sales.csv"), "-q").id()
    # Whoever answers may be anywhere.
    Path("ANALYST.md").write_text("Be verbose.")
    monkeypatch.chdir(data)
    answered = run("wait", asked, "--json")
    assert answered.exit == 0, answered.stderr
    assert provider.heard(0)[0].endswith("Be brief.\n\nRevenue is amount.")
    steps = answered.json()["messages"][0]["reasoning"]["steps"]
    (step,) = [each for each in steps if each["title"] == "Read the instructions beside the data"]
    assert (step["status"], step["secondaryTitle"]) == ("completed", str(data / "ANALYST.md"))


@pytest.mark.usefixtures("seeded", "provider")
def test_instructions_that_are_gone_are_told_and_cost_no_question(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATCTL_INSTRUCTIONS", "rules.md")
    asked = run("new", "How much?")
    assert asked.exit == 0
    assert f"{Path.cwd()}/rules.md was not read: No such file or directory" in asked.stderr
    assert "rules.md" not in run("new", "How much?", "--model", "builtin").stderr
