"""Chats, messages and results, printed."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from chatctl.domain.chats import ChatListing, ChatWithMessages, Message, ResultEntry
from chatctl.rendering import listings, transcripts
from chatctl.rendering.console import Console
from chatctl.rendering.grids import Grid
from chatctl.rendering.printer import Forms
from chatctl.rendering.text import plural
from chatctl.rendering.views import ChatView
from chatctl.rendering.words import answer_text, last_result, newest, results

if TYPE_CHECKING:
    from chatctl.rendering.conversations import Conversations

IdOf = Literal["chat", "message"]


class ChatOutput(Console):
    """What `new`, `send`, `show`, `list`, `wait` and `sql` print."""

    def created(self, value: ChatWithMessages, *, ids: IdOf) -> None:
        """A chat or message that was just accepted or changed; with `quiet` the id of what `ids` names."""
        message = newest(value) if value.messages else None
        if self.quiet:
            self.ids([_id(value, message, ids)])
            return
        self.give(
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
        self.give(
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
        self.give(
            self._parts(messages, view, whole=in_json)
            or Forms(
                whole=lambda: in_json,
                grid=lambda: listings.of_messages(messages),
                screen=lambda: self._conversations().chat(value, messages, view),
                plain=lambda: transcripts.plain(value, messages),
                markdown=lambda: transcripts.document(value, messages, self.clock()),
            )
        )
        if (view.sql or view.steps or view.raw) and (left_out := view.earlier + view.later):
            self.warn(f"{plural(left_out, 'message')} of the chat not printed; --limit sets how many are.")

    def message(self, value: Message, *, view: ChatView) -> None:
        """One message, or the parts of it that the view asks for."""
        if view.data:
            self._data([value])
            return
        if self.quiet:
            self.ids([value.id])
            return
        self.give(
            self._parts([value], view, whole=value)
            or Forms(
                whole=lambda: value,
                grid=lambda: listings.of_messages([value]),
                screen=lambda: self._conversations().message(value),
                plain=lambda: transcripts.plain_message(value),
                markdown=lambda: transcripts.document_of_message(value, self.clock()),
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
        self.give(
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
        to_read = listings.of_chats_to_read(values, self.zone)
        self.rows(values, listings.of_chats(values), to_read=to_read, overflow="cut")
        if not values:
            self.note('No such chats. chatctl new "…" starts one.')
        if cursor:
            self.note(f"More chats: chatctl list --cursor {cursor}")

    def result(self, value: ResultEntry, *, kept: bool = False) -> None:
        """A result in full; as NDJSON an object for each row; that there was more is said on stderr.

        `kept` says that it is stored with an answer, so that only running its SQL again gives more.
        """
        if self.format == "parquet" and self.parquet:
            self.printer.give_bytes(self.parquet(value))
            return
        grid = listings.of_result(value)
        names = _distinct([column.name for column in value.columns])
        self.give(
            Forms(
                whole=lambda: value,
                lines=lambda: (dict(zip(names, row, strict=True)) for row in value.rows),
                grid=lambda: grid,
                screen=lambda: self.sheet(grid),
            )
        )
        if value.truncated:
            more = "`chatctl sql` runs it again" if kept else "--limit sets how many"
            self.warn(f"The query has more rows than these {value.row_count:,}; {more}.")

    def _data(self, messages: Sequence[Message]) -> None:
        if (found := last_result(messages)) is not None:
            self.result(found, kept=True)
        else:
            if self.format == "json":
                self.json(None)
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

    def _conversations(self) -> "Conversations":
        from chatctl.rendering.conversations import Conversations

        return Conversations(screen=self.screen(), now=self.clock(), zone=self.zone)


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
