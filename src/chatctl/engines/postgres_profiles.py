"""A look at a table on a PostgreSQL server that reads a bounded part of it, whatever its size.

A small table is fetched whole. Of a large one some blocks are (TABLESAMPLE SYSTEM), and what ANALYZE found is taken
where it may be read (pg_stats): null fractions, distinct counts, frequent values. Extremes of columns with an index
are exact.
"""

from dataclasses import dataclass
from typing import Any, Final

from chatctl.domain.results import encode_cell
from chatctl.domain.sources import ColumnProfile, SourceColumn, TableProfile
from chatctl.engines.estimates import LONGEST_SAMPLE, SAMPLES, extremes, profile_column, sampled_rows
from chatctl.engines.names import literal, quoted
from chatctl.engines.postgres_catalog import Relation
from chatctl.engines.postgres_sessions import Connection

_SPARE: Final = 2
"""How many times the wanted rows are taken, for blocks are not equally full; what is cut off is the newest."""
_COUNTED_AT_MOST: Final = 1_000_000
"""Rows of a view, of which there is no estimate, that are counted."""
_STATISTICS: Final = """
    SELECT attname, null_frac, n_distinct, most_common_vals::text::text[], histogram_bounds::text::text[]
    FROM pg_catalog.pg_stats WHERE schemaname = %s AND tablename = %s AND inherited = %s"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What ANALYZE found of a column: the share of nulls, distinct values (negative: as a share), values as text."""

    nulls: float
    distinct: float
    common: list[str]
    bounds: list[str]


def profile_postgres(connection: Connection, relation: Relation) -> TableProfile:
    """The profile of a table or view; `estimated` where it was not read whole. Raises psycopg.Error."""
    columns = relation.table.columns
    wanted = sampled_rows(len(columns))
    sampled = relation.sampled and relation.rows is not None and relation.rows > wanted
    rows = _sample(connection, relation, wanted) if sampled else _first(connection, relation, wanted + 1)
    whole = not sampled and len(rows) <= wanted
    total = len(rows) if whole else _total(connection, relation, len(rows))
    profiles = [profile_column(column, [row[at] for row in rows], total) for at, column in enumerate(columns)]
    if not whole:
        known = _statistics(connection, relation)
        profiles = [
            _refined(connection, relation, column, profile, known.get(column.name), total)
            for column, profile in zip(columns, profiles, strict=True)
        ]
    return TableProfile(table=relation.table.name, row_count=total, estimated=not whole, columns=profiles)


def _first(connection: Connection, relation: Relation, count: int) -> list[tuple[Any, ...]]:
    query = f"SELECT {_cells(relation)} FROM {_path(relation)} LIMIT {count}"  # noqa: S608 names of the catalog
    return _fetched(connection, query)


def _sample(connection: Connection, relation: Relation, wanted: int) -> list[tuple[Any, ...]]:
    """About so many rows, in blocks from all over the table."""
    sample = f"TABLESAMPLE SYSTEM ({100 * wanted / (relation.rows or wanted):.6f}) REPEATABLE (1)"
    query = f"SELECT {_cells(relation)} FROM {_path(relation)} {sample} LIMIT {_SPARE * wanted}"  # noqa: S608
    return _fetched(connection, query)


def _cells(relation: Relation) -> str:
    return ", ".join(map(_short, relation.table.columns)) or "NULL"


def _short(column: SourceColumn) -> str:
    name = quoted(column.name)
    return f"left({name}::text, {LONGEST_SAMPLE})" if column.type in ("text", "other") else name


def _total(connection: Connection, relation: Relation, seen: int) -> int:
    if relation.rows is not None:
        return max(relation.rows, seen)
    bounded = f"SELECT count(*) FROM (SELECT FROM {_path(relation)} LIMIT {_COUNTED_AT_MOST}) AS some"  # noqa: S608
    return int(_fetched(connection, bounded)[0][0])


def _statistics(connection: Connection, relation: Relation) -> dict[str, _Known]:
    """What ANALYZE found, by column; of a partitioned table it is that of all partitions."""
    values = (relation.schema, relation.table.name, relation.partitioned)
    return {
        name: _Known(nulls=nulls, distinct=distinct, common=common or [], bounds=bounds or [])
        for name, nulls, distinct, common, bounds in connection.execute(_STATISTICS, values).fetchall()
    }


def _refined(
    connection: Connection,
    relation: Relation,
    column: SourceColumn,
    profile: ColumnProfile,
    known: _Known | None,
    total: int,
) -> ColumnProfile:
    """The profile of a sample with what the server knows better."""
    update: dict[str, Any] = {}
    ends: list[str] = []
    if known:
        update["null_count"] = round(known.nulls * total)
        update["distinct_count"] = round(known.distinct if known.distinct >= 0 else -known.distinct * total)
        ends = [f"{literal(end)}::{column.native_type}" for end in (*known.bounds[:1], *known.bounds[-1:])]
        if column.type == "text":
            common = [value[:LONGEST_SAMPLE] for value in known.common]
            update["samples"] = list(dict.fromkeys([*common, *profile.samples]))[:SAMPLES]
    if column.name in relation.indexed:
        ends = [_end(relation, column, way) for way in ("ASC", "DESC")]
    if ends and column.type not in ("text", "other", "boolean"):
        cells = map(encode_cell, _fetched(connection, f"SELECT {', '.join(ends)}")[0])
        update["minimum"], update["maximum"] = extremes(column, [profile.minimum, profile.maximum, *cells])
    return profile.model_copy(update=update)


def _end(relation: Relation, column: SourceColumn, way: str) -> str:
    name = quoted(column.name)
    return f"(SELECT {name} FROM {_path(relation)} WHERE {name} IS NOT NULL ORDER BY {name} {way} LIMIT 1)"  # noqa: S608


def _fetched(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    # As bytes: psycopg takes texts of the program itself only, and these hold names of the catalog.
    return connection.execute(query.encode()).fetchall()


def _path(relation: Relation) -> str:
    return f"{quoted(relation.schema)}.{quoted(relation.table.name)}"
