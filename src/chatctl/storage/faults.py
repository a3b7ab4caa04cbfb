"""The seam where driver errors become sentences."""

from dataclasses import dataclass

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chatctl.domain.errors import DatabaseError, ValidationError


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Words that a driver uses, what they mean and what to do."""

    words: str
    sentence: str
    hint: str


FAULTS = (
    Fault(
        words="database is locked",
        sentence="The database {where} is locked by another process",
        hint="Try again; `chatctl doctor` shows who uses it.",
    ),
    Fault(
        words="readonly database",
        sentence="The database {where} cannot be written",
        hint="Check the rights of the file and its folder, or choose another place with --home.",
    ),
    Fault(
        words="unable to open database file",
        sentence="The database {where} cannot be opened",
        hint="Check that its folder exists and that you may read and write it, or choose another place with --home.",
    ),
    Fault(
        words="malformed",
        sentence="The database {where} is damaged",
        hint="Run `chatctl doctor`; `chatctl db restore FILE` brings a backup back. Nothing has been changed.",
    ),
    Fault(
        words="not a database",
        sentence="The file {where} is not a chatctl database, or it is damaged",
        hint="Run `chatctl doctor`; `chatctl db restore FILE` brings a backup back. Nothing has been changed.",
    ),
    Fault(
        words="disk is full",
        sentence="There is no space left for the database {where}",
        hint="Free some space and run the command again; nothing was written.",
    ),
    Fault(
        words="disk i/o error",
        sentence="The disk failed while the database {where} was being used",
        hint="Check the disk and its free space, then run `chatctl doctor`.",
    ),
)


def translate(error: SQLAlchemyError, url: URL) -> DatabaseError:
    """The driver's error as one sentence with a hint; the driver's own words are in the details."""
    words = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    for fault in FAULTS:
        if fault.words in words.lower():
            return DatabaseError(fault.sentence.format(where=where), hint=fault.hint, cause=words)
    return DatabaseError(f"The database {where} failed: {words}", hint="Run `chatctl doctor`.", cause=words)


def unfit(error: UnicodeEncodeError | OverflowError) -> ValidationError:
    """What a driver raises for a value that no database could hold: bytes that are no text, a number too large."""
    if isinstance(error, UnicodeEncodeError):
        return ValidationError.field("request", "A name or an id that was given is not valid UTF-8 text", "not_text")
    return ValidationError.field("request", "A number that was given is too large", "too_large")
