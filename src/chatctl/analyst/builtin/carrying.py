"""Forms with what is given by definition put in: conditions on their rows, and figures for the columns that stand in.

Readings of a question are found with its defined terms as plain columns, or left out; here they become what they mean.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.expressions import Clause
from chatctl.analyst.builtin.forms import (
    CalculatedOf,
    ColumnOf,
    Combination,
    DayOf,
    Form,
    GrainOf,
    Link,
    Operand,
    Predicate,
    RowsOf,
    Term,
    compared,
    operands,
)
from chatctl.analyst.builtin.givens import Given

LISTING = frozenset({"which", "who", "whose", "list", "each", "per", "highest", "lowest", "most", "least", "top"})
"""Words of a question that asks for more than one figure."""


def carried(form: Form, given: Given, catalog: Catalog) -> Form:
    """A form found without the given conditions, under them."""
    if not given:
        return form
    form = resolved(form, given, catalog)
    inside = {it for term in _terms(form) for it in _within(term)}
    wanted = [it for it in given.clauses if it not in inside]
    form = _under(form, wanted, catalog)
    if form.combined:
        other = _under(resolved(form.combined.form, given, catalog), wanted, catalog)
        combined = Combination(operator=form.combined.operator, form=other)
        form = form.model_copy(update={"combined": combined})
    return form


def bare(form: Form, given: Given) -> Form:
    """A form without the given conditions: what `carried` puts in is taken out."""
    clauses = set(given.clauses)
    if not clauses:
        return form
    return form.model_copy(
        update={
            "where": tuple(it for it in form.where if it not in clauses),
            "having": tuple(it for it in form.having if it not in clauses),
        }
    )


def resolved(form: Form, given: Given, catalog: Catalog) -> Form:
    """A form in which every column that exists by definition is what it stands for."""
    if not (given.figures or given.lists):
        return form
    form = _alone(form, given)
    put = _Putting(given, form.tables[0])
    where, having = _sorted_out([*map(put.condition, form.where), *map(put.condition, form.having)])
    form = form.model_copy(
        update={
            "select": tuple(_once(put.terms(form.select))),
            "where": where,
            "having": having,
            "group": tuple(term.of for key in form.group for term in put.terms([Term(of=key)])),
            "order": tuple(it.model_copy(update={"term": put.term(it.term)}) for it in form.order),
            "share_of": tuple(map(put.condition, form.share_of)),
        }
    )
    return _joined(_grouped(_counted_once(form)), catalog)


def standing_alone(given: Given, catalog: Catalog) -> Iterator[Form]:
    """Each figure of rows drawn together as all that is asked, as "the percentage" and "the difference" mostly are."""
    listed = LISTING & {token.lower for token in given.plain}
    for (table, column), figure in given.figures.items():
        if figure.aggregated and not listed:
            term = Term(of=ColumnOf(table=table, column=column))
            yield Form(source=catalog.source, tables=(table,), select=(term,))


def left_out(form: Form, given: Given) -> int:
    """How many of the given columns, figures and tables a form makes no use of."""
    used = {_key(operand) for part in form.parts for operand in _spoken_of(part)}
    tables = {table for part in form.parts for table in part.tables}
    return sum(
        not any(key in used or (not key[1] and key[0] in tables) for key in keys) for keys in given.columns.values()
    )


def _alone(form: Form, given: Given) -> Form:
    """A figure of all rows that is asked for alone has neither groups nor an order."""
    asked = form.asked
    figures = [given.figures.get(_key(term.of)) for term in asked.select]
    if not all(it is not None and it.aggregated for it in figures):
        return form
    return asked.model_copy(update={"group": (), "order": (), "limit": None, "having": ()})


class _Putting:
    """Puts meanings in the place of columns; rows of no table in particular are those of the anchor."""

    def __init__(self, given: Given, anchor: str) -> None:
        self._given = given
        self._anchor = anchor

    def terms(self, terms: Iterable[Term]) -> Iterator[Term]:
        """The terms, one that stands for several as all of them."""
        for term in terms:
            listed = self._given.lists.get(_key(term.of), ())
            yield from (
                term.model_copy(update={"of": ColumnOf(table=table, column=column)}) for table, column in listed
            )
            if not listed:
                yield self.term(term)

    def term(self, term: Term) -> Term:
        """A term as it is meant."""
        listed = self._given.lists.get(_key(term.of))
        if listed:
            return term.model_copy(update={"of": ColumnOf(table=listed[0][0], column=listed[0][1])})
        figure = self._given.figures.get(_key(term.of))
        if figure is None:
            return term
        figure = self._placed(figure)
        if figure.aggregated or term.function == "count":
            return figure
        return term.model_copy(update={"of": figure.of})

    def _placed(self, term: Term) -> Term:
        of = term.of
        if isinstance(of, RowsOf) and not of.table:
            of = RowsOf(table=self._anchor)
        if isinstance(of, CalculatedOf):
            left, right = (self._placed(it) if isinstance(it, Term) else it for it in (of.left, of.right))
            of = of.model_copy(update={"left": left, "right": right, "table": of.table or self._anchor})
        return term.model_copy(update={"of": of})

    def condition(self, condition: Predicate) -> Predicate:
        """A condition on what is meant."""
        against = condition.against
        return condition.model_copy(
            update={"term": self.term(condition.term), "against": self.term(against) if against else None}
        )


def _once(terms: Iterable[Term]) -> Iterator[Term]:
    """The terms without those that are shown already, be it as the day that a column holds."""
    listed = list(dict.fromkeys(terms))
    plain = {it.of for it in listed if not it.aggregated}
    for term in listed:
        of = term.of
        held = ColumnOf(table=of.table, column=of.date) if isinstance(of, DayOf | GrainOf) and of.date else None
        if held not in plain or not (isinstance(of, DayOf) or (isinstance(of, GrainOf) and of.unit == "day")):
            yield term


def _key(operand: Operand) -> tuple[str, str]:
    return (operand.table, operand.column) if isinstance(operand, ColumnOf) else ("", "")


def _sorted_out(conditions: Iterable[Predicate]) -> tuple[Clause, Clause]:
    """Conditions on rows, and on rows drawn together."""
    all_of_them = tuple(conditions)
    return (
        tuple(it for it in all_of_them if not it.term.aggregated),
        tuple(it for it in all_of_them if it.term.aggregated),
    )


def _under(form: Form, wanted: Iterable[Predicate], catalog: Catalog) -> Form:
    """A form under more conditions, whatever joins its own."""
    where, having = _sorted_out(it for it in wanted if it not in form.where and it not in form.share_of)
    if where and form.connective == "or" and len(form.where) > 1:
        first, *rest = form.where
        own: Clause = (first.model_copy(update={"others": (*first.others, *rest)}),)
        form = form.model_copy(update={"where": own, "connective": "and"})
    form = form.model_copy(update={"where": (*form.where, *where), "having": (*form.having, *having)})
    return _joined(_grouped(form), catalog)


def _counted_once(form: Form) -> Form:
    """Conditions that a figure has for its own part are none on all the rows."""
    inside = {it for term in _terms(form) for it in _within(term)}
    return form.model_copy(update={"where": tuple(it for it in form.where if it not in inside)}) if inside else form


def _grouped(form: Form) -> Form:
    """A form whose lists stand beside figures, grouped by these."""
    figures = [*form.select, *(it.term for it in form.order), *(it.term for it in form.having)]
    plain = tuple(term.of for term in form.select if not term.aggregated and not isinstance(term.of, RowsOf))
    if form.group or not plain or not any(term.aggregated for term in figures):
        return form
    return form.model_copy(update={"group": plain, "distinct": False})


def _terms(form: Form) -> Iterator[Term]:
    yield from form.select
    yield from (it.term for it in form.order)
    yield from (it.term for it in form.having)


def _within(term: Term) -> Iterator[Predicate]:
    yield from term.within
    for part in term.of.terms if isinstance(term.of, CalculatedOf) else ():
        yield from _within(part)


def _joined(form: Form, catalog: Catalog) -> Form:
    """A form with joins to all tables that it speaks of."""
    for table in dict.fromkeys(it.table for it in _spoken_of(form)):
        path = _path(form.tables, table, catalog) if table in catalog.tables and table not in form.tables else []
        tables = (*form.tables, *(link.to_table for link in path))
        form = form.model_copy(update={"tables": tables, "links": (*form.links, *path)})
    return form


def _spoken_of(form: Form) -> Iterator[Operand]:
    terms = [*form.select, *(it.term for it in form.order), *(Term(of=key) for key in form.group)]
    for term in terms:
        yield from operands(term)
    for condition in (*form.where, *form.share_of, *form.having):
        yield from compared(condition)


def _path(inside: Iterable[str], wanted: str, catalog: Catalog) -> list[Link]:
    """The shortest way from joined tables to another one, along keys; nothing where none leads."""
    came: dict[str, Link | None] = dict.fromkeys(inside)
    queue = deque(came)
    while queue and wanted not in came:
        table = queue.popleft()
        for edge in catalog.edges:
            for link in (
                Link(table=edge.table, column=edge.column, to_table=edge.to_table, to_column=edge.to_column),
                Link(table=edge.to_table, column=edge.to_column, to_table=edge.table, to_column=edge.column),
            ):
                if link.table == table and link.to_table not in came:
                    came[link.to_table] = link
                    queue.append(link.to_table)
    found, at = list[Link](), came.get(wanted)
    while at is not None:
        found.append(at)
        at = came[at.table]
    return found[::-1]
