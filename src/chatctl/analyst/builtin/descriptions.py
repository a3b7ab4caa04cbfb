"""What is in the data: the tables of the sources, or the columns of one table."""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.identifiers import identifier
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import Token, normal, stem

MOST_TABLES = 25
MOST_COLUMNS = 40
SAMPLE_ROWS = 5

# A phrase that asks for the whole, as it begins or stands alone.
OVERVIEWS = (
    "what is in this data",
    "what is in the data",
    "what is in here",
    "what is this data",
    "what data is there",
    "what data do you have",
    "what data do we have",
    "what do you know",
    "what can i ask",
    "what can you answer",
    "describe the data",
    "describe this data",
    "describe the source",
    "describe the dataset",
    "describe data",
    "summarize the data",
    "summarise the data",
    "overview",
    "give me an overview",
    "overview of the data",
    "what tables are there",
    "which tables are there",
    "what tables do you have",
    "what tables exist",
    "what are the tables",
    "list the tables",
    "list tables",
    "list all tables",
    "show tables",
    "show the tables",
    "show me the tables",
    "show all tables",
    "show the schema",
    "schema",
    "help",
)

# A phrase before or behind a table's name that asks for its columns.
TABLE_LEADS = (
    "describe",
    "describe the table",
    "describe table",
    "describe the",
    "what is in",
    "what is in the",
    "what columns are in",
    "which columns are in",
    "what columns does",
    "which columns does",
    "columns of",
    "show columns of",
    "show the columns of",
    "list the columns of",
    "what are the columns of",
    "what fields are in",
    "schema of",
    "fields of",
)
TABLE_TAILS = frozenset({"", "have", "table", "contain", "data", "dataset", "table have"})


def asks_for_overview(tokens: Sequence[Token]) -> bool:
    """Whether a question is about the data as a whole."""
    text = _plain(tokens)
    return text in OVERVIEWS or text.removesuffix(" please") in OVERVIEWS


def asked_table(tokens: Sequence[Token], catalog: Catalog) -> CatalogTable | None:
    """The table whose columns a question asks for, if it asks for that."""
    text = _plain(tokens)
    for lead in sorted(TABLE_LEADS, key=len, reverse=True):
        if text.startswith(f"{lead} "):
            return _table_at(text.removeprefix(f"{lead} "), catalog)
    return None


def _table_at(text: str, catalog: Catalog) -> CatalogTable | None:
    for table in sorted(catalog.tables.values(), key=lambda it: -len(it.name)):
        name = normal(table.name.replace("_", " "))
        for spelt in (name, normal(table.name), stem(name)):
            if spelt and text.startswith(spelt) and text.removeprefix(spelt).strip() in TABLE_TAILS:
                return table
    return None


def _plain(tokens: Sequence[Token]) -> str:
    words = [token.lower for token in tokens if token.kind == "word"]
    spelt = ["is" if word in ("what's", "s") else word for word in words]
    return " ".join(["what", *spelt] if words[:1] == ["what's"] else spelt)


def overview_sql(catalog: Catalog) -> str:
    """The row counts of the first tables, as one statement."""
    counts = [
        exp.select(
            exp.alias_(exp.Literal.string(name), "table_name"),
            exp.alias_(exp.Count(this=exp.Star()), "row_count"),
        ).from_(exp.Table(this=identifier(name)))
        for name in list(catalog.tables)[:MOST_TABLES]
    ]
    query: exp.Query = counts[0]
    for count in counts[1:]:
        query = exp.union(query, count, distinct=False, copy=False)
    return query.sql(dialect=catalog.dialect, pretty=True)


def overview_text(catalog: Catalog, counts: dict[str, int]) -> str:
    """The tables in words, largest first."""
    ordered = sorted(counts, key=lambda name: -counts[name])
    listed = [f"**{safe(name)}** ({counts[name]:,} rows): {_column_names(catalog.tables[name])}" for name in ordered]
    more = "\n- …" if catalog.count > len(counts) else ""
    return f"The source {safe(catalog.source)} holds these tables:\n\n- " + "\n- ".join(listed) + more


def _column_names(table: CatalogTable) -> str:
    names = [safe(column.name) for column in table.columns]
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")


def sample_sql(table: CatalogTable, catalog: Catalog) -> str:
    """The first rows of a table."""
    query = exp.select(exp.Star()).from_(exp.Table(this=identifier(table.name))).limit(SAMPLE_ROWS)
    return query.sql(dialect=catalog.dialect, pretty=True)


def table_text(table: CatalogTable, catalog: Catalog) -> str:
    """A table's columns in words, with what they hold."""
    lines = [f"- **{safe(column.name)}** ({column.type}){_holds(column, catalog)}" for column in table.columns]
    shown = lines[:MOST_COLUMNS] + (["- …"] if len(lines) > MOST_COLUMNS else [])
    joins = list(_joins(table, catalog))
    tail = f"\n\n{' '.join(joins)}" if joins else ""
    return f"The table {safe(table.name)} has these columns; its first rows are below.\n\n" + "\n".join(shown) + tail


def _holds(column: CatalogColumn, catalog: Catalog) -> str:
    samples = catalog.values.samples(column.table, column.name)
    return f": {', '.join(map(safe, samples))}, …" if samples else ""


def _joins(table: CatalogTable, catalog: Catalog) -> Iterator[str]:
    for edge in catalog.edges:
        if edge.table == table.name:
            yield f"{safe(edge.column)} points to {safe(edge.to_table)}.{safe(edge.to_column)}."
