"""The SQL of a logical form, as a sqlglot expression in the engine's dialect."""

from collections.abc import Iterable

from sqlglot import exp

from chatctl.analyst.builtin import fragments
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import (
    Absence,
    BinOf,
    CalculatedOf,
    ColumnOf,
    DayOf,
    Form,
    GrainOf,
    Link,
    Operand,
    PieceOf,
    Predicate,
    RowsOf,
    Term,
    settled_order,
    time_key,
)
from chatctl.analyst.builtin.grains import day_expression, grain_expression
from chatctl.analyst.builtin.identifiers import identifier
from chatctl.analyst.builtin.labels import column_labels

COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
    "like": exp.Like,
}
ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}
FUNCTIONS: dict[str, type[exp.Func]] = {
    "sum": exp.Sum,
    "avg": exp.Avg,
    "min": exp.Min,
    "max": exp.Max,
    "median": exp.Median,
    "deviation": exp.Stddev,
}
SETS: dict[str, type[exp.SetOperation]] = {
    "union": exp.Union,
    "intersect": exp.Intersect,
    "except": exp.Except,
}
FENCE = 1.5
"""Interquartile ranges beyond the quartiles where outliers begin (Tukey, Exploratory Data Analysis, 1977)."""


def to_sql(form: Form, catalog: Catalog, *, pretty: bool = True) -> str:
    """The statement of a form, ready to paste; names are quoted only where they must be."""
    return _Statement(form, catalog).query().sql(dialect=catalog.dialect, pretty=pretty, copy=False)


