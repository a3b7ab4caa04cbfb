"""How the program speaks: one value on stdout in the format asked for, narration on stderr.

Rich is imported when something is drawn for the screen, plotext when a chart is; the other formats need neither.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Final, Literal, TextIO
from uuid import UUID

from chatctl.domain.chats import Message, ResultEntry
from chatctl.domain.errors import ChatctlError
from chatctl.domain.values import Value
from chatctl.rendering import documents, grids, listings, narration, problems, transcripts
from chatctl.rendering.grids import Grid
from chatctl.rendering.narration import Narration
from chatctl.rendering.printer import Format, Forms, Printer
from chatctl.rendering.text import visible, visible_line
from chatctl.rendering.words import state

if TYPE_CHECKING:
    from chatctl.rendering.screen import Screen

WIDTH_WITHOUT_TERMINAL: Final = 80


class Console:
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
        self.width = width or narration.columns(stdout) or WIDTH_WITHOUT_TERMINAL
        self._colour = colour and stdout.isatty()
        self.printer = Printer(stream=stdout, format=self.format, pager=pager)
        self.parquet = parquet
        self.zone = zone
        self.clock = clock
        self._narration = Narration(
            stream=stderr,
            colour=colour and stderr.isatty(),
            quiet=quiet,
            width=narration.columns(stderr) or self.width,
        )

    # Values of any kind

    def records(self, rows: Sequence[Value | Mapping[str, object]], *, title: str | None = None) -> None:
        """Flat records with the same keys; the title is for the screen alone."""
        self.rows(rows, grids.of_records([grids.fields(row) for row in rows]), title=title)

    def document(self, value: Value | Mapping[str, object]) -> None:
        """One object; field by field where it is not JSON."""
        fields = grids.fields(value)
        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_fields(fields),
                screen=lambda: self._draw_document(fields),
            )
        )

    def json(self, value: object) -> None:
        """An object that is JSON by its nature (a schema, the answer to a request), whatever the format."""
        form = documents.line if self.format == "ndjson" else documents.indented
        self.printer.write([form(value)])

    def ids(self, values: Sequence[object]) -> None:
        """Ids alone, a line each."""
        self.printer.write(f"{visible_line(str(value))}\n" for value in values)

    def event(self, value: object) -> None:
        """One event of `watch -o ndjson`, seen at once."""
        self.printer.write([documents.line(value)])
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

    def rows(
        self,
        values: Sequence[object],
        grid: Grid,
        *,
        title: str | None = None,
        to_read: Grid | None = None,
        overflow: Literal["cut", "fold"] = "fold",
    ) -> None:
        """Print records: an array, an object or a line each; on the screen as `to_read` shows them."""
        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: grid,
                screen=lambda: self.sheet(to_read or grid, title=title, overflow=overflow),
            )
        )

    def give(self, forms: Forms) -> None:
        """Print a value in the form that the format asks for."""
        self._narration.done()
        self.printer.give(forms)

    def screen(self) -> "Screen":
        """What draws at this width, in colour or without."""
        from chatctl.rendering.screen import Screen

        return Screen(width=self.width, colour=self._colour)

    def sheet(self, grid: Grid, *, title: str | None = None, overflow: Literal["cut", "fold"] = "cut") -> str:
        """A grid as a table on the screen, under a title."""
        from chatctl.rendering.screen import line
        from chatctl.rendering.tables import whole

        heading = [line(title, "bold")] if title else []
        return self.screen().draw(*heading, *whole(grid, self.width, overflow=overflow))

    def _draw_document(self, fields: Mapping[str, object]) -> str:
        from chatctl.rendering.objects import document

        return document(fields, self.screen())
