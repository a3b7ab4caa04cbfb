"""Any database that SQLAlchemy has a dialect for, as an engine: as strict as its dialect allows.

What runs is the query as the guard read it, written anew, so that nothing that a server reads otherwise (a MySQL
comment that is executed, say) reaches it. The transaction reads only where the dialect knows that (see `backends`),
and is rolled back always. The time limit is the server's own where it has one; beside it a query that is not done in
time is cancelled if its driver can do that, and otherwise left behind with its connection.
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlglot import exp

from chatctl.domain.errors import QueryError, QueryTimeout, SourceError, SourceNotFound
from chatctl.domain.results import Column, ResultSet, encode_cell
from chatctl.domain.sources import Table, TableProfile
from chatctl.engines import alchemy_catalog, backends, guard
from chatctl.engines.addresses import Address
from chatctl.engines.addresses import resolve as resolve_address
from chatctl.engines.attempts import DRIVERS_RAISE, Attempt, Overdue
from chatctl.engines.engine import Limits
from chatctl.engines.names import nearest

Given = TypeVar("Given")

_OPENING: Final = Limits(seconds=15)
"""For connecting and reading the catalog."""
_NO_LIMIT_OF_UNIONS: Final = frozenset({"tsql", "oracle"})
_GRACE: Final = 1.0
"""Seconds that a server has to keep the time limit itself before the client loses patience."""


def open_alchemy(url: str) -> "AlchemyEngine":
    """A database by its SQLAlchemy URL. Raises SourceError without its dialect, or if it cannot be connected to."""
    backends.check_installed(url)
    return AlchemyEngine(resolve_address(url))


class AlchemyEngine:
    """Reads one database through SQLAlchemy; see the Engine protocol."""

    def __init__(self, address: Address) -> None:
        url = backends.parse(address.url)
        self._address = address
        self._backend = backends.of(url)
        self.dialect = self._backend.sql
        self._running: Connection | None = None
        try:
            # One connection is kept; those that are left behind with their queries are not counted.
            self._engine = create_engine(
                url, pool_size=1, max_overflow=-1, pool_pre_ping=True, hide_parameters=True, pool_logging_name=_QUIET
            )
            reading = Attempt(lambda: self._worked(_OPENING, alchemy_catalog.read))
            self._schema, self._by_name = reading.outcome(_OPENING.seconds)
        except Overdue:
            raise SourceError(f"The server of {address.shown} does not answer.", hint=_CHECK) from None
        except DRIVERS_RAISE as error:
            raise SourceError(f"Cannot connect to {address.shown}: {self._words(error)}.", hint=_CHECK) from None
        finally:
            self._cancel()
        self.fingerprint = self._fingerprint()
        self.warnings: tuple[str, ...] = ()

    def tables(self) -> list[Table]:
        """Every table and view of the connection's own schema, by name."""
        return list(self._by_name.values())

    def profile(self, table: str) -> TableProfile:
        """A look at a table's first rows; large ones are not counted. Raises SourceNotFound for an unknown table."""
        found = self._find(table)
        return self._within(Limits(), lambda connection: alchemy_catalog.profile(connection, found))

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """At most `limits.rows` rows of one query; see the Engine protocol for what it raises."""
        qualified = [f"{self._schema}.{name}" for name in self._by_name]
        query = guard.check(sql, dialect=self.dialect, tables=self._by_name, qualified=qualified)
        statement = _limited(query, limits.rows + 1, self.dialect).sql(dialect=self.dialect, comments=False)
        started = time.perf_counter()
        names, raw = self._within(limits, lambda connection: _fetch(connection, statement, limits.rows + 1))
        columns = [
            Column(name=name, type=alchemy_catalog.observed_type([row[at] for row in raw]))
            for at, name in enumerate(names)
        ]
        return ResultSet(
            columns=columns,
            rows=[[encode_cell(cell) for cell in row] for row in raw[: limits.rows]],
            truncated=len(raw) > limits.rows,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def close(self) -> None:
        """End every connection."""
        self._engine.dispose()

    def _within(self, limits: Limits, work: Callable[[Connection], Given]) -> Given:
        """What the work gives in a transaction of its own. Raises QueryTimeout, QueryError or SourceError."""
        began = time.monotonic()
        try:
            return Attempt(lambda: self._worked(limits, work)).outcome(limits.seconds + _GRACE)
        except Overdue:
            raise _too_slow(limits) from None
        except DRIVERS_RAISE as error:
            # A driver's error is not gone on from: nobody knows what its text holds.
            if isinstance(error, DBAPIError) and time.monotonic() - began >= limits.seconds:
                raise _too_slow(limits) from None
            raise self._failed(error) from None
        finally:
            self._cancel()

    def _worked(self, limits: Limits, work: Callable[[Connection], Given]) -> Given:
        with self._engine.connect() as connection:
            self._running = connection
            try:
                self._prepare(connection, limits)
                return work(connection)
            finally:
                self._running = None
                if not connection.invalidated:
                    connection.rollback()

    def _prepare(self, connection: Connection, limits: Limits) -> None:
        values = {"ms": max(1, round(limits.seconds * 1000)), "s": max(1, round(limits.seconds))}
        for statement in self._backend.helpful:
            with suppress(DBAPIError):
                connection.exec_driver_sql(statement.format(**values))
        for statement in self._backend.required:
            connection.exec_driver_sql(statement.format(**values))

    def _cancel(self) -> None:
        """Stop what still runs, where the driver has a way to say so from another thread."""
        running, self._running = self._running, None
        if running is None:
            return
        driver = running.connection.driver_connection
        stop = getattr(driver, "cancel", None) or getattr(driver, "interrupt", None)
        if stop:
            with suppress(*DRIVERS_RAISE, running.dialect.loaded_dbapi.Error):
                stop()

    def _failed(self, error: Exception) -> SourceError:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return SourceError(f"The connection to {self._address.shown} was lost.", hint="Try again when it is back.")
        words = self._words(error)
        return QueryError(f"The engine cannot run this: {words}.", hint=self._meant(words))

    def _meant(self, words: str) -> str | None:
        """The columns nearest to one that the driver's words name in quotes."""
        columns = {column.name for table in self._by_name.values() for column in table.columns}
        named = [name for name in re.findall(r"""["'`\[](?:\w+\.)*(\w+)["'`\]]""", words) if name not in columns]
        similar = nearest(named[0], columns) if named else []
        return f"Did you mean {', '.join(similar)}?" if similar else None

    def _words(self, error: Exception) -> str:
        """The driver's own words, without SQLAlchemy's, in which the statement is, and without its number."""
        said = error.orig if isinstance(error, DBAPIError) and error.orig else error
        texts = [each for each in said.args if isinstance(each, str) and each.strip()]
        words = texts[-1].strip().partition("\n")[0] if texts else str(said)
        return self._address.scrubbed(words) or type(said).__name__

    def _fingerprint(self) -> str:
        """Of the definitions and the hour: such a server does not say whether its data changed."""
        definitions = [table.model_dump() for table in self._by_name.values()]
        text = json.dumps([self._address.shown, definitions, int(time.time() // 3600)], default=str)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]

    def _find(self, name: str) -> Table:
        for table in self._by_name.values():
            if table.name.casefold() == name.casefold():
                return table
        similar = nearest(name, self._by_name)
        raise SourceNotFound(
            f"There is no table {name!r} in this source.", hint=f"Did you mean {similar[0]!r}?" if similar else None
        )


_QUIET: Final = "source"
# The pool tells of cursors and connections that cannot be closed after an error: its traceback belongs in no stderr.
logging.getLogger(f"sqlalchemy.pool.impl.QueuePool.{_QUIET}").setLevel(logging.CRITICAL + 1)

_CHECK: Final = "Is it running? Check user, host, port and name in the URL, and the variable that holds the password."


def _limited(query: exp.Expr, rows: int, dialect: str) -> exp.Expr:
    """The query with a limit of so many rows, where it has none: some drivers fetch all before they give the first."""
    if any(query.args.get(part) for part in ("limit", "offset", "fetch")):
        return query
    if isinstance(query, exp.Select):
        return query.limit(rows)
    if isinstance(query, exp.SetOperation) and dialect not in _NO_LIMIT_OF_UNIONS:
        query.set("limit", exp.Limit(expression=exp.Literal.number(rows)))
    return query


def _fetch(connection: Connection, statement: str, count: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    # Without parameters a driver must not look for places of such: `%` is an operator.
    options = {"no_parameters": True, "stream_results": True}
    result = connection.exec_driver_sql(statement, execution_options=options)
    try:
        return list(result.keys()), [tuple(row) for row in result.fetchmany(count)]
    finally:
        result.close()


def _too_slow(limits: Limits) -> QueryTimeout:
    return QueryTimeout(
        f"The query took longer than {limits.seconds:g} s and was stopped.",
        hint="Ask for less, or raise --query-timeout.",
    )
