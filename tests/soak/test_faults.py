"""The short form of the fault trials: real processes are harmed, and every invariant holds. (F16: tests/storage.)"""

import os

import pytest
from soaking.grounds import Skipped
from soaking.stage import Options, run
from soaking.trials import TRIALS

SHORT = ("F1", "F4", "F5", "F6", "F7", "F12", "F13", "F15")

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_stuck_or_answered_twice(name: str) -> None:
    trial = TRIALS[name]
    try:
        report = run(trial, Options(seed=1, messages=trial.short))
    except Skipped as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    assert report.verdict.broken == {}
    assert sum(report.statuses.values()) >= trial.short
