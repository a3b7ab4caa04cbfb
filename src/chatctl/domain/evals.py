"""Questions with their right answers, how an analyst did on them, and what that says of the analyst."""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from chatctl.domain.chats import Outcome
from chatctl.domain.errors import CheckFailed
from chatctl.domain.matching import Match
from chatctl.domain.values import Value

Verdict = Literal["correct", "wrong", "declined", "error"]

Z_95: Final = 1.959963984540054
"""The 97.5th percentile of the normal distribution: an interval of 95 %."""
STEPS: Final = 10
"""Points of the curve of precision over coverage."""

Text = Annotated[str, Field(min_length=1)]


class Asked(BaseModel):
    """A question and the statements that give its right answer; one without any is asked and not judged."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: Text
    sql: Text | None = None
    alternatives: list[Text] = []

    @property
    def right(self) -> list[str]:
        """The statements, any of which is right."""
        return [self.sql, *self.alternatives] if self.sql else []


def _as_turn(written: object) -> object:
    return {"question": written} if isinstance(written, str) else written


class Case(Asked):
    """A question to a source, after those of the conversation (`turns`) that it stands in.

    `source` is a path relative to the file of the cases, or a registered source's name; `instructions` are definitions
    that the analyst is given; `today` is the day on which it is asked, the real one if it is not given. A conversation
    may also be written as turns alone: the last one is the question.
    """

    id: Text
    source: Text
    sql: Text
    tags: list[Text] = []
    instructions: str = ""
    turns: list[Annotated[Asked, BeforeValidator(_as_turn)]] = []
    today: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _last_turn(cls, data: Any) -> Any:
        """The question of a case that is written as turns alone; a number is as good an id as a text."""
        if not isinstance(data, Mapping):
            return data
        turns = data.get("turns")
        if "question" not in data and isinstance(turns, list) and turns and isinstance(turns[-1], Mapping):
            data = {**data, **turns[-1], "turns": turns[:-1]}
        return {**data, "id": str(data["id"])} if type(data.get("id")) is int else data

    @property
    def fingerprint(self) -> str:
        """Changes when the case does, but for its tags."""
        return hashlib.sha256(self.model_dump_json(exclude={"tags"}).encode()).hexdigest()[:12]


class CaseOutcome(Value):
    """How a case went. `sql` is the best reading, also of a declined question, and `match` how its rows fit the right
    ones; in a conversation, that of the turn that fits worst. `error` says why a case could not be judged.
    """

    id: str
    outcome: Outcome | None
    sql: str | None
    verdict: Verdict
    confidence: float | None
    elapsed_ms: float
    match: Match | None
    error: str | None = None
    model: str
    fingerprint: str


class Rate(Value):
    """So many of so many, as a share in 0..1 with its Wilson score interval (95 %); null of none."""

    hits: int
    of: int
    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def counted(cls, found: Iterable[bool]) -> "Rate":
        """The rate of what is true. The interval is Wilson's (1927), which holds for few cases and near 0 and 1."""
        claims = list(found)
        hits, of = sum(claims), len(claims)
        if not of:
            return cls(hits=0, of=0, value=None, low=None, high=None)
        share, squared = hits / of, Z_95**2
        middle = (share + squared / (2 * of)) / (1 + squared / of)
        reach = Z_95 / (1 + squared / of) * math.sqrt(share * (1 - share) / of + squared / (4 * of * of))
        low, high = max(0.0, middle - reach), min(1.0, middle + reach)
        return cls(hits=hits, of=of, value=round(share, 4), low=round(low, 4), high=round(high, 4))


