"""The rehearsal of a model's answer, in a fresh interpreter as the server of attempts is one."""

import json
import os
import subprocess
import sys
from typing import Any

PROBE = """
import json, sys, threading
from chatctl.analyst.model.rehearsal import rehearse
from chatctl import config
last = rehearse(config.load({}))[-1]
loaded = [name for name in ("openai", "anthropic") if name in sys.modules]
print(json.dumps({"outcome": last.outcome, "threads": threading.active_count(), "loaded": loaded}))
"""


def rehearsed(**settings: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_it_loads_what_the_configured_model_needs_and_leaves_no_thread() -> None:
    found = rehearsed(CHATCTL_MODEL="openai:test", CHATCTL_MODEL_BASE_URL="http://127.0.0.1:1/v1")
    assert found == {"outcome": "clarification", "threads": 1, "loaded": ["openai"]}


def test_a_model_that_cannot_be_asked_is_no_trouble_yet() -> None:
    assert rehearsed(CHATCTL_MODEL="groq:test", CHATCTL_MODEL_FALLBACK="builtin")["outcome"] == "clarification"
