"""What goes into an analyst and what comes out of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from chatctl.domain.assets import Asset, DashboardFile, MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import FilesStep, Grounding, Outcome, SqlStep, TextStep, Usage
from chatctl.domain.errors import ChatctlError
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Engine, Limits

Step = TextStep | SqlStep | FilesStep
"""A step of reasoning; one yielded again under the same id replaces the former."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """A metric or a dashboard that was pulled into a turn; `raw` is what the analyst left that made it, if one did."""

    file: MetricFile | DashboardFile
    raw: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """An earlier, finished turn of the chat; `raw` is what its analyst left for its successors."""

    position: int
    question: str
    text: str
    outcome: Outcome | None
    raw: tuple[Any, ...] = ()
    given: tuple[Pulled, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What an analyst is asked; history oldest first, engines by source name in the chat's order.

    `given` are the assets pulled into this question: what it says is about them. `saved` are the assets that may
    be changed, or put on a dashboard. `instructions` are the definitions and rules that the project gives its analysts.
    `paid` is what the last `Exchange` of an earlier attempt held, `spent` what all of them have cost.
    """

    text: str
    engines: Mapping[str, Engine]
    today: date
    cache: Path
    history: tuple[Turn, ...] = ()
    given: tuple[Pulled, ...] = ()
    limits: Limits = field(default_factory=Limits)
    instructions: str = ""
    saved: tuple[Asset, ...] = ()
    paid: tuple[Any, ...] = ()
    spent: Usage | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A result that the answer rests on: its source, the SQL that gave it, and how to draw it."""

    source: str
    sql: str
    result: ResultSet
    chart: ChartConfig | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """An asset to be saved with the answer: a new one, or a new version of the one whose id is in `changes`.

    A dashboard has saved metrics by their ids, and those that are proposed beside it by their names.
    """

    file: MetricFile | DashboardFile
    changes: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """What has been said between an analyst and its model, and what that has cost in all; yielded as it grows.

    It is paid for, so it is kept at once: another attempt is given it as `Question.paid`.
    """

    raw: tuple[Any, ...]
    usage: Usage


class Stopped(Exception):
    """The analyst cannot answer, and another attempt could not either; with what it had found until then."""

    def __init__(self, error: ChatctlError, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(error.message)
        self.error = error
        self.findings = findings


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The one answer to a question.

    `text` is Markdown: the direct answer with its figures; `assumptions` are shown after it, `suggestions` are
    questions that can be asked instead; `confidence` lies in 0..1; `raw` is JSON kept for later turns. The first
    finding becomes a metric: with `refines`, a new version of that of the turn before; `proposals` are saved in its
    place. `reading` is the SQL of the likeliest reading, also of a declined question; where it is not given, it is
    that of the first finding.
    """

    outcome: Outcome
    text: str
    findings: tuple[Finding, ...] = ()
    assumptions: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    confidence: float | None = None
    reading: str | None = None
    raw: tuple[Any, ...] = ()
    usage: Usage | None = None
    grounding: Grounding | None = None
    refines: bool = False
    proposals: tuple[Proposal, ...] = ()


class Analyst(Protocol):
    """Answers a question: steps as they come, then exactly one answer, which ends the stream."""

    def __call__(self, question: Question) -> Iterator[Step | Exchange | Answer]:
        """Raises ChatctlError when the data cannot be read, Stopped when it has to give up.

        A failing statement of its own is a failed step.
        """