class Score(Value):
    """How an analyst did on all cases, or on those with a tag.

    `accuracy`: right answers of all cases. `coverage`: answered of all. `precision`: right of those answered.
    `best_reading`: the best reading is right, whether it was answered or declined, of all. The relaxed ones count an
    answer as right that has columns beyond those asked for.
    """

    tag: str | None
    cases: int
    correct: int
    wrong: int
    declined: int
    errors: int
    accuracy: Rate
    coverage: Rate
    precision: Rate
    best_reading: Rate
    relaxed_accuracy: Rate
    relaxed_precision: Rate

    @classmethod
    def counted(cls, outcomes: Sequence[CaseOutcome], tag: str | None = None) -> "Score":
        """The score of some outcomes."""
        answered = [each for each in outcomes if each.verdict in ("correct", "wrong")]
        relaxed = {each.id for each in answered if each.match in ("strict", "relaxed")}
        counts = {verdict: sum(each.verdict == verdict for each in outcomes) for verdict in ("declined", "error")}
        right = [each.verdict == "correct" for each in answered]
        return cls(
            tag=tag,
            cases=len(outcomes),
            correct=sum(right),
            wrong=len(answered) - sum(right),
            declined=counts["declined"],
            errors=counts["error"],
            accuracy=Rate.counted(each.verdict == "correct" for each in outcomes),
            coverage=Rate.counted(each in answered for each in outcomes),
            precision=Rate.counted(right),
            best_reading=Rate.counted(each.match == "strict" for each in outcomes),
            relaxed_accuracy=Rate.counted(each.id in relaxed for each in outcomes),
            relaxed_precision=Rate.counted(each.id in relaxed for each in answered),
        )


class CurvePoint(Value):
    """If the surest share of the cases (`coverage`) were answered: how surely at least, and how many of them right."""

    coverage: float
    confidence: float
    precision: float


class Missed(Value):
    """A case that was not answered rightly."""

    id: str
    verdict: Verdict
    question: str
    expected: str
    sql: str | None
    error: str | None


class Turned(Value):
    """A case whose verdict is another one than in an earlier run."""

    id: str
    before: Verdict
    after: Verdict


class Evaluation(Value):
    """What `eval` prints; `changed` is null where nothing is compared."""

    model: str
    score: Score
    tags: list[Score]
    curve: list[CurvePoint]
    missed: list[Missed]
    changed: list[Turned] | None


def evaluation(
    model: str, cases: Sequence[Case], found: Mapping[str, CaseOutcome], before: Mapping[str, CaseOutcome] | None
) -> Evaluation:
    """The evaluation of a model from the outcomes of the cases, by their ids; `before` are those of an earlier run."""
    outcomes = [found[case.id] for case in cases]
    tags = sorted({tag for case in cases for tag in case.tags})
    return Evaluation(
        model=model,
        score=Score.counted(outcomes),
        tags=[Score.counted([found[case.id] for case in cases if tag in case.tags], tag) for tag in tags],
        curve=curve(outcomes),
        missed=[_missed(case, found[case.id]) for case in cases if found[case.id].verdict != "correct"],
        changed=None if before is None else list(_changed(outcomes, before)),
    )


def curve(outcomes: Sequence[CaseOutcome]) -> list[CurvePoint]:
    """Precision over coverage, were the threshold of confidence elsewhere; nothing without confidences."""
    sure = sorted(
        ((each.confidence, each.match == "strict") for each in outcomes if each.confidence is not None and each.match),
        key=lambda each: -each[0],
    )
    ends = dict.fromkeys(math.ceil(len(sure) * step / STEPS) for step in range(1, STEPS + 1)) if sure else {}
    return [
        CurvePoint(
            coverage=round(end / len(outcomes), 4),
            confidence=sure[end - 1][0],
            precision=round(sum(right for _, right in sure[:end]) / end, 4),
        )
        for end in ends
    ]


def refuse_below(score: Score, *, accuracy: float | None, precision: float | None) -> None:
    """Raises CheckFailed for a rate below its minimum (both in 0..1); where nothing was answered, none is kept."""
    for name, least in (("accuracy", accuracy), ("precision", precision)):
        rate: Rate = getattr(score, name)
        if least is not None and (rate.value is None or rate.hits < least * rate.of):
            told = "nothing was answered" if rate.value is None else f"{rate.value:.1%} ({rate.hits} of {rate.of})"
            raise CheckFailed(f"The {name} is below {least:.1%}: {told}", rate=rate.value, minimum=least)


def _missed(case: Case, outcome: CaseOutcome) -> Missed:
    return Missed(
        id=case.id,
        verdict=outcome.verdict,
        question=case.question,
        expected=case.sql,
        sql=outcome.sql,
        error=outcome.error,
    )


def _changed(outcomes: Iterable[CaseOutcome], before: Mapping[str, CaseOutcome]) -> Iterable[Turned]:
    for each in outcomes:
        former = before.get(each.id)
        if former and former.verdict != each.verdict:
            yield Turned(id=each.id, before=former.verdict, after=each.verdict)
