"""Written expressions as terms and conditions of the logical form, their names found in a schema.

Only what the form can hold is read: arithmetic, aggregates (conditional ones too), parts of dates and texts,
comparisons, ranges, lists and missing cells, joined by and, or and not. Casts, rounding and guards against nulls and
zeros fall away: a division is one of real numbers anyhow.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import islice, product

from sqlglot import exp

from chatctl.analyst.builtin.forms import (
    Arithmetic,
    CalculatedOf,
    ColumnOf,
    Function,
    GrainOf,
    Operator,
    PieceOf,
    Predicate,
    RowsOf,
    Term,
    Unit,
)
from chatctl.analyst.builtin.references import Key, References
from chatctl.analyst.builtin.wording import term as term_name
from chatctl.analyst.builtin.words import normal
from chatctl.domain.results import Cell

MOST_CLAUSES = 24
AGGREGATES: dict[type[exp.Expr], Function] = {
    exp.Count: "count",
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
    exp.Median: "median",
    exp.Stddev: "deviation",
}
ARITHMETIC: dict[type[exp.Expr], Arithmetic] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
SPELT_OUT: dict[str, Arithmetic] = {
    "divide": "/", "multiply": "*", "subtract": "-", "minus": "-", "add": "+", "plus": "+", "sum": "+",
}  # fmt: skip
"""Arithmetic that is written as a function: DIVIDE(a, b)."""
COMPARISONS: dict[type[exp.Expr], Operator] = {
    exp.EQ: "=",
    exp.Is: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "like",
    exp.ILike: "like",
}
MIRRORED: dict[Operator, Operator] = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_PAIRS: tuple[tuple[Operator, Operator], ...] = (
    ("=", "!="), ("<", ">="), (">", "<="), ("in", "not in"), ("like", "not like"), ("null", "not null"),
)  # fmt: skip
OPPOSITE = {**dict(_PAIRS), **{right: left for left, right in _PAIRS}}
PARTS: dict[type[exp.Expr], Unit] = {exp.Year: "year", exp.Month: "month_number", exp.Day: "day_number"}
EXTRACTED: dict[str, Unit] = {"YEAR": "year", "MONTH": "month_number", "DAY": "day_number"}
NOW = (exp.CurrentTimestamp, exp.CurrentDate)
FORMATS: dict[str, Unit] = {"%Y": "year", "%m": "month_number", "%d": "day_number"}
IDLE = (exp.Paren, exp.Cast, exp.TryCast, exp.Round, exp.Coalesce, exp.Nullif, exp.TsOrDsToDate,
        exp.TsOrDsToTimestamp)  # fmt: skip
"""What may be left away around a value."""

Clause = tuple[Predicate, ...]


class Unreadable(Exception):
    """An expression that the logical form cannot hold, or that names what is not there."""


class Expressions:
    """Reads expressions over one schema.

    `named` are the words that stand for columns, `near` the tables that come first where a name is in several,
    `defined` gives the conditions that other words are defined by; `today` is what "now" means.
    """

    def __init__(
        self,
        references: References,
        named: Mapping[str, Sequence[Key]],
        near: Sequence[str],
        defined: Callable[[str], Clause],
        today: date,
    ) -> None:
        self._references = references
        self._catalog = references.catalog
        self._named = named
        self._near = list(near)
        self._defined = defined
        self._today = today

    # Conditions

    def conditions(self, item: exp.Expr, *, negated: bool = False) -> Clause:
        """The conditions that all must hold. Raises Unreadable."""
        clauses = self._clauses(item, negated)
        if len(clauses) > MOST_CLAUSES:
            raise Unreadable
        return tuple(first.model_copy(update={"others": tuple(rest)}) for first, *rest in clauses)

    def _clauses(self, item: exp.Expr, negated: bool) -> list[list[Predicate]]:
        """Alternatives, of each of which one must hold (conjunctive normal form)."""
        if isinstance(item, exp.Paren):
            return self._clauses(item.this, negated)
        if isinstance(item, exp.Not):
            return self._clauses(item.this, not negated)
        if isinstance(item, exp.And | exp.Or):
            left, right = self._clauses(item.this, negated), self._clauses(item.expression, negated)
            if isinstance(item, exp.And) != negated:
                return left + right
            if len(left) * len(right) > MOST_CLAUSES:
                raise Unreadable
            return [one + other for one, other in product(left, right)]
        tests = self._tests(item)
        if negated:
            return [[it.model_copy(update={"operator": OPPOSITE[it.operator]}) for it in tests]]
        return [[it] for it in tests]

    def _tests(self, item: exp.Expr) -> list[Predicate]:
        """The tests of one comparison, all of which hold."""
        if isinstance(item, exp.Between):
            ends = ((">=", item.args["low"]), ("<=", item.args["high"]))
            return [self._test(self.term(item.this), operator, end) for operator, end in ends]  # type: ignore[arg-type]
        if isinstance(item, exp.In):
            term = self.term(item.this)
            cells = [self._cell(term, it) for it in item.expressions]
            if not cells:
                raise Unreadable
            return [Predicate(term=term, operator="in", values=tuple(cells))]
        operator = COMPARISONS.get(type(item))
        if operator is None or not isinstance(item, exp.Binary):
            raise Unreadable
        left, right = item.this, item.expression
        if isinstance(left, exp.Binary) and type(left) in COMPARISONS:  # 1990 < year < 2000
            return [*self._tests(left), *self._tests(type(item)(this=left.expression.copy(), expression=right.copy()))]
        if isinstance(right, exp.Null):
            return [Predicate(term=self.term(left), operator="null" if operator == "=" else "not null")]
        if isinstance(left, exp.Literal | exp.Neg) and not isinstance(right, exp.Literal):
            left, right, operator = right, left, MIRRORED.get(operator, operator)
        return [self._test(self.term(left), operator, right)]

    def _test(self, term: Term, operator: Operator, right: exp.Expr) -> Predicate:
        if isinstance(right, exp.Max | exp.Min | exp.Avg):
            return Predicate(term=term, operator=operator, against=self.term(right))
        try:
            other = None if isinstance(right, exp.Literal | exp.Neg | exp.Boolean) else self.term(right)
        except Unreadable:
            other = None
        if other is not None:
            return Predicate(term=term, operator=operator, than=other)
        cell = self._cell(term, right)
        if operator == "like":
            return Predicate(term=term, operator="like", values=(str(cell).lower(),))
        return self._dated(Predicate(term=term, operator=operator, values=(cell,)))

    def _dated(self, test: Predicate) -> Predicate:
        """A bare year that a date is compared with: "hired > 2000"."""
        of, cell = test.term.of, test.values[0]
        year = isinstance(cell, int | str) and bool(re.fullmatch(r"[12]\d{3}", str(cell)))
        if not isinstance(of, ColumnOf) or not year or not self._catalog.column(of.table, of.column).temporal:
            return test
        grain = GrainOf(unit="year", table=of.table, date=of.column)
        return test.model_copy(update={"term": Term(of=grain), "values": (int(str(cell)),)})

    def _cell(self, term: Term, item: exp.Expr) -> Cell:
        """What is compared with a term, of the type that it has; a bare word is a text."""
        if isinstance(item, exp.Paren | exp.Cast):
            return self._cell(term, item.this)
        if isinstance(item, exp.Neg):
            cell = self._cell(term, item.this)
            return -cell if isinstance(cell, int | float) else cell
        if isinstance(item, exp.Boolean):
            return bool(item.this)
        if not isinstance(item, exp.Literal | exp.Column):
            raise Unreadable
        return self._typed(term, item.name, number=isinstance(item, exp.Literal) and item.is_number)

    def _typed(self, term: Term, text: str, *, number: bool) -> Cell:
        of = term.of
        numeric = (
            term.aggregated
            or isinstance(of, GrainOf | CalculatedOf)
            or (isinstance(of, ColumnOf) and self._catalog.column(of.table, of.column).numeric)
        )
        if re.fullmatch(r"-?\d+(\.\d+)?", text) and (numeric or (number and not isinstance(of, ColumnOf | PieceOf))):
            return float(text) if "." in text else int(text)
        if not isinstance(of, ColumnOf) or number:
            return text
        there = [
            it.text for it in self._catalog.values.whole(normal(text)) if (it.table, it.column) == (of.table, of.column)
        ]
        return text if text in there or not there else there[0]

    # Terms

    def term(self, item: exp.Expr) -> Term:
        """The term of an expression. Raises Unreadable."""
        if isinstance(item, IDLE):
            return self.term(item.this)
        if type(item) in AGGREGATES:
            return self._aggregate(item, AGGREGATES[type(item)])
        if type(item) in ARITHMETIC and isinstance(item, exp.Binary):
            return self._calculated(ARITHMETIC[type(item)], item.this, item.expression)
        if isinstance(item, exp.Anonymous) and item.name.lower() in SPELT_OUT and len(item.expressions) == 2:
            return self._calculated(SPELT_OUT[item.name.lower()], *item.expressions)
        grain = self._grain(item)
        if grain is not None:
            return Term(of=grain)
        if isinstance(item, exp.Substring):
            return Term(of=self._piece(item))
        if isinstance(item, exp.Column):
            return Term(of=self._column(item))
        raise Unreadable

    def _column(self, item: exp.Column) -> ColumnOf:
        keys = self._named.get(item.name) or self._references.keys(item.sql().replace('"', ""))
        if not keys:
            raise Unreadable
        table, column = self._references.best(keys, self._near)
        if table not in self._near:
            self._near.append(table)
        return ColumnOf(table=table, column=column)

    def _calculated(self, operator: Arithmetic, left: exp.Expr, right: exp.Expr) -> Term:
        sides = [self._side(left), self._side(right)]
        tables = [it.of.table for it in sides if isinstance(it, Term)]
        if not tables:
            raise Unreadable
        table = next(filter(None, tables), "")
        name = f" {operator} ".join(map(_side_name, sides))
        return Term(of=CalculatedOf(name=name, table=table, operator=operator, left=sides[0], right=sides[1]))

    def _side(self, item: exp.Expr) -> Term | float:
        if isinstance(item, exp.Paren | exp.Cast):
            return self._side(item.this)
        if isinstance(item, exp.Neg) and isinstance(item.this, exp.Literal):
            return -float(item.this.name)
        if isinstance(item, exp.Literal) and item.is_number:
            return float(item.name)
        unit, of = _unit(item)
        now = of is not None and (isinstance(of, NOW) or (of.is_string and of.name.lower() == "now"))
        return float(self._today.year) if unit == "year" and now else self.term(item)

    def _aggregate(self, item: exp.Expr, function: Function) -> Term:
        of, distinct = item.this, False
        if isinstance(of, exp.Distinct) and of.expressions:
            of, distinct = of.expressions[0], True
        within: Clause = ()
        if isinstance(of, exp.Case) and len(of.args["ifs"]) == 1:
            of = of.args["ifs"][0]
        if isinstance(of, exp.If):
            within, of = self.conditions(of.this), of.args["true"]
        if isinstance(of, exp.Literal) and of.name == "1" and function in ("sum", "count"):
            of, function = exp.Star(), "count"
        if function == "count" and isinstance(of, exp.Column):
            within = within or self._defined(of.name)
            table = self._references.table(of.name) if not self._known(of) else None
            if table or (within and not self._known(of)):
                return Term(of=RowsOf(table=table or _table(within)), function="count", within=within)
        if isinstance(of, exp.Star) or of is None:
            return Term(of=RowsOf(table=_table(within)), function="count", within=within)
        if isinstance(of, exp.Condition) and function in ("count", "sum") and is_condition(of):
            within = self.conditions(of)
            return Term(of=RowsOf(table=_table(within)), function="count", within=within)
        inner = self.term(of)
        if inner.aggregated:
            raise Unreadable
        return inner.model_copy(update={"function": function, "distinct": distinct, "within": within})

    def _known(self, item: exp.Column) -> bool:
        return item.name in self._named or self._references.column(item.sql().replace('"', ""))

    def _grain(self, item: exp.Expr) -> GrainOf | None:
        unit, of = _unit(item)
        if unit is None or of is None:
            return None
        inner = self.term(of).of
        if not isinstance(inner, ColumnOf):
            raise Unreadable
        return GrainOf(unit=unit, table=inner.table, date=inner.column)

    def _piece(self, item: exp.Substring) -> PieceOf:
        inner, start, length = self.term(item.this).of, item.args.get("start"), item.args.get("length")
        if not isinstance(inner, ColumnOf) or not isinstance(start, exp.Literal):
            raise Unreadable
        return PieceOf(table=inner.table, column=inner.column, start=int(start.name),
                       length=int(length.name) if isinstance(length, exp.Literal) else None)  # fmt: skip


def _unit(item: exp.Expr) -> tuple[Unit | None, exp.Expr | None]:
    """The part of a date that an expression takes, and the date."""
    unit, of = PARTS.get(type(item)), item.args.get("this")
    if isinstance(item, exp.TimeToStr):
        unit = FORMATS.get(item.args["format"].name)
    elif isinstance(item, exp.Anonymous) and item.name.lower() == "strftime" and len(item.expressions) == 2:
        unit, of = FORMATS.get(item.expressions[0].name), item.expressions[1]
    elif isinstance(item, exp.Extract):
        unit, of = EXTRACTED.get(item.name.upper()), item.expression
    while isinstance(of, IDLE):
        of = of.this
    return unit, of if isinstance(of, exp.Expr) else None


def _side_name(side: Term | float) -> str:
    """What a side of a calculation is called."""
    return f"{side:g}" if isinstance(side, float) else term_name(side)


def negated(conditions: Clause) -> Clause:
    """Conditions that hold where not all of these do."""
    alternatives = [(it.model_copy(update={"others": ()}), *it.others) for it in conditions]
    chosen = islice(product(*alternatives), MOST_CLAUSES)
    denied = ([it.model_copy(update={"operator": OPPOSITE[it.operator]}) for it in one] for one in chosen)
    return tuple(first.model_copy(update={"others": tuple(rest)}) for first, *rest in denied)


def is_condition(item: exp.Expr) -> bool:
    """Whether an expression is true or false."""
    return isinstance(item, exp.And | exp.Or | exp.Not | exp.Between | exp.In) or type(item) in COMPARISONS


def _table(conditions: Iterable[Predicate]) -> str:
    """The table that conditions are about."""
    return next((it.term.of.table for it in conditions), "")
