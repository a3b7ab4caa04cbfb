"""Rich and plotext cost 70 and 330 ms: each is imported only by what it draws."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from io import StringIO
from chatctl.rendering.output import ChatView, Output
from tests_factories import answered, chart, conversation, message, result

config = chart("{kind}", "x", "y")
entry = result([("x", "integer"), ("y", "number")], [[1, 1.5], [2, 2.5]], chart_config=config)
output = Output(stdout=StringIO(), stderr=StringIO(), format="{format}")
output.answer(conversation(message(1, entry)), view=ChatView())
output.result(entry)
print(*(name for name in ("rich", "plotext", "subprocess", "sqlmodel") if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("format", "kind", "loaded"),
    [
        ("json", "line", []),
        ("ndjson", "line", []),
        ("csv", "line", []),
        ("plain", "line", []),
        ("md", "line", []),
        ("table", "table", ["rich"]),
        ("table", "bar", ["rich"]),
    ],
)
def test_nothing_is_imported_that_is_not_drawn(format: str, kind: str, loaded: list[str]) -> None:
    program = PROGRAM.replace("tests_factories", f"{__package__}.factories").format(format=format, kind=kind)
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert run.stdout.split() == loaded
