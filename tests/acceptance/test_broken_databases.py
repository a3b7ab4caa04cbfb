"""The database of chats is locked, damaged, read-only or full: a sentence each, and nothing lost."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from support import Outcome

from .homes import BIN, Home

NEVER = {"CHATCTL_AUTO_WORKER": "never"}
ASK = 'chatctl new "How many flights?" --source flights --json'


def test_a_database_that_another_program_holds_is_waited_for_then_named(own: Home) -> None:
    with closing(sqlite3.connect(own.folder / "chatctl.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = own.start("new", "How many?", "--json", **NEVER)
        reading = own.run("list")
        assert reading.exit == 0, "reading needs no lock"
        assert waiting.poll() is None
        other.execute("ROLLBACK")
        stdout, stderr = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, stderr
    assert '"queued"' in stdout


@pytest.mark.parametrize("damage", ["not a database", "a page"])
def test_a_damaged_database_is_named_and_never_made_anew(own: Home, damage: str) -> None:
    own.run("new", "Before?", **NEVER)
    path = own.folder / "chatctl.db"
    spoiled = b"nothing" * 5_000 if damage == "not a database" else _overwritten(path.read_bytes())
    path.write_bytes(spoiled)
    refused = own.run("list", "--json")
    assert (refused.exit, refused.stdout) == (5, "")
    assert refused.error()["code"] == "DATABASE_ERROR"
    assert "doctor" in str(refused.error()["hint"])
    assert path.read_bytes() == spoiled
    examined = own.run("doctor")
    assert examined.exit == 5
    assert "Traceback" not in examined.stderr


def test_a_backup_brings_everything_back(own: Home, tmp_path: Path) -> None:
    chat = own.run("new", "-q", "Before?", **NEVER).id()
    assert own.run("db", "backup", str(tmp_path / "copy.db")).exit == 0
    (own.folder / "chatctl.db").write_bytes(b"nothing" * 5_000)
    assert own.run("db", "restore", str(tmp_path / "copy.db")).exit == 0
    assert own.run("show", chat).exit == 0


def test_a_read_only_home_can_be_read_and_says_so_when_written(own: Home) -> None:
    chat = own.run("new", "-q", "Before?", **NEVER).id()
    refused = mounted(
        own, "size=64m", f"mount -o remount,ro $CHATCTL_HOME; chatctl show {chat} --json >/dev/null; {ASK}"
    )
    assert (refused.exit, refused.stdout) == (5, "")
    assert refused.error()["code"] == "DATABASE_ERROR"
    assert "cannot be written" in refused.error()["error"] or "cannot be opened" in refused.error()["error"]


def test_a_full_disk_refuses_and_keeps_what_was_there(own: Home) -> None:
    chat = own.run("new", "-q", "Before?", **NEVER).id()
    script = "\n".join(
        [
            "head -c 64M /dev/zero >$CHATCTL_HOME/filling 2>/dev/null || true",
            f"set +e; {ASK}; status=$?",
            "chatctl doctor -o csv | grep ^database >&2",
            f"set -e; rm $CHATCTL_HOME/filling; chatctl show {chat} >&2",
            "exit $status",
        ]
    )
    refused = mounted(own, "size=16m", script)
    assert (refused.exit, refused.stdout) == (5, ""), refused.stderr
    assert '"error": "There is no space left for the database' in refused.stderr
    (examined,) = [line for line in refused.stderr.splitlines() if line.startswith("database,")]
    assert "no space left" in examined
    assert "Before?" in refused.stderr


def mounted(home: Home, options: str, script: str) -> Outcome:
    """Run a script with a copy of the home on a small file system of its own; skips where none can be mounted."""
    prepare = f'cp -a "$CHATCTL_HOME" "$CHATCTL_HOME.copy" && mount -t tmpfs -o {options} tmpfs "$CHATCTL_HOME"'
    copy = 'cp -a "$CHATCTL_HOME.copy/." "$CHATCTL_HOME"'
    inside = ["unshare", "--mount", "--map-root-user", "bash", "-euo", "pipefail", "-c"]
    try:
        subprocess.run([*inside, 'mount -t tmpfs tmpfs "$0"', str(home.folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    environment = {**home.environment, **NEVER, "PATH": f"{BIN}:{home.environment['PATH']}"}
    done = subprocess.run(
        [*inside, f"{prepare} && {copy}; {script}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _overwritten(content: bytes) -> bytes:
    """The file with all pages but the first one spoiled."""
    return content[:4096] + b"\xa5" * (len(content) - 4096)
