"""The tools: each calls one service, as a command does, and gives back one value.

Data is named by the name that the user registered it under, never by a path or an address: what an agent was talked
into must not open any file that the user can read. Who answers, and at what cost, is the user's setting too.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from chatctl.agents import calls, values
from chatctl.agents.offers import Offer, Reply, offer
from chatctl.agents.sizes import MOST_ROWS, short, short_message
from chatctl.agents.values import Conversation, MetricResult, Turn
from chatctl.domain.assets import Asset
from chatctl.domain.chats import ChatWithMessages, FileType, Message, ResultEntry
from chatctl.domain.dashboards import Board
from chatctl.domain.errors import MessageNotFound, WaitTimeout
from chatctl.domain.requests import ChatRequest
from chatctl.domain.results import Cell
from chatctl.domain.sources import SourceDetails, TableProfile
from chatctl.rendering.grids import markdown_text
from chatctl.rendering.output import Output
from chatctl.rendering.views import ChatView
from chatctl.runtime import Runtime

log = logging.getLogger("chatctl.agents")

METRIC: Final[FileType] = "metric_file"
DASHBOARD: Final[FileType] = "dashboard_file"

LONGEST_WAIT: Final = 600.0
USUAL_WAIT: Final = 45.0
"""Seconds; clients commonly give a call up after sixty."""

Source = Annotated[str, Field(description="A registered source, by its name: list_sources tells them.")]
Name = Annotated[str, Field(description="A name or an id.")]
Version = Annotated[int | None, Field(ge=1, description="A former version; else the newest.")]
Rows = Annotated[int, Field(ge=1, le=10_000, description="How many rows at most; that there are more is told.")]
Listed = Annotated[int, Field(ge=1, le=1_000, description="How many at most.")]
Seconds = Annotated[
    float, Field(ge=0, le=LONGEST_WAIT, description="How long to wait for the answer; the work goes on without.")
]


class Tools:
    """What agents may do, as the user that the server acts as. Raises what opening the database does."""

    def __init__(self, runtime: Runtime) -> None:
        log.info("tools offered", extra={"userId": str(runtime.actor.user_id)})
        self._runtime = runtime

    def offers(self) -> Sequence[Offer]:
        """All of them."""
        looking: Sequence[Callable[..., Reply[Any]]] = (
            self.list_sources,
            self.show_source,
            self.describe_table,
            self.run_sql,
            self.list_metrics,
            self.show_metric,
            self.run_metric,
            self.list_dashboards,
            self.show_dashboard,
            self.show_chat,
            self.show_message,
        )
        changing: Sequence[Callable[..., Reply[Any]]] = (self.ask, self.cancel)
        return [*map(offer, looking), *(offer(each, changes=True) for each in changing)]

    def list_sources(self) -> Reply[values.Sources]:
        """List the registered sources of data."""
        found = self._runtime.sources.all()
        return Reply(values.Sources(sources=found), lambda output: output.sources(found))

    def show_source(self, source: Source) -> Reply[SourceDetails]:
        """Show a source's tables with their columns, types and keys."""
        found = self._runtime.sources.show(source)
        return Reply(found, lambda output: output.source(found))

    def describe_table(
        self,
        source: Source,
        table: Annotated[str | None, Field(description="Needed where the source has several.")] = None,
    ) -> Reply[TableProfile]:
        """Look at a table's data: how many rows, and for each column nulls, distinct values, range and samples."""
        found = self._runtime.sources.sample(source, table)
        return Reply(found, lambda output: output.table_profile(found))

    def run_sql(
        self,
        source: Source,
        sql: Annotated[str, Field(description="One SELECT in the source's dialect (files: DuckDB). Aggregate in it.")],
        limit: Rows = MOST_ROWS,
    ) -> Reply[ResultEntry]:
        """Run one query that only reads, under a guard, a row limit and a time limit."""
        known = self._runtime.sources.registered(source)
        result = _short(self._runtime.sources.query(sql, str(known.id), limit))
        return Reply(result, lambda output: output.result(result))

    def list_metrics(self, limit: Listed = 200) -> Reply[values.Assets]:
        """List the saved metrics: named, versioned queries whose definitions people agreed on."""
        return self._listed(METRIC, limit)

    def show_metric(self, name: Name, version: Version = None) -> Reply[Asset]:
        """Show a metric's definition: description, time frame, SQL, checks and chart."""
        found = self._runtime.assets.show(METRIC, name, version)
        return Reply(found, lambda output: _show_asset(found, output))

    def run_metric(
        self,
        name: Name,
        version: Version = None,
        parameters: Annotated[dict[str, Cell] | None, Field(description="Values of the :NAMEs in its SQL.")] = None,
        limit: Rows = MOST_ROWS,
    ) -> Reply[MetricResult]:
        """Run a metric now and give its result."""
        asset, whole = self._runtime.assets.run(name, number=version, values=parameters, limit=limit)
        result = _short(whole)
        found = MetricResult(id=asset.id, name=asset.name, version_number=asset.version_number, result=result)
        return Reply(found, lambda output: output.result(result))

    def list_dashboards(self, limit: Listed = 200) -> Reply[values.Assets]:
        """List the saved dashboards."""
        return self._listed(DASHBOARD, limit)

    def show_dashboard(self, name: Name, version: Version = None) -> Reply[Board]:
        """Show a dashboard with the present result of each of its metrics."""
        board = _short_board(self._runtime.dashboards.show(name, version))
        return Reply(board, lambda output: _show_board(board, output))

    def ask(
        self,
        question: Annotated[str, Field(description="In words, such as a person would ask an analyst.")],
        chat: Annotated[str | None, Field(description="The id of the chat to go on with; else a new one.")] = None,
        sources: Annotated[list[str] | None, Field(description="Registered sources that it is about.")] = None,
        wait_seconds: Seconds = USUAL_WAIT,
        idempotency_key: Annotated[
            str | None, Field(description="Given again with the same question, nothing is asked twice.")
        ] = None,
    ) -> Reply[Turn]:
        """Ask the analyst in words, in a new chat or an old one, and wait for the answer with its SQL and rows.

        One that is not finished in time has a status of queued or running: show_message waits on for it by its id.
        """
        fields = {"prompt": question, "idempotency_key": idempotency_key}
        named = {"sources": [str(self._runtime.sources.registered(each).id) for each in sources or ()]}
        request = ChatRequest.parse(fields | named, named=("chat_id",) if chat else ())
        accepted = self._runtime.chats.handle(request, chat=chat)
        if accepted.trigger and not accepted.trigger.success:
            calls.note(f"The worker could not be told at once: {accepted.trigger.error}")
        assert accepted.new_message_id
        return self._answered(accepted.new_message_id, wait_seconds)

    def show_message(
        self,
        message: Annotated[str, Field(description="The id of a message; a chat stands for its newest one.")],
        wait_seconds: Seconds = 0,
    ) -> Reply[Turn]:
        """Show one question with its answer, or where it stands."""
        return self._answered(self._message(message), wait_seconds)

    def show_chat(
        self,
        chat: Annotated[str, Field(description="The id of a chat, or @last.")] = "@last",
        limit: Annotated[int, Field(ge=1, le=50, description="How many turns at most.")] = 5,
        before: Annotated[int | None, Field(ge=1, description="Only turns before this position.")] = None,
    ) -> Reply[Conversation]:
        """Show a chat's newest questions with their answers."""
        chats = self._runtime.chats
        shown = chats.show(chat, limit=limit, before=before)
        if isinstance(shown, Message):
            shown = chats.show(str(shown.chat_id), limit=limit, before=before)
        assert isinstance(shown, ChatWithMessages)
        told = shown.model_copy(update={"messages": [short_message(each) for each in shown.messages]})
        earlier, _ = chats.around(shown)
        found = Conversation(chat=shown.chat, turns=[Turn.of(each) for each in told.messages], earlier=earlier)
        return Reply(found, lambda output: _show_chat(told, earlier, output))

    def cancel(self, message: Annotated[str, Field(description="The id of a message.")]) -> Reply[Turn]:
        """Stop the work on a question that is not needed any more."""
        message_id = self._message(message)
        self._runtime.changes.cancel([str(message_id)])
        return self._answered(message_id, 0)

    def _listed(self, file_type: FileType, limit: int) -> Reply[values.Assets]:
        found = self._runtime.assets.all(file_type)
        shown = values.Assets(assets=found[:limit], total=len(found))
        if len(found) > limit:
            calls.note(f"These are {limit} of {len(found)}.")
        kind = file_type.removesuffix("_file")
        return Reply(shown, lambda output: output.assets(shown.assets, kind=kind))

    def _message(self, reference: str) -> UUID:
        targets = self._runtime.waiting.targets([reference])
        if not targets:
            raise MessageNotFound("The chat has no message yet")
        return targets[-1].message_id

    def _answered(self, message_id: UUID, wait: float) -> Reply[Turn]:
        """The message once it is finished, or as it is when the time to wait is over."""
        try:
            for each in self._runtime.waiting.follow([message_id], wait):
                if each.reasoning.steps:
                    calls.progress(each.reasoning.steps[-1].title)
        except WaitTimeout:
            calls.note("It is not finished yet; show_message with wait_seconds waits for it.")
        shown = self._runtime.chats.with_message(message_id)
        message = short_message(next(each for each in shown.messages if each.id == message_id))
        return Reply(Turn.of(message), lambda output: _show_message(message, output))


