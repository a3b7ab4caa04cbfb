"""What users, sweeps and clocks do to messages: cancel, retry, rings, impossible times, steps."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from chatctl.domain.chats import TextStep
from chatctl.domain.jobs import Beat, Claim
from chatctl.storage import answers
from chatctl.storage.ledger import LONGEST_BACKOFF, RINGS_PER_SWEEP

from .acts import claimed, completed, failed, recorded
from .conftest import MORNING, Bench, MakeBench

# cancel


def test_a_queued_message_is_cancelled_at_once(bench: Bench) -> None:
    (message,) = bench.chat()
    assert bench.cancel(message)
    row = bench.row(message)
    assert (row.status, row.is_completed, row.finished_at, row.outcome) == ("cancelled", True, bench.now, None)
    assert bench.ledger.claim(message, "w") is None


def test_a_running_message_is_asked_to_stop_and_the_heartbeat_tells(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    assert bench.cancel(message)
    assert bench.row(message).status == "running"
    assert bench.ledger.heartbeat([claim]) == {claim: Beat(alive=True, cancel_requested=True)}
    assert bench.ledger.cancelled(claim)
    assert bench.row(message).status == "cancelled"
    assert not completed(bench, claim)


def test_a_finished_message_cannot_be_cancelled(bench: Bench) -> None:
    (message,) = bench.chat()
    completed(bench, claimed(bench, message))
    assert not bench.cancel(message)
    assert bench.row(message).status == "completed"


@pytest.mark.parametrize(
    "end",
    [
        lambda bench, claim: failed(bench, claim),
        lambda bench, claim: bench.ledger.crashed(claim, "signal 9"),
        lambda bench, claim: bench.ledger.overran(claim),
        lambda bench, claim: bench.ledger.give_back(claim),
        lambda bench, _claim: bench.ledger.sweep(["w"]).recovered == 1,
    ],
    ids=["error", "crash", "deadline", "given back", "vanished"],
)
def test_what_was_told_to_stop_is_not_tried_again(bench: Bench, end: Callable[[Bench, Claim], bool]) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    bench.cancel(message)
    assert end(bench, claim)
    row = bench.row(message)
    assert (row.status, row.errors, row.crashes, row.lost) == ("cancelled", 0, 0, 0)


# give back and retry


def test_a_message_that_is_given_back_costs_no_budget(bench: Bench) -> None:
    (message,) = bench.chat()
    assert bench.ledger.give_back(claimed(bench, message))
    row = bench.row(message)
    assert (row.status, row.errors, row.crashes, row.lost, row.worker_id) == ("queued", 0, 0, 0, None)
    assert claimed(bench, message).attempt == 2


def test_a_retry_starts_with_fresh_budgets_and_keeps_the_attempt(make_bench: MakeBench) -> None:
    bench = make_bench(max_errors=1)
    (message,) = bench.chat()
    bench.ledger.crashed(claimed(bench, message), "signal 9")
    failed(bench, claimed(bench, message))
    assert bench.row(message).status == "failed"
    bench.now += 10
    assert bench.retry(message)
    row = bench.row(message)
    assert (row.status, row.is_completed, row.errors, row.crashes, row.lost) == ("queued", False, 0, 0, 0)
    assert (row.error_code, row.error_message, row.error_hint, row.finished_at) == (None, None, None, None)
    assert claimed(bench, message).attempt == 3


def test_a_retry_after_a_cancel_is_not_cancelled_again(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    bench.cancel(message)
    bench.ledger.cancelled(claim)
    assert bench.retry(message)
    again = claimed(bench, message)
    assert bench.ledger.heartbeat([again]) == {again: Beat(alive=True, cancel_requested=False)}


def test_only_failed_and_cancelled_messages_are_retried(bench: Bench) -> None:
    (message,) = bench.chat()
    assert not bench.retry(message)
    claim = claimed(bench, message)
    assert not bench.retry(message)
    completed(bench, claim)
    assert not bench.retry(message)


# rings


def test_a_sweep_rings_what_was_not_rung_for_a_second_at_most_eight_each_once_a_second(bench: Bench) -> None:
    due = [bench.chat()[0] for _ in range(RINGS_PER_SWEEP + 2)]
    bench.now += 10
    assert bench.ledger.sweep([]).due == tuple(due[:RINGS_PER_SWEEP])
    assert bench.ledger.sweep([]).due == tuple(due[RINGS_PER_SWEEP:])
    assert bench.ledger.sweep([]).due == ()
    bench.now += 1
    assert len(bench.ledger.sweep([]).due) == RINGS_PER_SWEEP


def test_a_fresh_message_is_not_rung_by_the_sweep(bench: Bench) -> None:
    bench.chat()
    assert bench.ledger.sweep([]).due == ()
    assert bench.ledger.has_queued()


# clocks


@pytest.mark.parametrize("back", [3_600.0, 86_400.0])
def test_times_that_no_honest_clock_wrote_are_healed(bench: Bench, back: float) -> None:
    waiting, running, paused = bench.chat()[0], bench.chat()[0], bench.chat()[0]
    claimed(bench, running)
    failed(bench, claimed(bench, paused))
    bench.now = MORNING - back
    bench.ledger.sweep([])
    for message in (waiting, paused):
        assert bench.row(message).not_before <= bench.now + 2 * LONGEST_BACKOFF
    row = bench.row(running)
    assert row.status == "running"
    assert row.lease_expires_at == bench.now + 30
    assert row.deadline_at == bench.now + 900
    assert claimed(bench, waiting)
    bench.now += 30
    assert bench.ledger.sweep([]).recovered == 2


def test_honest_times_are_left_alone(bench: Bench) -> None:
    (message,) = bench.chat()
    claimed(bench, message)
    before = bench.row(message).model_dump()
    bench.ledger.sweep([])
    assert bench.row(message).model_dump() == before


def test_a_clock_that_jumps_ahead_only_costs_a_lease(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    bench.now += 86_400
    assert bench.ledger.sweep([]).recovered == 1
    assert not completed(bench, claim)
    assert completed(bench, claimed(bench, message))


# steps


def test_readers_see_the_steps_of_the_current_attempt(bench: Bench) -> None:
    from chatctl.storage import progress

    (message,) = bench.chat()
    first = claimed(bench, message, "gone")
    assert recorded(bench, first)
    bench.ledger.sweep(["gone"])
    second = claimed(bench, message)
    step = TextStep(id=uuid4(), title="second", status="loading")
    with bench.database.write() as session:
        answers.record(session, second, [(1, step)], bench.now)
    done = step.model_copy(update={"status": "completed"})
    with bench.database.write() as session:
        answers.record(session, second, [(1, done)], bench.now)
    with bench.database.read() as session:
        (value,) = progress.values(session, [message])
    assert value.reasoning.steps == [done]
