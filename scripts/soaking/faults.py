"""The trials: F1 to F16 of the jobs' design, each a dose and what is done meanwhile."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

from soaking.bending import POINTS
from soaking.checker import Evidence
from soaking.composition import RINGS, WINDOW
from soaking.reading import settled, write_locked
from soaking.site import CLOCK_SETTING, TOKEN_SETTING, Process
from soaking.stage import QUICK, ROGUES, Stage, Trial
from soaking.strain import strain
from soaking.submitters import Submitter

CANCEL = 2.0
"""Seconds of an idle machine within which a cancel takes effect."""

MOMENTS = 5
"""How often the last moment of an automatic worker is met."""

Findings = Iterator[tuple[str, str]]


def nothing(_: Stage) -> Generator[float]:
    """Only time passes."""
    while True:
        yield 0.2


def kills(stage: Stage) -> Generator[float]:
    """SIGKILL a worker about every two seconds; less often where a new one needs longer to be of any use."""
    while True:
        yield stage.dice.expovariate(1 / 2) * strain()
        stage.fleet.kill(stage.dice)
        stage.fault(executions=stage.trial.concurrency)
        # A trial in which hardly a worker died would prove little.
        stage.busy = stage.faults < stage.messages // 50


def pauses(stage: Stage) -> Generator[float]:
    """Stop a worker with all its processes for 1.2 to 2.5 leases."""
    lease = float(stage.trial.settings["CHATCTL_LEASE"])
    while True:
        yield 0.3
        # Whoever has nothing to finish has nothing to be fenced for.
        yield from _until(lambda: bool(stage.executing()), 5)
        with stage.fleet.paused(stage.dice, stage.executing()):
            yield lease * stage.dice.uniform(1.2, 2.5)
        stage.fault(executions=stage.trial.concurrency)


def killed_submitters(stage: Stage) -> Generator[float]:
    """SIGKILL the command that a submitter has just running."""
    while stage.book.killed < 0.3 * stage.messages:
        yield stage.dice.uniform(0.1, 0.5)
        running = stage.dice.choice(stage.submitters).running
        if running:
            running.kill()
            stage.faults += 1


def queue_harm(stage: Stage) -> Generator[float]:
    """Do everything to the queue's file that a file can suffer."""
    path = stage.site.queue_file
    yield 2.0
    for harm in (_delete, _garble, _truncate, _overwrite, _replace_by_folder):
        with suppress(FileNotFoundError):
            harm(path)
        stage.faults += 1
        yield 3.0
    with suppress(OSError):
        path.rmdir()
    path.chmod(0) if path.exists() else None
    stage.faults += 1
    yield 3.0
    path.chmod(0o600) if path.exists() else None
    yield 3.0
    with write_locked(str(path), 5):
        stage.faults += 1
        yield 10.0
    yield from nothing(stage)


def _delete(path: Path) -> None:
    path.unlink()


def _garble(path: Path) -> None:
    path.write_bytes(b"this is no database " * 500)


def _truncate(path: Path) -> None:
    os.truncate(path, 100)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def clock_jumps(stage: Stage) -> Generator[float]:
    """An hour and a day, there and back; at last before all that was, so that every time still stored lies ahead."""
    hour, day = 3_600.0, 86_400.0
    try:
        while True:
            for offset in (hour, -hour, 0.0, day, -day, 0.0):
                yield stage.dice.uniform(3, 5)
                stage.site.move_clock(offset)
                stage.fault(executions=stage.trial.workers * stage.trial.concurrency)
    finally:
        stage.site.move_clock(-2 * day)
        stage.fault(executions=stage.trial.workers * stage.trial.concurrency)


