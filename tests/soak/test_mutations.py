"""The test of the tests: without one of its mechanisms the product breaks a promise, and the soak says which."""

import pytest
from soaking.stage import Options, run
from soaking.trials import TRIALS

pytestmark = pytest.mark.soak


@pytest.mark.parametrize(
    ("part", "trial", "messages", "promises"),
    [
        ("claim", "F6", 24, {"I9"}),
        ("fence", "F4", 60, {"I3"}),
        ("clamp", "F11", 48, {"I2"}),
        ("look", "F12", 8, {"I2"}),
    ],
)
def test_the_soak_fails_without(part: str, trial: str, messages: int, promises: set[str]) -> None:
    report = run(TRIALS[trial], Options(seed=1, messages=messages, without=part, settle=10))
    assert promises <= set(report.verdict.broken)
