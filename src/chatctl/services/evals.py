"""Measuring an analyst: questions with known answers asked of it, and the rows of its SQL compared with the right ones.

It asks as a worker does and writes no chats.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from chatctl.analyst.contract import Analyst, Answer, Question, Stopped, Turn
from chatctl.config import Config
from chatctl.domain import case_files
from chatctl.domain.errors import ChatctlError, SourceError, SqlNotReadOnly, ValidationError
from chatctl.domain.evals import Asked, Case, CaseOutcome, Evaluation, evaluation
from chatctl.domain.matching import Match, match
from chatctl.domain.results import ResultSet
from chatctl.engines import guard
from chatctl.engines import sources as engine_sources
from chatctl.engines.engine import Engine, Limits, Progress, silent
from chatctl.engines.locations import is_pattern
from chatctl.services.analysts import named
from chatctl.services.instructions import beside, of_project
from chatctl.services.processes import by_processes
from chatctl.services.sources import Sources, Wanted

log = logging.getLogger("chatctl.evals")

MOST_ROWS: Final = 100_000
"""Rows of a result that are compared."""
WORST: Final[tuple[Match, ...]] = ("none", "relaxed", "strict")


@dataclass(frozen=True, kw_only=True, slots=True)
class Exam:
    """A case with the data that it is about."""

    case: Case
    source: Wanted


class Unjudged(Exception):
    """The case cannot be judged; the message says why."""


class Evals:
    """Evaluations on the sources that one actor may read; `elsewhere` makes who asks in another process."""

    def __init__(
        self,
        config: Config,
        *,
        sources: Callable[[], Sources],
        analyst: Callable[[str], Analyst],
        elsewhere: Callable[[str], "Examiner"],
        note: Callable[[str], None],
        progress: Progress,
    ) -> None:
        self._config = config
        self._sources = sources
        self._analyst = analyst
        self._elsewhere = elsewhere
        self._note = note
        self._progress = progress

    def run(
        self,
        file: Path,
        *,
        model: str | None = None,
        jobs: int = 1,
        out: Path | None = None,
        compare: Path | None = None,
    ) -> Evaluation:
        """Ask the model every case of the file, in so many processes, and judge it.

        Outcomes are written to `out` as they come; those that it holds already are not asked again. `compare` is what
        an earlier run wrote. Raises ValidationError for a bad file, SourceNotFound or SourceError for a source that is
        not there.
        """
        model = named(model or self._config.model)
        cases = case_files.read(file)
        analyst = self._analyst(model)  # what it lacks is told before anything is asked
        before = case_files.outcomes(compare) if compare else None
        known = self._kept(out, cases, model) if out and out.exists() else {}
        exams = self._exams([case for case in cases if case.id not in known], file.parent)
        try:
            for outcome in self._written(self._asked(exams, model, analyst, jobs), out):
                known[outcome.id] = outcome
                self._progress(_asking(len(cases)), len(known) / len(cases))
        except KeyboardInterrupt:
            kept = (
                f"{out} keeps them; the same command goes on from there" if out else "--out FILE would have kept them"
            )
            self._note(f"{len(known)} of {len(cases)} cases are done; {kept}.")
            raise
        broken = [each for each in known.values() if each.error]
        if broken:
            self._note(f"{len(broken)} of {len(cases)} cases could not be judged. {broken[0].id}: {broken[0].error}")
        return evaluation(model, cases, known, before)

    def _kept(self, out: Path, cases: Sequence[Case], model: str) -> dict[str, CaseOutcome]:
        """The outcomes in the file that still hold: of the same case and model, and judged."""
        found = case_files.outcomes(out)
        if other := next((each.model for each in found.values() if each.model != model), None):
            message = f"{out} holds outcomes of {other}; give another file for {model}"
            raise ValidationError.field("out", message, "other_model")
        same = {case.id: found[case.id] for case in cases if case.id in found and found[case.id].verdict != "error"}
        kept = {case.id: same[case.id] for case in cases if case.id in same and _of(case, same[case.id])}
        if kept:
            self._note(f"{len(kept)} of {len(cases)} cases are in {out} already; they are not asked again.")
        return kept

    def _exams(self, cases: Sequence[Case], folder: Path) -> list[Exam]:
        sources = {name: self._source(name, folder) for name in dict.fromkeys(case.source for case in cases)}
        return [Exam(case=case, source=sources[case.source]) for case in cases]

    def _source(self, name: str, folder: Path) -> Wanted:
        """A path or a glob beside the file of the cases, else what `--source` would mean."""
        path = folder / name
        if "://" not in name and (path.exists() or is_pattern(name)):
            kind, locations = engine_sources.resolve([str(path)])
            suggested = engine_sources.suggest_name(str(path))
            return Wanted(id=None, name=suggested, kind=kind, locations=tuple(locations))
        return self._sources().resolve([name])[0]

    def _asked(self, exams: Sequence[Exam], model: str, analyst: Analyst, jobs: int) -> Iterator[CaseOutcome]:
        if jobs == 1 or len(exams) < 2:
            with Examiner(self._config, model, analyst, self._progress) as examiner:
                yield from map(examiner, exams)
            return
        for exam, outcome in by_processes(partial(self._elsewhere, model), exams, most=jobs):
            yield outcome or _failed(exam.case, model, "The process that worked on it died")

    def _written(self, outcomes: Iterator[CaseOutcome], out: Path | None) -> Iterator[CaseOutcome]:
        if out is None:
            yield from outcomes
            return
        try:
            case_files.mend(out)
            with out.open("a", encoding="utf-8") as stream:
                for outcome in outcomes:
                    stream.write(outcome.model_dump_json(by_alias=True) + "\n")
                    stream.flush()
                    yield outcome
        except OSError as error:
            raise ValidationError.field("out", f"{out} cannot be written: {error.strerror}", "unwritable") from error


class Examiner:
    """Asks one analyst and judges its answers; it keeps the last source open, for the next case is often about it."""

    def __init__(self, config: Config, model: str, analyst: Analyst, progress: Progress = silent) -> None:
        self._config = config
        self._model = model
        self._analyst = analyst
        self._progress = progress
        self._project = of_project(config)
        self._source: Wanted | None = None
        self._engine: Engine | None = None

    def __enter__(self) -> "Examiner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, exam: Exam) -> CaseOutcome:
        """How the case went. Whatever goes wrong with it is in the outcome."""
        case, begun = exam.case, time.perf_counter()
        try:
            return self._judged(exam)
        except Unjudged as error:
            reason = str(error)
        except ChatctlError as error:
            reason = error.message
        except Stopped as stopped:
            reason = stopped.error.message
        except Exception as error:
            log.exception("analyst failed", extra={"outcome": type(error).__name__})
            reason = f"The analyst met an unexpected {type(error).__name__}"
        return _failed(case, self._model, reason, (time.perf_counter() - begun) * 1000)

    def close(self) -> None:
        """Close the source."""
        if self._engine:
            self._engine.close()
        self._source = self._engine = None

    def _judged(self, exam: Exam) -> CaseOutcome:
        engine = self._opened(exam.source)
        told = [each for each in self._conversation(exam, engine) if each.asked.right]
        matches = [self._match(each, engine) for each in told]
        answered = [each.answer.outcome == "answered" for each in told]
        wrong = any(said and fits != "strict" for said, fits in zip(answered, matches, strict=True))
        last = told[-1]
        return CaseOutcome(
            id=exam.case.id,
            outcome=last.answer.outcome,
            sql=last.sql,
            verdict="wrong" if wrong else "correct" if all(answered) else "declined",
            confidence=last.answer.confidence,
            elapsed_ms=last.elapsed_ms,
            match=min(matches, key=WORST.index),
            model=self._model,
            fingerprint=exam.case.fingerprint,
        )

    def _opened(self, source: Wanted) -> Engine:
        if self._source != source or self._engine is None:
            self.close()
            self._engine = engine_sources.open_engine(
                name=source.name,
                kind=source.kind,
                locations=list(source.locations),
                cache=self._config.cache,
                progress=self._progress,
            )
            self._source = source
        return self._engine

    def _conversation(self, exam: Exam, engine: Engine) -> Iterator["Told"]:
        """The turns of the case, each told what came before it, and its question."""
        history: tuple[Turn, ...] = ()
        for position, asked in enumerate([*exam.case.turns, exam.case], start=1):
            question = Question(
                text=asked.question,
                engines={exam.source.name: engine},
                today=exam.case.today or date.today(),
                cache=self._config.cache,
                history=history,
                limits=Limits(rows=self._config.row_limit, seconds=self._config.query_timeout),
                instructions=self._instructions(exam),
            )
            begun = time.perf_counter()
            answer = self._answer(question)
            yield Told(asked=asked, answer=answer, elapsed_ms=round((time.perf_counter() - begun) * 1000, 1))
            turn = Turn(
                position=position, question=asked.question, text=answer.text, outcome=answer.outcome, raw=answer.raw
            )
            history = (*history, turn)

    def _instructions(self, exam: Exam) -> str:
        """Those of the case after what any question to the source is asked with."""
        text = self._project.text
        return "\n\n".join(filter(None, [text, beside([exam.source], after=text).text, exam.case.instructions]))

    def _answer(self, question: Question) -> Answer:
        for event in self._analyst(question):
            if isinstance(event, Answer):
                return event
        raise ChatctlError("The analyst ended without an answer")

    def _match(self, told: "Told", engine: Engine) -> Match:
        """How the rows of the best reading fit those of the right statement that they fit best."""
        expected = [self._expected(sql, engine) for sql in told.asked.right]
        if told.sql is None:
            return "none"
        try:
            found = engine.run(told.sql, self._limits)
        except (SourceError, SqlNotReadOnly):
            return "none"
        matches = [match(rows, found, ordered=ordered) for rows, ordered in expected]
        return "none" if found.truncated else max(matches, key=WORST.index)

    def _expected(self, sql: str, engine: Engine) -> tuple[ResultSet, bool]:
        """The rows of a right statement, and whether their order matters."""
        try:
            result = engine.run(sql, self._limits)
        except (SourceError, SqlNotReadOnly) as error:
            raise Unjudged(f"The right SQL fails: {error.message}") from error
        if result.truncated:
            raise Unjudged(f"The right SQL gives more than {MOST_ROWS:,} rows, which are not compared")
        return result, guard.ordered(sql, dialect=engine.dialect)

    @property
    def _limits(self) -> Limits:
        return Limits(rows=MOST_ROWS, seconds=self._config.query_timeout)


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A question with its answer and the milliseconds that it took."""

    asked: Asked
    answer: Answer
    elapsed_ms: float

    @property
    def sql(self) -> str | None:
        """The best reading."""
        return self.answer.reading or (self.answer.findings[0].sql if self.answer.findings else None)


def _asking(count: int) -> str:
    return f"Asking {count:,} question{'' if count == 1 else 's'}"


def _of(case: Case, outcome: CaseOutcome) -> bool:
    return outcome.fingerprint == case.fingerprint


def _failed(case: Case, model: str, reason: str, elapsed_ms: float = 0.0) -> CaseOutcome:
    return CaseOutcome(
        id=case.id,
        outcome=None,
        sql=None,
        verdict="error",
        confidence=None,
        elapsed_ms=round(elapsed_ms, 1),
        match=None,
        error=reason,
        model=model,
        fingerprint=case.fingerprint,
    )
