"""The seam where driver errors become sentences.

DatabaseError
├── Collision         another transaction was first; nothing was written
└── ConnectionLost    in the middle of a transaction; `uncertain` where it was while committing
"""

import os
import shutil
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chatctl.config import mask
from chatctl.domain.errors import DatabaseError, ValidationError


class Collision(DatabaseError):
    """Another transaction took the name, the key or the row first: nothing was written, trying again may succeed."""


class ConnectionLost(DatabaseError):
    """The connection was lost within a transaction; `uncertain` says that its COMMIT was under way."""

    def __init__(self, message: str, *, hint: str | None = None, uncertain: bool = False, **details: Any) -> None:
        super().__init__(message, hint=hint, **details)
        self.uncertain = uncertain


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Words or SQLSTATEs by which a driver's error is known, what they mean and what to do."""

    signs: tuple[str, ...]
    sentence: str
    hint: str


_FULL: Final = Fault(
    signs=("disk is full",),
    sentence="There is no space left for the database {where}",
    hint="Free some space and run the command again; nothing was written.",
)
_FAILED: Final = Fault(
    signs=("disk i/o error",),
    sentence="The disk failed while the database {where} was being used",
    hint="Check the disk and its free space, then run `chatctl doctor`.",
)

SQLITE: Final = (
    Fault(
        signs=("database is locked",),
        sentence="The database {where} is locked by another process",
        hint="Try again; `chatctl doctor` shows who uses it.",
    ),
    Fault(
        signs=("readonly database",),
        sentence="The database {where} cannot be written",
        hint="Check the rights of the file and its folder (`chatctl doctor`), or choose another place with --home.",
    ),
    Fault(
        signs=("unable to open database file",),
        sentence="The database {where} cannot be opened",
        hint="Check that you may read and write its folder (`chatctl doctor`), or choose another place with --home.",
    ),
    Fault(
        signs=("malformed",),
        sentence="The database {where} is damaged",
        hint="Run `chatctl doctor`; `chatctl db restore FILE` brings a backup back. Nothing has been changed.",
    ),
    Fault(
        signs=("not a database",),
        sentence="The file {where} is not a chatctl database, or it is damaged",
        hint="Run `chatctl doctor`; `chatctl db restore FILE` brings a backup back. Nothing has been changed.",
    ),
    _FULL,
    _FAILED,
)

# A server that refuses a connection gives its words only, and them in English unless it was told otherwise; one that
# refuses a statement gives its SQLSTATE as well (PostgreSQL, Appendix A).
POSTGRES: Final = (
    Fault(
        signs=("28p01", "password authentication failed", "no password supplied"),
        sentence="The server of {where} refuses the password",
        hint="Check the password in CHATCTL_DATABASE_URL, PGPASSWORD or ~/.pgpass.",
    ),
    Fault(
        signs=("3d000", 'fatal:  database "'),
        sentence="There is no database {where}",
        hint="Make it with createdb and run `chatctl db upgrade`, or correct CHATCTL_DATABASE_URL.",
    ),
    Fault(
        signs=("28000", "no pg_hba.conf entry", "not permitted to log in", 'fatal:  role "', "ident authentication"),
        sentence="The server does not let this user use {where}",
        hint="Check the user in CHATCTL_DATABASE_URL; the server's pg_hba.conf says who may connect from where.",
    ),
    Fault(
        signs=("53300", "too many clients", "too many connections", "remaining connection slots"),
        sentence="The server of {where} has no connection left",
        hint="Try again; fewer workers, a larger max_connections or a pooler in front help for good.",
    ),
    Fault(
        signs=("starting up", "in recovery mode", "not yet accepting", "not accepting connections"),
        sentence="The server of {where} is starting or recovering",
        hint="Try again in a moment; nothing was written.",
    ),
    Fault(
        signs=("57p01", "57p02", "57p03", "shutting down"),
        sentence="The server of {where} is shutting down",
        hint="Try again when it is back; nothing was written.",
    ),
    Fault(
        signs=("connection refused", "no such file or directory"),
        sentence="No server answers at {where}",
        hint="Start it, or check host and port in CHATCTL_DATABASE_URL.",
    ),
    Fault(
        signs=("failed to resolve host",),
        sentence="The host of {where} is not known",
        hint="Check the host in CHATCTL_DATABASE_URL, and the network.",
    ),
    Fault(
        signs=("timeout expired", "network is unreachable", "no route to host"),
        sentence="The server of {where} cannot be reached",
        hint="Check the network, the firewall, and host and port in CHATCTL_DATABASE_URL.",
    ),
    Fault(
        signs=("permission denied on", "ssl", "invalid connection option"),
        sentence="The connection to {where} cannot be made: {words}",
        hint="Check CHATCTL_DATABASE_URL.",
    ),
    Fault(
        signs=("25006",),
        sentence="The database {where} can only be read: it is a standby, or was made read-only",
        hint="Point CHATCTL_DATABASE_URL at the primary server; nothing was written.",
    ),
    Fault(
        signs=("53100",),
        sentence="There is no space left on the server of {where}",
        hint="Free some space there and run the command again; nothing was written.",
    ),
    Fault(
        signs=("53200", "53000", "53400"),
        sentence="The server of {where} is out of memory or of another resource",
        hint="Try again later; nothing was written.",
    ),
    Fault(
        signs=("55p03",),
        sentence="The database {where} is locked by another process",
        hint="Try again; pg_stat_activity on the server shows who holds the lock.",
    ),
    Fault(
        signs=("57014",),
        sentence="The server of {where} stopped the statement: it took too long, or was cancelled there",
        hint="Try again; the server's statement_timeout may be too short.",
    ),
    Fault(
        signs=("42501",),
        sentence="The database user may not do this in {where}",
        hint="Grant it the rights, or let the owner of the tables run `chatctl db upgrade`.",
    ),
    Fault(
        signs=("42p01", "42703"),
        sentence="The database {where} does not have this version's schema",
        hint="Run `chatctl db upgrade`.",
    ),
    Fault(
        signs=("54000",),
        sentence="A name or a key that was given is too long for the database {where}",
        hint="Choose a shorter one; nothing was written.",
    ),
    Fault(
        signs=("xx001", "xx002"),
        sentence="The database {where} is damaged",
        hint="Look into the server's log before anything else. Nothing has been changed.",
    ),
)

