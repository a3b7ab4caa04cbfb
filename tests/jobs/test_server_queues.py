"""Queues on servers: quick where the server answers, a moment and a sentence where it does not."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from typing import Any
from uuid import UUID, uuid4

import pytest

import servers
from chatctl.domain.errors import ValidationError
from chatctl.jobs.bell import Bell
from chatctl.jobs.queue import Queue

from .scripted import eventually

PATIENCE = 0.25

OpenQueue = Callable[[str], Queue]
OpenBell = Callable[[str], Bell]


@pytest.fixture(params=["postgres", "redis", "redis socket"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty queue on each kind of server."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    server: servers.Redis = request.getfixturevalue("redis_server")
    server.ask("FLUSHALL")
    return server.url if request.param == "redis" else server.socket_url


@pytest.fixture
def queue_at() -> Iterator[OpenQueue]:
    """Gives the commands' side of a queue."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(closing(Queue(url)))


@pytest.fixture
def bell_at() -> Iterator[OpenBell]:
    """Opens the worker's side of a queue."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(closing(Queue(url).open(lambda _: None)))


def heard(bell: Bell) -> list[UUID]:
    """The rings that are there, taken as the consumer takes them."""
    taken = []
    while (task := bell.dequeue()) is not None:
        taken.append(UUID(task.args[0]))
    return taken


def rings_at_last(queue: Queue, bell: Bell) -> None:
    """A ring goes through again before long, to a listener that noticed the harm."""
    eventually(lambda: queue.ring(uuid4()).success)
    eventually(lambda: bell.dequeue() is not None)


@contextmanager
def silent() -> Iterator[int]:
    """The port of a server that accepts and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


@contextmanager
def paused(server: servers.Postgres | servers.Redis) -> Iterator[None]:
    """The whole server stands still."""
    parent = server._process.pid
    children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False).stdout
    pids = [parent, *map(int, children.split())]
    _signal(SIGSTOP, pids)
    try:
        yield
    finally:
        _signal(SIGCONT, pids)


def _signal(number: int, pids: list[int]) -> None:
    subprocess.run(["kill", f"-{int(number)}", *map(str, pids)], check=True)


