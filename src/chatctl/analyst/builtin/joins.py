"""The joins of a form: the smallest set of links from its anchor to every table that it speaks of."""

from collections.abc import Iterable
from itertools import chain

from chatctl.analyst.builtin.forms import Form, Link, Term, compared, operands
from chatctl.analyst.builtin.scopes import Scope


def with_joins(form: Form, scope: Scope, named: Iterable[str] = ()) -> Form:
    """The form with its tables and links as its terms and the named tables need them."""
    tables = [*_used(form), *named]
    links = scope.links(table for table in dict.fromkeys(tables) if scope.cost(table) is not None)
    links = tuple(link.model_copy(update={"optional": _optional(form, scope, link)}) for link in links)
    return form.model_copy(update={"tables": (scope.anchor, *(link.to_table for link in links)), "links": links})


def _used(form: Form) -> list[str]:
    conditions = [*form.where, *form.share_of, *form.having]
    terms = [*form.select, *(it.term for it in form.order), *(Term(of=key) for key in form.group)]
    found = [*chain.from_iterable(map(operands, terms)), *chain.from_iterable(map(compared, conditions))]
    return [operand.table for operand in found]


def _optional(form: Form, scope: Scope, link: Link) -> bool:
    """Looking up a name keeps the rows that have none, unless the question filters by it."""
    filtered = {predicate.term.of.table for predicate in (*form.where, *form.share_of)}
    key = (link.table, link.column, link.to_table)
    forward = any((edge.table, edge.column, edge.to_table) == key for edge in scope.catalog.beside.get(link.table, ()))
    return forward and bool(form.group) and form.limit is None and link.to_table not in filtered
