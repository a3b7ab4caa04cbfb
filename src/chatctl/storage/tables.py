"""The tables. Columns that are shown carry the names of the values in domain: a row becomes a value in one call.

A table is not a subclass of its value: it has columns that no view shows (leases, budgets, keys), and a value has
parts that live in other tables (sources, results, steps).

Times that people read are `UtcTime`. Times that jobs compare are seconds since the epoch by the database's clock.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
)
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
).naming_convention

metadata = SQLModel.metadata


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, on databases that keep the zone and on those that do not."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware in, UTC out; SQLite keeps no zone, so it gets none."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def holdable(text: str) -> str:
    """The text without what no database holds: NUL on PostgreSQL, half of a surrogate pair on any."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


class FoundText(TypeDecorator[str]):
    """A text from data, engines or models, which nobody has checked; what cannot be held is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Anything in, something that can be stored out."""
        return None if value is None else holdable(value)


def references(column: str) -> Any:
    """A foreign key whose rows go with what they belong to."""
    return ForeignKey(column, ondelete="CASCADE")


def new_id() -> Any:
    """A primary key that is made here."""
    return Field(default_factory=uuid4, primary_key=True)


def time_column(*, nullable: bool = False) -> Any:
    """A time that people read."""
    return Field(default=None, sa_type=UtcTime, nullable=nullable)


def json_column(*, nullable: bool = False) -> Any:
    """A value kept as JSON."""
    return Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=nullable))


class Row(SQLModel):
    """The base of every table; rows are not validated, so the schema for that is made only if it is asked for."""

    model_config = {"defer_build": True}

    def fields(self, names: Iterable[str]) -> dict[str, Any]:
        """Some columns by name. (`model_dump` would first build the schema of all: 10 ms for each table.)"""
        return {name: getattr(self, name) for name in names}


class Organization(Row, table=True):
    """Whose chats; nothing but what is public crosses organizations."""

    id: UUID = new_id()
    name: str = Field(unique=True)
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class UserAccount(Row, table=True):
    """Who acts, within one organization."""

    __tablename__: ClassVar[str] = "user_account"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: UUID = new_id()
    organization_id: UUID = Field(foreign_key="organization.id")
    name: str
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class ChatRow(Row, table=True):
    """A titled conversation; `title_set` says that a user chose the title, which then stays."""

    __tablename__: ClassVar[str] = "chat"
    __table_args__ = (Index("ix_chat_owner", "organization_id", "created_by", "updated_at", "id"),)

    id: UUID = new_id()
    organization_id: UUID = Field(foreign_key="organization.id")
    created_by: UUID = Field(foreign_key="user_account.id")
    updated_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    deleted_at: datetime | None = time_column(nullable=True)
    title: str = Field(sa_type=Text)
    title_set: bool = False
    publicly_accessible: bool = False
    most_recent_file_id: UUID | None = None
    most_recent_file_type: str | None = None
    most_recent_version_number: int | None = None


class MessageRow(Row, table=True):
    """One request, its answer, and the state of the work on it (see the ledger)."""

    __tablename__: ClassVar[str] = "message"
    __table_args__ = (
        UniqueConstraint("chat_id", "position"),
        UniqueConstraint("organization_id", "created_by", "idempotency_key"),
        CheckConstraint("status IN ('queued', 'running', 'completed', 'failed', 'cancelled')", name="status"),
        CheckConstraint(
            "is_completed = (status IN ('completed', 'failed', 'cancelled'))", name="is_completed_when_terminal"
        ),
        CheckConstraint("(status = 'running') = (lease_expires_at IS NOT NULL)", name="running_has_lease"),
        Index("ix_message_due", "status", "not_before"),
        Index("ix_message_open", "chat_id", "status", "position"),
        Index("ix_message_author", "created_by", "created_at"),
    )

    id: UUID = new_id()
    chat_id: UUID = Field(sa_column_args=[references("chat.id")])
    organization_id: UUID = Field(foreign_key="organization.id")
    created_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    deleted_at: datetime | None = time_column(nullable=True)
    position: int
    request_message: str | None = Field(default=None, sa_type=Text)
    title: str = Field(sa_type=Text)
    model: str
    instructions: str | None = Field(default=None, sa_type=FoundText)
    model_setup: dict[str, Any] | None = json_column(nullable=True)
    feedback: str | None = None

    response: list[dict[str, Any]] = json_column()
    raw_llm_messages: list[Any] = json_column()
    outcome: str | None = None
    usage: dict[str, Any] | None = json_column(nullable=True)
    grounding: dict[str, Any] | None = json_column(nullable=True)

    status: str = "queued"
    is_completed: bool = False
    attempt: int = 0
    errors: int = 0
    crashes: int = 0
    lost: int = 0
    worker_id: str | None = None
    lease_expires_at: float | None = Field(default=None, sa_type=Float)
    deadline_at: float | None = Field(default=None, sa_type=Float)
    not_before: float = Field(sa_type=Float)
    wake_sent_at: float = Field(sa_type=Float)
    cancel_requested: bool = False
    started_at: float | None = Field(default=None, sa_type=Float)
    finished_at: float | None = Field(default=None, sa_type=Float)
    error_code: str | None = None
    error_message: str | None = Field(default=None, sa_type=FoundText)
    error_hint: str | None = Field(default=None, sa_type=FoundText)

    idempotency_key: str | None = None
    request_hash: str | None = None


