"""Keys that join tables: the declared ones, and those that names and values give away.

A column points to another table when it bears the name of that table's unique column, or when nearly all of its
values are found there (origin and dest hold codes of airports).
"""

from collections import defaultdict
from collections.abc import Iterable

from chatctl.analyst.builtin.catalog import CatalogColumn, CatalogTable, Edge
from chatctl.analyst.builtin.words import name_words, stem
from chatctl.domain.sources import Table

CONTAINED = 0.85
FEWEST_SHARED = 3
TABLES_COMPARED = 200


def infer_edges(
    declared: Iterable[Table], tables: list[CatalogTable], values: Iterable[tuple[str, str, str, str]]
) -> list[Edge]:
    """The edges of the join graph, declared ones first, each pair of columns once."""
    edges: dict[tuple[str, str, str], Edge] = {}
    for edge in [
        *_declared(declared),
        *_by_name(tables[:TABLES_COMPARED]),
        *_by_value(tables[:TABLES_COMPARED], values),
    ]:
        edges.setdefault((edge.table, edge.column, edge.to_table), edge)
    return list(edges.values())


def _declared(tables: Iterable[Table]) -> Iterable[Edge]:
    for table in tables:
        for key in table.foreign_keys:
            if len(key.columns) == 1:
                yield Edge(table=table.name, column=key.columns[0], to_table=key.table, to_column=key.references[0])


def _by_name(tables: list[CatalogTable]) -> Iterable[Edge]:
    """`orders.customer_id` points to `customers.id`; `flights.carrier` to the unique `airlines.carrier`."""
    targets: dict[str, list[CatalogColumn]] = defaultdict(list)
    for table in tables:
        for column in table.columns:
            for name in _key_names(table, column):
                targets[name].append(column)
    for table in tables:
        for column in table.columns:
            for target in targets.get(_name(column), ()):
                if target.table != table.name and target.type == column.type and not _mutual(column, target):
                    yield Edge(table=table.name, column=column.name, to_table=target.table, to_column=target.name)


def _key_names(table: CatalogTable, column: CatalogColumn) -> Iterable[str]:
    """The names under which another table may point to this column."""
    if not column.unique or (column.naming and len(column.words) == 1) or _quantity(table, column):
        return
    own = " ".join(map(stem, name_words(table.name)))
    if _name(column) not in ("id", "key", "code"):
        yield _name(column)
    else:
        yield f"{own} {_name(column)}"


def _quantity(table: CatalogTable, column: CatalogColumn) -> bool:
    """A number that never repeats is a key only where its name says so: populations seldom do."""
    own = set(map(stem, name_words(table.name)))
    named = column.identifying or own & set(map(stem, column.words))
    return column.numeric and not named and column.name not in table.key


def _name(column: CatalogColumn) -> str:
    return " ".join(map(stem, column.words))


def _mutual(column: CatalogColumn, target: CatalogColumn) -> bool:
    """Both unique under one name: the edge runs from the table of which the name says less."""
    if not column.unique or column.name != target.name:
        return False
    own, other = (_said(it) for it in (column, target))
    return own > other or (own == other and column.table < target.table)


def _said(column: CatalogColumn) -> int:
    """How many words of its name a column shares with its table's."""
    return len(set(map(stem, column.words)) & set(map(stem, name_words(column.table))))


def _by_value(tables: list[CatalogTable], values: Iterable[tuple[str, str, str, str]]) -> Iterable[Edge]:
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table_name, column_name, text, _ in values:
        held[table_name, column_name].add(text)
    columns = [column for table in tables for column in table.columns if (table.name, column.name) in held]
    targets = [column for column in columns if column.unique and not (column.naming and len(column.words) == 1)]
    for column in columns:
        if column.unique or column.naming:
            continue
        mine = held[column.table, column.name]
        for target in targets:
            theirs = held[target.table, target.name]
            if (
                target.table != column.table
                and len(mine) >= FEWEST_SHARED
                and len(mine & theirs) >= CONTAINED * len(mine)
            ):
                yield Edge(table=column.table, column=column.name, to_table=target.table, to_column=target.name)
