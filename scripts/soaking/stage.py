"""One trial from its first process to its verdict."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from soaking import oracle
from soaking.checker import Evidence, Verdict, judge
from soaking.fleet import Fleet
from soaking.grounds import Ground, Kind, laid
from soaking.reading import Reader, Unreadable, settled
from soaking.site import CLOCK_SETTING, Site
from soaking.strain import sample, strain
from soaking.submitters import Book, Submitter

NEARLY_ALL: Final = 0.9
"""The faults end when everything is submitted and this share of it is in an end state."""

PATIENT: Final = {"CHATCTL_LEASE": "30", "CHATCTL_LONGEST_RUN": "60"}
"""Leases that last also where an attempt waits long for a core: only faults cost executions."""
QUICK: Final = {"CHATCTL_LEASE": "10", "CHATCTL_LONGEST_RUN": "10"}
"""For trials whose attempts hang or whose workers pause: somebody has to wait for their end."""
ROGUES: Final = {"flaky": 0.02, "bad": 0.02, "poison": 0.02, "hanging": 0.02}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is asked of whom, and what is done to them meanwhile."""

    name: str
    about: str
    disturb: "Callable[[Stage], Generator[float]]"
    """Does harm between its yields; each yield is how many seconds to wait. Undoes its harm when it is closed."""
    messages: int
    short: int
    """Messages of the short form."""
    submitters: int = 8
    workers: int = 2
    concurrency: int = 4
    mix: Mapping[str, float] = field(default_factory=dict)
    """Shares of prompts that are not `plain`."""
    gap: float = 0.25
    processes: float = 0.04
    """The share of prompts that have a process of their own; the others go through `request --batch`."""
    settings: Mapping[str, str] = field(default_factory=dict)
    settle: float = 90.0
    """Seconds after the last fault within which everything must be in an end state."""
    limit: float = 900.0
    """Seconds after which the faults end in any case."""
    prepare: "Callable[[Path], None]" = lambda _: None
    """Makes the home, an empty folder, what the trial needs."""
    on: Kind = "sqlite"
    """What it is played on where nobody says otherwise."""
    expect: "Callable[[Stage, Evidence], Iterator[tuple[str, str]]]" = lambda *_: iter(())
    """Further findings: the invariant and what broke it."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a trial is run."""

    seed: int = 1
    messages: int | None = None
    on: Kind | None = None
    """Instead of the trial's own."""
    database: str | None = None
    queue: str | None = None
    """Servers that are there already: their URLs."""
    without: str | None = None
    keep: bool = False
    settle: float | None = None
    """Seconds after the last fault, instead of the trial's own."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """One line of the table."""

    name: str
    about: str
    seed: int
    on: str
    messages: int
    faults: int
    refusals: int
    seconds: float
    verdict: Verdict
    statuses: Mapping[str, int]
    folder: str | None


class Stage:
    """The cast of a running trial, for those who disturb it."""

    def __init__(self, trial: Trial, options: Options, site: Site, ground: Ground) -> None:
        self.trial = trial
        self.site = site
        self.ground = ground
        self.dice = random.Random(options.seed)
        self.messages = options.messages or trial.messages
        self.book = Book()
        self.cancelled: dict[str, tuple[float, float]] = {}
        """When the cancel of a message was acknowledged, and when it must have taken effect."""
        self.outages: list[tuple[float, float]] = []
        """When the database was away: beginnings and ends."""
        self._counts: dict[str, int] = {}
        self._settle = options.settle or trial.settle
        self.faults = 0
        self.disrupted = 0
        self.findings: list[tuple[str, str]] = []
        self.busy = False
        """Whether the faults must go on although everything is done."""
        self.ruined = False
        """Whether the database was damaged for good: then only the findings count."""
        site.move_clock(0)
        self.fleet = Fleet(site, trial.workers)
        self.submitters = self._cast()

    def play(self) -> None:
        """Submit under faults, until nearly everything is done; then let the rest settle."""
        begun = time.monotonic()
        for submitter in self.submitters:
            submitter.start()
        with closing(self.trial.disturb(self)) as disturbance:
            for pause in disturbance:
                if self._passed(pause) or time.monotonic() - begun > self.trial.limit:
                    break
        calm = time.monotonic()
        while (
            not self.ruined
            and time.monotonic() - calm < self._settle * strain()
            and not (self.submitted and settled(self.counts()))
        ):
            self._tick()
        self.dismiss()

    def fault(self, *, executions: int) -> None:
        """Count a fault and how many executions it may have cost."""
        self.faults += 1
        self.disrupted += executions

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The database is away inside the block."""
        begun = time.time()
        yield
        self.outages.append((begun, time.time()))

    @property
    def submitted(self) -> bool:
        """Whether all prompts were accepted."""
        return not any(submitter.is_alive() for submitter in self.submitters)

    def noted(self, event: str) -> int:
        """How often the oracle was told of this."""
        return sum(each.event == event for each in oracle.read(self.site.oracle))

    def executing(self) -> set[int]:
        """The process groups in which attempts run at this moment."""
        begun = {}
        for each in oracle.read(self.site.oracle):
            if each.event == "start":
                begun[each.message, each.attempt] = each.pid
            elif each.event == "end":
                begun.pop((each.message, each.attempt), None)
        groups = set()
        for pid in begun.values():
            with suppress(ProcessLookupError):
                groups.add(os.getpgid(pid))
        return groups

    def counts(self) -> dict[str, int]:
        """How many messages are in each state, as last seen."""
        with suppress(Unreadable), Reader(self.site.database, self.site.organization) as reader:
            self._counts = reader.counts()
        return self._counts

    def dismiss(self) -> None:
        """Send the submitters home."""
        for submitter in self.submitters:
            submitter.over.set()
        for submitter in self.submitters:
            submitter.join(timeout=20 * strain())

    def _passed(self, seconds: float) -> bool:
        """Wait so long, and say whether it is time for the faults to end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._tick()
        if self.busy or self.ruined or not self.submitted:
            return False
        counts = self.counts()
        done = sum(number for status, number in counts.items() if settled({status: number}))
        return done >= NEARLY_ALL * sum(counts.values())

    def _tick(self) -> None:
        time.sleep(0.05)
        sample()
        self.fleet.mend()

    def _cast(self) -> list[Submitter]:
        # Each starts processes of its own, which would outweigh a small dose of messages.
        size = min(self.trial.submitters, max(4, self.messages // 15))
        prompts = [f"{self._kind()} {number}" for number in range(self.messages)]
        return [
            Submitter(
                self.site,
                self.book,
                prompts[number::size],
                gap=self.trial.gap,
                processes=self.trial.processes,
                dice=random.Random(self.dice.random()),
            )
            for number in range(size)
        ]

    def _kind(self) -> str:
        kinds, shares = list(self.trial.mix), list(self.trial.mix.values())
        return self.dice.choices([*kinds, "plain"], [*shares, 1 - sum(shares)])[0]


def run(trial: Trial, options: Options) -> Report:
    """Play the trial on a site of its own. Raises Skipped where this machine cannot."""
    if options.database or options.queue:
        return _run_on(Ground(kind="given", database=options.database, queue=options.queue), trial, options)
    with laid(options.on or trial.on) as ground:
        return _run_on(ground, trial, options)


def _run_on(ground: Ground, trial: Trial, options: Options) -> Report:
    begun = time.monotonic()
    settings = PATIENT | {"CHATCTL_CONCURRENCY": str(trial.concurrency)} | dict(trial.settings)
    if options.without:
        settings["SOAK_WITHOUT"] = options.without
    place = Site(
        database=ground.database, queue=ground.queue, settings=settings, keep=options.keep, prepare=trial.prepare
    )
    with place as site:
        stage = Stage(trial, options, site, ground)
        try:
            stage.play()
        finally:
            stage.dismiss()
            statuses = stage.fleet.stop()
        evidence = _evidence(stage, statuses)
        verdict = judge(evidence)
        for invariant, what in [*stage.findings, *trial.expect(stage, evidence)]:
            verdict.broken.setdefault(invariant, []).append(what)
        return Report(
            name=trial.name,
            about=trial.about,
            seed=options.seed,
            on=ground.kind,
            messages=len(evidence.rows),
            faults=stage.faults,
            refusals=len(stage.book.refusals),
            seconds=round(time.monotonic() - begun, 1),
            verdict=verdict,
            statuses=dict(Counter(row.status for row in evidence.rows)),
            folder=str(site.folder) if options.keep else None,
        )


def _evidence(stage: Stage, statuses: list[int]) -> Evidence:
    site = stage.site
    # -15: told to stop before it had begun; 5: the database cannot be used, and here it never can again.
    expected = (0, -signal.SIGTERM, *((5,) if stage.ruined else ()))
    leftovers = [f"a worker ended with {status}" for status in statuses if status not in expected]
    leftovers += [f"process {pid}" for pid in _left(site)] + [f"lock {name}" for name in site.locks()]
    if stage.ruined:
        return Evidence(rows=(), events=(), book=Book(), disrupted=0, leftovers=leftovers)
    with Reader(site.database, site.organization) as reader:
        rows, damage = reader.rows(), reader.damage()
    if site.errors.exists() and "Traceback" in (words := site.errors.read_text(errors="replace")):
        damage.append(f"a traceback: {words[words.index('Traceback') :][-600:]}")
    return Evidence(
        rows=rows,
        events=oracle.read(site.oracle),
        book=stage.book,
        disrupted=stage.disrupted,
        cancelled=stage.cancelled,
        outages=stage.outages,
        damage=damage,
        leftovers=leftovers,
        clock_moved=set(CLOCK_SETTING) <= set(stage.trial.settings),
    )


def _left(site: Site, within: float = 10.0) -> list[int]:
    """The processes that outlive their time: automatic workers leave by themselves, orphans notice a moment later."""
    begun = time.monotonic()
    while (alive := site.alive()) and time.monotonic() - begun < within * strain():
        sample()
        time.sleep(0.1)
    return alive
