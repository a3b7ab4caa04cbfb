"""The light parts of a form while it is searched for, and the form that they make."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from chatctl.analyst.builtin.forms import ColumnOf, Combination, Form, Link, Predicate, RowsOf, Sorting, Term
from chatctl.analyst.builtin.learned.views import Key, Tree, View


class Item(NamedTuple):
    """An aggregate or nothing of a column; without a column, of the rows."""

    function: str
    distinct: bool
    key: Key | None


class Test(NamedTuple):
    """A column (or the aggregate of a bound) compared with cells; `value` is the place of its value, or -1."""

    key: Key | None
    operator: str
    cells: tuple[str | int | float, ...]
    value: int


class Tail(NamedTuple):
    """What follows the conditions; `uses` are the places of the values that it takes."""

    group: tuple[Key, ...] = ()
    bound: tuple[str, Test] | None = None
    order: tuple[Item, bool] | None = None
    limit: int | None = None
    uses: frozenset[int] = frozenset()

    def with_bound(self, function: str, test: Test) -> "Tail":
        """The tail with a bound on an aggregate of the groups."""
        return self._replace(bound=(function, test), uses=self.uses | {test.value})

    def with_order(self, item: Item, descending: bool) -> "Tail":
        """The sorted tail."""
        return self._replace(order=(item, descending))

    def with_limit(self, limit: int, value: int) -> "Tail":
        """The tail cut after so many rows."""
        return self._replace(limit=limit, uses=self.uses | {value} - {-1})


class Part(NamedTuple):
    """A form without its wording; `inner` is a test against another part, `other` what it is combined with."""

    select: tuple[Item, ...]
    distinct: bool = False
    tests: tuple[Test, ...] = ()
    connective: str = "and"
    tail: Tail = Tail()
    tree: tuple[tuple[str, ...], tuple[Link, ...]] | None = None
    inner: "tuple[Test, Part] | None" = None
    other: "tuple[str, Part] | None" = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of its columns, in order."""
        return tuple(dict.fromkeys(table for table, _ in self.keys))

    @property
    def keys(self) -> tuple[Key, ...]:
        """Its columns, as they come."""
        return tuple(key for key in self._keys() if key)

    def _keys(self) -> Iterator[Key | None]:
        yield from (item.key for item in self.select)
        yield from (test.key for test in self.tests)
        yield from self.tail.group
        yield self.tail.bound[1].key if self.tail.bound else None
        yield self.tail.order[0].key if self.tail.order else None
        yield self.inner[0].key if self.inner else None

    @property
    def all_tables(self) -> set[str]:
        """Its joined tables and those of the parts in it."""
        return {table for part in self.parts for table in (part.tree[0] if part.tree else part.tables)}

    @property
    def parts(self) -> "Iterator[Part]":
        """The part itself and those in it."""
        yield self
        for pair in (self.inner, self.other):
            if pair:
                yield from pair[1].parts

    @property
    def counts(self) -> bool:
        """Whether rows are counted anywhere in it."""
        bound = self.tail.bound is not None and self.tail.bound[0] == "count"
        ordered = self.tail.order is not None and self.tail.order[0].function == "count"
        return bound or ordered or any(item.function == "count" and not item.distinct for item in self.select)

    def with_inner(self, test: Test, part: "Part") -> "Part":
        """The part with a test against another."""
        return self._replace(inner=(test, part))

    def with_other(self, operator: str, part: "Part") -> "Part":
        """The part combined with another."""
        return self._replace(other=(operator, part))

    def with_tree(self, tree: Tree) -> "Part":
        """The part over joined tables."""
        return self._replace(tree=(tree.tables, tree.links))


def assembled(part: Part, view: View) -> Form:
    """The form of a part whose tables are joined."""
    assert part.tree is not None
    tables, links = part.tree
    rows = RowsOf(table=tables[0])
    tail = part.tail
    order = (Sorting(term=_term(tail.order[0], rows), descending=tail.order[1]),) if tail.order else ()
    return Form(
        source=view.catalog.source,
        tables=tables,
        links=links,
        select=tuple(_term(item, rows) for item in part.select),
        where=tuple(_predicates(part, view, rows)),
        connective=part.connective,
        group=tuple(_column(key) for key in tail.group),
        having=_having(tail, rows),
        order=order,
        limit=tail.limit,
        distinct=part.distinct,
        combined=_combination(part, view),
    )


def _predicates(part: Part, view: View, rows: RowsOf) -> Iterator[Predicate]:
    for test in part.tests:
        term = _term(Item("", False, test.key), rows)
        operators: Iterable[str] = (">=", "<=") if test.operator == "between" else (test.operator,)
        for operator, cell in zip(operators, test.cells, strict=True):
            yield Predicate(term=term, operator=operator, values=(cell,))
    if part.inner:
        test, inner = part.inner
        term = _term(Item("", False, test.key), rows)
        form = (
            _without_nulls(inner, assembled(inner, view), view) if test.operator == "not in" else assembled(inner, view)
        )
        yield Predicate(term=term, operator=test.operator, inside=form)


def _without_nulls(part: Part, form: Form, view: View) -> Form:
    """One null in the list would make `NOT IN` true of nothing."""
    key = part.select[0].key
    if key is None or not view.catalog.column(*key).nulls:
        return form
    there = Predicate(term=Term(of=_column(key)), operator="not null")
    return form.model_copy(update={"where": (*form.where, there)})


def _having(tail: Tail, rows: RowsOf) -> tuple[Predicate, ...]:
    if tail.bound is None:
        return ()
    function, test = tail.bound
    term = _term(Item(function, False, test.key), rows)
    return (Predicate(term=term, operator=test.operator, values=test.cells),)


def _combination(part: Part, view: View) -> Combination | None:
    if part.other is None:
        return None
    return Combination(operator=part.other[0], form=assembled(part.other[1], view))


def _term(item: Item, rows: RowsOf) -> Term:
    of = _column(item.key) if item.key else rows
    return Term(of=of, function=item.function or None, distinct=item.distinct)


def _column(key: Key) -> ColumnOf:
    return ColumnOf(table=key[0], column=key[1])
