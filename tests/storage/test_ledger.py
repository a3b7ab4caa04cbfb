"""The state machine of messages: every arrow, every budget, every fence."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from chatctl.domain.jobs import Beat, Claim
from chatctl.storage.ledger import LONGEST_BACKOFF

from .acts import claimed, completed, failed, recorded
from .conftest import Bench, MakeBench

# queued --claim--> running


def test_a_claim_raises_the_attempt_and_takes_a_lease(bench: Bench) -> None:
    (message,) = bench.chat()
    assert claimed(bench, message, "w1") == Claim(message_id=message, attempt=1)
    row = bench.row(message)
    assert (row.status, row.attempt, row.worker_id) == ("running", 1, "w1")
    assert row.lease_expires_at == bench.now + 30
    assert row.deadline_at == bench.now + 900
    assert row.started_at == bench.now


def test_what_is_claimed_cannot_be_claimed_again(bench: Bench) -> None:
    (message,) = bench.chat()
    claimed(bench, message)
    assert bench.ledger.claim(message, "other") is None
    assert bench.ledger.claim_next("other") is None
    assert not bench.ledger.has_queued()


def test_an_unknown_message_cannot_be_claimed(bench: Bench) -> None:
    assert bench.ledger.claim(uuid4(), "w") is None


def test_the_longest_due_is_claimed_first(bench: Bench) -> None:
    first, second = bench.chat(), bench.chat()
    assert [bench.ledger.claim_next("w"), bench.ledger.claim_next("w"), bench.ledger.claim_next("w")] == [
        Claim(message_id=first[0], attempt=1),
        Claim(message_id=second[0], attempt=1),
        None,
    ]


def test_one_message_of_a_chat_at_a_time_in_order_of_position(bench: Bench) -> None:
    one, two, three = bench.chat(3)
    assert bench.ledger.claim(two, "w") is None
    claim = claimed(bench, one)
    assert bench.ledger.claim_next("w") is None
    assert completed(bench, claim)
    assert bench.ledger.claim(three, "w") is None
    assert failed(bench, claimed(bench, two), retryable=False)
    assert claimed(bench, three)


def test_an_earlier_message_that_waits_after_an_error_holds_the_later_ones(bench: Bench) -> None:
    one, two = bench.chat(2)
    failed(bench, claimed(bench, one))
    assert bench.ledger.claim_next("w") is None
    bench.now += 60
    assert bench.ledger.claim_next("w") == Claim(message_id=one, attempt=2)
    assert bench.ledger.claim(two, "w") is None


# running --finish--> completed


def test_a_finish_ends_the_message_with_its_answer(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    bench.now += 3
    assert completed(bench, claim, "42")
    row = bench.row(message)
    assert (row.status, row.is_completed, row.outcome, row.finished_at) == ("completed", True, "answered", bench.now)
    assert (row.lease_expires_at, row.deadline_at) == (None, None)
    assert [entry["message"] for entry in row.response] == ["42"]


# running --error--> queued, at three failed


def test_errors_are_tried_again_after_a_growing_pause_and_fail_at_three(bench: Bench) -> None:
    (message,) = bench.chat()
    for number in (1, 2):
        assert failed(bench, claimed(bench, message))
        row = bench.row(message)
        assert (row.status, row.errors, row.error_code) == ("queued", number, None)
        assert bench.now + 2**number / 2 <= row.not_before <= bench.now + 2**number
        assert bench.ledger.claim(message, "w") is None, "not before its time"
        bench.now = row.not_before
    assert failed(bench, claimed(bench, message))
    row = bench.row(message)
    assert (row.status, row.is_completed, row.errors, row.attempt) == ("failed", True, 3, 3)
    assert (row.error_code, row.error_message, row.error_hint) == ("ANALYST_FAILED", "It broke", "Mend it")


def test_the_pause_is_never_over_a_minute(make_bench: MakeBench) -> None:
    bench = make_bench(max_errors=100)
    (message,) = bench.chat()
    for _ in range(8):
        failed(bench, claimed(bench, message))
        assert bench.row(message).not_before <= bench.now + LONGEST_BACKOFF
        bench.now += LONGEST_BACKOFF


def test_an_error_that_will_not_mend_fails_at_once(bench: Bench) -> None:
    (message,) = bench.chat()
    assert failed(bench, claimed(bench, message), retryable=False)
    assert (bench.row(message).status, bench.row(message).errors) == ("failed", 1)


def test_a_deadline_is_an_error_of_its_own_code(make_bench: MakeBench) -> None:
    bench = make_bench(max_errors=1)
    (message,) = bench.chat()
    assert bench.ledger.overran(claimed(bench, message))
    assert bench.row(message).error_code == "DEADLINE_EXCEEDED"


# running --crash--> queued, at three failed


def test_crashes_have_a_budget_of_three(bench: Bench) -> None:
    (message,) = bench.chat()
    for number in (1, 2):
        assert bench.ledger.crashed(claimed(bench, message), "signal 9")
        assert (bench.row(message).status, bench.row(message).crashes) == ("queued", number)
    assert bench.ledger.crashed(claimed(bench, message), "signal 9")
    row = bench.row(message)
    assert (row.status, row.crashes, row.error_code, row.errors) == ("failed", 3, "ATTEMPTS_EXHAUSTED", 0)
    assert "signal 9" in (row.error_message or "")


# running --worker vanished--> queued, at twenty failed


def test_vanished_workers_have_a_budget_of_twenty(bench: Bench) -> None:
    (message,) = bench.chat()
    for number in range(1, 20):
        claimed(bench, message, "gone")
        assert bench.ledger.sweep(["gone"]).recovered == 1
        assert (bench.row(message).status, bench.row(message).lost) == ("queued", number)
    claimed(bench, message, "gone")
    bench.ledger.sweep(["gone"])
    row = bench.row(message)
    assert (row.status, row.lost, row.error_code, row.crashes) == ("failed", 20, "ATTEMPTS_EXHAUSTED", 0)


def test_a_sweep_takes_back_an_expired_lease_and_no_other(bench: Bench) -> None:
    (message,) = bench.chat()
    claimed(bench, message)
    bench.now += 29
    assert bench.ledger.sweep([]).recovered == 0
    bench.now += 1
    swept = bench.ledger.sweep([])
    assert (swept.recovered, swept.due) == (1, (message,))
    assert bench.ledger.sweep([]).recovered == 0, "idempotent"


def test_a_sweep_leaves_the_work_of_other_workers_alone(bench: Bench) -> None:
    (message,) = bench.chat()
    claimed(bench, message, "alive")
    assert bench.ledger.sweep(["gone"]).recovered == 0
    assert bench.row(message).status == "running"


def test_a_sweep_does_not_touch_a_finished_message(bench: Bench) -> None:
    (message,) = bench.chat()
    assert completed(bench, claimed(bench, message, "gone"))
    bench.now += 1_000
    assert bench.ledger.sweep(["gone"]).recovered == 0
    assert bench.row(message).status == "completed"


# heartbeat


def test_a_heartbeat_renews_the_lease_but_never_past_the_deadline(make_bench: MakeBench) -> None:
    bench = make_bench(lease=30, longest_run=50)
    (message,) = bench.chat()
    claim, begun = claimed(bench, message), bench.now
    bench.now += 10
    assert bench.ledger.heartbeat([claim]) == {claim: Beat(alive=True, cancel_requested=False)}
    assert bench.row(message).lease_expires_at == begun + 40
    bench.now += 25
    bench.ledger.heartbeat([claim])
    assert bench.row(message).lease_expires_at == begun + 50


def test_the_deadline_caps_the_first_lease_too(make_bench: MakeBench) -> None:
    bench = make_bench(lease=30, longest_run=5)
    (message,) = bench.chat()
    claimed(bench, message)
    assert bench.row(message).lease_expires_at == bench.now + 5


def test_a_heartbeat_of_a_lost_claim_says_so(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message, "slow")
    bench.ledger.sweep(["slow"])
    assert bench.ledger.heartbeat([claim]) == {claim: Beat(alive=False, cancel_requested=False)}
    assert bench.row(message).status == "queued"


# fencing


@pytest.mark.parametrize(
    "late",
    [
        lambda bench, old: completed(bench, old, "late"),
        lambda bench, old: recorded(bench, old),
        lambda bench, old: failed(bench, old),
        lambda bench, old: failed(bench, old, retryable=False),
        lambda bench, old: bench.ledger.crashed(old, "late"),
        lambda bench, old: bench.ledger.overran(old),
        lambda bench, old: bench.ledger.cancelled(old),
        lambda bench, old: bench.ledger.give_back(old),
        lambda bench, old: bench.ledger.heartbeat([old])[old].alive,
    ],
    ids=["complete", "record", "fail", "give up", "crash", "overrun", "cancel", "give back", "heartbeat"],
)
@pytest.mark.parametrize("since", ["taken back", "claimed again", "finished", "cancelled"])
def test_an_old_attempt_changes_nothing(bench: Bench, late: Callable[[Bench, Claim], bool], since: str) -> None:
    (message,) = bench.chat()
    old = claimed(bench, message, "slow")
    bench.ledger.sweep(["slow"])
    if since != "taken back":
        new = claimed(bench, message, "quick")
        if since == "finished":
            completed(bench, new, "first")
        if since == "cancelled":
            bench.ledger.cancelled(new)
    before = bench.row(message).model_dump()
    assert not late(bench, old)
    assert bench.row(message).model_dump() == before


def test_a_finished_claim_finishes_once(bench: Bench) -> None:
    (message,) = bench.chat()
    claim = claimed(bench, message)
    assert completed(bench, claim, "first")
    assert not completed(bench, claim, "second")
    assert [entry["message"] for entry in bench.row(message).response] == ["first"]
