"""One attempt at one message: read the question, let the analyst work, store steps as they come, finish once.

No session is open while an engine or an analyst works, and every write is fenced by the claim.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pydantic

from chatctl.analyst.contract import Analyst, Answer, Exchange, Finding, Pulled, Question, Step, Stopped, Turn
from chatctl.config import Config
from chatctl.domain.assets import MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import MessageError, ReasoningStep, ResultEntry, TextEntry, TextStep
from chatctl.domain.errors import ChatctlError, DatabaseError, ExitCode
from chatctl.domain.jobs import Claim
from chatctl.domain.models import ModelSetup
from chatctl.domain.titles import metric_name, shorten
from chatctl.engines.engine import Engine, Limits
from chatctl.services import instructions, quotas
from chatctl.services.analysts import BUILTIN
from chatctl.services.sources import opened
from chatctl.storage import answers
from chatctl.storage.answers import Assignment, Completion
from chatctl.storage.database import Database, Transaction
from chatctl.storage.files import Given, Kept
from chatctl.storage.ledger import Ledger
from chatctl.storage.retries import settled

log = logging.getLogger("chatctl.analysis")

STEP_INTERVAL = 0.25
"""Seconds between two writes of steps: a few a second are enough for the eye."""

LONGEST_DESCRIPTION = 1_000
"""Code points of a question that become the description of its metric."""

FINISH_PATIENCE = 60.0
"""Seconds for which a finish that fails on the database is tried again: the answer cost time and money."""


class Fenced(Exception):
    """The claim is no longer ours: another attempt has the message, or nobody needs it. Nothing was written."""


class Analysis:
    """Answers claimed messages."""

    def __init__(
        self, config: Config, database: Database, ledger: Ledger, analyst: Callable[[str, ModelSetup | None], Analyst]
    ) -> None:
        """`analyst` gives the one that a message names, to be asked as it says."""
        self._config = config
        self._database = database
        self._ledger = ledger
        self._analyst = analyst

    def answer(self, claim: Claim) -> None:
        """Work on the claim to its end: completed, or failed, or queued again; a fenced claim ends without a trace."""
        begun = time.monotonic()
        try:
            self._work(claim)
            outcome = "done"
        except Fenced:
            outcome = "fenced"
        except Stopped as stopped:
            outcome = stopped.error.code
            self._stop(claim, stopped)
        except ChatctlError as error:
            outcome = error.code
            self._fail(claim, error)
        except Exception as error:
            log.exception("analyst failed", extra={"messageId": str(claim.message_id), "attempt": claim.attempt})
            outcome = type(error).__name__
            message = f"The analyst met an unexpected {outcome}"
            hint = "`chatctl worker logs` has the details."
            self._ledger.failed(claim, MessageError(code="ANALYST_FAILED", message=message, hint=hint))
        log.info(
            "attempt ended",
            extra={
                "messageId": str(claim.message_id),
                "attempt": claim.attempt,
                "outcome": outcome,
                "durationMs": round((time.monotonic() - begun) * 1000),
            },
        )

    def _work(self, claim: Claim) -> None:
        assignment = settled(lambda: self._read(claim), patience=self._database.patience)
        if assignment is None:
            raise Fenced
        notebook = Notebook(self._store(claim))
        try:
            with ExitStack() as stack:
                engines = self._open(stack, assignment, notebook)
                answer = self._ask(claim, assignment, engines, notebook)
        finally:
            notebook.flush()
        self._finish(claim, answer, _kept(assignment, answer))

    def _read(self, claim: Claim) -> Assignment | None:
        """What the claim is about, if it is still ours. Raises QuotaExceeded where it may not be paid for.

        What an earlier attempt has begun to pay for goes on.
        """
        with self._database.read() as session:
            found = answers.assignment(session, claim)
            if found and not found.paid:
                now = self._database.now(session)
                quotas.check(session, self._config, organization_id=found.organization_id, model=found.model, now=now)
            return found

    def _open(self, stack: ExitStack, assignment: Assignment, notebook: "Notebook") -> dict[str, Engine]:
        engines: dict[str, Engine] = {}
        for source in assignment.sources:
            loading = Loading(notebook, source.name)
            engines[source.name] = stack.enter_context(opened(source, self._config.cache, loading))
            loading.finish(engines[source.name].warnings)
        return engines

    def _ask(self, claim: Claim, assignment: Assignment, engines: Mapping[str, Engine], notebook: "Notebook") -> Answer:
        config = self._config
        question = Question(
            text=assignment.question,
            engines=engines,
            today=date.today(),
            cache=config.cache,
            history=tuple(
                Turn(
                    position=turn.position,
                    question=turn.question,
                    text=turn.text,
                    outcome=turn.outcome,
                    raw=turn.raw,
                    given=_pulled(turn.given),
                )
                for turn in assignment.history
            ),
            given=_pulled(assignment.given),
            limits=Limits(rows=config.row_limit, seconds=config.query_timeout),
            instructions=self._instructions(assignment, notebook),
            saved=tuple(each for each in assignment.saved if each.source is None or each.source in engines),
            paid=assignment.paid,
            spent=assignment.spent,
        )
        for event in self._analyst(assignment.model, assignment.model_setup)(question):
            if isinstance(event, Answer):
                return event
            if isinstance(event, Exchange):
                self._keep(claim, event)
            else:
                notebook.write(event)
        raise ChatctlError("The analyst ended without an answer")

    def _instructions(self, assignment: Assignment, notebook: "Notebook") -> str:
        """What a language model is told of the data; which files that is from, beside them, is a step."""
        if assignment.model == BUILTIN:
            return ""
        found = instructions.beside(assignment.sources, after=assignment.instructions)
        if found.files or found.warnings:
            step = TextStep(
                id=uuid4(),
                title="Read the instructions beside the data",
                secondary_title=", ".join(map(str, found.files)) or None,
                status="completed" if found.files else "failed",
                message="\n".join(found.warnings) or None,
            )
            notebook.write(step)
        return "\n\n".join(filter(None, [assignment.instructions, found.text]))

    def _store(self, claim: Claim) -> Callable[[list[tuple[int, ReasoningStep]]], None]:
        def write(steps: list[tuple[int, ReasoningStep]]) -> None:
            with self._database.write() as session:
                if not answers.record(session, claim, steps, self._database.now(session)):
                    raise Fenced

        # A server that restarts, or a disk that is full for a moment, is no fault of the question.
        return lambda steps: settled(partial(write, steps), patience=self._database.patience)

    def _keep(self, claim: Claim, exchange: Exchange) -> None:
        """Store what a model was paid for, so that no other attempt pays for it again."""

        def write() -> None:
            with self._database.write() as session:
                if not answers.keep(session, claim, exchange.raw, exchange.usage, self._database.now(session)):
                    raise Fenced

        settled(write, patience=self._database.patience)

    def _finish(self, claim: Claim, answer: Answer, kept: Sequence[Kept]) -> None:
        completion = Completion(
            outcome=answer.outcome,
            entries=list(_entries(answer)),
            raw=answer.raw,
            usage=answer.usage,
            grounding=answer.grounding,
            kept=kept,
        )
        self._end(lambda session, now: answers.complete(session, claim, completion, now))

    def _stop(self, claim: Claim, stopped: Stopped) -> None:
        """End the message as failed, with what was found before."""
        entries = list(_results(stopped.findings))
        reason = _reason(stopped.error)
        try:
            self._end(lambda session, now: answers.give_up(session, claim, reason, entries, now))
        except Fenced:
            return

    def _end(self, act: Callable[[Transaction, float], bool]) -> None:
        """Do it in a transaction of its own, patiently. Raises Fenced where the claim is lost."""
        patience = time.monotonic() + FINISH_PATIENCE
        while True:
            try:
                with self._database.write() as session:
                    if not act(session, self._database.now(session)):
                        raise Fenced
                    return
            except DatabaseError:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.5)

    def _fail(self, claim: Claim, error: ChatctlError) -> None:
        """Wrong data and broken rules stay wrong: only a database that cannot be reached is worth another try."""
        retryable = isinstance(error, DatabaseError) or error.exit_code is ExitCode.INTERNAL
        self._ledger.failed(claim, _reason(error), retryable=retryable)


class Notebook:
    """Steps on their way to the database: the newest form of each, written together, a few times a second.

    A timer writes what is pending when nothing follows: a long query, or a model that thinks, is seen at its begin.
    """

    def __init__(self, store: Callable[[list[tuple[int, ReasoningStep]]], None]) -> None:
        self._store = store
        self._ordinals: dict[UUID, int] = {}
        self._pending: dict[UUID, ReasoningStep] = {}
        self._last = -STEP_INTERVAL
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def write(self, step: Step) -> None:
        """Take a step; one with a known id replaces the former. Raises Fenced when the claim is lost."""
        with self._lock:
            self._ordinals.setdefault(step.id, len(self._ordinals) + 1)
            self._pending[step.id] = step
            wait = self._last + STEP_INTERVAL - time.monotonic()
            if wait <= 0:
                self._write()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self._write_late)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Store what is pending. Raises Fenced when the claim is lost."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            self._store([(self._ordinals[step.id], step) for step in self._pending.values()])
            self._pending.clear()
        self._last = time.monotonic()

    def _write_late(self) -> None:
        # Whoever writes next, or finishes, meets the same trouble and says so.
        with self._lock, suppress(Fenced, DatabaseError):
            self._write()


class Loading:
    """Tells of a source being loaded, as a step of the reasoning; silent when it was loaded before."""

    def __init__(self, notebook: Notebook, source: str) -> None:
        self._notebook = notebook
        self._source = source
        self._step = TextStep(id=uuid4(), title=f"Loading {source}", status="loading")
        self._used = False

    def __call__(self, what: str, share: float | None) -> None:
        self._used = True
        shown = f"{what} ({share:.0%})" if share is not None else what
        self._notebook.write(self._step.model_copy(update={"secondary_title": shown}))

    def finish(self, warnings: tuple[str, ...]) -> None:
        """Say what was odd about the data, where something was."""
        if self._used or warnings:
            update = {"title": f"Loaded {self._source}", "status": "completed", "message": "\n".join(warnings) or None}
            self._notebook.write(self._step.model_copy(update=update))


def _reason(error: ChatctlError) -> MessageError:
    return MessageError(code=error.code, message=error.message, hint=error.hint)


def _pulled(given: Sequence[Given]) -> tuple[Pulled, ...]:
    return tuple(Pulled(file=each.file, raw=each.raw) for each in given)


def _kept(assignment: Assignment, answer: Answer) -> list[Kept]:
    """What the analyst was asked to save, else the metric that the answer rests on, if there is one."""
    proposed = [
        Kept(file=each.file, question=assignment.question, proposed=True, changes=each.changes)
        for each in answer.proposals
    ]
    metric = None if proposed else _metric(assignment, answer)
    return [metric] if metric else proposed


def _metric(assignment: Assignment, answer: Answer) -> Kept | None:
    """What the answer rests on, to be asked again; an answer without a result, or with SQL beyond bounds, has none."""
    if answer.outcome != "answered" or not answer.findings:
        return None
    finding = answer.findings[0]
    about = [each.file.name for turn in assignment.history for each in turn.given] + [
        each.file.name for each in assignment.given
    ]
    called = f"{about[-1]}: {assignment.question}" if about and answer.refines else assignment.question
    try:
        file = MetricFile(
            name=metric_name(called),
            description=shorten(assignment.question, LONGEST_DESCRIPTION),
            source=finding.source,
            sql=finding.sql,
            chart_config=finding.chart or ChartConfig(selected_chart_type="table"),
        )
    except pydantic.ValidationError:
        return None
    return Kept(file=file, question=assignment.question, refines=answer.refines)


def _entries(answer: Answer) -> Iterator[TextEntry | ResultEntry]:
    """The direct answer first, what it assumes and what else can be asked after it, then the results it rests on."""
    parts = [answer.text]
    if answer.assumptions:
        parts.append("Assumptions:\n" + "\n".join(f"- {each}" for each in answer.assumptions))
    if answer.suggestions:
        parts.append("You could ask:\n" + "\n".join(f"- {each}" for each in answer.suggestions))
    yield TextEntry(id=uuid4(), message="\n\n".join(parts), is_final_message=True)
    yield from _results(answer.findings)


def _results(findings: Sequence[Finding]) -> Iterator[ResultEntry]:
    for finding in findings:
        yield ResultEntry(
            id=uuid4(),
            source=finding.source,
            sql=finding.sql,
            row_count=len(finding.result.rows),
            chart_config=finding.chart,
            **finding.result.model_dump(),
        )
