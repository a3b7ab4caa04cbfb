"""Questions whose words only definitions explain: all of them are answered, and rightly."""

from pathlib import Path

import pytest

from support import Run

from .accounts import write_accounts
from .authorities import write_authorities

CASES = Path(__file__).parent
WRITERS = {"accounts": write_accounts, "authorities": write_authorities}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "source"), [("definitions", "accounts"), ("notes", "accounts"), ("authorities", "authorities")]
)
def test_questions_are_answered_by_the_definitions_given(file: str, source: str, run: Run, tmp_path: Path) -> None:
    location = tmp_path / f"{source}.sqlite"
    WRITERS[source](location)
    run("source", "add", source, str(location))
    done = run("eval", str(CASES / f"{file}.yaml"), "--json", "--min-accuracy", "100%")
    assert done.json()["missed"] == []
    assert done.exit == 0
