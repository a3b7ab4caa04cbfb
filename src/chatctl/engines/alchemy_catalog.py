"""What SQLAlchemy's inspector tells of a database, and a look at the first rows of its tables."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnClause, Connection, column, func, inspect, literal_column, select, table, types
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.sql import quoted_name

from chatctl.domain.results import ColumnType
from chatctl.domain.sources import ForeignKey, SourceColumn, Table, TableProfile
from chatctl.engines.estimates import LONGEST_SAMPLE, profile_column, sampled_rows

_COUNTED_AT_MOST: Final = 200_000
"""Rows of a table that are counted: a server may have to read all that it counts."""

_DECLARED: Final[tuple[tuple[type[types.TypeEngine[Any]], ColumnType], ...]] = (
    (types.Boolean, "boolean"),
    (types.Integer, "integer"),
    (types.Float, "number"),
    (types.Numeric, "decimal"),
    (types.DateTime, "timestamp"),
    (types.Date, "date"),
    (types.Time, "time"),
    (types.String, "text"),
    (types.Uuid, "text"),
)
_OBSERVED: Final[tuple[tuple[type, ColumnType], ...]] = (
    (bool, "boolean"),
    (int, "integer"),
    (float, "number"),
    (Decimal, "decimal"),
    (datetime.datetime, "timestamp"),
    (datetime.date, "date"),
    (datetime.time, "time"),
    (str, "text"),
)


def read(connection: Connection) -> tuple[str | None, dict[str, Table]]:
    """The connection's default schema, and its tables and views by name. Raises SQLAlchemyError."""
    inspector = inspect(connection)
    columns = inspector.get_multi_columns(kind=ObjectKind.ANY)
    primary = inspector.get_multi_pk_constraint(kind=ObjectKind.ANY)
    foreign = inspector.get_multi_foreign_keys(kind=ObjectKind.ANY)
    names = {name for _, name in columns}
    tables = {
        key[1]: Table(
            name=key[1],
            columns=[_column(each) for each in found],
            primary_key=list(primary[key]["constrained_columns"]) if primary.get(key) else [],
            foreign_keys=[
                ForeignKey(
                    columns=each["constrained_columns"],
                    table=each["referred_table"],
                    references=each["referred_columns"],
                )
                for each in foreign.get(key) or []
                if each["referred_table"] in names and not each.get("referred_schema")
            ],
        )
        for key, found in columns.items()
    }
    return inspector.default_schema_name, dict(sorted(tables.items()))


def profile(connection: Connection, found: Table) -> TableProfile:
    """The table's profile from its first rows; `estimated` where there are more. Raises SQLAlchemyError."""
    wanted = sampled_rows(len(found.columns))
    source = table(quoted_name(found.name, quote=True))
    cells: list[ColumnClause[Any]] = [column(quoted_name(each.name, quote=True)) for each in found.columns]
    rows = connection.execute(select(*cells).select_from(source).limit(wanted + 1)).fetchall()
    whole = len(rows) <= wanted
    total = len(rows)
    if not whole:
        bounded = select(literal_column("1").label("one")).select_from(source).limit(_COUNTED_AT_MOST).subquery()
        total = max(total, connection.execute(select(func.count()).select_from(bounded)).scalar_one())
    profiles = [
        profile_column(each, [_short(row[at]) for row in rows[:wanted]], total) for at, each in enumerate(found.columns)
    ]
    return TableProfile(table=found.name, row_count=total, estimated=not whole, columns=profiles)


def observed_type(cells: Sequence[object]) -> ColumnType:
    """The type of cells as a driver gave them; all nulls are text."""
    filled = [cell for cell in cells if cell is not None]
    kinds = {next((name for kind, name in _OBSERVED if isinstance(cell, kind)), "other") for cell in filled}
    if not kinds:
        return "text"
    if len(kinds) == 1:
        return kinds.pop()  # type: ignore[return-value]
    return "decimal" if kinds <= {"integer", "decimal"} else "number" if kinds <= {"integer", "number"} else "other"


def _column(found: Any) -> SourceColumn:
    kind = found["type"]
    declared = next((ours for theirs, ours in _DECLARED if isinstance(kind, theirs)), "other")
    return SourceColumn(
        name=found["name"],
        type=declared,
        native_type=str(kind),
        nullable=bool(found.get("nullable", True)),
        comment=found.get("comment"),
    )


def _short(cell: object) -> object:
    return cell[:LONGEST_SAMPLE] if isinstance(cell, str | bytes) else cell
