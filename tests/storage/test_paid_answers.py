"""What an attempt of a language model leaves on its way, on every database: paid once, fenced, kept at the end."""

from uuid import UUID, uuid4

from chatctl.domain.assets import MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import MessageError, ResultEntry, Usage
from chatctl.domain.jobs import Claim
from chatctl.domain.results import Column
from chatctl.storage import answers
from chatctl.storage.answers import Assignment, Completion
from chatctl.storage.files import Kept

from .conftest import Bench

SPENT = Usage(model="openai:gpt-5", requests=1, input_tokens=100, output_tokens=10, cost=0.25)
RAW = ({"kind": "request", "said": "ß 🙂"}, {"kind": "response"})
RESULT = ResultEntry(
    id=uuid4(),
    source="shop",
    sql="SELECT 42 AS n",
    columns=[Column(name="n", type="integer")],
    rows=[[42]],
    row_count=1,
    truncated=False,
    elapsed_ms=1.0,
)
REASON = MessageError(code="MODEL_ERROR", message="It broke", hint="Mend it")


def claimed(bench: Bench) -> Claim:
    """A running message that asks a model."""
    (message_id,) = bench.chat()
    bench.change(message_id, model="openai:gpt-5")
    claim = bench.ledger.claim(message_id, "w")
    assert claim is not None
    return claim


def keep(bench: Bench, claim: Claim) -> bool:
    with bench.database.write() as session:
        return answers.keep(session, claim, RAW, SPENT, bench.now)


def assigned(bench: Bench, claim: Claim) -> Assignment:
    with bench.database.read() as session:
        found = answers.assignment(session, claim)
    assert found is not None
    return found


def test_the_next_attempt_finds_what_was_paid_for(bench: Bench) -> None:
    first = claimed(bench)
    assert keep(bench, first)
    bench.ledger.sweep(["w"])
    second = bench.ledger.claim(first.message_id, "w2")
    assert second is not None
    found = assigned(bench, second)
    assert (found.paid, found.spent) == (RAW, SPENT)


def test_an_attempt_that_was_overtaken_keeps_nothing(bench: Bench) -> None:
    claim = claimed(bench)
    bench.ledger.sweep(["w"])
    assert not keep(bench, claim)
    with bench.database.write() as session:
        assert not answers.give_up(session, claim, REASON, [RESULT], bench.now)
    row = bench.row(claim.message_id)
    assert (row.status, row.raw_llm_messages, row.usage, row.response) == ("queued", [], None, [])


def test_what_stops_for_good_keeps_what_it_found(bench: Bench) -> None:
    claim = claimed(bench)
    with bench.database.write() as session:
        assert answers.give_up(session, claim, REASON, [RESULT], bench.now)
    row = bench.row(claim.message_id)
    assert (row.status, row.is_completed, row.error_code, row.errors) == ("failed", True, "MODEL_ERROR", 1)
    assert row.response == [{"id": str(RESULT.id), "type": "result"}]
    assert bench.retry(claim.message_id)
    assert bench.row(claim.message_id).response == []


def test_a_cancel_that_was_asked_for_wins(bench: Bench) -> None:
    claim = claimed(bench)
    assert bench.cancel(claim.message_id)
    with bench.database.write() as session:
        assert answers.give_up(session, claim, REASON, [RESULT], bench.now)
    row = bench.row(claim.message_id)
    assert (row.status, row.error_code, row.response) == ("cancelled", None, [])


def test_a_completion_without_usage_leaves_what_was_spent(bench: Bench) -> None:
    claim = claimed(bench)
    keep(bench, claim)
    done = Completion(outcome="answered", entries=[], raw=[{"form": {}}], usage=None, grounding=None)
    with bench.database.write() as session:
        assert answers.complete(session, claim, done, bench.now)
    row = bench.row(claim.message_id)
    assert (row.usage, row.raw_llm_messages) == (SPENT.model_dump(mode="json"), [{"form": {}}])


def test_what_was_saved_may_be_changed_by_the_next_question(bench: Bench) -> None:
    def save(name: str, sql: str, changes: UUID | None = None) -> None:
        claim = claimed(bench)
        file = MetricFile(name=name, source="shop", sql=sql, chart_config=ChartConfig(selected_chart_type="table"))
        kept = [Kept(file=file, question="x", proposed=True, changes=changes)]
        done = Completion(outcome="answered", entries=[], raw=[], usage=None, grounding=None, kept=kept)
        with bench.database.write() as session:
            assert answers.complete(session, claim, done, bench.now)

    save("Traffic", "SELECT 42 AS n")
    (asset,) = assigned(bench, claimed(bench)).saved
    save("Traffic", "SELECT 43 AS n", asset.id)
    (changed,) = assigned(bench, claimed(bench)).saved
    assert (changed.id, changed.name, changed.version_number) == (asset.id, "Traffic", 2)
