"""Everything the program prints: results on stdout in the format asked for, narration on stderr.

Rich is imported when something is drawn for the screen, plotext when a chart is; the other formats need neither.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final, Literal, TextIO
from uuid import UUID

from chatctl.domain.chats import ChatListing, ChatWithMessages, Message, ResultEntry
from chatctl.domain.errors import ChatctlError
from chatctl.domain.sources import Source, SourceDetails, TableProfile
from chatctl.domain.values import Value
from chatctl.rendering import documents, grids, listings, narration, problems, transcripts
from chatctl.rendering.grids import Grid
from chatctl.rendering.narration import Narration
from chatctl.rendering.printer import Format, Forms, Printer
from chatctl.rendering.text import visible, visible_line
from chatctl.rendering.views import ChatView
from chatctl.rendering.words import answer_text, last_result, newest, results, state

if TYPE_CHECKING:
    from chatctl.rendering.conversations import Conversations
    from chatctl.rendering.screen import Screen

__all__ = ["ChatView", "Format", "IdOf", "Output"]

IdOf = Literal["chat", "message"]
WIDTH_WITHOUT_TERMINAL: Final = 80


class Output:
    """The two streams of a command and how it speaks on them.

    `format` None means "table" on a terminal, else "plain"; `width` None the terminal's; `pager` a shell command or
    None for none; `zone` None the machine's. BrokenPipeError is the caller's to handle.
    """

    def __init__(
        self,
        *,
        stdout: TextIO,
        stderr: TextIO,
        format: Format | None,
        quiet: bool = False,
        width: int | None = None,
        colour: bool = True,
        pager: str | None = None,
        parquet: Callable[[ResultEntry], bytes] | None = None,
        zone: tzinfo | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.format: Format = format or ("table" if stdout.isatty() else "plain")
        self.quiet = quiet
        self._stdout = stdout
        self._width = width or narration.columns(stdout) or WIDTH_WITHOUT_TERMINAL
        self._colour = colour and stdout.isatty()
        self._printer = Printer(stream=stdout, format=self.format, pager=pager)
        self._parquet = parquet
        self._zone = zone
        self._clock = clock
        self._narration = Narration(
            stream=stderr,
            colour=colour and stderr.isatty(),
            quiet=quiet,
            width=narration.columns(stderr) or self._width,
        )

    # Chats

    def created(self, value: ChatWithMessages, *, ids: IdOf) -> None:
        """A chat or message that was just accepted or changed; with `quiet` the id of what `ids` names."""
        message = newest(value) if value.messages else None
        if self.quiet:
            self.ids([_id(value, message, ids)])
            return
        self._give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_created([(value.chat, message)]),
                screen=lambda: self._conversations().created(value, message),
            )
        )

    def changed(self, values: Sequence[ChatWithMessages]) -> None:
        """Several messages that were changed at once, each the newest of its page: an array, a line or a row each."""
        messages = [newest(value) for value in values]
        if self.quiet:
            self.ids([message.id for message in messages])
            return
        self._give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: listings.of_created([(value.chat, newest(value)) for value in values]),
                screen=lambda: "".join(map(self._conversations().created, values, messages)),
            )
        )

    def chat(self, value: ChatWithMessages, *, view: ChatView) -> None:
        """A chat with a page of its messages, or the parts of it that the view asks for."""
        if view.data:
            self._data(value.messages)
            return
        if self.quiet:
            self.ids([value.chat.id])
            return
        messages = _ordered(value.messages, view, oldest_first=True)
        in_json = value.model_copy(update={"messages": _ordered(value.messages, view, oldest_first=False)})
        self._give(
            self._parts(messages, view, whole=in_json)
            or Forms(
                whole=lambda: in_json,
                grid=lambda: listings.of_messages(messages),
                screen=lambda: self._conversations().chat(value, messages, view),
                plain=lambda: transcripts.plain(value, messages),
                markdown=lambda: transcripts.document(value, messages, self._clock()),
            )
        )

    def message(self, value: Message, *, view: ChatView) -> None:
        """One message, or the parts of it that the view asks for."""
        if view.data:
            self._data([value])
            return
        if self.quiet:
            self.ids([value.id])
            return
        self._give(
            self._parts([value], view, whole=value)
            or Forms(
                whole=lambda: value,
                grid=lambda: listings.of_messages([value]),
                screen=lambda: self._conversations().message(value),
                plain=lambda: transcripts.plain_message(value),
                markdown=lambda: transcripts.document_of_message(value, self._clock()),
            )
        )

    def answer(self, value: ChatWithMessages, *, view: ChatView, ids: IdOf = "message") -> None:
        """What a waited-for message answered: its text, tables and charts; in CSV and TSV its last result.

        Never in the pager: who waited for an answer, or follows a script, is not to be asked for a key.
        """
        message = newest(value)
        if self.quiet:
            self.ids([_id(value, message, ids)])
            return
        self._give(
            self._parts([message], view, whole=value)
            or Forms(
                whole=lambda: value,
                grid=lambda: self._last_grid(message),
                screen=lambda: self._conversations().answer(message),
                plain=lambda: transcripts.plain_answer(message),
                markdown=lambda: transcripts.document_of_answer(message),
                paged=False,
            )
        )
        if self.format in {"csv", "tsv"} and not results(message) and (told := answer_text(message)):
            self.note(told)

    def chats(self, values: Sequence[ChatListing], *, cursor: str | None) -> None:
        """The chats of `list`; where the next page starts is said on stderr."""
        if self.quiet:
            self.ids([chat.id for chat in values])
            return
        to_read = listings.of_chats_to_read(values, self._zone)
        self._list(values, listings.of_chats(values), to_read=to_read, overflow="cut")
        if not values:
            self.note('No such chats. chatctl new "…" starts one.')
        if cursor:
            self.note(f"More chats: chatctl list --cursor {cursor}")

    # Results

    def result(self, value: ResultEntry, *, kept: bool = False) -> None:
        """A result in full; as NDJSON an object for each row; that there was more is said on stderr.

        `kept` says that it is stored with an answer, so that only running its SQL again gives more.
        """
        if self.format == "parquet" and self._parquet:
            self._printer.give_bytes(self._parquet(value))
            return
        grid = listings.of_result(value)
        names = _distinct([column.name for column in value.columns])
        self._give(
            Forms(
                whole=lambda: value,
                lines=lambda: (dict(zip(names, row, strict=True)) for row in value.rows),
                grid=lambda: grid,
                screen=lambda: self._sheet(grid),
            )
        )
        if value.truncated:
            more = "`chatctl sql` runs it again" if kept else "--limit sets how many"
            self.warn(f"The query has more rows than these {value.row_count:,}; {more}.")

    # Sources and other things

    def sources(self, values: Sequence[Source]) -> None:
        """The sources of `source list`; with `quiet` their names."""
        if self.quiet:
            self.ids([source.name for source in values])
            return
        self._list(values, listings.of_sources(values), to_read=listings.of_sources_to_read(values, self._zone))
        if not values:
            self.note("No sources yet: chatctl source add NAME PATH adds one.")

    def source(self, value: SourceDetails) -> None:
        """A source with its tables; what was odd when it was loaded is said on stderr."""
        if self.quiet:
            self.ids([value.name])
            return
        self._give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_columns(value),
                screen=lambda: self._draw_source(value),
            )
        )
        for warning in value.warnings:
            self.warn(warning)

    def table_profile(self, value: TableProfile) -> None:
        """What a look at a table's data told."""
        self._give(
            Forms(
                whole=lambda: value,
                lines=lambda: value.columns,
                grid=lambda: listings.of_profile(value),
                screen=lambda: self._draw_profile(value),
            )
        )

    def records(self, rows: Sequence[Value | Mapping[str, object]], *, title: str | None = None) -> None:
        """Flat records with the same keys; the title is for the screen alone."""
        self._list(rows, grids.of_records([grids.fields(row) for row in rows]), title=title)

    def document(self, value: Value | Mapping[str, object]) -> None:
        """One object; field by field where it is not JSON."""
        fields = grids.fields(value)
        self._give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_fields(fields),
                screen=lambda: self._draw_document(fields),
            )
        )

    def json(self, value: object) -> None:
        """An object that is JSON by its nature (a schema, the answer to a request), whatever the format."""
        form = documents.line if self.format == "ndjson" else documents.indented
        self._printer.write([form(value)])

    def ids(self, values: Sequence[object]) -> None:
        """Ids alone, a line each."""
        self._printer.write(f"{visible_line(str(value))}\n" for value in values)

    def event(self, value: object) -> None:
        """One event of `watch -o ndjson`, seen at once."""
        self._printer.write([documents.line(value)])
        self._stdout.flush()

    # Narration

    def error(
        self, error: ChatctlError, *, request_id: UUID, timestamp: datetime, traceback: str | None = None
    ) -> None:
        """An error on stderr: the contract's object under JSON, else its sentence, what is wrong, and the hint."""
        told = problems.as_object(error, request_id, timestamp)
        if traceback:
            self._narration.say("", visible(traceback).rstrip())
        if self.format == "json":
            self._narration.say("", documents.indented(told).rstrip())
        elif self.format == "ndjson":
            self._narration.say("", documents.line(told).rstrip())
        else:
            for label, text in problems.as_lines(error):
                self._narration.say(label, text, narration.RED if label == "error" else narration.BOLD)

    def note(self, text: str, *, always: bool = False) -> None:
        """A remark on stderr; not with `quiet`, unless it is `always` said."""
        if always or not self.quiet:
            self._narration.say("", visible(text))

    def warn(self, text: str) -> None:
        """A warning on stderr."""
        self._narration.say("warning", visible(text), narration.YELLOW)

    def progress(self, what: str, share: float | None) -> None:
        """What is being done and, where it is known, which share of it (0..1) is."""
        self._narration.progress(what, share)

    def done(self) -> None:
        """The end of what progress was shown of."""
        self._narration.done()

    def live(self, message: Message) -> None:
        """A message while it is waited for: its new steps and, on a terminal, where it stands."""
        if self.quiet:
            return
        if message.attempts > 1:
            self._narration.once((message.id, message.attempts), f"attempt {message.attempts}")
        for step in message.reasoning.steps:
            if step.status != "loading":
                self._narration.once((message.id, message.attempts, step.id), transcripts.step_line(step))
        self._narration.stand(None if message.is_completed else state(message))

    # How it is written

    def _list(
        self,
        values: Sequence[object],
        grid: Grid,
        *,
        title: str | None = None,
        to_read: Grid | None = None,
        overflow: Literal["cut", "fold"] = "fold",
    ) -> None:
        self._give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: grid,
                screen=lambda: self._sheet(to_read or grid, title=title, overflow=overflow),
            )
        )

    def _give(self, forms: Forms) -> None:
        self._narration.done()
        self._printer.give(forms)

    def _data(self, messages: Sequence[Message]) -> None:
        if (found := last_result(messages)) is not None:
            self.result(found, kept=True)
        else:
            self.note("There is no result here yet." if messages else "There is no message here.")

    def _last_grid(self, message: Message) -> Grid:
        found = last_result([message])
        return listings.of_result(found) if found else Grid(columns=[], rows=[])

    def _parts(self, messages: Sequence[Message], view: ChatView, *, whole: object) -> Forms | None:
        if not (view.sql or view.steps or view.raw):
            return None
        raw = [message.raw_llm_messages for message in messages]

        def text() -> Iterable[str]:
            return transcripts.parts(messages, view)

        return Forms(
            whole=lambda: raw if view.raw else whole,
            grid=lambda: listings.of_messages(messages),
            screen=lambda: "".join(text()),
            plain=text,
            markdown=text,
        )

    def _screen(self) -> "Screen":
        from chatctl.rendering.screen import Screen

        return Screen(width=self._width, colour=self._colour)

    def _sheet(self, grid: Grid, *, title: str | None = None, overflow: Literal["cut", "fold"] = "cut") -> str:
        from chatctl.rendering.screen import line
        from chatctl.rendering.tables import whole

        heading = [line(title, "bold")] if title else []
        return self._screen().draw(*heading, *whole(grid, self._width, overflow=overflow))

    def _draw_source(self, value: SourceDetails) -> str:
        from chatctl.rendering.catalogs import source

        return source(value, self._screen())

    def _draw_profile(self, value: TableProfile) -> str:
        from chatctl.rendering.catalogs import table_profile

        return table_profile(value, self._screen())

    def _draw_document(self, fields: Mapping[str, object]) -> str:
        from chatctl.rendering.objects import document

        return document(fields, self._screen())

    def _conversations(self) -> "Conversations":
        from chatctl.rendering.conversations import Conversations

        return Conversations(screen=self._screen(), now=self._clock(), zone=self._zone)


def _ordered(messages: Sequence[Message], view: ChatView, *, oldest_first: bool) -> list[Message]:
    oldest = view.order == "oldest" if view.order else oldest_first
    return sorted(messages, key=lambda message: message.position, reverse=not oldest)


def _id(value: ChatWithMessages, message: Message | None, ids: IdOf) -> UUID:
    return value.chat.id if ids == "chat" or message is None else message.id


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names as keys: a second `n` becomes `n_2`, for an object cannot hold both."""
    found: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found
