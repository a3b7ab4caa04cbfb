"""Every error that a user can meet, as a tree, with its code and exit status (contract, section 5).

ChatctlError
├── InternalError ............ 1
├── ValidationError .......... 2
│   ├── AmbiguousId
│   ├── UsageError
│   ├── SqlNotReadOnly
│   ├── AssetInvalid
│   ├── AssetTypeMismatch
│   └── VersionConflict
├── NotFound ................. 3
│   ├── ChatNotFound
│   ├── MessageNotFound
│   ├── AssetNotFound
│   ├── AssetDeleted
│   └── SourceNotFound
├── PermissionDenied ......... 4
│   └── AssetAccessDenied
├── DatabaseError ............ 5
├── SourceError .............. 5
│   ├── QueryError
│   └── QueryTimeout
├── TriggerError ............. 6
├── AnalystFailed ............ 7
│   ├── ModelError
│   └── LimitExceeded
├── WaitTimeout .............. 8
├── QuotaExceeded ............ 9
└── CheckFailed .............. 11
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """The exit statuses of the command, an interface for scripts."""

    OK = 0
    INTERNAL = 1
    INVALID = 2
    NOT_FOUND = 3
    DENIED = 4
    DATA = 5
    QUEUE = 6
    FAILED = 7
    PENDING = 8
    LIMITED = 9
    UNANSWERED = 10
    CHECK_FAILED = 11
    INTERRUPTED = 130
    TERMINATED = 143


class ChatctlError(Exception):
    """An error with a sentence for the user, a code for the script and, where there is one, a way on."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    exit_code: ClassVar[ExitCode] = ExitCode.INTERNAL

    def __init__(self, message: str, *, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class InternalError(ChatctlError):
    """An unexpected error occurred."""


class ValidationError(ChatctlError):
    """The request breaks a rule; `problems` lists every broken one as {field, message, code}."""

    code = "VALIDATION_ERROR"
    exit_code = ExitCode.INVALID

    @classmethod
    def of(cls, problems: Sequence[dict[str, str]], *, hint: str | None = None) -> "ValidationError":
        """All broken rules in one error; a single one gives its own sentence."""
        message = problems[0]["message"] if len(problems) == 1 else "Request validation failed"
        return cls(message, hint=hint, validationErrors=list(problems))

    @classmethod
    def field(cls, field: str, message: str, code: str = "invalid", *, hint: str | None = None) -> "ValidationError":
        """One broken rule of one field."""
        return cls.of([{"field": field, "message": message, "code": code}], hint=hint)


class AmbiguousId(ValidationError):
    """An id prefix fits several; the candidates are in the details."""

    code = "AMBIGUOUS_ID"


class UsageError(ValidationError):
    """The command line cannot be understood."""

    code = "USAGE_ERROR"


class SqlNotReadOnly(ValidationError):
    """The statement is not exactly one query that only reads tables of the source."""

    code = "SQL_NOT_READ_ONLY"


class AssetInvalid(ValidationError):
    """A metric or dashboard file breaks a rule; `validationErrors` name line and key of every broken one."""

    code = "ASSET_INVALID"


class AssetTypeMismatch(ValidationError):
    """A dashboard was named where a metric is meant, or the other way round."""

    code = "ASSET_TYPE_MISMATCH"


class VersionConflict(ValidationError):
    """The asset was changed since the version that the change was made from."""

    code = "VERSION_CONFLICT"


class NotFound(ChatctlError):
    """What was named is not there, or not for this user to see."""

    exit_code = ExitCode.NOT_FOUND


class ChatNotFound(NotFound):
    """Chat not found or access denied."""

    code = "CHAT_NOT_FOUND"


class MessageNotFound(NotFound):
    """Message not found or access denied."""

    code = "MESSAGE_NOT_FOUND"


class AssetNotFound(NotFound):
    """Asset not found or access denied."""

    code = "ASSET_NOT_FOUND"


class AssetDeleted(NotFound):
    """The asset was deleted; told only to those who may view it."""

    code = "ASSET_DELETED"


class SourceNotFound(NotFound):
    """Source not found."""

    code = "SOURCE_NOT_FOUND"


class PermissionDenied(ChatctlError):
    """The user may see this, but not change it."""

    code = "PERMISSION_DENIED"
    exit_code = ExitCode.DENIED


class AssetAccessDenied(PermissionDenied):
    """The user may view this asset, but not what they tried to do with it."""

    code = "ASSET_ACCESS_DENIED"


class DatabaseError(ChatctlError):
    """The database of chats cannot be used."""

    code = "DATABASE_ERROR"
    exit_code = ExitCode.DATA


class SourceError(ChatctlError):
    """The data cannot be read."""

    code = "SOURCE_ERROR"
    exit_code = ExitCode.DATA


class QueryError(SourceError):
    """The engine refused or failed the statement."""

    code = "QUERY_ERROR"


class QueryTimeout(SourceError):
    """The statement took longer than its time limit and was stopped."""

    code = "QUERY_TIMEOUT"


class TriggerError(ChatctlError):
    """The queue cannot be reached where it was the point."""

    code = "TRIGGER_ERROR"
    exit_code = ExitCode.QUEUE


class AnalystFailed(ChatctlError):
    """A waited-for message failed or was cancelled."""

    code = "ANALYST_FAILED"
    exit_code = ExitCode.FAILED


class ModelError(AnalystFailed):
    """The language model cannot be asked, or its provider refused or failed."""

    code = "MODEL_ERROR"


class LimitExceeded(AnalystFailed):
    """The answer ran into a limit on steps, tokens, cost or time."""

    code = "LIMIT_EXCEEDED"


class WaitTimeout(ChatctlError):
    """Still pending when the time to wait was over; the work goes on."""

    code = "WAIT_TIMEOUT"
    exit_code = ExitCode.PENDING


class QuotaExceeded(ChatctlError):
    """The organization has used up what it may spend on language models in a day."""

    code = "QUOTA_EXCEEDED"
    exit_code = ExitCode.LIMITED


class CheckFailed(ChatctlError):
    """A metric does not keep what its file promises."""

    code = "CHECK_FAILED"
    exit_code = ExitCode.CHECK_FAILED
