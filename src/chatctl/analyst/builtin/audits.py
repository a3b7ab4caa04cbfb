"""Questions about the data's own quality and reach: what is missing, and which days are covered."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.identifiers import identifier
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import Token, name_words, stem
from chatctl.domain.results import ResultSet

MOST_COLUMNS = 200

# A question about missing values, as its words stand without a table's name.
MISSING = frozenset(
    {
        "are there missing values",
        "are there any missing values",
        "are there nulls",
        "are there any nulls",
        "which columns have missing values",
        "what columns have missing values",
        "which columns have nulls",
        "how many missing values per column",
        "how many missing values are there per column",
        "how many missing values are there",
        "how many nulls per column",
        "missing values",
        "missing values per column",
        "missing values by column",
        "nulls per column",
        "null counts",
        "data quality",
    }
)
# A question about the days that the data cover.
REACH = frozenset(
    {
        "date range",
        "what is the date range",
        "time range",
        "what is the time range",
        "what period does the data cover",
        "which period does the data cover",
        "what dates does the data cover",
        "what time span does the data cover",
        "how far back does the data go",
        "from when to when does the data go",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """What is looked at: the statement, and which question it answers."""

    kind: str
    sql: str


def asked(tokens: Sequence[Token], catalog: Catalog) -> Audit | None:
    """The audit that a question asks for, over the table that it names or all of them."""
    words = [token.lower for token in tokens if token.kind == "word" and token.lower != "the"]
    named = [table for table in catalog.tables.values() if _names(table, words)]
    spoken = {stem(part) for table in named for part in name_words(table.name)}
    plain = " ".join(word for word in words if stem(word) not in spoken).removesuffix(" in")
    plain = plain.replace("what's", "what is").removeprefix("what is ") if plain not in MISSING | REACH else plain
    tables = named or list(catalog.tables.values())
    if plain in MISSING:
        return _audit("missing", [_missing(it) for table in tables for it in table.columns], catalog)
    if plain in REACH or f"what is {plain}" in REACH:
        dated = [_reach(it) for table in tables for it in table.columns if it.temporal]
        return _audit("reach", dated, catalog)
    return None


def _names(table: CatalogTable, words: list[str]) -> bool:
    stems = [stem(word) for word in words]
    return all(stem(part) in stems for part in name_words(table.name))


def _audit(kind: str, parts: list[exp.Select], catalog: Catalog) -> Audit | None:
    if not parts:
        return None
    query: exp.Query = parts[0]
    for part in parts[1:MOST_COLUMNS]:
        query = exp.union(query, part, distinct=False, copy=False)
    return Audit(kind=kind, sql=query.sql(dialect=catalog.dialect, pretty=True))


def _missing(column: CatalogColumn) -> exp.Select:
    present = exp.Count(this=exp.column(identifier(column.name)))
    return _of(column, exp.alias_(exp.Sub(this=exp.Count(this=exp.Star()), expression=present), "missing"))


def _reach(column: CatalogColumn) -> exp.Select:
    name = exp.column(identifier(column.name))
    return _of(column, exp.alias_(exp.Min(this=name), "first"), exp.alias_(exp.Max(this=name.copy()), "last"))


def _of(column: CatalogColumn, *figures: exp.Expr) -> exp.Select:
    names = (("table_name", column.table), ("column_name", column.name))
    labels = [exp.alias_(exp.Literal.string(text), label) for label, text in names]
    return exp.select(*labels, *figures).from_(exp.Table(this=identifier(column.table)))


def text(audit: Audit, result: ResultSet) -> str:
    """What was found, in a sentence."""
    if audit.kind == "reach":
        spans = [f"{_name(row)} from {safe(row[2])} to {safe(row[3])}" for row in result.rows if row[2] is not None]
        return f"The data cover {'; '.join(spans)}." if spans else "No date is filled in."
    lacking = [(_name(row), int(str(row[2]))) for row in result.rows if int(str(row[2]))]
    if not lacking:
        return f"No: none of the {len(result.rows)} columns has a missing value."
    listed = ", ".join(f"{name} ({count:,})" for name, count in sorted(lacking, key=lambda it: -it[1])[:12])
    return f"{len(lacking)} of {len(result.rows)} columns have missing values: {listed}."


def _name(row: Sequence[object]) -> str:
    return safe(f"{row[0]}.{row[1]}")
