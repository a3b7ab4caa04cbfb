"""The independent checker: the invariants of the jobs, from plain SQL, the oracle's log and what submitters were told.

I1  every acknowledged message exists, once         I2  every message is in an end state
I3  a completed message has exactly one set of effects, of its final attempt; every other has none
I4  healthy messages are completed                  I5  the others failed with the right code, within their budgets
I6  the database is sound                           I7  no process and no lock is left
I8  commands told the truth, within a second of their commit
I9  no more executions than messages, faults and retries explain; none twice, none out of a chat's order
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from soaking.oracle import Event
from soaking.reading import TERMINAL, Row
from soaking.submitters import Book

HEALTHY = frozenset({"plain", "flaky", "slow"})
CODES = {
    "bad": {"ANALYST_FAILED"},
    "poison": {"ATTEMPTS_EXHAUSTED"},
    "hanging": {"DEADLINE_EXCEEDED"},
    "stubborn": {"DEADLINE_EXCEEDED"},
    "memory": {"ANALYST_FAILED", "ATTEMPTS_EXHAUSTED"},
    "threads": {"ANALYST_FAILED", "ATTEMPTS_EXHAUSTED", "DEADLINE_EXCEEDED"},
}
BUDGET = 3
PROMPT_RETURN = 1.0
"""Seconds of an idle machine; where processes wait for a core, as much more."""
SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that a run left behind."""

    rows: Sequence[Row]
    events: Sequence[Event]
    book: Book
    disrupted: int
    """Executions that faults may have cost: killed or paused workers × their concurrency."""
    cancelled: dict[str, tuple[float, float]] = field(default_factory=dict)
    """By id: when the cancel of a message was acknowledged, and when it must have taken effect."""
    outages: Sequence[tuple[float, float]] = ()
    """When the database was away: beginnings and ends."""
    damage: Sequence[str] = ()
    leftovers: Sequence[str] = ()
    clock_moved: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found: the figures of the table, and for each broken invariant what broke it."""

    missing: int
    stuck: int
    double: int
    stale: int
    reruns: int
    fenced: int
    collateral: int
    broken: dict[str, list[str]]


def judge(evidence: Evidence) -> Verdict:
    """Hold the evidence to every invariant."""
    found: dict[str, list[str]] = {
        "I1": list(_missing(evidence)),
        "I2": [f"{row.prompt}: {row.status}, attempt {row.attempt}" for row in _open(evidence)],
        "I3": [*_double(evidence), *_stale(evidence)],
        "I4": list(_collateral(evidence)),
        "I5": list(_wrongly_ended(evidence)),
        "I6": [*evidence.damage, *_inconsistent(evidence)],
        "I7": list(evidence.leftovers),
        "I8": [*_untrue(evidence), *_late(evidence)],
        "I9": [*_too_many(evidence), *_disorderly(evidence)],
    }
    starts = _starts(evidence)
    return Verdict(
        missing=len(found["I1"]),
        stuck=len(found["I2"]),
        double=len(list(_double(evidence))),
        stale=len(list(_stale(evidence))),
        reruns=sum(starts.values()) - len(starts),
        fenced=sum(event.event == "fenced" for event in evidence.events),
        collateral=len(found["I4"]),
        broken={name: [*what[:SHOWN], *_more(what)] for name, what in found.items() if what},
    )


def _missing(evidence: Evidence) -> Iterator[str]:
    there = {row.id for row in evidence.rows}
    for promise in evidence.book.promises:
        if _plain(promise.message) not in there:
            yield f"{promise.prompt}: {promise.message} was promised by {promise.route}"
    for prompt, times in Counter(row.prompt for row in evidence.rows).items():
        if times > 1:
            yield f"{prompt}: {times} messages for one idempotency key"


def _open(evidence: Evidence) -> Iterator[Row]:
    return (row for row in evidence.rows if row.status not in TERMINAL)


def _double(evidence: Evidence) -> Iterator[str]:
    """Not exactly one set of effects where there should be one, or any where there should be none."""
    for row in evidence.rows:
        wanted = 1 if row.status == "completed" else 0
        if {len(row.texts), len(row.results), len(row.referred), len(row.raw)} != {wanted}:
            yield f"{row.prompt} is {row.status} with {len(row.texts)} texts and {len(row.results)} results"


def _stale(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        wrote = {attempt for _, attempt in row.results} | set(row.raw)
        wrote |= {int(text.split()[1]) for text in row.texts}
        stored = {result for result, _ in row.results}
        if wrote - {row.attempt} or set(row.referred) - stored:
            yield f"{row.prompt}: effects of the attempts {sorted(wrote)}, the last was {row.attempt}"


def _kind(row: Row) -> str:
    return row.prompt.split()[0]


def _collateral(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        allowed = {"completed", "cancelled"} if row.id in evidence.cancelled else {"completed"}
        if _kind(row) in HEALTHY and row.status in TERMINAL and row.status not in allowed:
            budgets = f"errors {row.errors}, crashes {row.crashes}, lost {row.lost}"
            yield f"{row.prompt}: {row.status} {row.error_code} ({budgets})"


def _wrongly_ended(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        if _kind(row) in HEALTHY or row.status not in TERMINAL or row.id in evidence.cancelled:
            continue
        if row.status != "failed" or row.error_code not in CODES[_kind(row)]:
            yield f"{row.prompt}: {row.status} {row.error_code}"
        elif max(row.errors, row.crashes) > BUDGET:
            yield f"{row.prompt}: errors {row.errors}, crashes {row.crashes}"


def _inconsistent(evidence: Evidence) -> Iterator[str]:
    for row in evidence.rows:
        if row.is_completed != (row.status in TERMINAL):
            yield f"{row.prompt}: {row.status} with is_completed {row.is_completed}"
        if row.leased != (row.status == "running"):
            yield f"{row.prompt}: {row.status} with leased {row.leased}"
    for chat, positions in _positions(evidence).items():
        if sorted(positions) != list(range(1, len(positions) + 1)):
            yield f"chat {chat} has the positions {sorted(positions)}"


def _positions(evidence: Evidence) -> dict[str, list[int]]:
    chats: dict[str, list[int]] = {}
    for row in evidence.rows:
        chats.setdefault(row.chat, []).append(row.position)
    return chats


def _untrue(evidence: Evidence) -> Iterator[str]:
    return (f"{prompt}: refused, and yet it is there" for prompt in evidence.book.contradicted)


def _late(evidence: Evidence) -> Iterator[str]:
    """Commands that had not ended a second after what they wrote; of a batch only each line's own time would count."""
    written = {row.id: row.created for row in evidence.rows}
    ended = {event.pid: event.at for event in evidence.events if event.event == "exit"}
    for promise in evidence.book.promises:
        begun, end = written.get(_plain(promise.message)), ended.get(promise.pid)
        if promise.route == "batch" or promise.again or evidence.clock_moved or begun is None or end is None:
            continue
        # Whoever meets an outage asks again after it, for what became of a commit that was under way.
        if any(begun <= restored and lost <= end for lost, restored in evidence.outages):
            continue
        if end - begun > PROMPT_RETURN * promise.strain:
            yield f"{promise.prompt}: {promise.route} returned {end - begun:.2f} s after it was written"


