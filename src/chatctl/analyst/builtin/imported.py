"""Assets pulled into a chat, as turns that can be followed up: the form their analyst left, or one read from their SQL.

Only plain statements are read: one SELECT over joined tables with aggregates, groups, conditions, order and limit.
Anything else has no form, and what is asked of it is asked of the data.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import (
    ColumnOf,
    Form,
    Function,
    GrainOf,
    Link,
    Operand,
    Operator,
    Predicate,
    RowsOf,
    Sorting,
    Term,
    Unit,
)
from chatctl.analyst.contract import Pulled, Question, Turn
from chatctl.domain.assets import MetricFile
from chatctl.domain.results import Cell

_FUNCTIONS: Final[dict[type[exp.Expr], Function]] = {
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
    exp.Median: "median",
    exp.Count: "count",
}
_COMPARISONS: Final[dict[type[exp.Expr], Operator]] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_TRUNCATED: Final[dict[str, Unit]] = {
    "YEAR": "year",
    "QUARTER": "quarter",
    "MONTH": "month",
    "WEEK": "week",
    "DAY": "day",
}
_PARTS: Final[dict[type[exp.Expr], Unit]] = {
    exp.Year: "year",
    exp.Quarter: "quarter_number",
    exp.Month: "month_number",
    exp.DayOfMonth: "day_number",
}
_UNREAD: Final = ("with_", "having", "qualify", "windows", "offset", "distinct", "laterals", "connect")


class Unread(Exception):
    """The statement says more than a form can."""


def history(question: Question, catalogs: Mapping[str, Catalog]) -> tuple[Turn, ...]:
    """The earlier turns, each after the assets that were pulled into it, and last those of this question."""
    turns: list[Turn] = []
    for turn in question.history:
        turns += [*_turns(turn.given, turn.position, catalogs), turn]
    return (*turns, *_turns(question.given, len(turns) + 1, catalogs))


def form_of(metric: MetricFile, catalog: Catalog) -> Form | None:
    """The form of a metric's SQL, or None where it says more than a form can."""
    try:
        tree = sqlglot.parse_one(metric.sql, dialect=catalog.dialect)
        return _Statement(tree, metric, catalog).form()
    except (SqlglotError, Unread):
        return None


def _turns(given: Iterable[Pulled], position: int, catalogs: Mapping[str, Catalog]) -> Iterator[Turn]:
    for each in given:
        if isinstance(each.file, MetricFile):
            raw = each.raw or _read(each.file, catalogs)
            text = each.file.description
            yield Turn(position=position, question=each.file.name, text=text, outcome="answered", raw=raw)


def _read(metric: MetricFile, catalogs: Mapping[str, Catalog]) -> tuple[object, ...]:
    form = form_of(metric, catalogs[metric.source]) if metric.source in catalogs else None
    return ({"form": form.model_dump(mode="json")},) if form else ()


