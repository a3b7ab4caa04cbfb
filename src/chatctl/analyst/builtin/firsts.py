"""The one row that a superlative means within a condition: "cities in the largest state"."""

from chatctl.analyst.builtin.catalog import CatalogTable
from chatctl.analyst.builtin.forms import ColumnOf, Form, Predicate, Sorting, Term
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.nodes import Noun
from chatctl.analyst.builtin.phrases import Ranking
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.words import tokens

LEAST = 0.45
"""How well a column must be called what an adjective measures."""


def first_of(noun: Noun, ranking: Ranking, scope: Scope, index: NameIndex) -> Predicate | None:
    """The condition that the rows belong to the first one of a table, or nothing where its column is not found."""
    name = next((it.table for it in noun.readings if not it.column and scope.cost(it.table) is not None), None)
    table = scope.catalog.tables[name] if name else None
    key = _key(table) if table else None
    measured = _measured(table, ranking.nouns, index) if table else None
    if table is None or key is None or measured is None:
        return None
    form = Form(
        source=scope.catalog.source,
        tables=(table.name,),
        select=(Term(of=key),),
        order=(Sorting(term=Term(of=measured), descending=ranking.descending),),
        limit=1,
    )
    return Predicate(term=Term(of=key), operator="=", inside=form)


def _key(table: CatalogTable) -> ColumnOf | None:
    unique = [column.name for column in table.columns if column.unique]
    name = next(iter((*(table.key if len(table.key) == 1 else ()), *unique)), None)
    return ColumnOf(table=table.name, column=name) if name else None


def _measured(table: CatalogTable, nouns: tuple[str, ...], index: NameIndex) -> ColumnOf | None:
    """The column of a table that an adjective measures: its nouns come in the order in which they are likely."""
    for noun in nouns:
        spoken = tokens(noun)
        for it in index.spans(spoken).get((0, len(spoken)), ()):
            if it.table == table.name and it.measure and it.score >= LEAST:
                return ColumnOf(table=it.table, column=it.column)
    return None