def _short(whole: ResultEntry) -> ResultEntry:
    """A result that the agent has said the length of: that fewer rows fit is told."""
    result = short(whole, whole.row_count)
    if result.row_count < whole.row_count:
        calls.note(
            f"Only {result.row_count} rows fit, for they are long: select fewer columns, or parts of their texts."
        )
    return result


def _short_board(board: Board) -> Board:
    rows = [
        row.model_copy(
            update={
                "panels": [
                    panel.model_copy(update={"result": panel.result and short(panel.result)}) for panel in row.panels
                ]
            }
        )
        for row in board.rows
    ]
    return board.model_copy(update={"rows": rows})


def _show_asset(asset: Asset, output: Output) -> None:
    output.asset(asset)
    output.note(f"Id {asset.id}, version {asset.version_number}.")


def _show_board(board: Board, output: Output) -> None:
    output.panels(board)
    for panel in board.panels:
        if panel.result:
            output.printer.write([f"\n## {markdown_text(panel.name)}\n\n"])
            output.metric_result(panel.result, title=panel.name)


def _show_message(message: Message, output: Output) -> None:
    output.message(message, view=ChatView())
    output.note(f"Chat {message.chat_id}, message {message.id}.")


def _show_chat(shown: ChatWithMessages, earlier: int, output: Output) -> None:
    output.chat(shown, view=ChatView())
    output.note(f"Chat {shown.chat.id}" + (f", with {earlier} earlier turns." if earlier else "."))
