"""The doorbell: what a command meets, with a queue in order and out of order."""

import json
import os
import pickle
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chatctl.domain.errors import ValidationError
from chatctl.jobs.bell import Bell
from chatctl.jobs.queue import Queue
from chatctl.sqlite import sqlite3


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


@pytest.fixture
def queue(path: Path) -> Iterator[Queue]:
    with closing(Queue(f"sqlite:///{path}")) as queue:
        yield queue


@pytest.fixture
def rung() -> list[UUID | None]:
    """The rings that the worker's side answered."""
    return []


@pytest.fixture
def bell(path: Path, rung: list[UUID | None]) -> Iterator[Bell]:
    with closing(Queue(f"sqlite:///{path}").open(rung.append)) as bell:
        yield bell


def answer_all(bell: Bell) -> None:
    """Take rings as the consumer does until there are none and no row is left."""
    while (task := bell.dequeue()) is not None or rows_left(Path(bell.storage.filename)):
        if task is not None:
            bell.execute(task)


def rows_left(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM task").fetchone()[0])


def put(path: Path, row: object) -> None:
    """Write a row into the queue as somebody else would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO task (queue, data) VALUES ('chatctl', ?)", (row,))


@contextmanager
def locked(path: Path, mode: str) -> Iterator[None]:
    """Another process holds the file: NORMAL keeps writers out, EXCLUSIVE everyone."""
    code = """
import sys
from chatctl.sqlite import sqlite3
_, path, mode = sys.argv
connection = sqlite3.connect(path, isolation_level=None)
for statement in (f"PRAGMA locking_mode={mode}", "BEGIN EXCLUSIVE", "DELETE FROM schedule"):
    connection.execute(statement)
print("locked", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            holder.communicate("done\n")


def test_a_ring_reaches_the_other_side(queue: Queue, bell: Bell, rung: list[UUID | None]) -> None:
    ids = [uuid4() for _ in range(3)]
    triggers = [queue.ring(message_id) for message_id in ids]
    answer_all(bell)
    assert [trigger.success for trigger in triggers] == [True] * 3
    assert len({trigger.task_id for trigger in triggers}) == 3
    assert rung == ids


def test_a_worker_hears_its_own_rings_after_looks_that_found_nothing(bell: Bell, rung: list[UUID | None]) -> None:
    for message_id in (uuid4(), uuid4()):
        assert bell.dequeue() is None
        assert bell.dequeue() is None
        bell.ring(message_id)
        answer_all(bell)
        assert rung[-1] == message_id


def test_the_queue_is_private(queue: Queue, path: Path) -> None:
    queue.ring(uuid4())
    modes = {stat.S_IMODE(os.stat(file).st_mode) for file in path.parent.glob("queue.db*")}
    assert modes == {0o600}


@pytest.mark.parametrize("url", ["amqp://guest:secret@host/", "sqlite:///", "sqlite:///:memory:", "queue.db"])
def test_a_url_that_nothing_serves_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="No queue can be kept") as refused:
        Queue(url)
    assert "secret" not in refused.value.message
    assert "sqlite:///PATH" in (refused.value.hint or "")


def test_a_locked_queue_costs_a_moment_and_a_sentence(queue: Queue, path: Path) -> None:
    queue.ring(uuid4())
    with locked(path, "NORMAL"):
        began = time.monotonic()
        trigger = queue.ring(uuid4())
        assert time.monotonic() - began < 0.25
    assert not trigger.success
    assert "locked" in (trigger.error or "")
    assert queue.ring(uuid4()).success


def test_opening_a_locked_queue_costs_no_more(bell: Bell, queue: Queue, path: Path) -> None:
    bell.dequeue()
    bell.storage.close()
    with locked(path, "EXCLUSIVE"):
        began = time.monotonic()
        trigger = queue.ring(uuid4())
        assert time.monotonic() - began < 0.25
    assert not trigger.success
    assert queue.ring(uuid4()).success


def overwrite(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def halve(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(path, 6000)


def delete(path: Path) -> None:
    for file in path.parent.glob("queue.db*"):
        file.unlink()


def replace(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


@pytest.mark.parametrize("harm", [overwrite, truncate, halve, delete, replace])
def test_both_sides_outlive_any_harm_to_the_file(
    harm: Callable[[Path], None], queue: Queue, bell: Bell, rung: list[UUID | None], path: Path
) -> None:
    queue.ring(uuid4())
    answer_all(bell)
    harm(path)
    bell.dequeue()
    later = uuid4()
    assert queue.ring(later).success
    answer_all(bell)
    assert rung[-1] == later


def test_a_ring_renews_a_damaged_file_by_itself(queue: Queue, path: Path) -> None:
    overwrite(path)
    assert queue.ring(uuid4()).success
    assert len(list(path.parent.glob("queue.db.damaged-*"))) == 1


def test_a_queue_that_cannot_be_opened_says_why(queue: Queue, path: Path) -> None:
    path.mkdir()
    trigger = queue.ring(uuid4())
    assert not trigger.success
    assert "The queue cannot be rung: unable to open database file" in (trigger.error or "")


def test_a_queue_below_a_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    trigger = Queue(f"sqlite:///{tmp_path}/file/queue.db").ring(uuid4())
    assert not trigger.success
    assert "file" in (trigger.error or "")


class Bomb:
    """Writes a file where it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


def test_foreign_rows_are_dropped_and_never_run(
    queue: Queue, bell: Bell, rung: list[UUID | None], path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    queue.ring(uuid4())
    answer_all(bell)
    message_id = str(uuid4())
    ring = {"id": "1", "name": "chatctl.answer", "args": [message_id]}
    foreign: list[object] = [pickle.dumps(Bomb(tmp_path / "bang")), b"", b"\xff", b"[" * 50_000, "text", 7]
    strange = [ring | {"name": "os.system"}, ring | {"args": ["rm -rf"]}, ring | {"args": []}, ring | {"retries": 3}]
    for row in [*foreign, *(json.dumps(each).encode() for each in strange), json.dumps(ring).encode()]:
        put(path, row)
    answer_all(bell)
    assert not (tmp_path / "bang").exists()
    assert rung[1:] == [UUID(message_id)]
    dropped = [record for record in caplog.records if "foreign row" in record.message]
    assert len(dropped) == len(foreign) + len(strange)


def test_nearby_rings_need_no_queue(bell: Bell, rung: list[UUID | None], path: Path) -> None:
    path.mkdir()
    message_id = uuid4()
    bell.ring_nearby(message_id)
    bell.ring_nearby(None)
    for _ in range(2):
        bell.execute(bell.dequeue())
    assert bell.dequeue() is None
    assert rung == [message_id, None]


def test_a_look_that_finds_nothing_makes_the_rings_before_it_void(queue: Queue, bell: Bell, path: Path) -> None:
    for _ in range(3):
        queue.ring(uuid4())
    assert bell.answered_by(lambda: "a claim") == "a claim"
    assert rows_left(path) == 3
    assert bell.answered_by(lambda: queue.ring(uuid4()) and None) is None
    assert rows_left(path) == 1


def test_a_muted_bell_leaves_the_rings_to_others(queue: Queue, bell: Bell, path: Path) -> None:
    queue.ring(uuid4())
    bell.muted = True
    assert bell.dequeue() is None
    assert rows_left(path) == 1


def test_only_what_the_url_needs_is_imported(tmp_path: Path) -> None:
    for driver in ("redis", "psycopg", "gevent"):
        (tmp_path / f"{driver}.py").write_text("print('imported')\n")
    code = f"""
import sys
from uuid import uuid4
from chatctl.jobs.queue import Queue
queue = Queue("sqlite:///{tmp_path}/queue.db")
assert "huey" not in sys.modules
assert queue.ring(uuid4()).success
assert "huey" in sys.modules and "redis" not in sys.modules
import redis
"""
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert run.stdout == "imported\n"
