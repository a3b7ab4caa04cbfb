"""Conversations as text without a terminal: plain for pipes, Markdown for documents, SQL to paste."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from chatctl.domain.chats import (
    ChatWithMessages,
    FileEntry,
    Message,
    ReasoningStep,
    ResultEntry,
    SqlStep,
    TextEntry,
    TextStep,
)
from chatctl.rendering import documents
from chatctl.rendering.grids import markdown, markdown_text, tabbed
from chatctl.rendering.listings import of_result
from chatctl.rendering.text import plural, unescaped, visible, visible_line
from chatctl.rendering.views import ChatView
from chatctl.rendering.words import UNGROUNDED, marked, results, status, utc

MARKS = {"completed": "✓", "failed": "✗", "loading": "…"}


def plain(value: ChatWithMessages, messages: Sequence[Message]) -> Iterator[str]:
    """Fields of the chat, tab-separated, then `--`, then its turns."""
    chat = value.chat
    yield f"chat\t{chat.id}\n"
    yield f"title\t{visible_line(chat.title)}\n"
    yield f"sources\t{', '.join(visible_line(source.name) for source in chat.sources)}\n"
    yield f"updated\t{utc(chat.updated_at)}\n"
    for message in messages:
        yield "--\n"
        yield from plain_message(message)


def plain_message(message: Message) -> Iterator[str]:
    """One turn: its fields, the question, the answer."""
    yield f"message\t{message.id}\n"
    yield f"position\t{message.position}\n"
    yield f"status\t{message.status}\n"
    yield f"outcome\t{message.outcome or ''}\n"
    yield f"asked\t{utc(message.created_at)}\n"
    yield f"question\t{visible_line(message.request_message or '')}\n"
    for file in message.files:
        yield f"{file.file_type}\t{file.file_id}\t{file.version_number}\t{visible_line(file.file_name)}\n"
    if answer := "".join(plain_answer(message)):
        yield "\n" + answer
    if message.error:
        yield f"\n{_failure(message)}\n"


def plain_answer(message: Message) -> Iterator[str]:
    """The text and, under their columns' names, the rows of each result; tabs between cells, nothing cut.

    Files are not part of it: who reads an answer line by line is not to meet them in it.
    """
    blank = ""
    for entry in message.response_messages.messages:
        match entry:
            case TextEntry():
                yield blank + unescaped(visible(marked(entry, message))).strip() + "\n"
            case ResultEntry():
                yield blank + "\t".join(visible_line(column.name) for column in entry.columns) + "\n"
                yield from tabbed(of_result(entry))
            case FileEntry():
                continue
        blank = "\n"
    if message.grounding and message.grounding.ungrounded:
        yield f"{blank}{ungrounded(message)}\n"


def document(value: ChatWithMessages, messages: Sequence[Message], now: datetime) -> Iterator[str]:
    """The conversation as a Markdown document."""
    yield f"# {markdown_text(value.chat.title)}\n"
    for message in messages:
        yield "\n"
        yield from document_of_message(message, now)


def document_of_message(message: Message, now: datetime) -> Iterator[str]:
    """One turn as Markdown: the question as a heading, text, tables and SQL."""
    yield f"## {message.position}. {markdown_text(message.request_message or message.title)}\n"
    if message.status != "completed":
        yield f"\n*{status(message, now)}*\n"
    if message.error:
        yield f"\n{markdown_text(_failure(message))}\n"
    if answer := "".join(document_of_answer(message)):
        yield "\n" + answer


def document_of_answer(message: Message) -> Iterator[str]:
    """The answer as Markdown, each result followed by its SQL."""
    for at, entry in enumerate(message.response_messages.messages):
        yield "\n" if at else ""
        match entry:
            case TextEntry():
                yield visible(marked(entry, message)).strip() + "\n"
            case ResultEntry():
                yield from markdown(of_result(entry))
                yield f"\n*The query has more rows than these {entry.row_count:,}.*\n" if entry.truncated else ""
                yield "\n" + _fenced(entry.sql)
            case _:
                kind = entry.file_type.removesuffix("_file").capitalize()
                yield f"{kind}: *{markdown_text(entry.file_name)}*, version {entry.version_number}\n"
    if message.grounding and message.grounding.ungrounded:
        yield f"\n*{markdown_text(ungrounded(message))}*\n"


def parts(messages: Sequence[Message], view: ChatView) -> Iterator[str]:
    """What `--sql`, `--steps` and `--raw` ask for, message by message."""
    for message in messages:
        if view.sql:
            yield from sql(message)
        if view.steps:
            yield from steps(message)
        if view.raw:
            yield documents.indented(message.raw_llm_messages)


def sql(message: Message) -> Iterator[str]:
    """The statements that the answer rests on, ready to paste; the question is a comment before them."""
    for entry in results(message):
        yield f"-- {message.position}. {visible_line(message.request_message or message.title)}\n"
        statement = visible(entry.sql).rstrip()
        # A last line that is a comment would swallow the semicolon.
        yield statement + ("" if statement.endswith(";") else "\n;" if "--" in statement else ";") + "\n"


def steps(message: Message) -> Iterator[str]:
    """The reasoning, step by step, with the SQL that was run and what it gave."""
    yield f"{message.position}. {visible_line(message.request_message or message.title)}\n"
    for step in message.reasoning.steps:
        yield f"  {step_line(step)}\n"
        yield from (f"      {text}\n" for text in _step_body(step).splitlines())
    if message.final_reasoning_message:
        yield f"  {visible_line(message.final_reasoning_message)}\n"


def step_line(step: ReasoningStep) -> str:
    """One step in a line: its mark, its title, and what came of it."""
    told = [visible_line(step.title)]
    if step.secondary_title:
        told.append(visible_line(step.secondary_title))
    if isinstance(step, SqlStep) and step.row_count is not None:
        told.append(plural(step.row_count, "row") + (", and there are more" if step.truncated else ""))
    return f"{MARKS[step.status]} {' · '.join(told)}"


def ungrounded(message: Message) -> str:
    """The warning about figures that no result holds; empty where there are none."""
    figures = message.grounding.ungrounded if message.grounding else []
    return f"{UNGROUNDED} not found in the results: {', '.join(map(visible_line, figures))}" if figures else ""


def _step_body(step: ReasoningStep) -> str:
    match step:
        case TextStep():
            return visible(step.message or "")
        case SqlStep():
            return visible(step.sql) + (f"\n{visible(step.error)}" if step.error else "")
        case _:
            return "\n".join(map(str, step.file_ids))


def _failure(message: Message) -> str:
    error = message.error
    if error is None:
        return ""
    return f"{error.code}: {visible_line(error.message)}" + (f" {visible_line(error.hint)}" if error.hint else "")


def _fenced(sql: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", sql)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{visible(sql).strip()}\n{fence}\n"
