"""Workers whose messages are on PostgreSQL, with the queue there or on Redis."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from itertools import pairwise
from pathlib import Path
from statistics import median
from uuid import UUID

import pytest
from soaking.strain import sample, strain

import servers
from chatctl.jobs.queue import Queue

from .conftest import QUICK, processes
from .machines import Line, Machine, completed, line_to
from .scripted import desk_at, eventually

PATIENT = {"lease": "30", "longest_run": "60"}
"""For tests in which nothing is to be lost, however long a process waits for a core."""


def test_an_idle_worker_picks_up_at_once_and_another_shares_fairly(machines: list[Machine]) -> None:
    one, two = machines
    desk, delays = one.desk, []
    one.work(**PATIENT)
    two.work(**PATIENT)
    with closing(Queue(desk.config.queue_url)) as queue:
        first = desk.submit(*["ok"] * 4)
        eventually(lambda: completed(desk, *first))
        for _ in range(15):
            [message_id] = desk.submit("ok")
            rung = time.time()
            assert queue.ring(message_id).success
            eventually(lambda sent=message_id: completed(desk, sent))  # type: ignore[misc]
            sample()
            delays.append((desk.message(message_id).started_at or 0) - rung)
        ids = desk.submit(*["nap 0.3"] * 16)
        for message_id in ids:
            queue.ring(message_id)
        eventually(lambda: completed(desk, *ids))
    assert median(delays) < 0.1 * strain()
    shares = [[each for each in machine.desk.executions() if UUID(each) in ids] for machine in machines]
    assert min(map(len, shares)) >= 4
    assert sorted(shares[0] + shares[1]) == sorted(map(str, ids))


def test_another_machine_takes_over_what_nobody_rings_for(machines: list[Machine]) -> None:
    one, two = machines
    [message_id] = one.desk.submit("nap 1")
    gone = one.work(lease="2")
    eventually(lambda: len(one.desk.executions()) == 1)
    gone.kill()
    two.work()
    eventually(lambda: completed(one.desk, message_id))
    message = one.desk.message(message_id)
    assert (message.attempt, message.lost, message.crashes) == (2, 1, 0)
    assert two.desk.executions() == [str(message_id)]


def test_the_messages_of_a_chat_are_answered_one_after_the_other(machines: list[Machine]) -> None:
    one, two = machines
    chats = [one.desk.submit(*["nap 0.1"] * 4, together=True) for _ in range(4)]
    one.work(**PATIENT)
    two.work(**PATIENT)
    eventually(lambda: all(completed(one.desk, *ids) for ids in chats))
    starts, ends = ({**one.desk.times(event), **two.desk.times(event)} for event in ("start", "end"))
    for ids in chats:
        # An attempt commits before it notes its end, so the next may start while it does.
        assert all(starts[str(after)] >= starts[str(before)] + 0.1 for before, after in pairwise(ids))
    assert sorted(ends) == sorted(str(each) for ids in chats for each in ids)
    assert len(one.desk.executions()) + len(two.desk.executions()) == 16


def test_a_machine_that_stood_still_changes_nothing_when_it_goes_on(machines: list[Machine]) -> None:
    one, two = machines
    [message_id] = one.desk.submit("nap 1")
    still = one.work()
    eventually(lambda: len(one.desk.executions()) == 1)
    with one.desk.database.write():  # so that it holds no lock of the message
        stopped = [still.pid, *one.desk.attempt_pids()]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
    two.work()
    eventually(lambda: completed(one.desk, message_id))
    for pid in stopped:
        with suppress(ProcessLookupError):  # the worker goes first, and may have ended its attempt already
            os.kill(pid, signal.SIGCONT)
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in stopped[1:]))
    assert _outcome(one, message_id) == ("completed", 2, 1)
    assert still.poll() is None


@pytest.fixture
def far(
    postgres_server: servers.Postgres, postgres_url: str, tmp_path: Path
) -> Iterator[tuple[Machine, Machine, Line]]:
    """Two machines on one PostgreSQL, the second of them at the end of a line."""
    name = postgres_url.partition("@/")[2].partition("?")[0]
    with ExitStack() as stack:
        line = stack.enter_context(line_to(postgres_server.port))
        beyond = postgres_server.url(name, tcp=True).replace(f":{postgres_server.port}/", f":{line.port}/")
        found = []
        for home, url in (("near", postgres_url), ("far", beyond)):
            (tmp_path / home).mkdir()
            settings = {"database_url": url}
            desk = stack.enter_context(desk_at(tmp_path / home, **QUICK, **settings))
            found.append(Machine(desk, stack.enter_context(processes(desk)), settings))
        yield found[0], found[1], line


def test_a_machine_that_was_cut_off_is_fenced_and_useful_again(far: tuple[Machine, Machine, Line]) -> None:
    near, cut_off, line = far
    [message_id] = near.desk.submit("nap 1")
    cut_off.work()
    eventually(lambda: len(cut_off.desk.executions()) == 1)
    with line.cut():
        other = near.work()
        eventually(lambda: completed(near.desk, message_id))
        assert _outcome(near, message_id) == ("completed", 2, 1)
    other.terminate()
    assert other.wait(15) == 0
    [later] = near.desk.submit("ok")
    eventually(lambda: completed(near.desk, later))
    assert cut_off.desk.executions()[-1] == str(later)
    assert _outcome(near, message_id) == ("completed", 2, 1)


def _outcome(machine: Machine, message_id: UUID) -> tuple[str, int, int]:
    message = machine.desk.message(message_id)
    return message.status, message.attempt, message.lost
