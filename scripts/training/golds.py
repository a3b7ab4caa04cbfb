"""The SQL of a training case as a form, so that what is learned is what can be proposed."""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import (
    ColumnOf,
    Combination,
    Form,
    Function,
    Link,
    Operator,
    Predicate,
    RowsOf,
    Sorting,
    Term,
)
from chatctl.domain.results import Cell

FUNCTIONS: Mapping[type[exp.Expr], Function] = {
    exp.Count: "count",
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
}
COMPARISONS: Mapping[type[exp.Expr], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "like",
}
OPPOSITES: Mapping[Operator, Operator] = {"=": "!=", "like": "not like", "in": "not in", "null": "not null"}


class Unread(Exception):
    """The statement says more than a form can."""


def gold_form(sql: str, catalog: Catalog) -> Form:
    """The form of a statement in SQLite's dialect. Raises Unread."""
    spaced = sql.replace("! =", "!=").replace("> =", ">=").replace("< =", "<=").rstrip("; ")
    try:
        return _Block(sqlglot.parse_one(spaced, dialect="sqlite"), catalog, {}).form()
    except (sqlglot.errors.SqlglotError, KeyError, AttributeError, IndexError) as error:
        raise Unread from error


class _Block:
    """One SELECT, or two combined, with the aliases of what is around it."""

    def __init__(self, tree: exp.Expr, catalog: Catalog, outer: Mapping[str, str]) -> None:
        self._tree = tree.this if isinstance(tree, exp.Subquery) else tree
        self._catalog = catalog
        self._known = {name.lower(): name for name in catalog.tables}
        self._aliases = dict(outer)
        self._tables: list[str] = []

    def form(self) -> Form:
        tree = self._tree
        if isinstance(tree, exp.SetOperation):
            left = _Block(tree.this, self._catalog, {}).form()
            right = _Block(tree.expression, self._catalog, {}).form()
            if left.combined or right.combined:
                raise Unread
            operator = type(tree).__name__.lower()
            return left.model_copy(update={"combined": Combination(operator=operator, form=right)})
        if not isinstance(tree, exp.Select):
            raise Unread
        return self._select(tree)

    def _select(self, tree: exp.Select) -> Form:
        joins = tree.args.get("joins") or []
        for source in (tree.args["from_"].this, *(join.this for join in joins)):
            self._source(source)
        links = [link for join in joins if (link := self._link(join))]
        where, connective = self._tests(tree.args["where"].this) if tree.args.get("where") else ((), "and")
        having = self._tests(tree.args["having"].this)[0] if tree.args.get("having") else ()
        order = tree.args["order"].expressions if tree.args.get("order") else []
        distinct = bool(tree.args.get("distinct"))
        return Form(
            source=self._catalog.source,
            tables=tuple(self._tables),
            links=tuple(links),
            select=tuple(self._term(each) for each in tree.expressions),
            where=where,
            connective=connective,
            group=tuple(
                self._term(each).of for each in (tree.args["group"].expressions if tree.args.get("group") else [])
            ),
            having=having,
            order=tuple(Sorting(term=self._term(it.this), descending=bool(it.args.get("desc"))) for it in order),
            limit=int(tree.args["limit"].expression.this) if tree.args.get("limit") else None,
            distinct=distinct,
        )

    def _source(self, source: exp.Expr) -> None:
        if not isinstance(source, exp.Table):
            raise Unread
        name = self._known[source.name.lower()]
        self._tables.append(name)
        self._aliases[source.alias_or_name.lower()] = name

    def _link(self, join: exp.Join) -> Link | None:
        on = join.args.get("on")
        if not isinstance(on, exp.EQ):
            return None
        left, right = self._column(on.this), self._column(on.expression)
        return Link(table=left.table, column=left.column, to_table=right.table, to_column=right.column)

    def _column(self, column: exp.Expr) -> ColumnOf:
        if not isinstance(column, exp.Column) or isinstance(column.this, exp.Star):
            raise Unread
        tables = [self._aliases[column.table.lower()]] if column.table else self._tables
        for table in tables:
            for name in self._catalog.tables[table].by_name:
                if name.lower() == column.name.lower():
                    return ColumnOf(table=table, column=name)
        raise Unread

    def _term(self, expression: exp.Expr) -> Term:
        expression = expression.unalias().unnest()
        function = FUNCTIONS.get(type(expression))
        if function is None:
            distinct = isinstance(expression, exp.Distinct)
            return Term(of=self._operand(expression.expressions[0] if distinct else expression), distinct=distinct)
        inner = expression.this
        distinct = isinstance(inner, exp.Distinct)
        operand = self._operand(inner.expressions[0] if distinct else inner)
        if function == "count" and not distinct:
            operand = RowsOf(table=operand.table)
        return Term(of=operand, function=function, distinct=distinct)

    def _operand(self, expression: exp.Expr) -> ColumnOf | RowsOf:
        star = isinstance(expression, exp.Star) or isinstance(expression.this, exp.Star)
        return RowsOf(table=self._tables[0]) if star else self._column(expression)

    def _tests(self, tree: exp.Expr) -> tuple[tuple[Predicate, ...], str]:
        connectives: set[str] = set()
        found = tuple(self._flat(tree, connectives))
        ranged = "or" in connectives and any(tree.find_all(exp.Between))
        if ranged or len(connectives) > 1:
            raise Unread
        return found, connectives.pop() if connectives else "and"

    def _flat(self, tree: exp.Expr, connectives: set[str]) -> list[Predicate]:
        tree = tree.unnest()
        if isinstance(tree, exp.And | exp.Or):
            connectives.add("and" if isinstance(tree, exp.And) else "or")
            return [*self._flat(tree.this, connectives), *self._flat(tree.expression, connectives)]
        if isinstance(tree, exp.Not):
            return [it.model_copy(update={"operator": OPPOSITES[it.operator]}) for it in self._flat(tree.this, set())]
        if isinstance(tree, exp.Between):
            term = self._term(tree.this)
            ends = ((">=", tree.args["low"]), ("<=", tree.args["high"]))
            return [Predicate(term=term, operator=op, values=(self._cell(it),)) for op, it in ends]
        return [self._predicate(tree)]

    def _predicate(self, tree: exp.Expr) -> Predicate:
        term = self._term(tree.this)
        if isinstance(tree, exp.Is):
            return Predicate(term=term, operator="null")
        if isinstance(tree, exp.In):
            if not tree.args.get("query"):
                raise Unread
            return Predicate(term=term, operator="in", inside=self._inner(tree.args["query"]))
        operator = COMPARISONS[type(tree)]
        right = tree.expression
        if isinstance(right, exp.Subquery | exp.Select):
            return Predicate(term=term, operator=operator, inside=self._inner(right))
        return Predicate(term=term, operator=operator, values=(self._cell(right),))

    def _inner(self, tree: exp.Expr) -> Form:
        return _Block(tree, self._catalog, self._aliases).form()

    def _cell(self, tree: exp.Expr) -> Cell:
        if isinstance(tree, exp.Neg):
            return -float(tree.this.this)
        if isinstance(tree, exp.Column):
            return str(tree.name)
        if not isinstance(tree, exp.Literal):
            raise Unread
        return str(tree.this) if tree.is_string else float(tree.this)
