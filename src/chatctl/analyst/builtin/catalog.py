"""What is known of a source's tables: the schema with its keys, and an index of its text values."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType

from chatctl.analyst.builtin.words import name_words, stem
from chatctl.domain.results import NUMERIC, Cell, ColumnType
from chatctl.sqlite import sqlite3

TELLING = 0.9
"""Different values for each row from which on a text names the rows."""
_PROSE = "description comment comments remark remarks note notes text address url link email phone source date time"
GIVEN = frozenset({"first", "given", "fname", "forename"})
FAMILY = frozenset({"last", "family", "lname", "surname"})
PROSE = frozenset(_PROSE.split())
NAME_WORDS = ("name", "title", "label", "fullname", "fname", "lname", "forename", "surname")
YEARS = ("year", "yr")
FIRST_YEAR, LAST_YEAR = 1500, 2200
PARTS = ("year", "quarter", "month", "week", "day", "weekday", "hour", "minute")


@dataclass(frozen=True, kw_only=True)
class CatalogColumn:
    """A column: counts and range are null where they were not looked at."""

    table: str
    name: str
    type: ColumnType
    nulls: int | None = None
    distinct: int | None = None
    minimum: Cell = None
    maximum: Cell = None
    unique: bool = False
    indexed: bool = False

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return name_words(self.name)

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers that can be compared."""
        return self.type in NUMERIC

    @cached_property
    def temporal(self) -> bool:
        """Whether it holds dates or times: by type, or as ISO text."""
        return self.type in ("date", "timestamp") or (self.type == "text" and _iso(self.minimum) and _iso(self.maximum))

    @cached_property
    def part(self) -> str | None:
        """The part of a date that an integer column holds by its name: "month", or a year as in `release_yr`."""
        if self.type != "integer" or not self.words:
            return None
        if len(self.words) == 1 and self.words[0] in PARTS:
            return self.words[0]
        return "year" if self.words[-1] in YEARS and _a_year(self.minimum) and _a_year(self.maximum) else None

    @cached_property
    def identifying(self) -> bool:
        """Whether its values are names of things rather than quantities."""
        return bool({"id", "code", "cd", "key", "uuid", "zip", "phone"} & set(self.words)) or self.words[-1:] == ("no",)

    @cached_property
    def additive(self) -> bool:
        """Whether its values can be summed and averaged."""
        return self.numeric and not self.identifying and self.part is None and not self.unique_key

    @property
    def unique_key(self) -> bool:
        """Whether it is a whole-number key."""
        return self.unique and self.type == "integer" and self.words[-1:] == ("id",)

    @cached_property
    def naming(self) -> bool:
        """Whether it holds what a row is called."""
        return self.type == "text" and any(word in NAME_WORDS for word in self.words)


