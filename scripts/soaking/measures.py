"""How quick the jobs are: each figure with what it should be. Medians of several tries on an otherwise idle machine.

Beside a rate stands the processor time that it took, which tells a slow product from a busy machine.
"""

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from soaking import oracle
from soaking.analyst import NAP
from soaking.composition import HOLLOW
from soaking.reading import Reader, Row, settled, wait_until_settled
from soaking.site import Process, Site
from soaking.stage import Options

TRIES = 15
EMPTY = {NAP: "0 0"}
LEASE = 3.0


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value; `least` says that more is better, `wanted` None that it is only told."""

    name: str
    value: float
    unit: str
    wanted: float | None = None
    least: bool = False
    about: str = ""

    @property
    def reached(self) -> bool:
        """Whether it is as wanted."""
        if self.wanted is None:
            return True
        return self.value >= self.wanted if self.least else self.value <= self.wanted


def measure(options: Options) -> Iterator[Figure]:
    """Every figure, one after the other."""
    yield from _with_a_worker(options)
    yield _without_a_worker(options)
    if options.database is None:
        yield _throughput(options, "empty jobs a second, one worker", EMPTY | {HOLLOW: "1"}, wanted=100)
    yield _throughput(options, "whole answers a second, one worker", EMPTY)
    yield _after_a_kill(options)
    yield _after_a_pause(options)


@contextmanager
def _site(options: Options, settings: Mapping[str, str]) -> Iterator[Site]:
    site = Site(database=options.database, queue=options.queue, settings=settings, keep=False, prepare=lambda _: None)
    with site:
        yield site


def _with_a_worker(options: Options) -> Iterator[Figure]:
    """From the commit of an empty job to its start and to its end, a worker being there."""
    with _site(options, EMPTY) as site:
        _warm_worker(site)
        with _batch(site) as ask:
            for number in range(TRIES):
                ask(f"plain {number}")
                time.sleep(0.3)
        rows = [row for row in _settled(site) if row.prompt != "plain warm"]
    picked = statistics.median((row.started or 0) - row.created for row in rows)
    done = statistics.median((row.finished or 0) - row.created for row in rows)
    yield Figure(name="pick-up by a live worker, median", value=picked * 1e3, unit="ms", wanted=30)
    yield Figure(name="commit to done of an empty job, worker alive, median", value=done * 1e3, unit="ms", wanted=100)


def _without_a_worker(options: Options) -> Figure:
    """From the commit of an empty job to its end, where the command starts the worker; the median of three."""
    took = []
    with _site(options, EMPTY | {"CHATCTL_AUTO_WORKER": "always", "CHATCTL_IDLE_EXIT": "0"}) as site:
        for number in range(3):
            site.must("new", f"plain {number}", "-q")
            took.append(max((row.finished or 0) - row.created for row in _settled(site)[number:]))
            while site.alive():
                time.sleep(0.05)
    return Figure(name="commit to done, no worker alive, median", value=statistics.median(took), unit="s", wanted=2)


def _throughput(
    options: Options, name: str, settings: Mapping[str, str], wanted: float | None = None, jobs: int = 300
) -> Figure:
    """Jobs that wait for a warm worker: how many are done each second."""
    with _site(options, settings) as site:
        worker = _warm_worker(site)
        worker.send_signal(signal.SIGSTOP)
        lines = "".join(json.dumps({"prompt": f"plain {number}"}) + "\n" for number in range(jobs))
        batch = site.start("request", "--batch", stdin=subprocess.PIPE)
        batch.communicate(lines)
        used, begun = _processor_seconds(site), time.monotonic()
        worker.send_signal(signal.SIGCONT)
        _settled(site)
        seconds, used = time.monotonic() - begun, _processor_seconds(site) - used
    about = f"{used / jobs * 1e3:.1f} ms of processor time each, {os.cpu_count()} cores"
    return Figure(name=name, value=jobs / seconds, unit="/s", wanted=wanted, least=True, about=about)


def _processor_seconds(site: Site) -> float:
    """Of all processes that live, and of the children that they have waited for (proc(5), stat)."""
    return sum(_of_process(pid) for pid in site.alive()) / os.sysconf("SC_CLK_TCK")


def _of_process(pid: int) -> int:
    with suppress(OSError):
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return 0


def _after_a_kill(options: Options) -> Figure:
    """From SIGKILL of the worker that has a message to the start of the next attempt by another on this machine."""
    return _recovery(options, "recovery after SIGKILL", lambda worker: worker.kill(), wanted=3.0)


def _after_a_pause(options: Options) -> Figure:
    """The same where the worker only stands still: its lock is held, so the lease has to run out."""

    def pause(worker: Process) -> None:
        worker.send_signal(signal.SIGSTOP)

    return _recovery(options, f"recovery after a pause, lease {LEASE:g} s", pause, wanted=LEASE + 3)


def _recovery(options: Options, name: str, harm: Callable[[Process], None], *, wanted: float) -> Figure:
    with _site(options, {"CHATCTL_LEASE": f"{LEASE:g}"}) as site:
        first = _warm_worker(site)
        second = _warm_worker(site)
        second.send_signal(signal.SIGSTOP)
        site.must("new", "slow 1", "-q")
        _until(lambda: _slow_starts(site) == 1)
        second.send_signal(signal.SIGCONT)
        begun = time.monotonic()
        harm(first)
        _until(lambda: _slow_starts(site) == 2)
        took = time.monotonic() - begun
        for worker in (first, second):
            worker.kill()
    return Figure(name=name, value=took, unit="s", wanted=wanted)


def _slow_starts(site: Site) -> int:
    with Reader(site.database, site.organization) as reader:
        slow = {row.id for row in reader.rows() if row.prompt.startswith("slow")}
    return sum(event.event == "start" and event.message in slow for event in oracle.read(site.oracle))


def _warm_worker(site: Site) -> Process:
    """A worker that has answered, so that it and its fork server have imported what they need."""
    worker = site.start("worker", "run")
    _until(lambda: sum(event.event == "up" and event.pid == worker.pid for event in oracle.read(site.oracle)) == 1)
    site.must("new", "plain warm", "-q")
    wait_until_settled(site.database, site.organization, 3)
    time.sleep(1.0)
    return worker


@contextmanager
def _batch(site: Site) -> Iterator[Callable[[str], None]]:
    """Asks through one process that has imported everything already."""
    batch = site.start("request", "--batch", stdin=subprocess.PIPE)
    assert batch.stdin
    assert batch.stdout

    def ask(prompt: str) -> None:
        assert batch.stdin
        assert batch.stdout
        batch.stdin.write(json.dumps({"prompt": prompt}) + "\n")
        batch.stdin.flush()
        batch.stdout.readline()

    ask("plain warm")
    yield ask
    batch.stdin.close()
    batch.wait()


def _settled(site: Site) -> list[Row]:
    wait_until_settled(site.database, site.organization, 60)
    with Reader(site.database, site.organization) as reader:
        assert settled(reader.counts())
        return sorted(reader.rows(), key=lambda row: row.created)


def _until(condition: Callable[[], bool], within: float = 30.0) -> None:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {within:g} s")
        time.sleep(0.02)
