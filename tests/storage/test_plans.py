"""Every statement that a command or a worker runs on 100,000 messages is served by an index, on each kind of database.

The statements are those that the product sends, caught on their way; the plans are the database's own words.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event

from chatctl.domain.listing import Filter
from chatctl.storage import chats, lookup, progress
from chatctl.storage.database import Transaction

from .conftest import MORNING, Bench

LARGE: Final = ("message", "chat", "message_step", "query_result", "other")

MANY: Final = Template((Path(__file__).parent / "many_messages.sql").read_text())
"""10,000 chats of ten messages; of a hundred messages one is queued, one failed, and a few are running."""

WORDS: Final = {
    "sqlite": {
        "numbers_10000": "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)",
        "numbers_100000": "RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)",
        "message_id": "printf('%032x', i)",
        "chat_id": "printf('%032x', (i - 1) / 10 + 1000000)",
        "moment": "strftime('%Y-%m-%d %H:%M:%f', 1800000000 + i, 'unixepoch')",
        "empty": "'[]'",
    },
    "postgresql": {
        "numbers_10000": "n AS (SELECT i FROM generate_series(1, 10000) i)",
        "numbers_100000": "n AS (SELECT i FROM generate_series(1, 100000) i)",
        "message_id": "CAST(lpad(to_hex(i), 32, '0') AS uuid)",
        "chat_id": "CAST(lpad(to_hex((i - 1) / 10 + 1000000), 32, '0') AS uuid)",
        "moment": "to_timestamp(1800000000 + i)",
        "empty": "CAST('[]' AS json)",
    },
}


@dataclass(frozen=True)
class Plan:
    """A statement of the product and how the database carries it out."""

    statement: str
    lines: tuple[str, ...]

    @property
    def scans(self) -> list[str]:
        """The steps that read a large table, or a whole index of one, from one end to the other."""
        found = (re.search(r"(?:Seq Scan on|^SCAN) \"?(\w+)", line) for line in self.lines)
        return [f"{match[0]} in {self.statement}" for match in found if match and match[1].rstrip("_123") in LARGE]


@dataclass
class Large:
    """A bench with many messages, and what it says of the statements run on it."""

    bench: Bench

    def fill(self) -> None:
        """Write the many."""
        database, actor = self.bench.database, self.bench.actor
        statements = MANY.substitute(
            WORDS[database.url.get_backend_name()],
            organization=self._id(actor.organization_id),
            user=self._id(actor.user_id),
            now=MORNING,
        )
        with database.connect() as connection:
            for statement in statements.split(";"):
                connection.exec_driver_sql(statement)
            connection.commit()

    def plans(self, act: Callable[[], object]) -> Iterator[Plan]:
        """How each statement that the act runs on a table is carried out."""
        caught: list[tuple[str, Any]] = []

        def catch(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            if re.search(r"\b(FROM|UPDATE) \w", statement):
                caught.append((statement, parameters))

        engines = {id(engine): engine for engine in self.bench.database.engines()}.values()
        for engine in engines:
            event.listen(engine, "before_cursor_execute", catch)
        try:
            act()
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", catch)
        assert caught, "nothing was run"
        prefix = "EXPLAIN QUERY PLAN " if self.bench.database.is_sqlite else "EXPLAIN "
        for statement, parameters in caught:
            with self.bench.database.connect() as connection:
                lines = connection.exec_driver_sql(prefix + statement, parameters).all()
            yield Plan(" ".join(statement.split()), tuple(str(line[-1]).strip() for line in lines))

    def reading(self, act: Callable[[Transaction], object]) -> Iterator[Plan]:
        """The same of what reads in one transaction."""

        def read() -> None:
            with self.bench.database.read() as session:
                act(session)

        return self.plans(read)

    def _id(self, value: UUID) -> str:
        return value.hex if self.bench.database.is_sqlite else str(value)


def scans(plans: Iterator[Plan]) -> list[str]:
    return [scan for plan in plans for scan in plan.scans]


def test_no_statement_reads_all_messages(bench: Bench) -> None:
    large = Large(bench)
    large.fill()
    ledger, actor, now = bench.ledger, bench.actor, bench.now
    first = UUID(int=1_000_000)
    found = [scan for _ in range(2) for scan in scans(large.plans(lambda: ledger.claim_next("w2")))]
    found += scans(large.plans(lambda: ledger.claim(UUID(int=200), "w2")))
    found += scans(large.plans(lambda: ledger.sweep(["w3"])))
    found += scans(large.plans(ledger.has_queued))
    for wanted in (Filter(limit=30), Filter(limit=30, status="queued"), Filter(limit=30, since=chats.utc(MORNING))):
        found += scans(large.reading(lambda session, wanted=wanted: lookup.listing(session, actor, wanted)))  # type: ignore[misc]
    found += scans(large.reading(lambda session: page(session, first)))
    found += scans(large.reading(lambda session: chats.count_around(session, first, 3, 5)))
    found += scans(large.reading(lambda session: chats.newest_message(session, first)))
    found += scans(large.reading(lambda session: chats.open_messages(session, first)))
    found += scans(large.reading(lambda session: lookup.keyed_message(session, actor, "key 77")))
    found += scans(large.reading(lambda session: lookup.last_chat(session, actor)))
    for reference in ("00000000-0000", str(UUID(int=777))):
        for match in (lookup.matching_chats, lookup.matching_messages):
            found += scans(
                large.reading(lambda session, m=match, r=reference: m(session, actor, r, deleted=False))  # type: ignore[misc]
            )
    some = [UUID(int=number) for number in range(1, 20)]
    found += scans(large.reading(lambda session: progress.marks(session, some)))
    found += scans(large.reading(lambda session: progress.values(session, some)))
    found += scans(large.reading(progress.queued))
    found += scans(large.reading(progress.newest_ring))
    found += scans(large.reading(lambda session: progress.load(session, now)))
    assert found == [], "\n".join(found)
    assert scans(large.reading(everything)), "the test does not see what it looks for"


def page(session: Transaction, chat_id: UUID) -> object:
    return chats.page(session, chats.by_id(session, chat_id), limit=50, before=9)


def everything(session: Transaction) -> object:
    return session.connection().exec_driver_sql("SELECT title FROM message").all()