@dataclass(frozen=True, kw_only=True)
class CatalogTable:
    """A table with its columns in order; the row count is null where it was not counted."""

    name: str
    columns: tuple[CatalogColumn, ...]
    key: tuple[str, ...] = ()
    rows: int | None = None

    @cached_property
    def by_name(self) -> dict[str, CatalogColumn]:
        """Its columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def label(self) -> CatalogColumn | None:
        """The column that says what a row is called: a short name such as "name" before a longer one.

        Without a name it is a text that tells nearly all rows apart.
        """
        named = [column for column in self.columns if column.naming]
        own = set(map(stem, name_words(self.name)))
        telling = next((column for column in self.columns if self._tells_apart(column)), None)
        return min(named, key=lambda it: len([word for word in it.words if stem(word) not in own]), default=telling)

    @cached_property
    def called(self) -> tuple[CatalogColumn, ...]:
        """The columns that say it together: a first and a last name, else the label."""
        given = [column for column in self.columns if column.naming and GIVEN & set(column.words)]
        family = [column for column in self.columns if column.naming and FAMILY & set(column.words)]
        if given and family and self.label in (given[0], family[0]):
            return (given[0], family[0])
        return (self.label,) if self.label else ()

    def _tells_apart(self, column: CatalogColumn) -> bool:
        plain = column.type == "text" and not (column.temporal or column.identifying or PROSE & set(column.words))
        return plain and bool(self.rows) and (column.distinct or 0) >= TELLING * (self.rows or 0)

    @cached_property
    def parts(self) -> dict[str, CatalogColumn]:
        """Its integer columns that hold parts of one date, by part: year, month, day.

        A year of something else, as the one of a birth, is the year of a row where no other date is there.
        """
        found = {column.part: column for column in self.columns if column.part and len(column.words) == 1}
        if not self.dates and (year := next((column for column in self.columns if column.part == "year"), None)):
            found.setdefault("year", year)
        return found

    @cached_property
    def dates(self) -> tuple[CatalogColumn, ...]:
        """Its date and timestamp columns, in order."""
        return tuple(column for column in self.columns if column.temporal)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A column that points to a unique column of another table."""

    table: str
    column: str
    to_table: str
    to_column: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A text value as it stands in a column; `whole` says that the looked-up words are all of it."""

    table: str
    column: str
    text: str
    whole: bool


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The schema of one source, and its values on disk; a context manager that closes the file.

    Of a wide schema `tables` and `edges` are those that one question may be about, of `count` tables in all.
    """

    source: str
    dialect: str
    tables: dict[str, CatalogTable]
    edges: tuple[Edge, ...]
    count: int
    warnings: tuple[str, ...] = ()
    values: "ValueIndex" = field(repr=False)

    def column(self, table: str, column: str) -> CatalogColumn:
        """A column by its names."""
        return self.tables[table].by_name[column]

    @cached_property
    def beside(self) -> dict[str, tuple[Edge, ...]]:
        """The edges from and to each table that has some, in their order."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            for table in dict.fromkeys((edge.table, edge.to_table)):
                found.setdefault(table, []).append(edge)
        return {table: tuple(edges) for table, edges in found.items()}

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.values.close()


class ValueIndex:
    """The text values of a source in a catalog file by their words; of these tables alone, if some are given."""

    def __init__(self, connection: sqlite3.Connection, tables: Collection[str] = ()) -> None:
        self._connection = connection
        self._tables = tuple(tables)
        self._among = f" AND v.tbl IN ({', '.join('?' * len(self._tables))})" if self._tables else ""

    def whole(self, normal: str) -> list[Value]:
        """The values whose words are exactly these, in the order of the schema."""
        rows = self._values("value v WHERE v.normal = ?", (normal,), 50)
        return [Value(table=table, column=column, text=text, whole=True) for table, column, text, _ in rows]

    def partial(self, normal: str) -> list[Value]:
        """The values that begin with these words or contain them as words, at most 50; beginnings first."""
        first, *_ = normal.split()
        rows = self._values("word w JOIN value v ON v.id = w.value WHERE w.word = ?", (first,), 400)
        hits = [row for row in rows if f" {normal} " in f" {row[3]} "]
        hits.sort(key=lambda row: not row[3].startswith(normal))
        return [Value(table=row[0], column=row[1], text=row[2], whole=row[3] == normal) for row in hits[:50]]

    def starting(self, stem: str) -> list[Value]:
        """The values of one word that begins with a stem, at most 20."""
        told = "word w JOIN value v ON v.id = w.value WHERE w.word >= ? AND w.word < ? AND v.normal = w.word"
        rows = self._values(told, (stem, f"{stem}\uffff"), 20)
        return [Value(table=table, column=column, text=text, whole=True) for table, column, text, _ in rows]

    def _values(self, told: str, words: tuple[str, ...], most: int) -> list[tuple[str, str, str, str]]:
        """Tables, columns, texts and their words, in the order of the schema."""
        query = f'SELECT v.tbl, v.col, v."text", v.normal FROM {told}{self._among} ORDER BY v.id LIMIT {most}'  # noqa: S608
        return list(self._connection.execute(query, (*words, *self._tables)))

    def words(self, length: int, spread: int = 1) -> list[str]:
        """The words of all values of about this length, for fuzzy matching; at most 20,000."""
        rows = self._connection.execute(
            "SELECT DISTINCT word FROM word WHERE length(word) BETWEEN ? AND ? ORDER BY word LIMIT 20000",
            (length - spread, length + spread),
        )
        return [word for (word,) in rows]

    def label(self, table: str, key: Cell) -> str | None:
        """What a row of a small look-up table is called, by its key."""
        row = self._connection.execute(
            "SELECT label FROM label WHERE tbl = ? AND key = ?", (table, str(key))
        ).fetchone()
        return row[0] if row else None

    def samples(self, table: str, column: str, limit: int = 3) -> list[str]:
        """The most frequent values of a column."""
        rows = self._connection.execute(
            'SELECT "text" FROM value WHERE tbl = ? AND col = ? ORDER BY id LIMIT ?', (table, column, limit)
        )
        return [text for (text,) in rows]

    def close(self) -> None:
        """Release the file."""
        self._connection.close()


def _a_year(cell: Cell) -> bool:
    return isinstance(cell, int) and FIRST_YEAR <= cell <= LAST_YEAR


def _iso(cell: Cell) -> bool:
    return isinstance(cell, str) and len(cell) >= 10 and cell[4:5] == "-" and cell[7:8] == "-" and cell[:4].isdigit()
