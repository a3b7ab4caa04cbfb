"""How workers end: by a signal, by two, by a kill; and what becomes of what they worked on."""

import os
import signal
import subprocess
from pathlib import Path
from uuid import UUID

from chatctl.jobs.workers import stop_workers, worker_statuses

from .conftest import Start
from .scripted import Desk, eventually


def started(desk: Desk, start: Start, prompt: str) -> "subprocess.Popen[str]":
    """A worker in the middle of an attempt."""
    desk.submit(prompt)
    worker = start("worker")
    eventually(lambda: len(desk.executions()) == 1)
    return worker


def nothing_is_left_of(desk: Desk) -> bool:
    """Whether no process of any attempt and no lock is left."""
    gone = not any(Path(f"/proc/{pid}").exists() for pid in desk.attempt_pids())
    return gone and not worker_statuses(desk.config)


def pause(desk: Desk, pid: int) -> None:
    """Stop a process where it does not hold the database: SQLite's lock would be held for as long."""
    with desk.database.write():
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def test_a_signal_lets_the_attempt_finish(desk: Desk, start: Start) -> None:
    worker = started(desk, start, "nap 0.5")
    desk.submit("ok")
    worker.send_signal(signal.SIGHUP)
    assert worker.wait(10) == 0
    assert desk.statuses() == {"completed": 1, "queued": 1}
    assert nothing_is_left_of(desk)


def test_a_second_signal_gives_the_attempt_back_and_counts_it_against_nothing(desk: Desk, start: Start) -> None:
    worker = started(desk, start, "hang")
    worker.terminate()
    eventually(lambda: "stopping" in (desk.config.home / "stderr").read_text())
    worker.send_signal(signal.SIGINT)
    assert worker.wait(5) == 0
    assert nothing_is_left_of(desk)
    message = desk.message(UUID(desk.executions()[0]))
    assert (message.status, message.attempt) == ("queued", 1)
    assert (message.errors, message.crashes, message.lost) == (0, 0, 0)


def test_the_signals_of_a_terminal_reach_only_the_worker(desk: Desk, start: Start) -> None:
    worker = started(desk, start, "nap 0.7")
    for pid in (*desk.attempt_pids(), worker.pid):
        subprocess.run(["kill", "-INT", str(pid)], check=True)
    assert worker.wait(10) == 0
    assert desk.statuses() == {"completed": 1}


def test_attempts_die_with_a_killed_worker_and_another_takes_over(desk: Desk, start: Start) -> None:
    [message_id] = desk.submit("nap 1")
    worker = start("worker", lease="60")
    eventually(lambda: len(desk.executions()) == 1)
    worker.kill()
    worker.wait()
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in desk.attempt_pids()), within=2)
    assert desk.message(message_id).status == "running"
    start("worker", lease="60")
    eventually(lambda: desk.message(message_id).status == "completed")
    message = desk.message(message_id)
    assert (message.attempt, message.lost, message.crashes) == (2, 1, 0)
    assert desk.executions("end") == [str(message_id)]


def test_a_paused_worker_is_fenced_when_it_returns(desk: Desk, start: Start) -> None:
    paused = started(desk, start, "hang")
    pause(desk, paused.pid)
    start("worker")
    eventually(lambda: len(desk.executions()) == 2)
    former, current = desk.attempt_pids()
    assert Path(f"/proc/{former}").exists()
    paused.send_signal(signal.SIGCONT)
    eventually(lambda: not Path(f"/proc/{former}").exists())
    assert Path(f"/proc/{current}").exists()
    message = desk.message(UUID(desk.executions()[0]))
    assert (message.status, message.attempt, message.lost, message.crashes) == ("running", 2, 1, 0)


def test_workers_are_stopped_by_their_locks_and_told_of_if_they_take_long(desk: Desk, start: Start) -> None:
    worker = started(desk, start, "hang")
    [asked] = stop_workers(desk.config, timeout=0.2)
    assert (asked.pid, asked.alive) == (worker.pid, True)
    [stopped] = stop_workers(desk.config, timeout=10)
    assert (stopped.pid, stopped.alive) == (worker.pid, False)
    assert worker.wait(5) == 0
    assert stop_workers(desk.config, timeout=1) == []


def test_where_no_process_can_be_had_the_message_waits_unharmed(desk: Desk, start: Start) -> None:
    [message_id] = desk.submit("ok")
    unable = start("unable worker")
    eventually(lambda: "no process can be had" in (desk.config.home / "stderr").read_text())
    unable.terminate()
    assert unable.wait(10) == 0
    message = desk.message(message_id)
    assert (message.status, message.errors, message.crashes, message.lost) == ("queued", 0, 0, 0)
    start("worker")
    eventually(lambda: desk.message(message_id).status == "completed")
