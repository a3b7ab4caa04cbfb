"""What belongs to metrics and dashboards, apart from the tables that every command needs: to build one costs 5 ms."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from chatctl.storage.tables import FoundText, Row, json_column, metadata, new_id, references, time_column

__all__ = ["AssetVersionRow", "MessageFileRow", "MetricResultRow", "metadata"]


class AssetVersionRow(Row, table=True):
    """What an asset was from one change to the next."""

    __tablename__: ClassVar[str] = "asset_version"
    __table_args__ = (UniqueConstraint("asset_id", "number"),)

    id: UUID = new_id()
    asset_id: UUID = Field(sa_column_args=[references("asset.id")])
    number: int
    created_by: UUID = Field(foreign_key="user_account.id")
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    note: str | None = Field(default=None, sa_type=FoundText)
    content: dict[str, Any] = json_column()


class MessageFileRow(Row, table=True):
    """An asset in a message: pulled into it (`given`), or made or changed by its answer (`made`)."""

    __tablename__: ClassVar[str] = "message_file"
    __table_args__ = (
        UniqueConstraint("message_id", "asset_id", "origin"),
        CheckConstraint("origin IN ('given', 'made')", name="origin"),
    )

    id: UUID = new_id()
    message_id: UUID = Field(sa_column_args=[references("message.id")])
    asset_id: UUID = Field(sa_column_args=[references("asset.id")])
    version_number: int
    origin: str
    ordinal: int
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class MetricResultRow(Row, table=True):
    """The last result of a metric, which the next one is compared with."""

    __tablename__: ClassVar[str] = "metric_result"
    __table_args__ = (UniqueConstraint("asset_id"),)

    id: UUID = new_id()
    asset_id: UUID = Field(sa_column_args=[references("asset.id")])
    version_number: int
    created_at: datetime = time_column()
    updated_at: datetime = time_column()
    sums: dict[str, Any] = json_column()
