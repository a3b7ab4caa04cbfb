"""What a PostgreSQL server says of its own tables: a handful of statements, whatever the number of tables.

Partitions and what extensions bring are left out of the list, as is what this user may not read.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chatctl.domain.errors import SourceError
from chatctl.domain.sources import ForeignKey, SourceColumn, Table
from chatctl.engines.names import nearest
from chatctl.engines.postgres_sessions import Connection
from chatctl.engines.postgres_values import column_type

_SCHEMAS: Final = """
    SELECT nspname FROM pg_catalog.pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND has_schema_privilege(oid, 'USAGE')
    ORDER BY array_position(current_schemas(false), nspname) NULLS LAST, nspname"""

_RELATIONS: Final = """
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, obj_description(c.oid, 'pg_class'),
      has_any_column_privilege(c.oid, 'SELECT'), CASE
        WHEN c.relkind = 'p' THEN (
          SELECT coalesce(sum(CASE WHEN l.reltuples >= 0 THEN l.reltuples ELSE pg_stat_get_live_tuples(l.oid) END), 0)
          FROM pg_partition_tree(c.oid) t JOIN pg_catalog.pg_class l ON l.oid = t.relid AND t.isleaf)
        WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0 THEN c.reltuples
        WHEN c.relkind IN ('r', 'm') THEN pg_stat_get_live_tuples(c.oid)
      END::bigint,
      pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY(%s) AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY array_position(%s::text[], n.nspname::text), c.relname"""

_COLUMNS: Final = """
    SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, t.typname),
      t.typcategory, NOT a.attnotnull, col_description(a.attrelid, a.attnum)
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype
    WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
      AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')
    ORDER BY a.attrelid, a.attnum"""

_KEYS: Final = """
    SELECT conrelid, contype, conkey, confrelid, confkey FROM pg_catalog.pg_constraint
    WHERE contype IN ('p', 'f') AND conrelid = ANY(%s) ORDER BY conname"""

_INDEXED: Final = """
    SELECT DISTINCT i.indrelid, i.indkey[0] FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam
    WHERE i.indrelid = ANY(%s) AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'"""

_DATABASE: Final = """
    SELECT oid, CASE WHEN pg_is_in_recovery() OR %s THEN floor(extract(epoch FROM now()) / 3600) END
    FROM pg_catalog.pg_database WHERE datname = current_database()"""

_TEXTS: Final = "SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'e' OR typname = 'citext'"


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """A table or view: `rows` is the server's own estimate, null of a view; `indexed` columns have quick extremes."""

    oid: int
    schema: str
    table: Table
    rows: int | None
    sampled: bool
    partitioned: bool
    indexed: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalog:
    """Relations by name (of doubled names the first schema's), and every name by which one may be called."""

    schemas: tuple[str, ...]
    relations: dict[str, Relation]
    qualified: frozenset[str]
    partitions: frozenset[str]
    texts: frozenset[int]
    fingerprint: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    oid: int
    schema: str
    name: str
    kind: str
    partition: bool
    comment: str | None
    readable: bool
    rows: int | None
    changes: int


def read(connection: Connection, where: str, wanted: Sequence[str]) -> Catalog:
    """The catalog of the wanted schemas, in their order; of all that are not the server's own, if none is named.

    `where` tells this server from others in the fingerprint.

    Raises SourceError for a schema that is not there, psycopg.Error.
    """
    schemas = _schemas(connection, wanted)
    found = [
        _Found(**dict(zip(_Found.__slots__, row, strict=True)))
        for row in _run(connection, _RELATIONS, schemas, schemas)
    ]
    listed = [each for each in found if each.readable and not each.partition]
    tables = _tables(connection, listed)
    indexed = _indexed(connection, listed, tables)
    relations: dict[str, Relation] = {}
    for each in listed:
        relation = Relation(
            oid=each.oid,
            schema=each.schema,
            table=tables[each.oid],
            rows=each.rows,
            sampled=each.kind in "rpm",
            partitioned=each.kind == "p",
            indexed=indexed.get(each.oid, frozenset()),
        )
        relations.setdefault(each.name, relation)
    return Catalog(
        schemas=tuple(schemas),
        relations=dict(sorted(relations.items())),
        qualified=frozenset(f"{each.schema}.{each.name}" for each in found if each.readable),
        partitions=frozenset(each.name for each in found if each.readable and each.partition),
        texts=frozenset(oid for (oid,) in _run(connection, _TEXTS)),
        fingerprint=_fingerprint(connection, where, found, tables),
        warnings=tuple(_warnings(found)),
    )


