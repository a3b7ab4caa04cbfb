"""The database as plain SQL sees it, on SQLite and PostgreSQL; no code of the package is used."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

TERMINAL = ("completed", "failed", "cancelled")

_MESSAGES = """
SELECT m.id, m.chat_id, m.position, m.request_message, m.status, m.is_completed, m.attempt, m.errors, m.crashes,
       m.lost, m.error_code, m.lease_expires_at, m.created_at, m.started_at, m.finished_at, m.response,
       m.raw_llm_messages
FROM message m JOIN organization o ON o.id = m.organization_id WHERE o.name = {0}
"""
_RESULTS = """
SELECT r.message_id, r.id, r.rows FROM query_result r
JOIN message m ON m.id = r.message_id JOIN organization o ON o.id = m.organization_id WHERE o.name = {0}
"""
_PROGRESS = """
SELECT m.status, count(*) FROM message m JOIN organization o ON o.id = m.organization_id WHERE o.name = {0}
GROUP BY m.status
"""
_KEYED = """
SELECT count(*) FROM message m JOIN organization o ON o.id = m.organization_id
WHERE o.name = {0} AND m.idempotency_key = {0}
"""
_FOREIGN = {
    "message without chat": "SELECT count(*) FROM message WHERE chat_id NOT IN (SELECT id FROM chat)",
    "result without message": "SELECT count(*) FROM query_result WHERE message_id NOT IN (SELECT id FROM message)",
    "step without message": "SELECT count(*) FROM message_step WHERE message_id NOT IN (SELECT id FROM message)",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A message as it stands, with the effects that readers see of it; ids without hyphens."""

    id: str
    chat: str
    position: int
    prompt: str
    status: str
    is_completed: bool
    attempt: int
    errors: int
    crashes: int
    lost: int
    error_code: str | None
    leased: bool
    created: float
    started: float | None
    finished: float | None
    texts: tuple[str, ...]
    """What the answer says."""
    referred: tuple[str, ...]
    """The results that the answer refers to."""
    results: tuple[tuple[str, int], ...]
    """The results that are stored: id, and the attempt that wrote it."""
    raw: tuple[int, ...]
    """The attempts that left their notes."""


class Unreadable(Exception):
    """The database cannot be read now."""


class Reader:
    """A connection of its own to the messages of one organization; inside the block."""

    def __init__(self, url: str, organization: str) -> None:
        self._url = url
        self._organization = organization
        self._sqlite = url.startswith("sqlite:///")
        self._mark = "?" if self._sqlite else "%s"

    def __enter__(self) -> Self:
        self._connection = self._connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(self) -> list[Row]:
        """Every message."""
        results: dict[str, list[tuple[str, int]]] = {}
        for message, result, rows in self._ask(_RESULTS):
            results.setdefault(_hex(message), []).append((_hex(result), _json(rows)[0][0]))
        return [_row(values, tuple(results.get(_hex(values[0]), ()))) for values in self._ask(_MESSAGES)]

    def counts(self) -> dict[str, int]:
        """How many messages are in each state."""
        return dict(self._ask(_PROGRESS))

    def has_key(self, key: str) -> bool:
        """Whether a message has this idempotency key."""
        return bool(self._ask(_KEYED, self._organization, key)[0][0])

    def damage(self) -> list[str]:
        """What is wrong with the database itself: pages, references."""
        found = [f"{words}: {n}" for words, sql in _FOREIGN.items() if (n := self._ask(sql, *())[0][0])]
        if not self._sqlite:
            return found
        verdicts = [words for (words,) in self._connection.execute("PRAGMA integrity_check") if words != "ok"]
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchall()
        return found + verdicts + [f"foreign key of {row[0]}" for row in broken]

    def _ask(self, sql: str, *parameters: str) -> list[Any]:
        values = parameters or ((self._organization,) if "{0}" in sql else ())
        try:
            return list(self._connection.execute(sql.format(self._mark), values).fetchall())
        except _broken() as error:
            raise Unreadable(str(error)) from error

    def _connect(self) -> Any:
        if self._sqlite:
            path = self._url.removeprefix("sqlite:///")
            return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
        import psycopg

        try:
            return psycopg.connect(self._url.replace("+psycopg", ""), autocommit=True)
        except psycopg.Error as error:
            raise Unreadable(str(error)) from error


@contextmanager
def write_locked(path: str, seconds: float) -> Iterator[None]:
    """Nobody else can write to this SQLite file inside the block; waits up to so many seconds to get in."""
    holder = sqlite3.connect(path, isolation_level=None, timeout=seconds)
    try:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")
    finally:
        holder.close()


def settled(counts: dict[str, int]) -> bool:
    """Whether every message is in an end state."""
    return not set(counts) - set(TERMINAL)


def wait_until_settled(url: str, organization: str, seconds: float) -> float:
    """Seconds until every message was in an end state; so many at most."""
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < seconds:
        with Reader(url, organization) as reader:
            if settled(reader.counts()):
                return waited
        time.sleep(0.1)
    return seconds


def _broken() -> tuple[type[Exception], ...]:
    """What drivers raise, of those that are in use."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error, psycopg.Error) if psycopg else (sqlite3.Error,)


def _row(values: Sequence[Any], results: tuple[tuple[str, int], ...]) -> Row:
    (message, chat, position, prompt, status, done, attempt, errors, crashes) = values[:9]
    (lost, code, lease, created, started, finished, response, raw) = values[9:]
    entries = _json(response)
    return Row(
        id=_hex(message),
        chat=_hex(chat),
        position=position,
        prompt=prompt,
        status=status,
        is_completed=bool(done),
        attempt=attempt,
        errors=errors,
        crashes=crashes,
        lost=lost,
        error_code=code,
        leased=lease is not None,
        created=_seconds(created),
        started=started,
        finished=finished,
        texts=tuple(entry["message"] for entry in entries if entry["type"] == "text"),
        referred=tuple(_hex(entry["id"]) for entry in entries if entry["type"] == "result"),
        results=results,
        raw=tuple(note["attempt"] for note in _json(raw)),
    )


def _hex(value: object) -> str:
    return str(value).replace("-", "")


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _seconds(value: str | datetime) -> float:
    when = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