# A partial index in words that both databases know: naming their options here would import both dialects.
event.listen(
    metadata.tables["message"],
    "after_create",
    DDL("CREATE UNIQUE INDEX ix_message_running ON message (chat_id) WHERE status = 'running'"),  # type: ignore[no-untyped-call]
)


class StepRow(Row, table=True):
    """A step of one attempt; readers see those of the message's current attempt."""

    __tablename__: ClassVar[str] = "message_step"
    __table_args__ = (UniqueConstraint("message_id", "attempt", "ordinal"),)

    id: UUID = new_id()
    message_id: UUID = Field(sa_column_args=[references("message.id")])
    attempt: int
    ordinal: int
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    step: dict[str, Any] = json_column()


class ResultRow(Row, table=True):
    """A query result that an answer rests on."""

    __tablename__: ClassVar[str] = "query_result"
    __table_args__ = (UniqueConstraint("message_id", "ordinal"),)

    id: UUID = new_id()
    message_id: UUID = Field(sa_column_args=[references("message.id")])
    ordinal: int
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    source: str
    sql: str = Field(sa_type=FoundText)
    columns: list[dict[str, Any]] = json_column()
    rows: list[list[Any]] = json_column()
    row_count: int
    truncated: bool
    elapsed_ms: float = Field(sa_type=Float)
    chart_config: dict[str, Any] | None = json_column(nullable=True)


class SourceRow(Row, table=True):
    """Registered data. `live` is true, or null once deleted: nulls differ, so only live names must.

    (A partial index would say the same, but naming a dialect's option imports that dialect: 80 ms a command.)
    """

    __tablename__: ClassVar[str] = "source"
    __table_args__ = (UniqueConstraint("organization_id", "name", "live"),)

    id: UUID = new_id()
    organization_id: UUID = Field(foreign_key="organization.id")
    created_by: UUID = Field(foreign_key="user_account.id")
    updated_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    deleted_at: datetime | None = time_column(nullable=True)
    live: bool | None = True
    name: str
    kind: str
    locations: list[str] = json_column()


class ChatSource(Row, table=True):
    """A source in a chat, in the order of attachment."""

    __tablename__: ClassVar[str] = "chat_source"
    __table_args__ = (UniqueConstraint("chat_id", "source_id"), UniqueConstraint("chat_id", "ordinal"))

    id: UUID = new_id()
    chat_id: UUID = Field(sa_column_args=[references("chat.id")])
    source_id: UUID = Field(foreign_key="source.id", index=True)
    ordinal: int
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class AssetRow(Row, table=True):
    """A metric or a dashboard; its content is that of the version `version_number`, which only ever grows.

    One table for both types: no query treats them differently, and versions, permissions and links point to one place.
    Names are unique among the live assets of one user, for another's must not show by a clash (see SourceRow for
    `live`, which is null too where somebody else gave an asset a name that its creator has taken).
    """

    __tablename__: ClassVar[str] = "asset"
    __table_args__ = (
        UniqueConstraint("organization_id", "created_by", "file_type", "name", "live"),
        Index("ix_asset_name", "organization_id", "file_type", "name"),
        CheckConstraint("file_type IN ('metric_file', 'dashboard_file')", name="file_type"),
    )

    id: UUID = new_id()
    organization_id: UUID = Field(foreign_key="organization.id")
    created_by: UUID = Field(foreign_key="user_account.id")
    updated_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    deleted_at: datetime | None = time_column(nullable=True)
    live: bool | None = True
    file_type: str
    name: str
    publicly_accessible: bool = False
    version_number: int


class PermissionRow(Row, table=True):
    """A role on one chat or one asset, granted to one user or one organization."""

    __tablename__: ClassVar[str] = "permission"
    __table_args__ = (
        UniqueConstraint("chat_id", "identity_id"),
        UniqueConstraint("asset_id", "identity_id"),
        Index("ix_permission_identity", "identity_id"),
        CheckConstraint("(chat_id IS NULL) <> (asset_id IS NULL)", name="one_target"),
        CheckConstraint("role IN ('can_view', 'can_edit', 'full_access', 'owner')", name="role"),
        CheckConstraint("identity_type IN ('user', 'organization')", name="identity_type"),
    )

    id: UUID = new_id()
    chat_id: UUID | None = Field(default=None, sa_column_args=[references("chat.id")])
    asset_id: UUID | None = Field(default=None, sa_column_args=[references("asset.id")])
    identity_type: str
    identity_id: UUID
    role: str
    created_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
