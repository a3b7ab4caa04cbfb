"""F2 and F3: the trials on servers, and servers that crash themselves."""

import time
from collections.abc import Generator, Iterator
from contextlib import suppress

from soaking.checker import Evidence
from soaking.faults import kills
from soaking.grounds import Skipped
from soaking.stage import QUICK, ROGUES, Stage, Trial
from soaking.strain import strain

SLOWEST = 2.0
"""By how much longer than meant a server may be left alone where the machine is busy."""


def crashes(stage: Stage) -> Generator[float]:
    """PostgreSQL crashes every 6 to 12 s; Redis, where it is the queue, is killed every 4 to 9 s, else emptied."""
    if stage.ground.postgres is None:
        raise Skipped("it needs servers that it may crash: --on postgres or --on redis")
    plagues = [(_crash_postgres, (6.0, 12.0))]
    plagues += [(_kill_redis, (4.0, 9.0)), (_flush_redis, (3.0, 8.0))] if stage.ground.redis else []
    due = [(plague, pace, time.monotonic() + stage.dice.uniform(*pace)) for plague, pace in plagues]
    while True:
        # A trial with hardly a crash would prove little, on a machine too that is slow to answer everything.
        stage.busy = len(stage.outages) < stage.messages // 100
        due.sort(key=lambda each: each[2])
        plague, pace, when = due.pop(0)
        yield max(0.05, (when - time.monotonic()) * min(strain(), SLOWEST))
        plague(stage)
        stage.faults += 1
        due.append((plague, pace, time.monotonic() + stage.dice.uniform(*pace)))


def _crash_postgres(stage: Stage) -> None:
    assert stage.ground.postgres
    with stage.outage():
        stage.ground.postgres.restart("immediate")


def _kill_redis(stage: Stage) -> None:
    assert stage.ground.redis
    stage.ground.redis.restart()


def _flush_redis(stage: Stage) -> None:
    assert stage.ground.redis
    with suppress(OSError):
        stage.ground.redis.ask("FLUSHALL")


def met(stage: Stage, _: Evidence) -> Iterator[tuple[str, str]]:
    """A trial without two crashes proved nothing."""
    if len(stage.outages) < 2:
        yield "dose", f"PostgreSQL crashed {len(stage.outages)} times"


TRIALS = (
    Trial(
        name="F2",
        about="workers killed every 2 s, on servers",
        disturb=kills,
        messages=1_000,
        short=200,
        mix=ROGUES,
        settings=QUICK,
        on="postgres",
    ),
    Trial(
        name="F3",
        about="the servers crash and forget",
        disturb=crashes,
        messages=600,
        short=100,
        mix={"flaky": 0.05},
        gap=0.6,
        on="postgres",
        expect=met,
    ),
)