def cancels(stage: Stage) -> Generator[float]:
    """Cancel every second message, queued or running, as soon as it is accepted."""
    seen = 0
    asked: dict[str, Process] = {}
    try:
        while True:
            yield 0.1
            for promise in stage.book.promises[seen:]:
                seen += 1
                if int(promise.prompt.split()[1]) % 2 == 0:
                    asked[promise.message] = stage.site.start("cancel", promise.message, "--json")
                    stage.faults += 1
            for message in [message for message, command in asked.items() if command.poll() is not None]:
                _note_cancel(stage, message, asked.pop(message))
    finally:
        for message, command in asked.items():
            command.communicate()
            _note_cancel(stage, message, command)


def _note_cancel(stage: Stage, message: str, command: Process) -> None:
    # Exit 2: it was finished already.
    if command.returncode == 0:
        told = time.time()
        stage.cancelled[message.replace("-", "")] = (told, told + CANCEL * strain())


def last_moments(stage: Stage) -> Generator[float]:
    """When all is quiet, ask in the very moment in which an idle worker leaves; nobody comes after that."""
    stage.busy = True
    while not stage.submitted:
        yield 0.2
    late = Submitter(stage.site, stage.book, (), gap=0, processes=0, dice=stage.dice)
    for number in range(MOMENTS):
        left = stage.noted("leaving")
        late.ask(f"plain before {number}")
        yield from _until(lambda left=left: stage.noted("leaving") > left, 20)  # type: ignore[misc]
        late.ask(f"plain late {number}")
        stage.faults += 1
        yield from _until(lambda: settled(stage.counts()), 5 + 3 * strain())
        if not settled(stage.counts()):
            stage.findings.append(("I2", f"plain late {number} was left behind by the worker that left"))
            break
    late.close()


def _until(condition: Callable[[], bool], seconds: float) -> Generator[float]:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        yield 0.02


