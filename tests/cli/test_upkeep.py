"""db, doctor, worker status and logs."""

import json
from pathlib import Path

import pytest

import support
from chatctl.sqlite import sqlite3
from support import Run, Worker


def test_info_makes_nothing(run: Run, home: Path) -> None:
    told = run("db", "info", "--json").json()
    support.check("database", told)
    assert (told["revision"], told["size"]) == (None, None)
    assert not (home / "chatctl.db").exists()
    run("db", "upgrade")
    told = run("db", "info", "--json").json()
    assert told["revision"] == told["newestRevision"]
    assert told["size"] > 0
    assert told["url"] == f"sqlite:///{home}/chatctl.db"


def test_backup_and_restore(run: Run, tmp_path: Path) -> None:
    one = run("new", "one", "-q").id()
    backup = tmp_path / "backup.db"
    told = run("db", "backup", str(backup), "--json").json()
    support.check("database", told)
    assert told["backup"] == str(backup)
    two = run("new", "two", "-q").id()
    again = run("db", "backup", str(backup), "--json")
    assert (again.exit, again.problems()[0]["field"]) == (2, "file")
    told = run("db", "restore", str(backup), "--json").json()
    assert [each["id"] for each in run("list", "--json").json()] == [one]
    assert [each["id"] for each in run("list", "--json", "--database", told["backup"]).json()] == [two, one]


def test_a_restore_of_no_backup_exits_5(run: Run, tmp_path: Path) -> None:
    chat = run("new", "one", "-q").id()
    (tmp_path / "text").write_text("hello" * 1000)
    for file in ("text", "missing"):
        refused = run("db", "restore", str(tmp_path / file), "--json")
        assert (refused.exit, refused.stdout) == (5, "")
        assert refused.error()["code"] == "DATABASE_ERROR"
    assert run("show", "-q").id() == chat


def test_a_newer_schema_is_refused_by_every_command(run: Run, home: Path) -> None:
    run("new", "x")
    connection = sqlite3.connect(home / "chatctl.db", isolation_level=None)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for words in (("list",), ("new", "x"), ("db", "upgrade"), ("db", "backup", "x.db")):
        refused = run(*words, "--json")
        assert (refused.exit, refused.stdout) == (5, "")
        assert "newer version" in refused.error()["error"]


def test_the_doctor_finds_nothing_wrong_with_a_fresh_home(run: Run) -> None:
    run("new", "x")
    told = run("doctor", "--json")
    assert told.exit == 0, told.stdout
    support.check("doctor", told.json())
    names = ["database", "schema", "sqlite", "queue", "workers", "messages", "sources", "disk", "clock", "model"]
    assert [each["check"] for each in told.json()] == names
    assert {each["verdict"] for each in told.json()} <= {"ok", "warning"}


def test_the_doctor_fixes(run: Run) -> None:
    message = run("new", "x", "--json").json()["newMessageId"]
    told = run("doctor", "--fix", "--json").json()
    support.check("repairs", told)
    assert (told["successful"], told["failed"]) == ([message], [])


def test_the_doctor_names_a_source_that_is_gone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_text("a,b\n1,2\n")
    assert run("source", "add", "sales", str(file)).exit == 0
    file.unlink()
    told = run("doctor", "--json")
    assert told.exit == 5
    (finding,) = [each for each in told.json() if each["check"] == "sources"]
    assert finding["verdict"] == "error"
    assert "sales" in finding["finding"]


def test_worker_status_counts_what_waits(run: Run, worker: Worker) -> None:
    running, failed = (run("new", "x", "--json").json()["newMessageId"] for _ in range(2))
    run("new", "y")
    worker.claim(running)
    worker.fail(failed)
    told = run("worker", "status", "--json").json()
    support.check("workers", told)
    assert (told["queued"], told["running"], told["failedToday"]) == (1, 1, 1)
    assert [(each["workerId"], each["alive"], each["running"]) for each in told["workers"]] == [("by-hand", True, 1)]
    assert told["oldestQueuedAge"] >= 0
    assert run("worker", "stop", "--json").json() == []


# logs


def test_the_log_has_ids_and_durations_and_no_word_of_the_user(run: Run, home: Path) -> None:
    secret = "Ωmega secret question"
    made = run("new", secret, "--title", secret, "--as", "Ωlga", "--json").json()
    run("send", "-c", secret, "--as", "Ωlga")
    run("new", " ", "--as", "Ωlga")
    run("request", "--batch", stdin=json.dumps({"prompt": secret}))
    text = (home / "logs" / "command.log").read_text()
    assert "mega" not in text
    assert "lga" not in text
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert {"time", "level", "event", "logger", "requestId", "pid"} <= set(line)
        assert line["time"].endswith("Z")
    handled = [line for line in lines if line["event"] == "request handled"]
    assert [line["isNewChat"] for line in handled] == [True, False]
    assert (handled[0]["chatId"], handled[0]["messageId"]) == (made["chat"]["id"], made["newMessageId"])
    assert {line["hasAssetContext"] for line in handled} == {False}
    assert all(line["durationMs"] >= 0 for line in handled)
    (failed,) = [line for line in lines if line["level"] == "error"]
    assert failed["code"] == "VALIDATION_ERROR"


def test_the_newest_log_lines_as_json(run: Run, home: Path) -> None:
    for _ in range(3):
        run("new", "x")
    with (home / "logs" / "command.log").open("a") as file:
        file.write("{torn\n[]\n")
    told = run("worker", "logs", "-n", "4")
    assert told.exit == 0, told.stderr
    events = told.ndjson()
    assert len(events) == 4
    assert [each["time"] for each in events] == sorted(each["time"] for each in events)


def test_a_log_that_cannot_be_written_costs_nobody_the_command(run: Run, home: Path) -> None:
    home.mkdir()
    (home / "logs").write_text("in the way")
    assert run("new", "x").exit == 0


@pytest.mark.parametrize("size", [6 * 2**20])
def test_a_full_log_is_renamed_and_five_are_kept(run: Run, home: Path, size: int) -> None:
    logs = home / "logs"
    logs.mkdir(parents=True)
    for number in range(1, 6):
        (logs / f"command.log.{number}").write_text(f"{number}")
    (logs / "command.log").write_bytes(b"\n" * size)
    run("list")
    names = sorted(path.name for path in logs.glob("command.log.*"))
    assert names == [f"command.log.{number}" for number in range(1, 6)]
    assert (logs / "command.log.2").read_text() == "1"
    assert (logs / "command.log.1").stat().st_size > size