def _starts(evidence: Evidence) -> Counter[str]:
    return Counter(event.message for event in evidence.events if event.event == "start")


def _too_many(evidence: Evidence) -> Iterator[str]:
    starts = _starts(evidence)
    retries = sum(row.errors + row.crashes - (row.status == "failed") for row in evidence.rows)
    allowed = len(evidence.rows) + evidence.disrupted + max(0, retries)
    if sum(starts.values()) > allowed:
        yield f"{sum(starts.values())} executions, at most {allowed} are explained"
    each = Counter((event.message, event.attempt) for event in evidence.events if event.event == "start")
    for (message, attempt), times in each.items():
        if times > 1:
            yield f"{message}: attempt {attempt} ran {times} times"


def _disorderly(evidence: Evidence) -> Iterator[str]:
    """Executions that finished a message although one before it in its chat had not been finished yet."""
    worked = [row for row in evidence.rows if row.finished and row.status != "cancelled" and not evidence.clock_moved]
    rows = sorted(worked, key=lambda row: (row.chat, row.position))
    for before, after in pairwise(rows):
        if before.chat == after.chat and (before.finished or 0) > (after.finished or 0):
            yield f"{after.prompt} ended before {before.prompt}, which stands before it in their chat"


def _more(what: Sequence[str]) -> list[str]:
    return [f"and {len(what) - SHOWN} more"] if len(what) > SHOWN else []


def _plain(identifier: str) -> str:
    return identifier.replace("-", "")
