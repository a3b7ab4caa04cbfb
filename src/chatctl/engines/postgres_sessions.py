"""A connection to a PostgreSQL server that is data: every transaction reads only, in bounded time, and is rolled back.

Settings go into each transaction rather than the session, because a pooler may give every transaction another session.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg import conninfo

from chatctl.domain.errors import SourceError
from chatctl.engines.addresses import Address
from chatctl.engines.names import quoted
from chatctl.engines.postgres_faults import Situation, cannot_connect, translate
from chatctl.engines.postgres_values import register

Connection = psycopg.Connection[tuple[Any, ...]]

_CONNECTING: Final = 5
"""Seconds that a host is given to answer; a URL may say otherwise."""
_GRACE: Final = 2.0
"""Seconds after its statement_timeout at which a server that says nothing is given up."""
_LOCK_PATIENCE: Final = 5.0

_BOUNDS: Final[dict[str, Any]] = {
    "connect_timeout": _CONNECTING,
    "application_name": "chatctl",
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 2,
    "tcp_user_timeout": 5_000,
    "client_encoding": "UTF8",
}
_SETTINGS: Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    # All of the rows are wanted, not the first ones soon.
    "cursor_tuple_fraction": "1",
}


class Sessions:
    """Read-only transactions on one server; a connection that is lost is made anew for the next one."""

    def __init__(self, address: Address) -> None:
        """Connects. Raises SourceError where that fails."""
        self._address = address
        self._connection = _connect(address)

    @contextmanager
    def reading(self, seconds: float, *, schemas: Sequence[str] = ()) -> Iterator[Connection]:
        """A transaction in which unqualified names are looked for in `schemas`; each statement may take `seconds`.

        Raises QueryError, QueryTimeout or SourceError, in our words, for what fails inside.
        """
        connection = self._usable()
        situation = Situation(address=self._address, seconds=seconds, began=time.monotonic())
        with _watched(connection, seconds + _GRACE):
            try:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                connection.execute(_preparation(seconds, schemas))
                yield connection
            except psycopg.Error as error:
                raise translate(error, situation) from self._address.cause(error)
            finally:
                _roll_back(connection)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _usable(self) -> Connection:
        if self._connection.closed:
            self._connection = _connect(self._address)
        return self._connection


def _connect(address: Address) -> Connection:
    scheme, _, rest = address.url.partition("://")
    try:
        parameters = conninfo.conninfo_to_dict(f"{scheme.lower().partition('+')[0]}://{rest}")
    except psycopg.ProgrammingError:
        # libpq's own words repeat the part of the URL that it cannot read.
        raise SourceError(f"The URL of {address.shown} cannot be read.", hint=_FORM) from None
    try:
        connection: Connection = psycopg.connect(
            **{**_BOUNDS, **{name: value for name, value in parameters.items() if value is not None}},
            autocommit=True,
            prepare_threshold=None,
        )
    except (psycopg.Error, ValueError, UnicodeError) as error:
        raise cannot_connect(error, address) from address.cause(error)
    register(connection)
    return connection


_FORM: Final = "Its form is postgresql://USER@HOST:PORT/NAME?schema=NAME; write % in a name as %25."


def _preparation(seconds: float, schemas: Sequence[str]) -> str:
    milliseconds = max(1, round(seconds * 1000))
    settings = {
        **_SETTINGS,
        "statement_timeout": str(milliseconds),
        "lock_timeout": str(min(milliseconds, round(_LOCK_PATIENCE * 1000))),
        "idle_in_transaction_session_timeout": str(milliseconds + round(_GRACE * 1000)),
    }
    if schemas:
        settings["search_path"] = ", ".join(map(quoted, schemas))
    calls = (f"set_config({_literal(name)}, {_literal(value)}, true)" for name, value in settings.items())
    return f"SELECT {', '.join(calls)}"


def _literal(text: str) -> str:
    return psycopg.sql.Literal(text).as_string()


def _roll_back(connection: Connection) -> None:
    """What cannot be rolled back within a moment is not worth keeping."""
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        with suppress(psycopg.Error):
            connection.close()


@contextmanager
def _watched(connection: Connection, seconds: float) -> Iterator[None]:
    """Cut the line when the time is over: a server that stands still keeps neither statement_timeout nor silence."""
    # Its own descriptor, for that of a connection that is closed meanwhile may belong to something else by then.
    line = socket.socket(fileno=os.dup(connection.fileno()))
    timer = threading.Timer(seconds, _cut, (line,))
    timer.daemon = True
    try:
        timer.start()
        yield
    finally:
        timer.cancel()
        if timer.ident:
            timer.join()
        line.close()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
