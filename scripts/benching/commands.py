"""Whole commands: how long they take to start, to write and to be picked up."""

import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benching.measures import CHATCTL, Figure, fresh_home, live_worker, paired, python, run


def startup(runs: int) -> list[Figure]:
    """`--version` and `--help` against the bare interpreter and against Typer."""
    return [
        paired("chatctl --version", [CHATCTL, "--version"], python("pass"), 2.0, runs),
        paired("chatctl --help", [CHATCTL, "--help"], python("import typer"), 1.5, runs),
    ]


def commands(runs: int) -> list[Figure]:
    """`new` and `show --json` with a worker alive, against the import of what they cannot do without."""
    base = python("import typer, sqlmodel")
    with fresh_home() as home, live_worker(home):
        run([CHATCTL, "new", "warm up"])
        return [
            paired("chatctl show --json", [CHATCTL, "show", "--json"], base, 1.3, runs),
            paired("chatctl new, worker alive", [CHATCTL, "new", "How many?"], base, 1.3, runs),
        ]


def batch(_runs: int) -> list[Figure]:
    """10,000 requests in one process, against plain sqlite3 writing the same rows in one transaction."""
    count = 10_000
    lines = "".join(json.dumps({"prompt": f"Question number {number}?"}) + "\n" for number in range(count)).encode()
    with fresh_home() as home:
        run([CHATCTL, "list"])
        half, _ = _batched(lines[: len(lines) // 2].rsplit(b"\n", 1)[0])
        full, seconds = _batched(lines)
        plain = _plain(home / "chatctl.db", count)
    growth = f"peak memory {full / 1024:.0f} MiB, of half as many {half / 1024:.0f} MiB"
    return [Figure(f"request --batch, {count:,} messages", seconds, plain, seconds / plain, 60.0, note=growth)]


def pickup(runs: int) -> list[Figure]:
    """From the commit of a message to its claim by an idle worker; the yardstick is the budget of 50 ms."""
    with fresh_home() as home, live_worker(home):
        run([CHATCTL, "new", "warm up", "--wait"])
        delays: list[float] = []
        for _ in range(max(runs, 15)):
            time.sleep(0.3)
            told = json.loads(run([CHATCTL, "new", "How many?", "--json", "--wait"]))
            delays.append(_claimed_after(home / "chatctl.db", told["newMessageId"]))
    median = statistics.median(delays)
    return [Figure("pick-up by an idle worker", median, 0.05, median / 0.05, 1.0)]


def _batched(lines: bytes) -> tuple[int, float]:
    """Peak memory in KiB and wall seconds of one batch."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as given:
        given.write(lines)
        given.seek(0)
        process = subprocess.Popen([CHATCTL, "request", "--batch"], stdin=given, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    assert status == 0, status
    return usage.ru_maxrss, time.perf_counter() - begun


def _plain(like: Path, count: int) -> float:
    """Seconds that plain sqlite3 needs for the same rows, tables and indexes in one transaction."""
    with sqlite3.connect(like) as source:
        tables = [row[0] for row in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        chats = source.execute("SELECT * FROM chat LIMIT ?", [count]).fetchall()
        messages = source.execute("SELECT * FROM message LIMIT ?", [count]).fetchall()
    copy = sqlite3.connect(like.with_name("plain.db"))
    copy.execute("PRAGMA journal_mode=WAL")
    for table in tables:
        copy.execute(table)
    begun = time.perf_counter()
    with copy:
        for name, rows in (("chat", chats), ("message", messages)):
            copy.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608
    return time.perf_counter() - begun


def _claimed_after(database: Path, message_id: str) -> float:
    row = (
        sqlite3.connect(database)
        .execute("SELECT created_at, started_at FROM message WHERE id = ?", [message_id.replace("-", "")])
        .fetchone()
    )
    return float(row[1]) - datetime.fromisoformat(row[0]).replace(tzinfo=UTC).timestamp()
