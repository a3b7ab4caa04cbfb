"""A catalog as the learned reader sees it: columns with what their names and types say, and joins between tables."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.forms import Link
from chatctl.analyst.builtin.words import name_words, spoken, stem
from chatctl.domain.results import Cell

Key = tuple[str, str]
"""A column: its table's name and its own."""
MOST_TABLES = 16
"""Tables of a wide schema that are looked at closely for one question."""
CLEAR = 0.85
"""From which score on a column that joins tells which join is meant: "away team" for away_team_id."""
CATEGORIES = 12
"""Different values up to which a column sorts rows into kinds."""
DATED = frozenset({"date", "time", "year", "day", "month"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A column: its name's stems, those that its table's name does not say, how it is spoken, and what kind it is."""

    key: Key
    words: tuple[str, ...]
    short: tuple[str, ...]
    spoken: tuple[str, ...]
    numeric: bool
    temporal: bool
    naming: bool
    identifying: bool
    primary: bool
    pointing: bool
    few: bool
    low: Cell = None
    high: Cell = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it is, as features."""
        return (
            f"primary{self.primary:d}",
            f"naming{self.naming:d}",
            f"id{self.identifying:d}",
            f"pointing{self.pointing:d}",
            f"numeric{self.numeric:d}",
            f"temporal{self.temporal:d}",
            f"few{self.few:d}",
        )

    def spans(self, number: float) -> bool:
        """Whether a number lies between its least and its greatest value."""
        if not isinstance(self.low, int | float) or not isinstance(self.high, int | float):
            return False
        return self.low <= number <= self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """Joined tables, the anchor first, and the links in an order in which they can be made."""

    tables: tuple[str, ...]
    links: tuple[Link, ...]


class View:
    """The part of a catalog that one question is about; of ways to join, those that it `told` of are taken."""

    def __init__(self, catalog: Catalog, tables: Iterable[str], told: Mapping[str | Key, float] | None = None) -> None:
        self.catalog = catalog
        self._told = told or {}
        self.tables = tuple(tables)
        self._trees: dict[tuple[str, ...], Tree | None] = {}

    @cached_property
    def fields(self) -> dict[Key, Field]:
        """The columns in the order of the schema."""
        pointing = {(edge.table, edge.column) for edge in self.catalog.edges}
        return {
            (table, column.name): _field(self.catalog.tables[table], column, pointing)
            for table in self.tables
            for column in self.catalog.tables[table].columns
        }

    @cached_property
    def stems(self) -> dict[str, tuple[str, ...]]:
        """The stems of each table's name."""
        return {table: tuple(map(stem, name_words(table))) for table in self.tables}

    @cached_property
    def namesakes(self) -> dict[str, int]:
        """How many columns bear a name, by the name in small letters."""
        counts: dict[str, int] = defaultdict(int)
        for _, name in self.fields:
            counts[name.lower()] += 1
        return counts

    @cached_property
    def neighbours(self) -> dict[str, list[Link]]:
        """The joins that start at each table: those whose column or other table is spoken of, then declared keys."""
        found: dict[str, list[Link]] = defaultdict(list)
        for edge in self.catalog.edges:
            ends = (edge.table, edge.column, edge.to_table, edge.to_column)
            for table, column, to_table, to_column in (ends, (*ends[2:], *ends[:2])):
                found[table].append(Link(table=table, column=column, to_table=to_table, to_column=to_column))
        return {table: sorted(links, key=lambda it: -self._spoken_of(it)) for table, links in found.items()}

    def _spoken_of(self, link: Link) -> float:
        ends = (link.table, link.column), (link.to_table, link.to_column)
        named = max(self._told.get(end, 0.0) for end in ends)
        return round(self._told.get(link.to_table, 0.0) + (named if named >= CLEAR else 0.0), 6)

    @cached_property
    def equal(self) -> dict[Key, Key]:
        """For each column that is joined to others, one of them that stands for all."""
        leaders: dict[Key, Key] = {}

        def leader(key: Key) -> Key:
            while leaders.get(key, key) != key:
                key = leaders[key]
            return key

        for edge in self.catalog.edges:
            leaders[leader((edge.table, edge.column))] = leader((edge.to_table, edge.to_column))
        return {key: leader(key) for key in leaders}

    def key(self, table: str) -> Key:
        """The column that says which row of a table is meant: its key, else its first column."""
        found = self.catalog.tables[table]
        return (table, found.key[0] if found.key else found.columns[0].name)

    def tree(self, tables: Sequence[str]) -> Tree | None:
        """The tables joined with as few others as need be, the first as the anchor; nothing where no way leads."""
        wanted = tuple(dict.fromkeys(tables))
        if wanted not in self._trees:
            self._trees[wanted] = self._grown(wanted)
        return self._trees[wanted]

    def _grown(self, wanted: tuple[str, ...]) -> Tree | None:
        inside, links = [wanted[0]], list[Link]()
        while missing := set(wanted) - set(inside):
            path = self._path(inside, missing)
            if path is None:
                return None
            links += path
            inside += [link.to_table for link in path]
        return Tree(tables=tuple(inside), links=tuple(links))

    def _path(self, inside: list[str], missing: set[str]) -> list[Link] | None:
        """The shortest way from what is joined to one of the missing tables."""
        came: dict[str, Link | None] = dict.fromkeys(inside)
        queue = deque(inside)
        while queue:
            table = queue.popleft()
            if table in missing:
                return _back(table, came)
            for link in self.neighbours.get(table, ()):
                if link.to_table not in came:
                    came[link.to_table] = link
                    queue.append(link.to_table)
        return None


def near(catalog: Catalog, named: Sequence[str]) -> list[str]:
    """The tables worth a close look: all of a small schema, else those that are named, best first, and neighbours."""
    if len(catalog.tables) <= MOST_TABLES:
        return list(catalog.tables)
    chosen = dict.fromkeys(named[: MOST_TABLES // 2])
    for edge in catalog.edges:
        if len(chosen) < MOST_TABLES and (edge.table in named) != (edge.to_table in named):
            chosen |= dict.fromkeys((edge.table, edge.to_table))
    return [table for table in catalog.tables if table in chosen]


def _back(table: str, came: dict[str, Link | None]) -> list[Link]:
    path: list[Link] = []
    while (link := came[table]) is not None:
        path.append(link)
        table = link.table
    return path[::-1]


def _field(table: CatalogTable, column: CatalogColumn, pointing: set[Key]) -> Field:
    words = tuple(map(stem, column.words)) or (column.name.lower(),)
    own = set(map(stem, name_words(table.name)))
    said = tuple(spoken(column.name).lower().split())
    key = (table.name, column.name)
    return Field(
        key=key,
        words=words,
        short=tuple(word for word in words if word not in own) or words,
        spoken=tuple(word for word in said if stem(word) not in own) or said,
        numeric=column.numeric,
        temporal=column.temporal or bool(DATED & set(column.words)),
        naming=column.naming or "name" in words or "titl" in words,
        identifying=column.identifying or column.name.lower().endswith("id"),
        primary=column.name in table.key,
        pointing=key in pointing,
        few=column.distinct is not None and column.distinct <= CATEGORIES,
        low=column.minimum,
        high=column.maximum,
    )