def test_rings_arrive_in_order(url: str, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    ids = [uuid4() for _ in range(3)]
    queue = queue_at(url)
    assert all(queue.ring(message_id).success for message_id in ids)
    assert heard(bell_at(url)) == ids


def test_a_ring_wakes_a_listener_at_once(url: str, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    bell, queue = bell_at(url), queue_at(url)
    queue.ring(uuid4())
    heard(bell)
    rung: list[float] = []

    def ring() -> None:
        rung.append(time.monotonic())
        queue.ring(uuid4())

    later = threading.Timer(0.1, ring)
    later.start()
    eventually(lambda: bell.dequeue() is not None)
    assert time.monotonic() - rung[0] < 0.1
    later.join()


def test_a_look_that_finds_nothing_makes_the_rings_before_it_void(
    url: str, queue_at: OpenQueue, bell_at: OpenBell
) -> None:
    bell, queue, later = bell_at(url), queue_at(url), uuid4()
    for _ in range(3):
        queue.ring(uuid4())
    assert bell.answered_by(lambda: "a claim") == "a claim"
    assert bell.waiting() == 3
    assert bell.answered_by(lambda: queue.ring(later) and None) is None
    assert heard(bell) == [later]


def test_each_ring_is_taken_by_one_of_several(url: str, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    queue, bells = queue_at(url), [bell_at(url) for _ in range(3)]
    ids = {uuid4() for _ in range(30)}
    for message_id in ids:
        queue.ring(message_id)
    taken: list[UUID] = []
    threads = [threading.Thread(target=lambda bell=bell: taken.extend(heard(bell))) for bell in bells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(ids)
    assert set(taken) == ids


def test_a_ring_that_reaches_a_leaving_worker_is_passed_on(url: str, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    leaving, message_id = bell_at(url), uuid4()
    queue_at(url).ring(message_id)
    taken = leaving.storage.dequeue

    def muted_meanwhile() -> Any:
        leaving.muted = True
        return taken()

    leaving.storage.dequeue = muted_meanwhile
    assert leaving.dequeue() is None
    assert heard(bell_at(url)) == [message_id]


def test_foreign_rings_are_dropped(url: str, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    bell, message_id = bell_at(url), uuid4()
    for foreign in (b"", b"\xff", b"cos\nsystem\n(S'touch bang'\ntR.", b'{"id": "1", "name": "os.system", "args": []}'):
        bell.storage.ring(foreign)
    assert [bell.dequeue() for _ in range(4)] == [None] * 4
    queue_at(url).ring(message_id)
    assert heard(bell) == [message_id]


def test_it_is_checked(url: str, queue_at: OpenQueue) -> None:
    queue = queue_at(url)
    queue.ring(uuid4())
    found = queue.check()
    assert (found.verdict, found.check) == ("ok", "queue")
    assert found.finding.endswith("answers, 1 rings wait")


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "redis"])
def test_a_silent_server_costs_a_moment_and_a_sentence(scheme: str, queue_at: OpenQueue) -> None:
    with silent() as port:
        queue = queue_at(f"{scheme}://ada:sesame@127.0.0.1:{port}/0")
        began = time.monotonic()
        trigger = queue.ring(uuid4())
        assert time.monotonic() - began < PATIENCE
        assert not trigger.success
        assert "The queue cannot be rung: " in (trigger.error or "")
        found = queue.check()
    assert found.verdict == "error"
    assert "sesame" not in f"{trigger.error} {found.finding}"


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "redis"])
def test_a_server_that_is_away_says_so(scheme: str, queue_at: OpenQueue) -> None:
    with silent() as port:
        pass
    trigger = queue_at(f"{scheme}://ada:sesame@127.0.0.1:{port}/0").ring(uuid4())
    assert "refused" in (trigger.error or "")
    assert "sesame" not in (trigger.error or "")


@pytest.mark.parametrize("kind", ["postgres", "redis"])
def test_a_server_that_falls_silent_harms_neither_side(
    kind: str, request: pytest.FixtureRequest, queue_at: OpenQueue, bell_at: OpenBell
) -> None:
    server = request.getfixturevalue(f"{kind}_server")
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else server.url
    queue, bell = queue_at(url), bell_at(url)
    queue.ring(uuid4())
    heard(bell)
    with paused(server):
        began = time.monotonic()
        assert not queue.ring(uuid4()).success
        assert time.monotonic() - began < PATIENCE
        assert bell.answered_by(lambda: None) is None
    rings_at_last(queue, bell)


def test_a_flushed_redis_rings_on(redis_server: servers.Redis, queue_at: OpenQueue, bell_at: OpenBell) -> None:
    queue, bell, later = queue_at(redis_server.url), bell_at(redis_server.url), uuid4()
    queue.ring(uuid4())
    redis_server.ask("FLUSHALL")
    assert queue.ring(later).success
    assert heard(bell) == [later]


def test_a_table_that_is_gone_is_made_again(
    postgres_url: str, postgres_server: servers.Postgres, queue_at: OpenQueue, bell_at: OpenBell
) -> None:
    queue, bell = queue_at(postgres_url), bell_at(postgres_url)
    queue.ring(uuid4())
    heard(bell)
    database = postgres_url.partition("?")[0].rpartition("/")[2]
    with postgres_server.connect(database) as outside:
        outside.execute("DROP TABLE chatctl_task")
    assert bell.dequeue() is None
    rings_at_last(queue, bell)


def test_many_make_the_table_at_once(postgres_url: str, queue_at: OpenQueue) -> None:
    queues = [queue_at(postgres_url) for _ in range(8)]
    triggers = []
    threads = [threading.Thread(target=lambda queue=queue: triggers.append(queue.ring(uuid4()))) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    troubles = {trigger.error for trigger in triggers if not trigger.success}
    assert troubles <= {"The queue cannot be rung: no answer within 0.2 s"}
    assert queue_at(postgres_url).ring(uuid4()).success


@pytest.mark.parametrize(
    "url", ["redis://host:port/", "unix://", "postgresql+psycopg2://host/x", "mysql://host/", "redis://a:sesame@[::1/"]
)
def test_a_url_that_nothing_serves_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="No queue can be kept") as refused:
        Queue(url)
    assert "sesame" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "driver", "extra"),
    [("redis://:sesame@host/0", "redis", "redis"), ("postgresql+psycopg://a:sesame@host/x", "psycopg", "postgres")],
)
def test_a_driver_that_is_missing_is_named(url: str, driver: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, driver, raising=False)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(ValidationError, match=f"needs the package {driver}") as refused:
        Queue(url)
    assert refused.value.hint == f"pip install 'chatctl[{extra}]'"
    assert "sesame" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "driver"), [("redis://127.0.0.1:1/0", "redis"), ("postgresql://127.0.0.1:1/x", "psycopg")]
)
def test_only_the_driver_that_the_url_needs_is_imported(url: str, driver: str, tmp_path: Path) -> None:
    code = f"""
import sys
from uuid import uuid4
from chatctl.jobs.queue import Queue
queue = Queue({url!r})
assert not {{"huey", "redis", "psycopg"}} & set(sys.modules)
assert "refused" in queue.ring(uuid4()).error
print({{"redis", "psycopg"}} & set(sys.modules))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == f"{{{driver!r}}}\n"
