"""Homes and workers for the tests of jobs; every process started here is gone afterwards."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import servers

from .machines import Machine
from .scripted import PROGRAM, Desk, desk_at, environment_of

Start = Callable[..., "subprocess.Popen[str]"]

QUICK = {"lease": "3", "longest_run": "4", "concurrency": "4"}


@pytest.fixture
def desk(scratch: Path, blank: Path) -> Iterator[Desk]:
    """A fresh home with quick leases."""
    shutil.copy(blank, scratch / "chatctl.db")
    with desk_at(scratch, **QUICK) as fresh:
        yield fresh


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Starts a role of the scripted composition at the desk's home."""
    with processes(desk) as starter:
        yield starter


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


class processes:  # noqa: N801
    """A starter of processes at one home, which kills those that are left at the end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._started: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Start:
        return self._start

    def __exit__(self, *_: object) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _start(self, *role: str, **settings: str) -> "subprocess.Popen[str]":
        home = self._desk.config.home
        with (home / "stderr").open("a") as errors:
            process = subprocess.Popen(
                [*PROGRAM, *role],
                env=environment_of(home, **{**QUICK, **settings}),
                cwd="/",
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self._started.append(process)
        return process
