"""The gate and the locks by which workers know who is alive."""

import os
import signal
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from chatctl.jobs import locks
from chatctl.jobs.gate import Gate
from chatctl.jobs.workers import worker_alive, worker_statuses

from .conftest import Start
from .scripted import Desk, desk_at, eventually


def test_each_database_has_a_private_folder_of_locks(desk: Desk) -> None:
    folder = locks.run_folder(desk.config)
    with desk_at(desk.config.home, database_url="other.db") as other:
        assert locks.run_folder(other.config) != folder
    assert folder == locks.run_folder(desk.config)
    at_server = [replace(desk.config, database=f"postgresql://ada:{word}@host/chats") for word in ("old", "new")]
    assert len({locks.run_folder(config) for config in at_server}) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_worker_is_seen_while_it_lives(desk: Desk) -> None:
    folder = locks.run_folder(desk.config)
    with locks.life(folder, "w1", "manual") as say_goodbye:
        [status] = worker_statuses(desk.config)
        assert (status.worker_id, status.pid, status.kind, status.alive) == ("w1", os.getpid(), "manual", True)
        assert worker_alive(desk.config)
        with locks.dead_workers(folder) as dead:
            assert dead == []
        say_goodbye()
        [status] = worker_statuses(desk.config)
        assert (status.alive, status.leaving, status.serves) == (True, True, False)
    assert worker_statuses(desk.config) == []


def test_a_command_that_answers_itself_is_no_worker_for_others(desk: Desk) -> None:
    with locks.life(locks.run_folder(desk.config), "w1", "inline"):
        assert not worker_alive(desk.config)


def test_a_killed_worker_is_known_to_be_dead_until_it_was_swept(desk: Desk, start: Start) -> None:
    folder = locks.run_folder(desk.config)
    desk.submit("ok")
    worker = start("worker")
    eventually(lambda: worker_alive(desk.config))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    [status] = worker_statuses(desk.config)
    assert not status.alive
    with pytest.raises(RuntimeError), locks.dead_workers(folder) as dead:
        raise RuntimeError("the sweep failed")
    with locks.dead_workers(folder) as dead:
        assert dead == [status.worker_id]
        with locks.dead_workers(folder) as seen_by_another:
            assert seen_by_another == []
    assert worker_statuses(desk.config) == []


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/home/ada/chats", "ext4"), ("/mnt/team/chats", "nfs4"), ("/mnt/my disk/chats", "cifs"), ("/srv", "overlay")],
)
def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    mounts = """\
overlay / overlay rw 0 0
/dev/vda /home ext4 rw 0 0
server:/team /mnt/team nfs4 rw 0 0
//server/disk /mnt/my\\040disk cifs rw 0 0
"""
    assert locks.filesystem(Path(folder), mounts) == kind
    assert (kind in locks.NETWORK) == (kind in ("nfs4", "cifs"))


def test_where_mounts_cannot_be_told_nothing_is_refused() -> None:
    assert locks.filesystem(Path("/home"), "") is None


def test_a_gate_closes_only_behind_the_last() -> None:
    gate = Gate()
    assert gate.enter()
    assert not gate.close_if_idle(0)
    gate.leave()
    assert not gate.close_if_idle(60)
    assert gate.close_if_idle(0)
    assert not gate.enter()
    assert not gate.busy
    gate.open()
    assert gate.enter()


def test_a_closed_gate_lets_those_inside_finish() -> None:
    gate = Gate()
    gate.enter()
    gate.close()
    assert gate.busy
    assert gate.closed
    gate.leave()
    assert not gate.busy
