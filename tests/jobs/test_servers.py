"""Workers whose messages are on PostgreSQL, with the queue there or on Redis."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import pytest

import servers
from chatctl.jobs.queue import Queue

from .conftest import QUICK, Start, processes
from .scripted import Desk, desk_at, eventually


class Machine:
    """A home of its own beside the shared database and queue."""

    def __init__(self, desk: Desk, start: Start, settings: dict[str, str]) -> None:
        self.desk = desk
        self._start = start
        self._settings = settings

    def work(self, **settings: str) -> Any:
        """A worker of this machine."""
        return self._start("worker", **self._settings, **settings)


@pytest.fixture(params=["postgres", "redis"])
def machines(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> Iterator[list[Machine]]:
    """Two machines with one database on PostgreSQL; the queue is there too, as it is by itself, or on Redis."""
    settings = {"database_url": postgres_url}
    if request.param == "redis":
        server: servers.Redis = request.getfixturevalue("redis_server")
        server.ask("FLUSHALL")
        settings["queue_url"] = server.url
    with ExitStack() as stack:
        found = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            desk = stack.enter_context(desk_at(tmp_path / name, **QUICK, **settings))
            found.append(Machine(desk, stack.enter_context(processes(desk)), settings))
        yield found


def completed(desk: Desk, *ids: UUID) -> bool:
    return all(desk.message(message_id).status == "completed" for message_id in ids)


def test_an_idle_worker_picks_up_at_once_and_another_shares_fairly(machines: list[Machine]) -> None:
    one, two = machines
    desk, delays = one.desk, []
    one.work()
    two.work()
    with closing(Queue(desk.config.queue_url)) as queue:
        first = desk.submit(*["ok"] * 4)
        eventually(lambda: completed(desk, *first))
        for _ in range(15):
            [message_id] = desk.submit("ok")
            rung = time.time()
            assert queue.ring(message_id).success
            eventually(lambda sent=message_id: completed(desk, sent))  # type: ignore[misc]
            delays.append((desk.message(message_id).started_at or 0) - rung)
        ids = desk.submit(*["nap 0.3"] * 16)
        for message_id in ids:
            queue.ring(message_id)
        eventually(lambda: completed(desk, *ids))
    assert median(delays) < 0.1
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
