"""Questions whose words only definitions explain: all are read rightly, and the plain ones answered."""

from pathlib import Path

import pytest

from support import Run

from .accounts import write_accounts
from .authorities import write_authorities

CASES = Path(__file__).parent
WRITERS = {"accounts": write_accounts, "authorities": write_authorities}


@pytest.mark.parametrize(
    ("file", "source", "undecided"),
    [("definitions", "accounts", 0), ("notes", "accounts", 0), ("authorities", "authorities", 4)],
)
def test_questions_are_read_by_the_definitions_given(
    file: str, source: str, undecided: int, run: Run, tmp_path: Path
) -> None:
    location = tmp_path / f"{source}.sqlite"
    WRITERS[source](location)
    run("source", "add", source, str(location))
    done = run("eval", str(CASES / f"{file}.yaml"), "--json", "--min-precision", "100%")
    assert done.exit == 0, done.json()["missed"]
    score = done.json()["score"]
    assert score["bestReading"]["hits"] == score["cases"]
    assert score["declined"] <= undecided
