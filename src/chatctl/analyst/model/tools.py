"""What a model can do: look at tables, run SQL, propose assets, and end with an answer or a question of its own.

A tool is the shape of its arguments, told to the model as a JSON Schema with its docstring, and what it does at the
desk. What cannot be done is Refused, which the model reads and may mend.
"""

from abc import abstractmethod
from collections.abc import Generator
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final

import pydantic
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.tools import ToolDefinition

from chatctl.analyst.contract import Answer, Step
from chatctl.analyst.model import charts, observations, searches, texts
from chatctl.analyst.model.charts import Chart
from chatctl.analyst.model.desks import Desk
from chatctl.analyst.model.refusals import Refused, reasons
from chatctl.analyst.model.steps import looked
from chatctl.domain.assets import MetricFile

Work = Generator[Step, None, str]

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

Source = Annotated[str | None, Field(description="The source's name; may be left out where there is only one.")]
Results = Annotated[list[str], Field(description="Names of results, such as r1; the main one first.")]


class Finished(Exception):
    """The question is answered, or asked back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.outcome)
        self.answer = answer


class Tool(BaseModel):
    """The arguments of a tool; what a model adds beyond them is left alone."""

    model_config = ConfigDict(extra="ignore")

    tool: ClassVar[str]

    @abstractmethod
    def work(self, desk: Desk) -> Work:
        """Do it: steps as they come, then what the model is told. Raises Refused, Finished, ChatctlError."""


class Tables(Tool):
    """List the tables of a source, or of all, with their columns."""

    tool = "tables"
    source: Source = None

    def work(self, desk: Desk) -> Work:
        wanted = [desk.engine(self.source)] if self.source else list(desk.question.engines.items())
        yield looked("Looked at the tables", ", ".join(name for name, _ in wanted))
        return observations.of_tables({name: engine.tables() for name, engine in wanted})


class Describe(Tool):
    """Describe a table: row count, keys, and of each column its type, gaps, range and some values."""

    tool = "describe"
    table: str
    source: Source = None

    def work(self, desk: Desk) -> Work:
        name, engine = desk.engine(self.source)
        profile = engine.profile(self.table)
        yield looked(f"Looked at {profile.table}", name)
        table = next(each for each in engine.tables() if each.name == profile.table)
        return observations.of_table(name, table, profile)


class FindValues(Tool):
    """Find cells that contain a text, in upper or lower case: their tables and columns, and how they are written."""

    tool = "find_values"
    text: str = Field(min_length=1, max_length=200)
    table: str | None = Field(default=None, description="Only in this table.")
    source: Source = None

    def work(self, desk: Desk) -> Work:
        name, engine = desk.engine(self.source)
        found = searches.find(engine, self.text, self.table, desk.question.limits)
        yield looked(f"Looked for {self.text!r}", f"{len(found)} found")
        return observations.data({"source": name, "found": found})


class RunSql(Tool):
    """Run one SELECT and see its first rows; all rows that the limit allows are kept for the user under a name."""

    tool = "run_sql"
    sql: str
    purpose: str = Field(default="", description="What it is to find out, in a few words that the user is shown.")
    source: Source = None

    def work(self, desk: Desk) -> Work:
        return (yield from desk.run(self.source, self.sql, self.purpose))


class SaveMetric(Tool):
    """Save a result's SQL as a metric, to be run again at any time. Only when asked to."""

    tool = "save_metric"
    name: str
    result: str = Field(description="The result's name, such as r1.")
    description: str = ""
    time_frame: str = ""
    chart: Chart | None = None

    def work(self, desk: Desk) -> Work:
        yield from ()
        finding = desk.finding(self.result)
        chart = charts.drawn(self.chart, finding.result)
        return desk.propose(
            _metric(
                name=self.name,
                description=self.description,
                time_frame=self.time_frame,
                source=finding.source,
                sql=finding.sql,
                chart_config=chart,
            )
        )