def _run(connection: Connection, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(statement, values or None).fetchall()


def _schemas(connection: Connection, wanted: Sequence[str]) -> list[str]:
    known = [name for (name,) in _run(connection, _SCHEMAS)]
    for name in wanted:
        if name not in known:
            similar = nearest(name, known)
            hint = f"Did you mean {similar[0]!r}?" if similar else f"There are {', '.join(known[:20]) or 'none'}."
            raise SourceError(f"There is no schema {name!r} that this user may use.", hint=hint)
    return list(dict.fromkeys(wanted)) or known


def _tables(connection: Connection, listed: Sequence[_Found]) -> dict[int, Table]:
    oids = [each.oid for each in listed]
    columns: dict[int, dict[int, SourceColumn]] = defaultdict(dict)
    for oid, number, name, native, base, category, nullable, comment in _run(connection, _COLUMNS, oids):
        columns[oid][number] = SourceColumn(
            name=name, type=column_type(base, category), native_type=native, nullable=nullable, comment=comment
        )
    names = {each.oid: each.name for each in listed}
    primary: dict[int, list[str]] = {}
    foreign: dict[int, list[ForeignKey]] = defaultdict(list)
    for oid, kind, here, target, there in _run(connection, _KEYS, oids):
        pairs = _names(columns[oid], here), _names(columns[target], there) if kind == "f" else []
        if kind == "p":
            primary[oid] = pairs[0]
        elif target in names and len(pairs[0]) == len(pairs[1]) == len(here):
            foreign[oid].append(ForeignKey(columns=pairs[0], table=names[target], references=pairs[1]))
    return {
        each.oid: Table(
            name=each.name,
            columns=list(columns[each.oid].values()),
            primary_key=primary.get(each.oid, []),
            foreign_keys=foreign.get(each.oid, []),
            comment=each.comment,
        )
        for each in listed
    }


def _names(columns: dict[int, SourceColumn], numbers: Sequence[int]) -> list[str]:
    return [columns[number].name for number in numbers if number in columns]


def _indexed(connection: Connection, listed: Sequence[_Found], tables: dict[int, Table]) -> dict[int, frozenset[str]]:
    """The columns that an index begins with."""
    oids = [each.oid for each in listed]
    numbers: dict[int, set[int]] = defaultdict(set)
    for oid, number in _run(connection, _INDEXED, oids):
        numbers[oid].add(number)
    if not numbers:
        return {}
    names = {
        (oid, number): name
        for oid, number, name in _run(
            connection, "SELECT attrelid, attnum, attname FROM pg_catalog.pg_attribute WHERE attrelid = ANY(%s)", oids
        )
    }
    return {
        oid: frozenset(names[oid, number] for number in found if (oid, number) in names)
        & {column.name for column in tables[oid].columns}
        for oid, found in numbers.items()
    }


def _fingerprint(connection: Connection, where: str, found: Sequence[_Found], tables: dict[int, Table]) -> str:
    """Of the definitions, and of how much was written: a tenth of a table's rows changed counts as a change.

    A busy server changes all the time; what is known of its values may be that much behind, its answers never are.
    A standby and a foreign table do not count their writes: there it is the hour.
    """
    ((database, hour),) = _run(connection, _DATABASE, any(each.kind == "f" for each in found))
    definitions = [[each.oid, each.schema, tables[each.oid].model_dump()] for each in found if each.oid in tables]
    written = [(each.changes or 0) // max(1, (each.rows or 0) // 10) for each in found if each.readable]
    text = json.dumps([where, database, hour, definitions, written], default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _warnings(found: Sequence[_Found]) -> list[str]:
    closed = [f"{each.schema}.{each.name}" for each in found if not each.readable and not each.partition]
    counted = Counter(each.name for each in found if each.readable and not each.partition)
    seen: set[str] = set()
    hidden = []
    for each in found:
        if counted[each.name] > 1 and each.readable and not each.partition:
            if each.name in seen:
                hidden.append(f"{each.schema}.{each.name}")
            seen.add(each.name)
    said = [f"Left out, for this user may not read them: {_some(closed)}."] if closed else []
    said += (
        [f"Of tables with one name the first schema's is used; name the others in full: {_some(hidden)}."]
        if hidden
        else []
    )
    return said


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