class _Statement:
    """One SELECT on its way to a form."""

    def __init__(self, tree: exp.Expr, metric: MetricFile, catalog: Catalog) -> None:
        if not isinstance(tree, exp.Select) or any(tree.args.get(key) for key in _UNREAD) or metric.params:
            raise Unread
        self._tree = tree
        self._metric = metric
        self._catalog = catalog
        self._tables: dict[str, str] = {}
        self._aliases: dict[str, exp.Expr] = {
            each.alias: each.this for each in tree.expressions if isinstance(each, exp.Alias)
        }

    def form(self) -> Form:
        """The form. Raises Unread."""
        anchor = self._from(self._tree.args.get("from_"))
        links = tuple(self._link(join) for join in self._tree.args.get("joins") or ())
        where = self._tree.args.get("where")
        group = tuple(self._term(self._meant(each)).of for each in self._listed("group"))
        select = tuple(self._term(each.unalias()) for each in self._tree.expressions)
        return Form(
            source=self._metric.source,
            tables=(anchor, *(link.to_table for link in links)),
            links=links,
            select=select,
            where=tuple(map(self._predicate, where.this.flatten() if isinstance(where.this, exp.And) else [where.this]))
            if where
            else (),
            group=group,
            order=tuple(self._sorting(each) for each in self._listed("order")),
            limit=self._limit(),
            chart=self._metric.chart_config.selected_chart_type,
        )

    def _listed(self, key: str) -> Sequence[exp.Expr]:
        clause = self._tree.args.get(key)
        return clause.expressions if clause else ()

    def _from(self, clause: exp.Expr | None) -> str:
        if clause is None:
            raise Unread
        return self._table(clause.this)

    def _table(self, table: exp.Expr) -> str:
        known = {name.casefold(): name for name in self._catalog.tables}
        if not isinstance(table, exp.Table) or table.name.casefold() not in known:
            raise Unread
        self._tables[table.alias_or_name.casefold()] = known[table.name.casefold()]
        return known[table.name.casefold()]

    def _link(self, join: exp.Join) -> Link:
        to_table, on = self._table(join.this), join.args.get("on")
        if not isinstance(on, exp.EQ) or join.side not in ("", "LEFT"):
            raise Unread
        left, right = self._column(on.this), self._column(on.expression)
        here, there = (left, right) if right.table == to_table else (right, left)
        if there.table != to_table:
            raise Unread
        return Link(
            table=here.table,
            column=here.column,
            to_table=there.table,
            to_column=there.column,
            optional=join.side == "LEFT",
        )

    def _term(self, expression: exp.Expr) -> Term:
        function = _FUNCTIONS.get(type(expression))
        if function is None:
            return Term(of=self._operand(expression))
        inner = expression.this
        if isinstance(inner, exp.Star) and function == "count":
            return Term(of=RowsOf(table=next(iter(self._tables.values()))), function="count")
        if isinstance(inner, exp.Distinct) and function == "count" and len(inner.expressions) == 1:
            return Term(of=self._column(inner.expressions[0]), function="count", distinct=True)
        return Term(of=self._column(inner), function=function)

    def _operand(self, expression: exp.Expr) -> Operand:
        if isinstance(expression, exp.TimestampTrunc | exp.DateTrunc):
            unit = _TRUNCATED.get(str(expression.unit).strip("'").upper())
            return self._grain(unit, expression.this)
        if type(expression) in _PARTS:
            return self._grain(_PARTS[type(expression)], expression.this)
        return self._column(expression)

    def _grain(self, unit: Unit | None, inner: exp.Expr) -> GrainOf:
        column = self._column(inner.this if isinstance(inner, exp.Cast | exp.TsOrDsToDate) else inner)
        if unit is None:
            raise Unread
        return GrainOf(unit=unit, table=column.table, date=column.column)

    def _column(self, expression: exp.Expr) -> ColumnOf:
        if not isinstance(expression, exp.Column):
            raise Unread
        if expression.table and expression.table.casefold() not in self._tables:
            raise Unread
        tables = [self._tables[expression.table.casefold()]] if expression.table else list(self._tables.values())
        found = [
            ColumnOf(table=table, column=column)
            for table in dict.fromkeys(tables)
            for column in self._catalog.tables[table].by_name
            if column.casefold() == expression.name.casefold()
        ]
        if len(found) != 1:
            raise Unread
        return found[0]

    def _meant(self, expression: exp.Expr) -> exp.Expr:
        """What a position or an alias in GROUP BY or ORDER BY stands for."""
        if isinstance(expression, exp.Literal) and expression.is_int:
            place = int(expression.this)
            if not 0 < place <= len(self._tree.expressions):
                raise Unread
            selected: exp.Expr = self._tree.expressions[place - 1].unalias()
            return selected
        if isinstance(expression, exp.Column) and not expression.table and expression.name in self._aliases:
            return self._aliases[expression.name]
        return expression

    def _sorting(self, ordered: exp.Expr) -> Sorting:
        return Sorting(term=self._term(self._meant(ordered.this)), descending=bool(ordered.args.get("desc")))

    def _predicate(self, condition: exp.Expr) -> Predicate:
        if isinstance(condition, exp.Not) and isinstance(condition.this, exp.Is | exp.In):
            inner = self._predicate(condition.this)
            return inner.model_copy(update={"operator": f"not {inner.operator}"})
        if isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null):
            return Predicate(term=Term(of=self._operand(condition.this)), operator="null")
        if isinstance(condition, exp.In) and condition.expressions:
            values = tuple(map(_literal, condition.expressions))
            return Predicate(term=Term(of=self._operand(condition.this)), operator="in", values=values)
        operator = _COMPARISONS.get(type(condition))
        if operator is None:
            raise Unread
        return Predicate(
            term=Term(of=self._operand(condition.this)), operator=operator, values=(_literal(condition.expression),)
        )

    def _limit(self) -> int | None:
        limit = self._tree.args.get("limit")
        if limit is None:
            return None
        if not isinstance(limit.expression, exp.Literal) or not limit.expression.is_int:
            raise Unread
        return int(limit.expression.this)


def _literal(expression: exp.Expr) -> Cell:
    if isinstance(expression, exp.Neg):
        value = _literal(expression.this)
        if isinstance(value, int | float):
            return -value
    if isinstance(expression, exp.Boolean):
        return bool(expression.this)
    if not isinstance(expression, exp.Literal):
        raise Unread
    if expression.is_string:
        return str(expression.this)
    return int(expression.this) if expression.is_int else float(expression.this)
