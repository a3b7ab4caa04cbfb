"""What a command loads, in a fresh interpreter: what it does not use costs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"sqlmodel", "sqlalchemy", "pydantic", "rich", "huey", "duckdb", "sqlglot", "plotext", "alembic", "rapidfuzz"}

PROBE = """
import atexit, sys
from chatctl.__main__ import main
sys.argv = ["chatctl", *sys.argv[1:]]
atexit.register(lambda: sys.stderr.write(" ".join(sorted({name.partition(".")[0] for name in sys.modules}))))
sys.exit(main())
"""


def loaded(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, timeout=60, check=False, input=""
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_the_version_loads_next_to_nothing(home: Path) -> None:
    assert not loaded("--version") & (HEAVY | {"typer", "platformdirs", "dataclasses"})
    assert not home.exists()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (("--help",), set()),
        (("new", "--help"), {"pydantic"}),  # Typer itself coerces arguments by it.
        (("config", "path"), {"pydantic"}),
    ],
    ids=["help", "help of a command", "config path"],
)
def test_help_and_settings_load_nothing_heavy(words: tuple[str, ...], needed: set[str]) -> None:
    assert loaded(*words) & HEAVY <= needed


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("new", "x"), {"sqlmodel", "pydantic", "huey"}),
        (("list", "--json"), {"sqlmodel", "pydantic"}),
        (("db", "info"), {"sqlmodel", "pydantic"}),
    ],
    ids=["new", "list", "db info"],
)
def test_a_command_loads_what_it_needs(words: tuple[str, ...], wanted: set[str]) -> None:
    assert loaded(*words) & (HEAVY - {"sqlalchemy"}) <= wanted
