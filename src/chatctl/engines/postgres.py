"""PostgreSQL as an engine: a transaction that reads only, a statement_timeout, and a cursor on the server.

A cursor is declared for one query and nothing else, by the extended protocol, which takes one statement at a time: so
the server itself refuses what is no query, and data-modifying WITH. What a query can still do is call a function, so
every name that may be one is looked up: those that PostgreSQL calls volatile are refused, but for a few that are
known to be harmless (https://www.postgresql.org/docs/current/xfunc-volatility.html).
"""

import time
from typing import Final

from sqlglot import exp

from chatctl.domain.errors import SourceError, SourceNotFound, SqlNotReadOnly
from chatctl.domain.results import Column, ResultSet, encode_cell
from chatctl.domain.sources import Table, TableProfile
from chatctl.engines import guard, postgres_catalog
from chatctl.engines.addresses import Address, option
from chatctl.engines.addresses import resolve as resolve_address
from chatctl.engines.engine import Limits
from chatctl.engines.names import literal, nearest, quoted
from chatctl.engines.postgres_catalog import Catalog, Relation
from chatctl.engines.postgres_sessions import Connection, Sessions
from chatctl.engines.postgres_values import known_type

_LOOKING: Final = 10.0
"""Seconds that each statement on the catalog may take."""
_COUNTING: Final = 1.0
_COUNTED_ROWS, _COUNTED_TABLES = 50_000, 200
"""Tables estimated to have at most so many rows are counted, so many of them, in `_COUNTING` seconds together."""
_CURSOR: Final = "chatctl"
_HARMLESS: Final = frozenset(
    {
        "clock_timestamp", "gen_random_uuid", "random", "random_normal", "timeofday", "uuid_generate_v4", "uuidv4",
        "uuidv7",
    }
)  # fmt: skip

_VOLATILE: Final = """
    SELECT proname FROM pg_catalog.pg_proc WHERE provolatile = 'v' AND prokind <> 'p'
      AND (proname = ANY(%s) OR (proname = ANY(%s) AND pronamespace = 'pg_catalog'::regnamespace)) LIMIT 1"""


def open_postgres(url: str) -> "PostgresEngine":
    """A database on a server as an engine; its URL's `?schema=a,b` chooses schemas.

    Raises SourceError if it cannot be connected to, a variable of the URL is not set, or a schema is not there.
    """
    bare, schemas = option(url, "schema")
    address = resolve_address(bare)
    sessions = Sessions(address)
    try:
        with sessions.reading(_LOOKING) as connection:
            return PostgresEngine(address, sessions, postgres_catalog.read(connection, address.shown, schemas))
    except SourceError:
        sessions.close()
        raise


class PostgresEngine:
    """Reads one database of a server; see the Engine protocol."""

    dialect = "postgres"

    def __init__(self, address: Address, sessions: Sessions, catalog: Catalog) -> None:
        self._address = address
        self._sessions = sessions
        self._catalog = catalog
        self.fingerprint = catalog.fingerprint
        self.warnings = catalog.warnings
        self._tables: list[Table] | None = None

    def beside(self) -> "PostgresEngine":
        """An engine for another thread: the same catalog on a connection of its own."""
        return PostgresEngine(self._address, Sessions(self._address), self._catalog)

    def tables(self) -> list[Table]:
        """Every table and view, by name; of doubled names in several schemas, the first. Small ones are counted."""
        if self._tables is None:
            counts = self._counts()
            self._tables = [
                relation.table.model_copy(update={"row_count": counts.get(name)})
                for name, relation in self._catalog.relations.items()
            ]
        return self._tables

    def profile(self, table: str) -> TableProfile:
        """Row, null and distinct counts, ranges and samples; estimates where the table is large.

        Raises SourceNotFound for an unknown table.
        """
        from chatctl.engines.postgres_profiles import profile_postgres

        relation = self._find(table)
        limits = Limits()
        with self._sessions.reading(limits.seconds, schemas=self._catalog.schemas) as connection:
            return profile_postgres(connection, relation)

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """At most `limits.rows` rows of one query; see the Engine protocol for what it raises."""
        query = guard.check(
            sql,
            dialect=self.dialect,
            tables=[*self._catalog.relations, *self._catalog.partitions],
            qualified=self._catalog.qualified,
        )
        guard.check_escapes(sql, dialect=self.dialect)
        started = time.perf_counter()
        bare = guard.without_semicolon(sql, dialect=self.dialect)
        with self._sessions.reading(limits.seconds, schemas=self._catalog.schemas) as connection:
            self._check_functions(connection, query)
            columns, raw = self._fetch(connection, bare, limits.rows + 1)
        return ResultSet(
            columns=columns,
            rows=[[encode_cell(cell) for cell in row] for row in raw[: limits.rows]],
            truncated=len(raw) > limits.rows,
            elapsed_ms=(time.perf_counter() - started) * 1000,
        )

    def close(self) -> None:
        """End the connection."""
        self._sessions.close()

    def _fetch(self, connection: Connection, sql: str, count: int) -> tuple[list[Column], list[tuple[object, ...]]]:
        with connection.cursor(_CURSOR, scrollable=False) as cursor:
            cursor.execute(sql.encode())
            rows = cursor.fetchmany(count)
            description = cursor.description or ()
        columns = [Column(name=each.name, type=known_type(each.type_code, self._catalog.texts)) for each in description]
        return columns, rows

    def _check_functions(self, connection: Connection, query: exp.Expr) -> None:
        """Refuse volatile functions; a field that is a column somewhere may bear the name of a function of a user's."""
        columns = {column.name for relation in self._catalog.relations.values() for column in relation.table.columns}
        calls, fields = guard.calls(query) - _HARMLESS, guard.fields(query) - _HARMLESS
        if not calls | fields:
            return
        found = connection.execute(_VOLATILE, (sorted(calls | (fields - columns)), sorted(fields & columns))).fetchone()
        if found:
            raise SqlNotReadOnly(
                f"The function {found[0]}() is not allowed here: it may do more than read (it is volatile).",
                hint="If it is your own and only reads, its owner can declare it STABLE.",
            )

    def _counts(self) -> dict[str, int]:
        """Rows of the small tables, by name; none where counting takes too long after all."""
        small = [
            name
            for name, relation in self._catalog.relations.items()
            if relation.rows is not None and relation.rows <= _COUNTED_ROWS
        ][:_COUNTED_TABLES]
        if not small:
            return {}
        counting = " UNION ALL ".join(f"SELECT {literal(name)}, count(*) FROM {self._path(name)}" for name in small)  # noqa: S608
        try:
            with self._sessions.reading(_COUNTING) as connection:
                return dict(connection.execute(counting.encode()).fetchall())
        except SourceError:
            return {}

    def _path(self, name: str) -> str:
        return f"{quoted(self._catalog.relations[name].schema)}.{quoted(name)}"

    def _find(self, name: str) -> Relation:
        for known, relation in self._catalog.relations.items():
            if known.casefold() == name.casefold():
                return relation
        similar = nearest(name, self._catalog.relations)
        raise SourceNotFound(
            f"There is no table {name!r} in this source.", hint=f"Did you mean {similar[0]!r}?" if similar else None
        )