class ChangeMetric(Tool):
    """Give a saved metric the SQL of a result, as a new version of it. Only when asked to."""

    tool = "change_metric"
    name: str = Field(description="The saved metric's name.")
    result: str = Field(description="The result's name, such as r1.")
    description: str | None = None
    chart: Chart | None = None

    def work(self, desk: Desk) -> Work:
        yield from ()
        (asset_id, former), finding = desk.standing(self.name), desk.finding(self.result)
        there = [column.name for column in finding.result.columns]
        if gone := [each for check in former.checks for each in check.columns if each not in there]:
            raise Refused(f"The metric's checks need the columns {', '.join(gone)}.")
        changed = {
            "description": former.description if self.description is None else self.description,
            "source": finding.source,
            "sql": finding.sql,
            "chart_config": charts.drawn(self.chart, finding.result),
        }
        return desk.propose(_metric(**dict(former) | changed), changes=asset_id)


class SaveDashboard(Tool):
    """Save a dashboard: rows of up to four metrics each, by name; metrics of this answer are saved first."""

    tool = "save_dashboard"
    name: str
    rows: list[list[str]] = Field(min_length=1)
    description: str = ""

    def work(self, desk: Desk) -> Work:
        yield from ()
        return desk.propose_board(self.name, self.description, self.rows)


class AskBack(Tool):
    """Ask the user what is meant, where any choice would be a guess; the next message continues from here."""

    tool = "ask_back"
    question: Words
    options: list[str] = Field(default=[], description="Up to three questions that would be clear.")

    def work(self, desk: Desk) -> Work:  # noqa: ARG002  as every tool has it
        yield from ()
        raise Finished(Answer(outcome="clarification", text=self.question, suggestions=tuple(self.options[:3])))


class GiveAnswer(Tool):
    """Give the answer; it ends the work."""

    tool = "answer"
    text: Words = Field(description="Markdown: the direct answer first, with figures and units.")
    results: Results = []
    assumptions: list[str] = []
    suggestions: list[str] = Field(default=[], description="Up to three questions that could come next.")
    chart: Chart | None = Field(default=None, description="How the first result is drawn.")
    follow_up: bool = Field(default=False, description="True where the question only changes the one before.")
    declined: bool = Field(default=False, description="True where the data cannot answer the question.")

    def work(self, desk: Desk) -> Work:
        yield from ()
        findings, found = desk.rest(self.text, self.results)
        charted = [
            replace(each, chart=charts.drawn(self.chart if at == 0 else None, each.result))
            for at, each in enumerate(findings)
        ]
        desk.challenge(found)
        raise Finished(
            Answer(
                outcome="declined" if self.declined else "answered",
                text=self.text,
                findings=tuple(charted),
                assumptions=tuple(self.assumptions),
                suggestions=tuple(self.suggestions[:3]),
                grounding=found,
                refines=self.follow_up,
                proposals=tuple(desk.proposals),
            )
        )


TOOLS: Final[dict[str, type[Tool]]] = {
    each.tool: each
    for each in (Tables, Describe, FindValues, RunSql, SaveMetric, ChangeMetric, SaveDashboard, AskBack, GiveAnswer)
}


def definitions() -> list[ToolDefinition]:
    """The tools as a model is told of them."""
    return [
        ToolDefinition(name=name, description=tool.__doc__, parameters_json_schema=tool.model_json_schema())
        for name, tool in TOOLS.items()
    ]


def called(part: ToolCallPart) -> Tool:
    """The tool that a model calls, with its arguments. Raises Refused for an unknown one and malformed arguments."""
    tool = TOOLS.get(part.tool_name)
    if tool is None:
        raise Refused(f"There is no tool {part.tool_name!r}; there are {', '.join(TOOLS)}.")
    try:
        arguments: dict[str, Any] = part.args_as_dict(raise_if_invalid=True)
    except (ValueError, AssertionError) as error:
        raise Refused(f"The arguments are no JSON object: {error}") from error
    try:
        return tool.model_validate(texts.fit(arguments))
    except pydantic.ValidationError as error:
        raise Refused(reasons(error)) from error


def _metric(**fields: Any) -> MetricFile:
    try:
        return MetricFile(**fields)
    except pydantic.ValidationError as error:
        raise Refused(reasons(error)) from error