def crash_points(stage: Stage) -> Generator[float]:
    """Lay a token at each crash point in turn, twenty times of each in a full dose; each costs a process."""
    stage.busy = True
    yield 2.0
    late = Submitter(stage.site, stage.book, (), gap=0, processes=0, dice=stage.dice)
    for number, point in enumerate(POINTS * max(2, stage.messages // 45)):
        stage.site.lay_token(point)
        if stage.submitted:
            late.ask(f"plain late {number}")
        yield from _until(lambda point=point: not (stage.site.tokens / point).exists(), 15)  # type: ignore[misc]
        stage.fault(executions=stage.trial.concurrency)
    late.close()


def each_once(_: Stage, evidence: Evidence) -> Findings:
    """However often a message is rung for, it runs once."""
    starts = sum(event.event == "start" for event in evidence.events)
    if starts != len(evidence.rows):
        yield "I9", f"{starts} executions of {len(evidence.rows)} messages"


def enough_fenced(stage: Stage, evidence: Evidence) -> Findings:
    """A trial in which nothing was turned away proved nothing."""
    seen, wanted = sum(event.event == "fenced" for event in evidence.events), stage.messages // 30
    if seen < wanted:
        yield "dose", f"only {seen} fenced writes, {wanted} are needed"


def never_two(_: Stage, evidence: Evidence) -> Findings:
    """Between one automatic worker's taking of the lock and its giving back, no other has it."""
    holder: int | None = None
    for event in evidence.events:
        if event.event in ("up", "lock-taken-again"):
            if holder is not None:
                yield "I7", f"worker {event.pid} was there beside {holder}"
            holder = event.pid
        elif event.event == "lock-given-back" and holder == event.pid:
            holder = None


def cancelled_in_time(stage: Stage, evidence: Evidence) -> Findings:
    """What was cancelled ends within two seconds of an idle machine, and nothing runs on."""
    if len(evidence.cancelled) < stage.messages // 10:
        yield "dose", f"only {len(evidence.cancelled)} messages could be cancelled before they were done"
    ends = {event.message: event.at for event in evidence.events if event.event == "end"}
    for row in evidence.rows:
        if row.id not in evidence.cancelled:
            continue
        asked, due = evidence.cancelled[row.id]
        if row.status != "cancelled":
            yield "I3", f"{row.prompt} was cancelled and is {row.status}"
        if (row.finished or 0) > due:
            yield "I2", f"{row.prompt} was cancelled after {(row.finished or 0) - asked:.1f} s"
        if ends.get(row.id, 0) > due:
            yield "I3", f"{row.prompt} ran on after its cancel"


def one_kill(stage: Stage) -> Generator[float]:
    """Near the end a worker is killed while its attempts hang: they die with it."""
    while True:
        yield 0.2
        if stage.submitted and not stage.faults:
            stage.fleet.kill(stage.dice)
            stage.fault(executions=stage.trial.concurrency)


def unaffected(stage: Stage, evidence: Evidence) -> Findings:
    """The workers live, and nobody else pays."""
    if stage.fleet.ended:
        yield "I4", f"{stage.fleet.ended} workers ended"
    for row in evidence.rows:
        if row.prompt.startswith("plain") and row.errors + row.crashes:
            yield "I4", f"{row.prompt}: errors {row.errors}, crashes {row.crashes}"


def all_points(stage: Stage, evidence: Evidence) -> Findings:
    """Every crash point was met."""
    met = {event.detail for event in evidence.events if event.event == "crash"}
    for point in set(POINTS) - met:
        yield "dose", f"nothing crashed at {point} ({stage.faults} tokens)"


TRIALS = (
    Trial(
        name="F1",
        about="workers killed every 2 s",
        disturb=kills,
        messages=1_000,
        short=200,
        mix=ROGUES,
        settings=QUICK,
    ),
    Trial(
        name="F4",
        about="workers paused for 1.2-2.5 leases",
        disturb=pauses,
        messages=600,
        short=120,
        workers=3,
        gap=0.1,
        settings=QUICK | {"CHATCTL_LEASE": "3"},
        expect=enough_fenced,
    ),
    Trial(
        name="F5",
        about="submitters killed",
        disturb=killed_submitters,
        messages=200,
        short=60,
        processes=0.3,
        gap=0.1,
    ),
    Trial(
        name="F6",
        about="each message rung for five times",
        disturb=nothing,
        messages=600,
        short=60,
        workers=4,
        gap=0.05,
        settings={RINGS: "5"},
        expect=each_once,
    ),
    Trial(
        name="F7",
        about="the queue's file harmed and locked",
        disturb=queue_harm,
        messages=300,
        short=60,
        gap=1.2,
    ),
    Trial(
        name="F11",
        about="the clock jumps by hours and days",
        disturb=clock_jumps,
        messages=480,
        short=80,
        mix={"flaky": 0.3},
        settings=QUICK | CLOCK_SETTING,
    ),
    Trial(
        name="F12",
        about="automatic workers that leave at once",
        disturb=last_moments,
        messages=320,
        short=40,
        workers=0,
        gap=0.4,
        processes=0.05,
        settings={"CHATCTL_AUTO_WORKER": "auto", "CHATCTL_IDLE_EXIT": "0", WINDOW: "0.3"},
        settle=20,
        expect=never_two,
    ),
    Trial(
        name="F13",
        about="half of the messages cancelled",
        disturb=cancels,
        messages=60,
        short=24,
        mix={"slow": 0.7},
        gap=0.5,
        expect=cancelled_in_time,
    ),
    Trial(
        name="F14",
        about="attempts that take all they can",
        disturb=one_kill,
        messages=120,
        short=40,
        mix={"threads": 0.05, "memory": 0.05, "stubborn": 0.04, "hanging": 0.03},
        settings=QUICK | {"CHATCTL_ATTEMPT_MEMORY": "1024", "CHATCTL_LONGEST_RUN": "20"},
        settle=150,
        expect=unaffected,
    ),
    Trial(
        name="F15",
        about="processes die at nine points",
        disturb=crash_points,
        messages=900,
        short=60,
        gap=0.3,
        settings=TOKEN_SETTING,
        expect=all_points,
    ),
)