class _Statement:
    """One statement being put together: it knows whether names need their table."""

    def __init__(self, form: Form, catalog: Catalog) -> None:
        self._form = form
        self._catalog = catalog
        self._qualified = len(form.tables) > 1

    def query(self) -> exp.Query:
        """The whole statement, with what it is combined with."""
        combined = self._form.combined
        if combined is None:
            return self.select()
        other = _Statement(combined.form, self._catalog).select()
        return SETS[combined.operator](this=self.select(), expression=other, distinct=True)

    def select(self) -> exp.Select:
        form = self._form
        if form.counted:
            groups = form.model_copy(
                update={"counted": False, "select": tuple(Term(of=key) for key in form.group), "order": ()}
            )
            inner = _Statement(groups, self._catalog).unsorted().subquery("found")
            return exp.select(exp.alias_(exp.Count(this=exp.Star()), "number_found")).from_(inner)
        if form.each and form.limit is not None:
            return self._first_of_each(form.limit)
        query = self.unsorted()
        for sorting in settled_order(form):
            nulls_first = False if sorting in form.order else None
            ordered = exp.Ordered(this=self._sorted(sorting.term), desc=sorting.descending, nulls_first=nulls_first)
            query = query.order_by(ordered, copy=False)
        if form.limit is not None:
            query = query.limit(form.limit, copy=False)
        return query.distinct(copy=False) if form.distinct else query

    def _first_of_each(self, limit: int) -> exp.Select:
        """The first rows of every group, numbered in an inner statement."""
        form = self._form
        ranks = [exp.Ordered(this=self._term(it.term), desc=it.descending, nulls_first=False)
                 for it in settled_order(form) if it.term.of not in form.each]  # fmt: skip
        keys = [self._operand(key) for key in form.each]
        place = exp.Window(this=exp.RowNumber(), partition_by=keys, order=exp.Order(expressions=ranks))
        inner = self.unsorted().select(exp.alias_(place, "place"), copy=False).subquery("placed")
        labels = column_labels(form)
        leading = [label for label, term in zip(labels, form.select, strict=True) if term.of in form.each]
        query = exp.select(*(exp.column(identifier(label)) for label in labels)).from_(inner)
        query = query.where(exp.column("place") <= limit)
        return query.order_by(*(exp.column(identifier(label)) for label in leading), exp.column("place"))

    def unsorted(self) -> exp.Select:
        """The statement without its order and limit."""
        form = self._form
        query = exp.select(*self._selected(), copy=False).from_(fragments.table(form.tables[0]), copy=False)
        for link in form.links:
            kind = "left" if link.optional else ""
            query = query.join(fragments.table(link.to_table), on=self._on(link), join_type=kind, copy=False)
        condition = self._where()
        if condition is not None:
            query = query.where(condition, copy=False)
        if form.group:
            query = query.group_by(*map(self._operand, form.group), copy=False)
        if form.having:
            query = query.having(exp.and_(*map(self._predicate, form.having), copy=False), copy=False)
        return query

    def _selected(self) -> list[exp.Expr]:
        if (
            len(self._form.select) == 1
            and isinstance(self._form.select[0].of, RowsOf)
            and not self._form.select[0].function
        ):
            table = self._form.select[0].of.table
            return [exp.Column(this=exp.Star(), table=identifier(table)) if self._qualified else exp.Star()]
        return [self._aliased(*pair) for pair in zip(self._form.select, column_labels(self._form), strict=True)]

    def _aliased(self, term: Term, label: str) -> exp.Expr:
        found = self._term(term)
        if isinstance(found, exp.Column) and found.name == label:
            return found
        return exp.alias_(found, identifier(label), copy=False)

    def _sorted(self, term: Term) -> exp.Expr:
        """An aggregate that is selected is sorted by its label; anything else as it stands."""
        if term.function and term in self._form.select:
            return exp.column(identifier(column_labels(self._form)[self._form.select.index(term)]))
        return self._term(term)

    def _term(self, term: Term) -> exp.Expr:
        if term.window:
            return self._windowed(term)
        if term.share:
            return self._share(term)
        if term.per is not None:
            per: exp.Expr = exp.Count(this=exp.Distinct(expressions=[self._operand(term.per)]))
            if isinstance(term.per, ColumnOf) and self._catalog.column(term.per.table, term.per.column).additive:
                per = exp.Sum(this=self._operand(term.per))
            whole = self._term(term.model_copy(update={"per": None}))
            return exp.Div(
                this=fragments.times(whole, "1.0"), expression=exp.func("NULLIF", per, exp.Literal.number(0))
            )
        operand = self._aggregated(term)
        if term.function is None:
            return operand
        if term.function == "count":
            return exp.Count(this=exp.Distinct(expressions=[operand]) if term.distinct else operand)
        if term.function == "correlation" and term.other is not None:
            return exp.Corr(this=operand, expression=self._operand(term.other))
        if term.fraction is not None:
            return fragments.quantile(operand, term.fraction)
        if term.function == "median" and self._catalog.dialect == "postgres":
            return fragments.quantile(operand, 0.5)
        return FUNCTIONS[term.function](this=operand)

    def _aggregated(self, term: Term) -> exp.Expr:
        """What an aggregate is taken of: all rows, or those that meet the term's own conditions."""
        operand = exp.Star() if isinstance(term.of, RowsOf) else self._operand(term.of)
        if not term.within:
            return operand
        kept = exp.Literal.number(1) if isinstance(operand, exp.Star) else operand
        return exp.Case().when(exp.and_(*map(self._predicate, term.within)), kept)

    def _windowed(self, term: Term) -> exp.Expr:
        plain = term.model_copy(update={"window": None, "base": ()})
        value = self._term(plain)
        if term.window == "running":
            return self._along_time(exp.Sum(this=value))
        if term.base:
            before = self._term(plain.model_copy(update={"within": term.base}))
        else:
            before = self._along_time(exp.Lag(this=value.copy()))
        if term.window == "ratio":
            nonzero = exp.func("NULLIF", before, exp.Literal.number(0))
            return exp.Div(this=fragments.times(value, "1.0"), expression=nonzero)
        change = exp.Sub(this=value, expression=before)
        if term.window == "change":
            return change
        whole = exp.func("NULLIF", exp.Abs(this=before.copy()), exp.Literal.number(0))
        return exp.Div(this=fragments.times(exp.paren(change, copy=False), "100.0"), expression=whole)

    def _along_time(self, value: exp.Expr) -> exp.Window:
        """A window that runs through time within each of the other groups."""
        key = time_key(self._form)
        others = [self._operand(it) for it in self._form.group if it != key]
        order = exp.Order(expressions=[exp.Ordered(this=self._operand(key))]) if key is not None else None
        return exp.Window(this=value, partition_by=others, order=order)

    def _share(self, term: Term) -> exp.Expr:
        plain = term.model_copy(update={"share": False})
        if self._form.share_of:
            chosen = exp.and_(*map(self._predicate, self._form.share_of))
            part, whole = self._part(plain, chosen), self._term(plain)
        else:
            part = self._term(plain)
            whole = self._total(plain) if self._form.having else exp.Window(this=exp.Sum(this=part.copy()))
        return exp.Div(this=fragments.times(part, "100.0"), expression=exp.func("NULLIF", whole, exp.Literal.number(0)))

    def _total(self, term: Term) -> exp.Expr:
        """What a term gives of all groups: a window may not stand in `HAVING`, nor see the groups that this drops."""
        groups = self._form.model_copy(update={"select": (term,), "having": (), "supporting": 0, "counted": False})
        inner = _Statement(groups, self._catalog).unsorted().subquery("parts")
        (label,) = column_labels(groups)
        return exp.select(exp.Sum(this=exp.column(identifier(label)))).from_(inner).subquery()

    def _part(self, term: Term, chosen: exp.Expr) -> exp.Expr:
        """What a term gives of the rows that are chosen."""
        if term.function == "count" and not isinstance(term.of, RowsOf):
            met = exp.Case().when(chosen, self._operand(term.of))
            return exp.Count(this=exp.Distinct(expressions=[met]) if term.distinct else met)
        value = exp.Literal.number(1) if isinstance(term.of, RowsOf) else self._operand(term.of)
        return exp.Sum(this=exp.Case().when(chosen, value).else_(exp.Literal.number(0)))

    def _operand(self, operand: Operand) -> exp.Expr:
        match operand:
            case ColumnOf():
                return self._column(operand.table, operand.column)
            case GrainOf(date=str()):
                return self._grain(operand, self._column(operand.table, str(operand.date)))
            case GrainOf(unit="day"):
                return self._day(operand.table, operand.parts)
            case GrainOf():
                return self._grain(operand, self._day(operand.table, operand.parts))
            case DayOf(date=str()):
                return self._column(operand.table, str(operand.date))
            case DayOf():
                return self._day(operand.table, operand.parts)
            case BinOf():
                return self._bin(operand)
            case PieceOf():
                return self._piece(operand)
            case CalculatedOf():
                return self._calculated(operand)
            case RowsOf():
                return exp.Star()

    def _piece(self, item: PieceOf) -> exp.Expr:
        length = None if item.length is None else exp.Literal.number(item.length)
        column = self._column(item.table, item.column)
        return exp.Substring(this=column, start=exp.Literal.number(item.start), length=length)

    def _calculated(self, item: CalculatedOf) -> exp.Expr:
        """Arithmetic; a division by zero gives nothing rather than an error."""
        left, right = self._side(item.left), self._side(item.right)
        if item.operator == "/":
            return exp.Div(
                this=fragments.times(left, "1.0"), expression=exp.func("NULLIF", right, exp.Literal.number(0))
            )
        return ARITHMETIC[item.operator](this=left, expression=right)

    def _side(self, side: Term | float) -> exp.Expr:
        if isinstance(side, float):
            return fragments.literal(side)
        found = self._term(side)
        return exp.paren(found, copy=False) if isinstance(found, exp.Binary) else found

    def _bin(self, item: BinOf) -> exp.Expr:
        """The lower bound of a bin; what lies beyond the ends goes to the first and the last one."""
        column, width = self._column(item.table, item.column), exp.Literal.number(f"{item.width or 1.0:.12g}")
        floor = exp.Floor(this=exp.Div(this=column, expression=width, typed=False))
        bound: exp.Expr = exp.Mul(this=floor, expression=width.copy())
        ends = exp.Case()
        if item.low is not None:
            ends = ends.when(
                exp.LT(this=column.copy(), expression=fragments.literal(item.low)), fragments.literal(item.low)
            )
        if item.high is not None:
            ends = ends.when(
                exp.GTE(this=column.copy(), expression=fragments.literal(item.high)), fragments.literal(item.high)
            )
        return ends.else_(bound) if ends.args.get("ifs") else bound

    def _grain(self, operand: GrainOf, date: exp.Expr) -> exp.Expr:
        return grain_expression(operand.unit, date, self._catalog.dialect)

    def _day(self, table: str, parts: Iterable[str]) -> exp.Expr:
        return day_expression([self._column(table, name) for name in parts], self._catalog.dialect)

    def _column(self, table: str, column: str) -> exp.Column:
        return exp.column(identifier(column), table=identifier(table) if self._qualified else None)

    def _where(self) -> exp.Expr | None:
        conditions = [*map(self._predicate, self._form.where)]
        together = (
            (exp.or_ if self._form.connective == "or" else exp.and_)(*conditions, copy=False) if conditions else None
        )
        absences = [self._absence(absence) for absence in self._form.absent]
        return exp.and_(together, *absences, copy=False) if together is not None or absences else None

    def _absence(self, absence: Absence) -> exp.Expr:
        link = absence.link
        there = exp.column(identifier(link.to_column), table=identifier(link.to_table))
        here = exp.column(identifier(link.column), table=identifier(link.table))
        inner = (
            exp.select(exp.Literal.number(1))
            .from_(fragments.table(link.to_table))
            .where(exp.EQ(this=there, expression=here))
        )
        return exp.Exists(this=inner) if absence.present else exp.Not(this=exp.Exists(this=inner))

    def _predicate(self, predicate: Predicate) -> exp.Expr:
        if not predicate.others:
            return self._condition(predicate)
        either = exp.or_(*map(self._condition, (predicate, *predicate.others)), copy=False)
        return exp.paren(either, copy=False)

    def _condition(self, predicate: Predicate) -> exp.Expr:
        left = self._term(predicate.term)
        operator = predicate.operator
        if operator == "outlier":
            return self._outlier(predicate.term, left)
        if operator in ("null", "not null"):
            empty = exp.Is(this=left, expression=exp.null())
            return empty if operator == "null" else exp.Not(this=empty)
        if operator in ("in", "not in"):
            chosen = self._among(left, predicate)
            return chosen if operator == "in" else exp.Not(this=chosen)
        right = self._right(predicate)
        if operator == "not like":
            return exp.Not(this=exp.Like(this=exp.func("LOWER", left), expression=right))
        if operator == "like":
            return exp.Like(this=exp.func("LOWER", left), expression=right)
        return COMPARISONS[operator](this=left, expression=right)

    def _among(self, left: exp.Expr, predicate: Predicate) -> exp.In:
        if predicate.inside is None:
            return exp.In(this=left, expressions=[fragments.literal(value) for value in predicate.values])
        return exp.In(this=left, query=_Statement(predicate.inside, self._catalog).select().subquery())

    def _right(self, predicate: Predicate) -> exp.Expr:
        if predicate.inside is not None:
            return _Statement(predicate.inside, self._catalog).select().subquery()
        if predicate.than is not None:
            return self._term(predicate.than)
        return self._against(predicate.against) if predicate.against else self._value(predicate)

    def _outlier(self, term: Term, left: exp.Expr) -> exp.Expr:
        """A number further from the quartiles than `FENCE` times the distance between them."""
        low, high = (term.model_copy(update={"function": "quantile", "fraction": it}) for it in (0.25, 0.75))
        inner = _Statement(Form(source=self._form.source, tables=(term.of.table,), select=(term,)), self._catalog)
        first, third = inner._term(low), inner._term(high)
        fence = fragments.times(exp.paren(exp.Sub(this=third, expression=first)), str(FENCE))

        def bound(edge: exp.Expr) -> exp.Subquery:
            return exp.select(edge).from_(fragments.table(term.of.table)).subquery()

        below = exp.LT(this=left, expression=bound(exp.Sub(this=first.copy(), expression=fence)))
        above = exp.GT(this=left.copy(), expression=bound(exp.Add(this=third.copy(), expression=fence.copy())))
        return exp.paren(exp.Or(this=below, expression=above))

    def _against(self, term: Term) -> exp.Expr:
        table = term.of.table
        inner = Form(source=self._form.source, tables=(table,), select=(term,))
        return exp.select(_Statement(inner, self._catalog)._term(term)).from_(fragments.table(table)).subquery()

    def _value(self, predicate: Predicate) -> exp.Expr:
        value = fragments.literal(predicate.values[0])
        return (
            exp.cast(value, "DATE") if self._dated(predicate.term.of) and self._catalog.dialect != "sqlite" else value
        )

    def _dated(self, operand: Operand) -> bool:
        if isinstance(operand, DayOf):
            return operand.date is None or self._catalog.column(operand.table, operand.date).type != "text"
        return False

    def _on(self, link: Link) -> exp.Expr:
        left = exp.column(identifier(link.column), table=identifier(link.table))
        right = exp.column(identifier(link.to_column), table=identifier(link.to_table))
        return exp.EQ(this=left, expression=right)
