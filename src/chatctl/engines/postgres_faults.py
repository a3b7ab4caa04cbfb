"""PostgreSQL's errors as ours: one clear sentence and what to do, told by SQLSTATE (PostgreSQL, Appendix A).

A server that refuses a connection gives its words only, and them in English unless it was told otherwise.
"""

import re
import time
from dataclasses import dataclass
from typing import Final

import psycopg

from chatctl.domain.errors import ChatctlError, QueryError, QueryTimeout, SourceError, SqlNotReadOnly
from chatctl.engines import guard
from chatctl.engines.addresses import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Where and under which limit a statement failed, and when it was begun (monotonic seconds)."""

    address: Address
    seconds: float
    began: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Fault:
    signs: tuple[str, ...]
    sentence: str
    hint: str


_CONNECTING: Final = (
    _Fault(
        signs=("password authentication failed", "no password supplied", "authentication failed"),
        sentence="The server of {where} refuses the password, or was given none.",
        hint="Put it into a variable and name that in the URL, ${{DB_PASSWORD}}, or into ~/.pgpass or PGPASSWORD.",
    ),
    _Fault(
        signs=('FATAL:  database "',),
        sentence="There is no such database on the server of {where}.",
        hint="Check the name at the end of the URL; `chatctl source move NAME URL` corrects it.",
    ),
    _Fault(
        signs=("no pg_hba.conf entry", "not permitted to log in", 'FATAL:  role "', "permission denied for database"),
        sentence="The server does not let this user use {where}.",
        hint="Check the user in the URL; the server's pg_hba.conf says who may connect from where.",
    ),
    _Fault(
        signs=("too many clients", "too many connections", "remaining connection slots"),
        sentence="The server of {where} has no connection left.",
        hint="Try again in a moment.",
    ),
    _Fault(
        signs=("starting up", "in recovery mode", "not yet accepting", "not accepting connections", "shutting down"),
        sentence="The server of {where} is starting or shutting down.",
        hint="Try again in a moment.",
    ),
    _Fault(
        signs=("Connection refused", "No such file or directory"),
        sentence="No server answers at {where}.",
        hint="Is it running? Check host and port in the URL.",
    ),
    _Fault(
        signs=("failed to resolve host", "could not translate host name", "Name or service not known"),
        sentence="The host of {where} is not known.",
        hint="Check the host in the URL, and the network.",
    ),
    _Fault(
        signs=("timeout expired", "timed out", "Network is unreachable", "No route to host"),
        sentence="The server of {where} cannot be reached.",
        hint="Check the network, the firewall, and host and port in the URL.",
    ),
)
_READ_ONLY: Final = "25006"
_LOST: Final = frozenset({"57P01", "57P02", "57P03", "25P03", "57P05"})
_FULL: Final = ("53", "58", "XX")


def cannot_connect(error: Exception, address: Address) -> SourceError:
    """Why there is no connection."""
    words = str(error)
    fault = next((each for each in _CONNECTING if any(sign.lower() in words.lower() for sign in each.signs)), None)
    if fault:
        return SourceError(fault.sentence.format(where=address.shown), hint=fault.hint.format())
    return SourceError(f"Cannot connect to {address.shown}: {address.scrubbed(words)}.", hint="Check the URL.")


def translate(error: psycopg.Error, situation: Situation) -> ChatctlError:
    """Why a statement failed."""
    state, where = error.sqlstate or "", situation.address.shown
    elapsed = time.monotonic() - situation.began
    if elapsed >= situation.seconds and (state == "57014" or not state):
        return QueryTimeout(
            f"The query took longer than {situation.seconds:g} s and was stopped.",
            hint="Ask for less, or raise --query-timeout.",
        )
    if state in _LOST or not state:
        return _unanswered(error, situation)
    if state == "55P03":
        return SourceError(f"A table of {where} is locked by another session.", hint="Try again when that is done.")
    if state == "57014":
        return QueryError("The query was cancelled on the server.", hint="Try again, or ask its administrator.")
    words = situation.address.scrubbed(error.diag.message_primary or str(error))
    if state == "42501":
        return QueryError(
            f"The server refuses this: {words}.", hint="Ask the owner of the data for the right to read it."
        )
    if state.startswith(_FULL):
        return SourceError(f"The server of {where} failed: {words}.", hint="Its log says more.")
    if state == _READ_ONLY:
        return SqlNotReadOnly(f"The engine refuses this: {words}.", hint=guard.HINT)
    return QueryError(f"{words[:1].upper()}{words[1:]}.", hint=_hint(error, situation))


def _unanswered(error: psycopg.Error, situation: Situation) -> SourceError:
    """Without a code, psycopg itself speaks: of a line that was cut, or of a value that it cannot send."""
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        where = situation.address.shown
        return SourceError(f"The connection to {where} was lost.", hint="Try again when the server is back.")
    return QueryError(f"The engine cannot run this: {situation.address.scrubbed(str(error))}.")


def _hint(error: psycopg.Error, situation: Situation) -> str | None:
    hint = error.diag.message_hint
    if not hint:
        return None
    # "Perhaps you meant to reference the column "orders.amount"."
    meant = re.findall(r'"([^"]+)"', hint) if hint.startswith("Perhaps you meant to reference") else []
    return f"Did you mean {', '.join(meant)}?" if meant else situation.address.scrubbed(hint)
