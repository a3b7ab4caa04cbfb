"""The desk at which one question is worked on: the sources, the results so far, what is to be saved."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

import pydantic

from chatctl.analyst import grounding
from chatctl.analyst.contract import Finding, Proposal, Question, Step
from chatctl.analyst.model import observations
from chatctl.analyst.model.refusals import Refused, reasons
from chatctl.domain.assets import Asset, DashboardFile, DashboardRow, Item, MetricFile
from chatctl.domain.chats import Grounding, SqlStep
from chatctl.domain.errors import ChatctlError
from chatctl.domain.titles import shorten
from chatctl.engines.engine import Engine

LONGEST_TITLE: Final = 100
ROW_WIDTH: Final = 12
MOST_FOUND: Final = 20
"""Results that are kept where the work stops without an answer."""


@dataclass(kw_only=True)
class Desk:
    """Results have names, r1 and on, by which the model speaks of them."""

    question: Question
    findings: dict[str, Finding] = field(default_factory=dict)
    proposals: list[Proposal] = field(default_factory=list)
    challenged: bool = False

    def engine(self, source: str | None) -> tuple[str, Engine]:
        """A source by name; where there is only one it need not be named."""
        engines = self.question.engines
        if source is None and len(engines) == 1:
            return next(iter(engines.items()))
        if source is None or source not in engines:
            raise Refused(
                f"Name a source: {', '.join(engines)}."
                if engines
                else "There are no sources; ask_back which data is meant."
            )
        return source, engines[source]

    def run(self, source: str | None, sql: str, title: str) -> Generator[Step, None, str]:
        """Run a statement under the engine's guard and limits; its rows are kept, the model is shown the first."""
        name, engine = self.engine(source)
        step = SqlStep(
            id=uuid4(), title=shorten(title, LONGEST_TITLE) or "Query", status="loading", source=name, sql=sql
        )
        yield step
        try:
            result = engine.run(sql, self.question.limits)
        except ChatctlError as error:
            yield step.model_copy(update={"status": "failed", "error": error.message})
            raise
        yield step.model_copy(
            update={"status": "completed", "row_count": len(result.rows), "truncated": result.truncated}
        )
        called = f"r{len(self.findings) + 1}"
        self.findings[called] = Finding(source=name, sql=sql, result=result)
        return observations.of_result(called, name, result)

    @property
    def found(self) -> tuple[Finding, ...]:
        """The newest results, of each statement one."""
        distinct = {(each.source, each.sql): each for each in self.findings.values()}
        return tuple(distinct.values())[-MOST_FOUND:]

    def finding(self, name: str) -> Finding:
        """A result by its name."""
        if name not in self.findings:
            there = ", ".join(self.findings) or "none: use run_sql"
            raise Refused(f"There is no result {name!r}; there are: {there}.")
        return self.findings[name]

    def rest(self, text: str, named: Sequence[str]) -> tuple[list[Finding], Grounding]:
        """The results that a text rests on, those that it names first, and how its figures are found in them.

        A result that was not named joins them if it holds figures that they do not.
        """
        findings = [self.finding(name) for name in dict.fromkeys(named)]
        if not findings and self.findings:
            findings = [list(self.findings.values())[-1]]
        found = self._ground(text, findings)
        for other in reversed(self.findings.values()):
            if not found.ungrounded:
                break
            wider = self._ground(text, [*findings, other])
            if len(wider.ungrounded) < len(found.ungrounded):
                findings, found = [*findings, other], wider
        return findings, found

    def challenge(self, found: Grounding) -> None:
        """Send figures that are in no result back, once. Raises Refused."""
        if not found.ungrounded or self.challenged:
            return
        self.challenged = True
        raise Refused(
            f"These figures are in none of the results: {', '.join(found.ungrounded)}. Compute them with run_sql, or "
            "leave them out; then call answer again. What is still not found will be marked as such."
        )

    def propose(self, file: MetricFile | DashboardFile, changes: UUID | None = None) -> str:
        """Remember an asset that is to be saved with the answer, in place of an earlier proposal of its name."""
        same = [each for each in self.proposals if type(each.file) is type(file) and each.file.name == file.name]
        self.proposals = [each for each in self.proposals if each not in same]
        self.proposals.append(Proposal(file=file, changes=changes))
        return f"{file.name!r} will be saved with your answer."

    def standing(self, name: str) -> tuple[UUID, MetricFile]:
        """A saved metric by its name, with its id."""
        known = self._saved(MetricFile)
        if name not in known or not isinstance(file := known[name].content, MetricFile):
            raise Refused(f"There is no metric {name!r} that can be changed; there are: {', '.join(known) or 'none'}.")
        return known[name].id, file

    def propose_board(self, name: str, description: str, rows: Sequence[Sequence[str]]) -> str:
        """Propose a dashboard of saved or proposed metrics, those of a row equally wide; one of its name is changed."""
        proposed = {each.file.name: each.file.name for each in self.proposals if isinstance(each.file, MetricFile)}
        ids = {each: str(asset.id) for each, asset in self._saved(MetricFile).items()} | proposed
        if unknown := [each for row in rows for each in row if each not in ids]:
            there = ", ".join(sorted(ids)) or "none"
            raise Refused(f"There is no metric {', '.join(unknown)}: save it first. There are: {there}.")
        try:
            board = DashboardFile(
                name=name,
                description=description,
                rows=[_row(at, [ids[each] for each in row]) for at, row in enumerate(rows, start=1)],
            )
        except pydantic.ValidationError as error:
            raise Refused(reasons(error)) from error
        standing = self._saved(DashboardFile).get(name)
        return self.propose(board, changes=standing.id if standing else None)

    def _ground(self, text: str, findings: Sequence[Finding]) -> Grounding:
        """What was asked for, in words and in SQL, may be said again."""
        known = (self.question.text, *(each.sql for each in findings))
        return grounding.check(text, [each.result for each in findings], known=known)

    def _saved(self, kind: type[MetricFile] | type[DashboardFile]) -> dict[str, Asset]:
        return {asset.name: asset for asset in reversed(self.question.saved) if isinstance(asset.content, kind)}


def _row(number: int, names: Sequence[str]) -> DashboardRow:
    width, rest = divmod(ROW_WIDTH, max(1, len(names)))
    sizes = [width + (at < rest) for at in range(len(names))]
    return DashboardRow(id=number, items=[Item(id=name) for name in names], column_sizes=sizes)
