"""The command line itself: flags, help, errors, streams, exit statuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import support
from chatctl.cli import app, options
from chatctl.sqlite import sqlite3
from support import Run


def commands() -> list[tuple[str, ...]]:
    """The words of every command."""
    found: list[tuple[str, ...]] = []
    root = app.build()
    for name in root.list_commands(None):
        command = root.get_command(None, name)
        inner = getattr(command, "commands", None)
        found += [(name, each) for each in inner] if inner else [(name,)]
    return found


def command_at(words: tuple[str, ...]) -> object:
    command = app.build().get_command(None, words[0])
    return command.commands[words[1]] if len(words) > 1 else command


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_has_help(run: Run, words: tuple[str, ...]) -> None:
    for flag in ("--help", "-h"):
        told = run(*words, flag)
        assert (told.exit, told.stderr) == (0, "")
        assert "Usage: chatctl " + " ".join(words) in told.stdout
    for parameter in command_at(words).params:  # type: ignore[attr-defined]
        if parameter.param_type_name == "option" and not parameter.hidden:
            assert parameter.help, parameter.name


def test_the_help_lists_every_command(run: Run) -> None:
    for words in ((), ("--help",)):
        told = run(*words)
        assert told.exit == 0
        assert set(app.MODULES) <= set(told.stdout.split())


GROUPS = [(), *dict.fromkeys((words[0],) for words in commands() if len(words) > 1)]


@pytest.mark.parametrize("words", [*GROUPS, *commands()], ids=" ".join)
@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_help_is_whole_at_any_width(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    told = run(*words, "--help").stdout
    lines = [line for line in told.splitlines()[1:] if line.strip()]
    assert not [line for line in lines if "..." in line or "<" in line or "x>=" in line or "[[" in line]
    assert max(map(len, lines)) <= min(int(width), 100)


def test_arguments_are_named_as_they_are_typed(run: Run) -> None:
    usages = {
        ("cancel",): "cancel [OPTIONS] ID...",
        ("show",): "show [OPTIONS] [ID]",
        ("request",): "request [OPTIONS] [FILE|-]",
        ("feedback",): "feedback [OPTIONS] MESSAGE positive|negative|none",
        ("source", "add"): "source add [OPTIONS] NAME PATH|URL...",
    }
    for words, usage in usages.items():
        assert run(*words, "--help").stdout.splitlines()[0] == f"Usage: chatctl {usage}"


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_flags_with_values_are_known_before_the_command(words: tuple[str, ...]) -> None:
    for parameter in command_at(words).params:  # type: ignore[attr-defined]
        if parameter.param_type_name == "option" and not parameter.hidden:
            takes_value = not parameter.is_flag
            for spelling in parameter.opts:
                assert (spelling in options._WITH_VALUE) is takes_value, spelling


@pytest.mark.parametrize("version", [("--version",), ("-V",), ("--json", "--version")])
def test_the_version(home: Path, version: tuple[str, ...]) -> None:
    told = support.process(*version)
    assert (told.exit, told.stdout.split()[0], told.stderr) == (0, "chatctl", "")
    assert not home.exists()


def test_flags_work_before_and_after_the_command(run: Run, tmp_path: Path) -> None:
    other = str(tmp_path / "other")
    chat = run("--home", other, "--as=eve", "new", "x", "-q").id()
    for words in (
        ("--json", "--home", other, "--as", "eve", "list"),
        ("list", "--json", "--home", other, "--as", "eve"),
        ("-o", "json", "-n", "5", "--status", "queued", f"--home={other}", "--as", "eve", "list"),
        ("--home", other, "list", "-ojson", "--as", "eve"),
    ):
        assert [each["id"] for each in run(*words).json()] == [chat]
    assert run("--json", "config", "get", "row_limit").exit == 0
    assert run("config", "--json", "get", "row_limit").exit == 0
    assert run("list", "--json").json() == []


@pytest.mark.parametrize(
    ("typed", "meant"), [("lst", "list"), ("shwo", "show"), ("sned", "send"), ("confg", "config"), ("retyr", "retry")]
)
def test_a_mistyped_command_offers_the_nearest(run: Run, typed: str, meant: str) -> None:
    refused = run(typed)
    assert (refused.exit, refused.stdout) == (2, "")
    assert meant in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("list", "--nonsense"),
        ("list", "extra"),
        ("show", "a", "b"),
        ("rename", "x"),
        ("list", "-n", "many"),
        ("list", "-n"),
        ("list", "-o", "yaml"),
        ("wait", "x", "--timeout", "-1"),
        ("worker", "nonsense"),
        ("delete",),
        ("show", "--before", "9" * 30),
        ("show", "--limit", "9" * 30),
        ("show", "--before", "-1"),
        ("sql", "SELECT 1", "--source", "x", "--limit", "9" * 30),
        ("list", "--as", ""),
        ("--home", "", "list"),
        ("list", "--organization", "x" * 256),
        ("list", "--database", "sqlite://"),
        ("request", "--batch", "--wait"),
        ("request", "--batch", "--idempotency-key", "k"),
    ],
    ids=" ".join,
)
def test_a_command_line_that_makes_no_sense_exits_2(run: Run, words: tuple[str, ...]) -> None:
    run("new", "x")
    plain = run(*words)
    assert (plain.exit, plain.stdout) == (2, "")
    assert "error: " in plain.stderr
    assert "Traceback" not in plain.stderr
    told = run(*words, "--json")
    assert (told.exit, told.stdout) == (2, "")
    assert told.error()["exitCode"] == 2


def test_a_wrong_value_names_the_help_of_its_command(run: Run) -> None:
    for words in (("list", "-o", "yaml"), ("list", "-o", "parquet"), ("list", "-n", "x"), ("-o", "yaml", "list")):
        assert "`chatctl list --help`" in run(*words).stderr


@pytest.mark.parametrize("asked", [("-o", "ndjson"), ("-ondjson",), ("--output=ndjson",), ("-qondjson",)], ids=" ".join)
def test_under_ndjson_a_command_line_that_does_not_parse_is_told_in_one_line(run: Run, asked: tuple[str, ...]) -> None:
    for words in (("list", *asked, "--nonsense"), (*asked, "nonsense"), (*asked, "list", "-n", "x")):
        (line,) = run(*words).stderr.splitlines()
        support.check("error", json.loads(line))


def test_after_the_end_of_options_no_format_is_asked_for(run: Run) -> None:
    assert run("nonsense", "--", "-o", "json").stderr.startswith("error: ")


def test_errors_are_one_line_and_a_hint(run: Run) -> None:
    run("list")
    lines = run("show", "deadbeef").stderr.splitlines()
    assert lines == [
        "error: Chat not found or access denied",
        "hint: None of yours is 'deadbeef': `chatctl list` shows your chats.",
    ]


def test_every_broken_rule_has_its_line(run: Run) -> None:
    run("list")
    refused = run("new", "", "--title", " ")
    assert refused.stderr.splitlines() == [
        "error: Request validation failed",
        "  prompt: Prompt is required",
        "  title: The title must not be empty",
    ]


def test_under_ndjson_an_error_is_one_line(run: Run) -> None:
    run("list")
    (line,) = run("show", "deadbeef", "-o", "ndjson").stderr.splitlines()
    support.check("error", json.loads(line))


def test_a_traceback_only_with_debug(run: Run) -> None:
    assert "Traceback" not in run("show", "deadbeef").stderr
    assert "Traceback" in run("show", "deadbeef", "--debug").stderr


def test_a_request_id_is_new_in_every_run_and_in_the_log(run: Run, home: Path) -> None:
    run("list")
    ids = [run("show", "deadbeef", "--json").error()["requestId"] for _ in range(2)]
    assert ids[0] != ids[1]
    logged = [json.loads(line) for line in (home / "logs" / "command.log").read_text().splitlines()]
    for request_id in ids:
        (failed,) = [each for each in logged if each["requestId"] == request_id and each["level"] == "error"]
        assert (failed["code"], failed["event"]) == ("CHAT_NOT_FOUND", "command failed")


# streams


def shell(script: str, **environment: str) -> support.Outcome:
    done = subprocess.run(
        ["bash", "-c", script.replace("chatctl", f"{sys.executable} -m chatctl")],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return support.Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.usefixtures("home")
def test_a_reader_that_goes_away_ends_the_command_silently(run: Run) -> None:
    run("new", "x" * 500_000)
    cut = shell("set -o pipefail; chatctl show --json 2>/dev/null | head -c 10")
    assert (cut.exit, cut.stderr) == (0, "")
    assert shell("chatctl show deadbeef 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}").exit == 3


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("script", "exit"),
    [
        ("chatctl list --json >&-", 0),
        ("chatctl new <&-", 2),
        ("chatctl show deadbeef 2>&-", 3),
        ("chatctl list --json <&- >&- 2>&-", 0),
        ("chatctl config list >/dev/full", 1),
        ("chatctl show deadbeef 2>/dev/full", 3),
        ("chatctl new x --as eve >/dev/null 2>/dev/full && chatctl show --as eve >/dev/null", 0),
    ],
)
def test_closed_and_full_streams(script: str, exit: int) -> None:
    done = shell(script)
    assert done.exit == exit, done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_stored_but_cannot_be_printed_is_named(run: Run) -> None:
    for command in ("new x", "new x -q", "new x --json"):
        refused = shell(f"chatctl {command} >/dev/full")
        assert refused.exit == 1
        assert run("show", "--json").json()["messages"][0]["id"] in refused.stderr
    assert shell("chatctl --version >/dev/full").exit == 1


def test_a_terminal_that_cannot_spell_gets_escapes(run: Run) -> None:
    run("new", "日本")
    shown = shell("chatctl list", PYTHONIOENCODING="ascii")
    assert shown.exit == 0
    assert "\\u65e5\\u672c" in shown.stdout


# faults of the database


@pytest.mark.parametrize("command", [("list",), ("new", "x"), ("show",), ("db", "info"), ("doctor",)], ids=" ".join)
@pytest.mark.parametrize(
    ("content", "words"), [(b"hello world " * 1000, "is not a chatctl database, or it is damaged"), (None, "cannot")]
)
def test_a_database_that_cannot_be_used_exits_5_and_is_left_alone(
    run: Run, home: Path, command: tuple[str, ...], content: bytes | None, words: str
) -> None:
    database = home / "chatctl.db"
    if content is None:
        database.mkdir(parents=True)
    else:
        home.mkdir()
        database.write_bytes(content)
    refused = run(*command, "--json")
    assert refused.exit == 5
    if command != ("doctor",):
        error = refused.error()
        assert (error["code"], refused.stdout) == ("DATABASE_ERROR", "")
        assert words in error["error"]
        assert error["hint"]
    assert content is None or database.read_bytes() == content


def test_a_damaged_database_names_the_doctor(run: Run, home: Path) -> None:
    for number in range(20):
        run("new", f"{number} " + "x" * 2000)
    connection = sqlite3.connect(home / "chatctl.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with (home / "chatctl.db").open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * ((home / "chatctl.db").stat().st_size - 8192))
    before = (home / "chatctl.db").read_bytes()
    refused = run("list", "--json")
    assert (refused.exit, refused.stdout) == (5, "")
    assert "doctor" in refused.error()["hint"]
    assert (home / "chatctl.db").read_bytes() == before


def without_privilege() -> None:
    """Root may write anywhere: give that up (CAP_DAC_OVERRIDE) before the command starts."""
    import ctypes

    drop_from_bounding_set = 24
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
@pytest.mark.parametrize("locked", ["file", "folder"])
def test_a_read_only_home_is_told(run: Run, home: Path, locked: str) -> None:
    run("new", "x")
    if locked == "folder":
        for path in [home, *home.rglob("*")]:
            path.chmod(0o500 if path.is_dir() else 0o400)
    else:
        for path in home.glob("chatctl.db*"):
            path.chmod(0o400)
    refused = support.process("new", "y", "--json", preexec_fn=without_privilege)
    home.chmod(0o700)
    assert (refused.exit, refused.stdout) == (5, "")
    assert refused.error()["code"] == "DATABASE_ERROR"
    assert "Traceback" not in refused.stderr


def test_a_folder_that_is_gone_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run("list").exit == 0
    refused = run("new", "x", "--source", "y.csv", "--json")
    assert (refused.exit, refused.error()["error"]) == (2, "The current folder is gone")
    monkeypatch.chdir(tmp_path)


def test_a_home_below_a_file_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = run("new", "x", "--json", "--home", str(tmp_path / "file" / "home"))
    assert (refused.exit, refused.error()["code"]) == (5, "DATABASE_ERROR")
