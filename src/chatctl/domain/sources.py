"""Data that the analyst may read, and what is known of its tables."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from chatctl.domain.results import Cell, ColumnType
from chatctl.domain.values import Value

SourceKind = Literal["files", "sqlite", "duckdb", "postgresql", "sqlalchemy"]


class SourceRef(Value):
    """A source as a chat names it."""

    id: UUID
    name: str
    kind: SourceKind


class Source(Value):
    """A registered source: absolute paths, globs or one URL."""

    id: UUID
    name: str
    kind: SourceKind
    locations: list[str]
    created_at: datetime
    updated_at: datetime


class SourceColumn(Value):
    """A column of a source's table; `native_type` is the engine's own name of its type."""

    name: str
    type: ColumnType
    native_type: str
    nullable: bool = True
    comment: str | None = None


class ForeignKey(Value):
    """Columns that point to another table's columns, pair by pair."""

    columns: list[str]
    table: str
    references: list[str]


class Table(Value):
    """A table or view of a source; `row_count` is null where counting would be dear."""

    name: str
    columns: list[SourceColumn]
    primary_key: list[str] = []
    foreign_keys: list[ForeignKey] = []
    row_count: int | None = None
    comment: str | None = None


class ColumnProfile(Value):
    """What a look at the data tells of a column; counts of distinct values may be approximate."""

    name: str
    type: ColumnType
    null_count: int
    distinct_count: int
    minimum: Cell = None
    maximum: Cell = None
    samples: list[Cell] = []


class TableProfile(Value):
    """A table's row count and its columns' profiles; `estimated` says that the count is about right only."""

    table: str
    row_count: int
    estimated: bool = False
    columns: list[ColumnProfile]


class SourceDetails(Value):
    """`source show`: the source, its tables, and what was odd when it was loaded."""

    id: UUID
    name: str
    kind: SourceKind
    locations: list[str]
    created_at: datetime
    updated_at: datetime
    tables: list[Table]
    warnings: list[str] = []
