"""What one running worker does with whatever its messages do to it."""

import os
import pickle
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from uuid import UUID

import pytest

from chatctl.jobs.queue import Queue
from chatctl.jobs.workers import worker_statuses
from chatctl.sqlite import sqlite3

from .conftest import QUICK, processes
from .scripted import Desk, desk_at, eventually


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A home with a worker that runs for all tests of this module and has drained what it found."""
    with desk_at(tmp_path_factory.mktemp("home"), **QUICK) as desk, processes(desk) as start:
        desk.submit(*["ok"] * 6)
        start("worker")
        eventually(lambda: desk.statuses() == {"completed": 6})
        yield desk


@pytest.fixture(scope="module")
def queue(desk: Desk) -> Queue:
    return Queue(desk.config.queue_url)


def status(desk: Desk, message_id: UUID) -> str:
    return desk.message(message_id).status


def started(desk: Desk, message_id: UUID) -> bool:
    return str(message_id) in desk.executions()


def rings_left(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM task").fetchone()[0])


def process_of(desk: Desk, message_id: UUID) -> Path:
    at = desk.executions().index(str(message_id))
    return Path(f"/proc/{desk.attempt_pids()[at]}")


def test_it_drained_at_its_start_without_a_ring(desk: Desk) -> None:
    assert len(desk.executions()) == len(set(desk.executions())) >= 6


def test_it_picks_a_message_up_soon_after_the_ring(desk: Desk, queue: Queue) -> None:
    delays = []
    for _ in range(15):
        [message_id] = desk.submit("ok")
        rung = time.time()
        assert queue.ring(message_id).success
        eventually(lambda sent=message_id: status(desk, sent) == "completed")  # type: ignore[misc]
        delays.append((desk.message(message_id).started_at or 0) - rung)
    assert median(delays) < 0.05


def test_repeated_rings_run_a_message_once(desk: Desk, queue: Queue) -> None:
    ids = desk.submit(*["nap 0.1"] * 8)
    for message_id in ids * 4:
        queue.ring(message_id)
    eventually(lambda: all(status(desk, message_id) == "completed" for message_id in ids))
    assert all(desk.executions().count(str(message_id)) == 1 for message_id in ids)


def test_a_message_nobody_rang_for_is_swept_up(desk: Desk) -> None:
    [message_id] = desk.submit("ok")
    eventually(lambda: status(desk, message_id) == "completed", within=5)


def test_cancel_takes_effect_within_two_seconds(desk: Desk, queue: Queue) -> None:
    [message_id] = desk.submit("nap 60")
    queue.ring(message_id)
    eventually(lambda: started(desk, message_id))
    desk.cancel(message_id)
    eventually(lambda: status(desk, message_id) == "cancelled", within=2)
    assert not process_of(desk, message_id).exists()


def test_an_attempt_whose_process_dies_is_tried_again(desk: Desk, queue: Queue) -> None:
    [message_id] = desk.submit("die once")
    queue.ring(message_id)
    eventually(lambda: status(desk, message_id) == "completed")
    message = desk.message(message_id)
    assert (message.attempt, message.crashes, message.lost) == (2, 1, 0)


@pytest.mark.parametrize(("prompt", "why"), [("die", "killed by SIGKILL"), ("status 3", "status 3")])
def test_an_attempt_that_always_dies_is_given_up(prompt: str, why: str, desk: Desk, queue: Queue) -> None:
    [message_id] = desk.submit(prompt)
    queue.ring(message_id)
    eventually(lambda: status(desk, message_id) == "failed")
    message = desk.message(message_id)
    assert (message.crashes, message.error_code) == (3, "ATTEMPTS_EXHAUSTED")
    assert why in (message.error_message or "")


def test_a_hanging_attempt_is_stopped_at_its_deadline_and_harms_no_other(desk: Desk, queue: Queue) -> None:
    hanging, healthy = desk.submit("hang", "ok")
    for message_id in (hanging, healthy):
        queue.ring(message_id)
    eventually(lambda: status(desk, healthy) == "completed")
    assert status(desk, hanging) == "running"
    eventually(lambda: desk.message(hanging).errors == 1, within=desk.config.timing.longest_run + 2)
    assert not process_of(desk, hanging).exists()
    desk.cancel(hanging)


def test_threads_left_behind_do_not_keep_an_attempt_alive(desk: Desk, queue: Queue) -> None:
    [message_id] = desk.submit("threads")
    queue.ring(message_id)
    eventually(lambda: status(desk, message_id) == "completed")
    eventually(lambda: not process_of(desk, message_id).exists(), within=2)


@pytest.mark.parametrize("harm", ["overwritten", "deleted", "emptied"])
def test_it_serves_rings_again_after_harm_to_the_queue(harm: str, desk: Desk, queue: Queue) -> None:
    path = desk.config.home / "queue.db"
    match harm:
        case "overwritten":
            path.write_bytes(b"this is no database " * 500)
        case "deleted":
            path.unlink()
        case "emptied":
            os.truncate(path, 0)
    [swept] = desk.submit("ok")
    eventually(lambda: status(desk, swept) == "completed", within=5)
    [message_id] = desk.submit("ok")
    assert queue.ring(message_id).success
    eventually(lambda: status(desk, message_id) == "completed")
    eventually(lambda: rings_left(path) == 0)


def test_work_goes_on_while_the_queue_is_locked(desk: Desk) -> None:
    with closing(sqlite3.connect(desk.config.home / "queue.db", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        [message_id] = desk.submit("ok")
        eventually(lambda: status(desk, message_id) == "completed", within=8)


class Bomb:
    """Writes a file where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.target,)


def test_a_pickle_in_the_queue_is_dropped(desk: Desk, queue: Queue, tmp_path: Path) -> None:
    queue.ring(desk.submit("ok")[0])
    with closing(sqlite3.connect(desk.config.home / "queue.db")) as intruder, intruder:
        data = pickle.dumps(Bomb(tmp_path / "bang"))
        intruder.execute("INSERT INTO task (queue, data, priority) VALUES ('chatctl', ?, 9)", (data,))
    [message_id] = desk.submit("ok")
    queue.ring(message_id)
    eventually(lambda: status(desk, message_id) == "completed")
    assert not (tmp_path / "bang").exists()


def test_one_worker_outlived_all_this(desk: Desk) -> None:
    [worker] = worker_statuses(desk.config)
    assert (worker.alive, worker.kind) == (True, "manual")