_HARDLY: Final = 2**16
"""Bytes: less than the index of a write-ahead log needs at least is as good as nothing."""

_RACES: Final = ("40001", "40p01", "23505")
_UNFIT: Final = ("22003", "22021", "22p05")


def translate(error: SQLAlchemyError, url: URL, *, committing: bool = False) -> DatabaseError | ValidationError:
    """The driver's error as one sentence with a hint; the driver's own words are in the details.

    `committing` says that the transaction may have been committed all the same, if the connection is gone.
    """
    sqlite = url.get_backend_name() == "sqlite"
    where = str(url.database) if sqlite else mask(url.render_as_string(hide_password=True))
    if isinstance(error, PoolTimeout):
        return DatabaseError(f"All connections to {where} are in use", hint="Try again; nothing was written.")
    words, state = _said(error, url), sqlstate(error)
    if not sqlite and _cannot_hold(error, state):
        return ValidationError.field("request", f"The database cannot hold a value that was given: {words}", "unfit")
    fault = next((each for each in (SQLITE if sqlite else POSTGRES) if _fits(each, words, state)), None)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return ConnectionLost(
            f"The connection to the database {where} was lost",
            hint=fault.hint if fault and not committing else "Try again when the server is back.",
            uncertain=committing,
            cause=words,
        )
    if state in _RACES or (isinstance(error, IntegrityError) and "UNIQUE constraint" in words):
        return Collision(f"Another process changed the same in {where}", hint="Try again.", cause=words)
    if fault is _FAILED and _is_full(where):
        fault = _FULL
    if fault:
        return DatabaseError(fault.sentence.format(where=where, words=words), hint=fault.hint, cause=words)
    return DatabaseError(f"The database {where} failed: {words}", hint="Run `chatctl doctor`.", cause=words)


def _is_full(file: str) -> bool:
    """SQLite calls it an I/O error where the index of its log cannot be made for want of space."""
    try:
        return shutil.disk_usage(os.path.dirname(file) or ".").free < _HARDLY
    except OSError:
        return False


def sqlstate(error: SQLAlchemyError) -> str:
    """The server's code of the error in lower case; empty where it has none."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "").lower()


def unfit(error: UnicodeEncodeError | OverflowError) -> ValidationError:
    """What a driver raises for a value that no database could hold: bytes that are no text, a number too large."""
    if isinstance(error, UnicodeEncodeError):
        return ValidationError.field("request", "A name or an id that was given is not valid UTF-8 text", "not_text")
    return ValidationError.field("request", "A number that was given is too large", "too_large")


def _cannot_hold(error: SQLAlchemyError, state: str) -> bool:
    """psycopg itself refuses NUL characters, without a code."""
    return state in _UNFIT or "cannot contain NUL" in str(getattr(error, "orig", ""))


def _said(error: SQLAlchemyError, url: URL) -> str:
    """The driver's own words on one line, without the statement, its values and the password."""
    words = " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
    return mask(words.replace(str(url.password), "***") if url.password else words)


def _fits(fault: Fault, words: str, state: str) -> bool:
    lower = words.lower()
    return any(sign == state or (len(sign) > 5 and " ".join(sign.split()) in lower) for sign in fault.signs)
