"""A JSON Schema for every object that the command prints, and for the files that it reads."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from chatctl.domain.access import AccessEntry
from chatctl.domain.assets import (
    Asset,
    AssetListing,
    AssetVersion,
    CheckOutcome,
    DashboardFile,
    Exported,
    MetricFile,
    Planned,
)
from chatctl.domain.chats import ChatListing, ChatWithMessages, Message, MessageStatus, Outcome, ResultEntry, Trigger
from chatctl.domain.dashboards import Panel, Rendered
from chatctl.domain.evals import Case, CaseOutcome, Evaluation
from chatctl.domain.health import DatabaseInfo, Finding, Repairs, Workers
from chatctl.domain.providers import ProviderState
from chatctl.domain.requests import ChatRequest
from chatctl.domain.sources import Source, SourceDetails, TableProfile
from chatctl.domain.usage import UsageLine
from chatctl.domain.values import Value


class ErrorObject(Value):
    """What stderr carries under JSON output when a command fails."""

    error: str
    code: str
    details: dict[str, Any]
    hint: str | None
    request_id: UUID
    timestamp: datetime
    exit_code: int


class BatchLine(Value):
    """One accepted line of `request --batch`."""

    chat_id: UUID
    new_message_id: UUID
    status: MessageStatus
    trigger: Trigger | None


class WaitedLine(Value):
    """One message of a `wait` for several."""

    chat_id: UUID
    message_id: UUID
    status: MessageStatus
    outcome: Outcome | None


class SettingLine(Value):
    """One setting of `config list`; its origin with --origin."""

    setting: str
    value: str | int | float | bool | None
    origin: str | None = None


class IdLine(Value):
    """One id of `delete` and `restore`."""

    id: UUID


NAMES: Final[dict[str, Any]] = {
    "chat": ChatWithMessages,
    "chats": list[ChatWithMessages],
    "message": Message,
    "list": list[ChatListing],
    "result": ResultEntry,
    "request": ChatRequest,
    "batch": BatchLine,
    "source": SourceDetails,
    "sources": list[Source],
    "profile": TableProfile,
    "error": ErrorObject,
    "workers": Workers,
    "doctor": list[Finding],
    "repairs": Repairs,
    "models": list[ProviderState],
    "database": DatabaseInfo,
    "access": list[AccessEntry],
    "settings": list[SettingLine],
    "ids": list[IdLine],
    "waited": list[WaitedLine],
    "metric": MetricFile,
    "dashboard": DashboardFile,
    "asset": Asset,
    "assets": list[AssetListing],
    "history": list[AssetVersion],
    "checks": list[CheckOutcome],
    "imported": list[Planned],
    "exported": list[Exported],
    "panels": list[Panel],
    "rendered": Rendered,
    "usage": list[UsageLine],
    "case": Case,
    "evaluation": Evaluation,
    "outcome": CaseOutcome,
}
READ: Final = frozenset({"request", "metric", "dashboard", "case"})
"""Those that the command reads; the others it prints."""


def of(name: str) -> dict[str, Any]:
    """The schema (draft 2020-12) of the named object, as it is printed or, of what is read, as it is written."""
    schema = TypeAdapter(NAMES[name]).json_schema(mode="validation" if name in READ else "serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
