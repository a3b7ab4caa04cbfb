"""Questions whose words only definitions explain: all of them are answered, and rightly."""

from pathlib import Path

import pytest

from support import Run

from .accounts import write_accounts

CASES = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.parametrize("file", ["definitions", "notes"])
def test_questions_are_answered_by_the_definitions_given(file: str, run: Run, tmp_path: Path) -> None:
    write_accounts(tmp_path / "accounts.sqlite")
    run("source", "add", "accounts", str(tmp_path / "accounts.sqlite"))
    done = run("eval", str(CASES / f"{file}.yaml"), "--json", "--min-accuracy", "100%")
    assert done.json()["missed"] == []
    assert done.exit == 0
