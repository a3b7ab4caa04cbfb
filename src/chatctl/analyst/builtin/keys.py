"""Keys that join tables: the declared ones, and those that names and values give away.

A column points to another table when it bears the name of that table's unique column, when nearly all of its values
are found there (origin and dest hold codes of airports), or when it is called like that table and lies in its key's
range (plyr and player_id).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import cache, partial

from chatctl.analyst.builtin.abbreviations import ABBREVIATIONS
from chatctl.analyst.builtin.catalog import CatalogColumn, CatalogTable, Edge
from chatctl.analyst.builtin.words import name_words, stem
from chatctl.domain.sources import Table

CONTAINED = 0.85
FEWEST_SHARED = 3
TABLES_COMPARED = 200
KEY_WORDS = frozenset({"id", "code", "cd", "key", "no", "nr", "nbr", "num", "number", "ref", "fk", "pk"})
"""Words that say that a column holds keys, not of what."""
SHORTEST_SHORT = 3
"""Letters that an abbreviation has at least, if none knows it: plyr."""


Held = Mapping[tuple[str, str], Set[str]]
"""The values of each text column."""


def infer_edges(
    declared: Iterable[Table], tables: list[CatalogTable], values: Iterable[tuple[str, str, str, str]]
) -> list[Edge]:
    """The edges of the join graph, declared ones first, each pair of columns once."""
    compared, held = tables[:TABLES_COMPARED], _held(values)
    edges: dict[tuple[str, str, str], Edge] = {}
    for edge in [
        *_declared(declared),
        *_by_name(compared),
        *_by_value(compared, held),
    ]:
        edges.setdefault((edge.table, edge.column, edge.to_table), edge)
    joined = {frozenset((edge.table, edge.to_table)) for edge in edges.values()}
    for edge in _by_likeness(compared, held):
        if frozenset((edge.table, edge.to_table)) not in joined:
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


def _held(values: Iterable[tuple[str, str, str, str]]) -> Held:
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table, column, text, _ in values:
        held[table, column].add(text)
    return held


def _by_value(tables: list[CatalogTable], held: Held) -> Iterable[Edge]:
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


def _by_likeness(tables: list[CatalogTable], held: Held) -> Iterable[Edge]:
    """`batting.plyr` points to `players.player_id`, `stats.dept_cd` to `departments.dept_no`."""
    targets = [
        (column, own)
        for table in tables
        for column in table.columns
        if column.unique and (own := _own_words(table)) & _meanings(column.words) and KEY_WORDS & set(column.words)
    ]
    by_word: dict[str, list[int]] = defaultdict(list)
    for place, (_, own) in enumerate(targets):
        for word in own:
            by_word[word].append(place)
    called = cache(partial(_called, words=by_word.keys()))
    for column in (column for table in tables for column in table.columns):
        telling = [word for word in column.words if word not in KEY_WORDS]
        for place in sorted({place for word in called(telling[-1]) for place in by_word[word]} if telling else ()):
            target = targets[place][0]
            if target.table != column.table and _within(column, target, held):
                yield Edge(table=column.table, column=column.name, to_table=target.table, to_column=target.name)


def _own_words(table: CatalogTable) -> Set[str]:
    return set(map(stem, name_words(table.name)))


def _meanings(words: Iterable[str]) -> Set[str]:
    """The stems that the words of a name stand for, spelt out where they are short."""
    spelt = (full for word in words for full in (word, *ABBREVIATIONS.get(word, ())))
    return {stem(word) for word in spelt}


def _called(telling: str, words: Iterable[str]) -> Set[str]:
    """Which words of tables' names are what a key is of, as its column says last."""
    meant = _meanings([telling])
    return {word for word in words if word in meant or _shortens(telling, word)}


def _shortens(short: str, word: str) -> bool:
    """Whether a word's letters, the first one included, stand in another in their order: plyr in player."""
    letters = iter(word)
    return SHORTEST_SHORT <= len(short) < len(word) and short[0] == word[0] and all(it in letters for it in short)


def _within(column: CatalogColumn, target: CatalogColumn, held: Held) -> bool:
    """Whether the values of a column may all be those of a key, as far as its range and its texts tell."""
    if column.type != target.type or (column.distinct or 0) > (target.distinct or 0):
        return False
    if column.type == "text":
        mine, theirs = held.get((column.table, column.name), set()), held.get((target.table, target.name), set())
        return len(mine) >= FEWEST_SHARED and len(mine & theirs) >= CONTAINED * len(mine)
    ends = (target.minimum, column.minimum, column.maximum, target.maximum)
    whole = [it for it in ends if isinstance(it, int)]
    return len(whole) == len(ends) and whole == sorted(whole)
