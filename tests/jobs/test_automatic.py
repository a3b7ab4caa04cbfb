"""The automatic worker: never two, nothing left behind, nobody kept waiting."""

import os
import re
import subprocess
import sys
from itertools import pairwise

import pytest

from chatctl.domain.errors import TriggerError
from chatctl.jobs.automatic import ensure_worker
from chatctl.jobs.workers import stop_workers, worker_alive, worker_statuses

from .conftest import QUICK, Start
from .scripted import PROGRAM, Desk, environment_of, eventually


def ensure(desk: Desk, **settings: str) -> bool:
    return ensure_worker(desk.config, [*PROGRAM, "worker"], environment_of(desk.config.home, **{**QUICK, **settings}))


def test_one_is_started_and_leaves_when_idle(desk: Desk) -> None:
    desk.submit("ok", "ok")
    assert ensure(desk, idle_exit="0.5")
    assert not ensure(desk, idle_exit="0.5")
    eventually(lambda: worker_alive(desk.config))
    assert worker_statuses(desk.config)[0].kind == "automatic"
    eventually(lambda: desk.statuses() == {"completed": 2})
    eventually(lambda: worker_statuses(desk.config) == [])
    assert ensure(desk, idle_exit="0")
    eventually(lambda: (desk.config.logs / "worker.out").read_text().count("worker ended") == 2)


def test_none_is_started_beside_one_that_runs_by_hand(desk: Desk, start: Start) -> None:
    desk.submit("ok")
    start("worker")
    eventually(lambda: worker_alive(desk.config))
    assert not ensure(desk)


def test_one_is_started_beside_one_that_is_leaving(desk: Desk, start: Start) -> None:
    desk.submit("nap 2")
    leaving = start("worker")
    eventually(lambda: len(desk.executions()) == 1)
    leaving.terminate()
    eventually(lambda: not worker_alive(desk.config))
    assert worker_statuses(desk.config)[0].alive
    desk.submit("ok")
    assert ensure(desk, idle_exit="0")
    eventually(lambda: desk.statuses() == {"completed": 2})


def test_a_worker_that_cannot_be_started_is_told_of_and_leaves_no_lock(desk: Desk) -> None:
    environment = environment_of(desk.config.home)
    with pytest.raises(TriggerError, match="No worker could be started"):
        ensure_worker(desk.config, ["/no/such/program"], environment)
    desk.submit("ok")
    assert ensure(desk, idle_exit="0")
    eventually(lambda: desk.statuses() == {"completed": 1})


def test_it_inherits_nothing_but_its_lock(desk: Desk) -> None:
    desk.submit("ok")
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    assert ensure(desk)
    os.close(writing)
    eventually(lambda: worker_alive(desk.config))
    assert os.read(reading, 1) == b""
    os.close(reading)
    [worker] = worker_statuses(desk.config)
    standard = [os.readlink(f"/proc/{worker.pid}/fd/{number}") for number in range(3)]
    output = str(desk.config.logs / "worker.out")
    assert standard == ["/dev/null", output, output]
    assert os.readlink(f"/proc/{worker.pid}/cwd") == "/"
    assert os.getsid(worker.pid) == worker.pid
    stop_workers(desk.config, timeout=10)


def test_whoever_captures_a_command_does_not_wait_for_its_worker(desk: Desk) -> None:
    desk.cancel(*desk.submit("ok"))
    environment = environment_of(desk.config.home, **QUICK)
    command = f"{sys.executable} -m {PROGRAM[-1]} submit 1 3>&1"
    run = subprocess.run(["sh", "-c", command], env=environment, cwd="/", capture_output=True, text=True, timeout=20)
    assert run.stdout.endswith("True\n")
    eventually(lambda: worker_alive(desk.config))
    [stopped] = stop_workers(desk.config, timeout=10)
    assert not stopped.alive


LIFE = re.compile(r"^(\d+\.\d+) (\d+) chatctl\.jobs (worker started|idle: giving|work came in)")


def working_times(output: str) -> list[tuple[float, float]]:
    """The spans in which automatic workers held the lock, from their log, in order of their starts."""
    since: dict[str, float] = {}
    spans = []
    for line in output.splitlines():
        if found := LIFE.match(line):
            when, pid, event = float(found[1]), found[2], found[3]
            if event == "idle: giving":
                spans.append((since.pop(pid), when))
            else:
                since[pid] = when
    assert since == {}
    return sorted(spans)


@pytest.mark.slow
def test_eight_submitters_race_with_workers_that_leave_at_once(desk: Desk, start: Start) -> None:
    desk.cancel(*desk.submit("ok"))
    submitters = [start("submit", "20", idle_exit="0") for _ in range(8)]
    lines = [line for submitter in submitters for line in submitter.communicate(timeout=120)[0].splitlines()]
    assert len(lines) == 160
    eventually(lambda: desk.statuses() == {"completed": 160, "cancelled": 1})
    assert len(set(desk.executions())) == 160
    eventually(lambda: worker_statuses(desk.config) == [])
    started = sum(line.endswith("True") for line in lines)
    output = (desk.config.logs / "worker.out").read_text()
    assert output.count("worker started") == output.count("worker ended") == started > 1
    spans = working_times(output)
    assert all(former[1] <= latter[0] for former, latter in pairwise(spans))
