"""A look at a table on a PostgreSQL server that reads a bounded part of it, whatever its size.

A small table is fetched whole. Of a large one some blocks are (TABLESAMPLE SYSTEM), and what ANALYZE found is taken
where it may be read (pg_stats): null fractions, distinct counts, frequent values. Extremes of columns with an index
are exact.
"""

from typing import Any, Final

from chatctl.domain.sources import ColumnProfile, SourceColumn, TableProfile
from chatctl.engines.estimates import LONGEST_SAMPLE, SAMPLES, profile_column, sampled_rows
from chatctl.engines.names import quoted
from chatctl.engines.postgres_catalog import Relation
from chatctl.engines.postgres_sessions import Connection

_SPARE: Final = 1.2
"""How much more is asked for than wanted, for blocks are not equally full."""
_COUNTED_AT_MOST: Final = 1_000_000
"""Rows of a view, of which there is no estimate, that are counted."""
_STATISTICS: Final = """
    SELECT attname, null_frac, n_distinct, most_common_vals::text::text[], histogram_bounds::text::text[]
    FROM pg_catalog.pg_stats WHERE schemaname = %s AND tablename = %s AND inherited = %s"""


def profile_postgres(connection: Connection, relation: Relation) -> TableProfile:
    """The profile of a table or view; `estimated` where it was not read whole. Raises psycopg.Error."""
    columns = relation.table.columns
    wanted = sampled_rows(len(columns))
    rows = _rows(connection, relation, wanted)
    whole = len(rows) <= wanted and (relation.rows is None or relation.rows <= wanted or not relation.sampled)
    total = len(rows) if whole else _total(connection, relation, len(rows))
    del rows[wanted:]
    profiles = [profile_column(column, [row[at] for row in rows], total) for at, column in enumerate(columns)]
    if not whole:
        known = _statistics(connection, relation)
        profiles = [_refined(connection, relation, each, known.get(each.name), total) for each in profiles]
    return TableProfile(table=relation.table.name, row_count=total, estimated=not whole, columns=profiles)


def _rows(connection: Connection, relation: Relation, wanted: int) -> list[tuple[Any, ...]]:
    """At most one row more than wanted, from all over the table; of a view the first."""
    cells = ", ".join(map(_short, relation.table.columns)) or "NULL"
    sample = ""
    if relation.sampled and relation.rows and relation.rows > wanted:
        percent = min(100.0, 100 * _SPARE * wanted / relation.rows)
        sample = f" TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"
    query = f"SELECT {cells} FROM {_path(relation)}{sample} LIMIT {wanted + 1}"  # noqa: S608 names of the catalog
    return _fetched(connection, query)


def _short(column: SourceColumn) -> str:
    name = quoted(column.name)
    return f"left({name}::text, {LONGEST_SAMPLE})" if column.type in ("text", "other") else name


def _total(connection: Connection, relation: Relation, seen: int) -> int:
    if relation.rows is not None:
        return max(relation.rows, seen)
    bounded = f"SELECT count(*) FROM (SELECT FROM {_path(relation)} LIMIT {_COUNTED_AT_MOST}) AS some"  # noqa: S608
    return int(_fetched(connection, bounded)[0][0])


def _statistics(connection: Connection, relation: Relation) -> dict[str, tuple[Any, ...]]:
    """What ANALYZE found, by column; of a partitioned table it is that of all partitions."""
    partitioned = relation.partitioned
    found = connection.execute(_STATISTICS, (relation.schema, relation.table.name, partitioned)).fetchall()
    return {name: rest for name, *rest in found}  # type: ignore[misc]


def _refined(
    connection: Connection, relation: Relation, profile: ColumnProfile, known: Any, total: int
) -> ColumnProfile:
    """The profile of a sample with what the server knows better."""
    update: dict[str, Any] = {}
    if known:
        nulls, distinct, common, _ = known
        update["null_count"] = round(nulls * total)
        update["distinct_count"] = round(distinct if distinct >= 0 else -distinct * total)
        if common and profile.type == "text":
            update["samples"] = [value[:LONGEST_SAMPLE] for value in common[:SAMPLES]]
    if profile.name in relation.indexed and profile.type not in ("other", "boolean"):
        name = quoted(profile.name)
        text = "::text" if profile.type == "text" else ""
        ends = (
            f"(SELECT {name}{text} FROM {_path(relation)} WHERE {name} IS NOT NULL ORDER BY {name} {way} LIMIT 1)"  # noqa: S608
            for way in ("ASC", "DESC")
        )
        least, most = _fetched(connection, f"SELECT {', '.join(ends)}")[0]
        update["minimum"], update["maximum"] = least, most
    return profile.model_copy(update=update)


def _fetched(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    # As bytes: psycopg takes texts of the program itself only, and these hold names of the catalog.
    return connection.execute(query.encode()).fetchall()


def _path(relation: Relation) -> str:
    return f"{quoted(relation.schema)}.{quoted(relation.table.name)}"
