"""What messages have used is found by time, and by an index."""

from typing import Any
from uuid import UUID

from chatctl.storage import usage

from .conftest import MORNING, Bench
from .test_plans import Large, scans

USED: dict[str, Any] = {"model": "openai:gpt-5", "requests": 2, "input_tokens": 100, "output_tokens": 10, "cost": 0.5}


def test_only_messages_that_asked_a_model_count_and_deleted_ones_do(bench: Bench) -> None:
    first, second, _ = bench.chat(3)
    bench.change(first, usage=USED)
    bench.change(second, usage=USED | {"cost": None}, deleted_at=bench.row(first).created_at)
    with bench.database.read() as session:
        found = list(usage.since(session, bench.actor.organization_id, 0))
        elsewhere = list(usage.since(session, UUID(int=1), 0))
    assert [each.usage.cost for each in sorted(found, key=lambda each: each.at)] == [0.5, None]
    assert {each.user_id for each in found} == {bench.actor.user_id}
    assert elsewhere == []


def test_a_message_counts_when_its_last_attempt_was_due(bench: Bench) -> None:
    (message,) = bench.chat()
    bench.change(message, usage=USED, status="failed", is_completed=True)
    bench.now += 86_400
    with bench.database.read() as session:
        assert not list(usage.since(session, bench.actor.organization_id, bench.now))
    assert bench.retry(message)
    with bench.database.read() as session:
        (found,) = usage.since(session, bench.actor.organization_id, bench.now)
    assert found.at.timestamp() == bench.now


def test_the_messages_of_a_day_are_found_by_an_index(bench: Bench) -> None:
    large = Large(bench)
    large.fill()
    plans = list(
        large.reading(lambda session: list(usage.since(session, bench.actor.organization_id, MORNING - 1_000)))
    )
    assert scans(iter(plans)) == []
    assert "ix_message_due" in " ".join(plans[0].lines)


def test_names_are_those_that_may_be_seen(bench: Bench) -> None:
    (message,) = bench.chat()
    row = bench.row(message)
    with bench.database.read() as session:
        assert usage.titles(session, bench.actor, [row.chat_id, UUID(int=7)]) == {row.chat_id: "x"}
        assert usage.names(session, [row.created_by]) == {row.created_by: "ada"}
