"""Conversations on the screen: turn by turn, question, answer, table, chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rich.console import RenderableType
from rich.text import Text

from chatctl.domain.chats import ChatWithMessages, FileEntry, Message, ResultEntry, TextEntry
from chatctl.rendering.figures import figure
from chatctl.rendering.screen import Screen, command, indented, line, prose, words
from chatctl.rendering.text import plural, visible_line
from chatctl.rendering.transcripts import ungrounded
from chatctl.rendering.views import ChatView
from chatctl.rendering.words import local, marked, results, short, status

INDENT = 2


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """Draws chats on a screen; `now` and `zone` are the reader's."""

    screen: Screen
    now: datetime
    zone: tzinfo | None

    def chat(self, value: ChatWithMessages, messages: Sequence[Message], view: ChatView) -> str:
        """The whole conversation, with what the page leaves out said before and after it."""
        return self.screen.draw(*self._heading(value), *self._turns(messages), *_left_out(value, view))

    def created(self, value: ChatWithMessages, message: Message | None) -> str:
        """That a message was accepted or changed, and how to follow it while it is open."""
        chat = value.chat
        named = f"{short(chat.id)}: {chat.title}"
        if message and value.new_message_id:
            lines = [line(f"{'Started' if message.position == 1 else 'Added to'} chat {named}")]
        else:
            lines = [line(f"Chat {named}")]
        if message:
            told = [f"message {short(message.id)} {status(message, self.now)}"]
            told += [f"feedback {message.feedback}"] if message.feedback else []
            lines.append(words(" · ".join(told), "dim"))
            lines += [] if message.is_completed else [command(f"follow it: chatctl wait {short(message.id)}")]
        return self.screen.draw(*lines)

    def message(self, message: Message) -> str:
        """One turn."""
        return self.screen.draw(*self._turn(message))

    def answer(self, message: Message) -> str:
        """The answer alone, and the ways on from it."""
        return self.screen.draw(*self._answer(message), *_ways_on(message))

    def _heading(self, value: ChatWithMessages) -> Iterator[RenderableType]:
        chat = value.chat
        yield words(chat.title, "bold")
        told = [
            short(chat.id),
            *(source.name for source in chat.sources),
            f"updated {local(chat.updated_at, self.zone)}",
        ]
        yield words(" · ".join(map(visible_line, told)), "dim")

    def _turns(self, messages: Sequence[Message]) -> Iterator[RenderableType]:
        for message in messages:
            yield Text()
            yield from self._turn(message)

    def _turn(self, message: Message) -> Iterator[RenderableType]:
        yield words(f"{message.position} ❯ {message.request_message or message.title}", "bold cyan")
        told = [short(message.id), local(message.created_at, self.zone), status(message, self.now)]
        told += [message.final_reasoning_message] if message.final_reasoning_message else []
        told += [f"feedback {message.feedback}"] if message.feedback else []
        yield indented(words(" · ".join(map(visible_line, [*told, message.model])), "dim"))
        yield from [Text()] if message.response_messages.messages or message.error else []
        yield from self._answer(message)
        yield from (indented(line(_file(entry), "dim")) for entry in _files(message))
        yield from _failure(message)

    def _answer(self, message: Message) -> Iterator[RenderableType]:
        told = [entry for entry in message.response_messages.messages if not isinstance(entry, FileEntry)]
        for at, entry in enumerate(told):
            yield from [Text()] if at else []
            match entry:
                case TextEntry():
                    yield indented(prose(marked(entry, message)))
                case ResultEntry():
                    yield from map(indented, self._result(entry, message))
        if warning := ungrounded(message):
            yield Text()
            yield indented(words(warning, "yellow"))

    def _result(self, entry: ResultEntry, message: Message) -> Iterator[RenderableType]:
        drawn = figure(entry, self.screen.width - INDENT, colour=self.screen.colour)
        if drawn.table is not None:
            yield drawn.table
            yield from _left_out_of(entry, drawn.left_out, message)
            yield from [Text()] if drawn.chart else []
        if drawn.chart is not None:
            yield drawn.chart


def _left_out_of(entry: ResultEntry, left_out: Sequence[str], message: Message) -> Iterator[RenderableType]:
    if entry.truncated:
        yield words(f"the query has more rows than the {entry.row_count:,} kept", "dim")
    if left_out:
        yield words("; ".join(left_out), "dim")
        yield command(f"all of it: chatctl show {short(message.id)} --data -o csv")


def _failure(message: Message) -> Iterator[RenderableType]:
    if message.error is None:
        return
    yield indented(words(f"{message.error.code}: {message.error.message}", "red"))
    if message.error.hint:
        yield indented(words(f"hint: {message.error.hint}"))


def _files(message: Message) -> list[FileEntry]:
    return [entry for entry in message.response_messages.messages if isinstance(entry, FileEntry)]


def _file(entry: FileEntry) -> str:
    kind = entry.file_type.removesuffix("_file")
    return f"saved as {kind} {short(entry.file_id)}, version {entry.version_number}: {visible_line(entry.file_name)}"


def _ways_on(message: Message) -> Iterator[RenderableType]:
    if not message.response_messages.messages:
        return
    yield Text()
    if results(message):
        yield command(f"its SQL:   chatctl show {short(message.id)} --sql")
    for entry in _files(message):
        yield command(f"run again: chatctl {entry.file_type.removesuffix('_file')} run {short(entry.file_id)}")
    yield command('ask on:    chatctl send -c "…"')


def _left_out(value: ChatWithMessages, view: ChatView) -> Iterator[RenderableType]:
    if not (view.earlier or view.later):
        return
    yield Text()
    if view.later:
        yield words(f"{plural(view.later, 'later message')} not shown", "dim")
    if view.earlier:
        first = min(message.position for message in value.messages)
        yield words(f"{plural(view.earlier, 'earlier message')} not shown", "dim")
        yield command(f"before these: chatctl show {short(value.chat.id)} --before {first}")
