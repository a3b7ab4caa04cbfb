"""The logical form: what a question asks of one source, before any SQL.

Everything between the question and the statement passes through it. It is JSON and back, so that a follow-up can
change what an earlier turn asked.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from chatctl.domain.charts import ChartType
from chatctl.domain.results import Cell
from chatctl.domain.values import Value

Function = Literal["count", "sum", "avg", "min", "max", "median", "quantile", "deviation", "correlation"]
Unit = Literal[
    "year", "quarter", "month", "week", "day", "weekday", "hour", "month_number", "quarter_number", "day_number"
]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "not in", "like", "not like", "null", "not null", "outlier"]
Window = Literal["running", "change", "growth", "ratio"]
Arithmetic = Literal["+", "-", "*", "/"]


class ColumnOf(Value):
    """A column as it stands."""

    kind: Literal["column"] = "column"
    table: str
    column: str


class GrainOf(Value):
    """A unit of time of one date: a date column, or integer columns that hold its year, month and day."""

    kind: Literal["grain"] = "grain"
    unit: Unit
    table: str
    date: str | None = None
    parts: tuple[str, ...] = ()


class DayOf(Value):
    """A whole date to compare with: a date column, or the columns of its year, month and day."""

    kind: Literal["day"] = "day"
    table: str
    date: str | None = None
    parts: tuple[str, ...] = ()


class RowsOf(Value):
    """The rows of a table, to be counted or shown."""

    kind: Literal["rows"] = "rows"
    table: str


class BinOf(Value):
    """The lower bound of the stretch of `width` in which a number lies.

    What is below `low` is put there, what is above `high` too. Without a width it is still to be measured (see `bins`).
    """

    kind: Literal["bin"] = "bin"
    table: str
    column: str
    width: float | None = None
    low: float | None = None
    high: float | None = None


class PieceOf(Value):
    """So many characters of a text, or all of them, from a place that counts from 1."""

    kind: Literal["piece"] = "piece"
    table: str
    column: str
    start: int
    length: int | None = None


class CalculatedOf(Value):
    """A figure calculated of terms and numbers, of each row or of rows drawn together: `(revenue - cost) / revenue`.

    `name` is what it is called, `table` that of its first term. A division is one of real numbers.
    """

    kind: Literal["calculated"] = "calculated"
    name: str
    table: str
    operator: Arithmetic
    left: "Term | float"
    right: "Term | float"

    @property
    def terms(self) -> "tuple[Term, ...]":
        """The terms that it is calculated of."""
        return tuple(side for side in (self.left, self.right) if isinstance(side, Term))


Operand = Annotated[ColumnOf | GrainOf | DayOf | RowsOf | BinOf | PieceOf | CalculatedOf, Field(discriminator="kind")]


class Term(Value):
    """An operand, aggregated or not; `share` makes it a percentage of the total, `per` an average for each thing.

    `fraction` belongs to a quantile (0.9 is the 90th percentile), `other` to a correlation. `within` takes only the
    rows that meet its conditions. `window` looks along time: the running total, or the absolute or relative change
    against the group before, or against the rows that meet `base`, or the ratio to these. `label` names what `within`
    says: "Q2 2026".
    """

    of: Operand
    function: Function | None = None
    distinct: bool = False
    share: bool = False
    per: Operand | None = None
    fraction: float | None = None
    other: Operand | None = None
    within: "tuple[Predicate, ...]" = ()
    window: Window | None = None
    base: "tuple[Predicate, ...]" = ()
    label: str = ""

    @property
    def aggregated(self) -> bool:
        """Whether it draws rows together."""
        calculated = isinstance(self.of, CalculatedOf) and any(term.aggregated for term in self.of.terms)
        return bool(self.function) or self.share or calculated


class Predicate(Value):
    """A condition on a term: compared with values, an aggregate over all rows (`against`), a form of one column, or
    another term of the same row (`than`).

    It also holds where one of the `others` does.
    """

    term: Term
    operator: Operator
    values: tuple[Cell, ...] = ()
    against: Term | None = None
    inside: "Form | None" = None
    than: Term | None = None
    others: "tuple[Predicate, ...]" = ()


class Link(Value):
    """A join of a table already there to another one."""

    table: str
    column: str
    to_table: str
    to_column: str
    optional: bool = False


class Absence(Value):
    """Rows that have no row, or some row, in another table."""

    link: Link
    present: bool = False


class Sorting(Value):
    """A term to sort by."""

    term: Term
    descending: bool = False


class Combination(Value):
    """A second form whose rows are taken together with the first one's, both with as many columns."""

    operator: Literal["union", "intersect", "except"]
    form: "Form"


class Form(Value):
    """One query over one source. `tables[0]` is the anchor: the table whose rows are counted.

    The last `supporting` terms of `select` were not asked for: they are the figures that the answer rests on.
    With `each`, the limit counts anew for every value of these. `share_of` holds the conditions that make the numerator
    of a share; `counted` asks how many groups there are.
    """

    source: str
    tables: tuple[str, ...]
    links: tuple[Link, ...] = ()
    select: tuple[Term, ...]
    supporting: int = 0
    where: tuple[Predicate, ...] = ()
    connective: Literal["and", "or"] = "and"
    absent: tuple[Absence, ...] = ()
    share_of: tuple[Predicate, ...] = ()
    group: tuple[Operand, ...] = ()
    having: tuple[Predicate, ...] = ()
    order: tuple[Sorting, ...] = ()
    limit: int | None = None
    each: tuple[Operand, ...] = ()
    distinct: bool = False
    counted: bool = False
    chart: ChartType | None = None
    combined: Combination | None = None

    @property
    def aggregated(self) -> bool:
        """Whether rows are drawn together."""
        return bool(self.group) or any(term.aggregated for term in self.select)

    @property
    def parts(self) -> "Iterator[Form]":
        """The form itself and all forms in it."""
        yield self
        for predicate in (*self.where, *self.having):
            if predicate.inside:
                yield from predicate.inside.parts
        if self.combined:
            yield from self.combined.form.parts

    @property
    def asked(self) -> "Form":
        """The form without the figures that only support its answer."""
        return self.model_copy(update={"select": self.select[: len(self.select) - self.supporting], "supporting": 0})


CalculatedOf.model_rebuild()
Term.model_rebuild()
Predicate.model_rebuild()
Combination.model_rebuild()

TIME_UNITS = frozenset({"year", "quarter", "month", "week", "day", "hour"})


def within(operand: Operand) -> Iterator[Operand]:
    """An operand and all that it is calculated of."""
    yield operand
    if isinstance(operand, CalculatedOf):
        for term in operand.terms:
            yield from operands(term)


def operands(term: Term) -> Iterator[Operand]:
    """Every operand that a term speaks of, those of its conditions too."""
    for it in (term.of, term.per, term.other):
        if it is not None:
            yield from within(it)
    for condition in (*term.within, *term.base):
        yield from compared(condition)


def compared(predicate: Predicate) -> Iterator[Operand]:
    """Every operand of the rows at hand that a condition speaks of."""
    for term in (predicate.term, predicate.than):
        if term is not None:
            yield from operands(term)
    for other in predicate.others:
        yield from compared(other)


def time_unit(operand: Operand) -> str:
    """The unit of time that an operand gives, or nothing."""
    match operand:
        case GrainOf():
            return operand.unit.removesuffix("_number")
        case ColumnOf():
            return operand.column.lower() if operand.column.lower() in TIME_UNITS else ""
        case _:
            return ""


def timed(operand: Operand) -> bool:
    """Whether an operand is a date or a part of one."""
    return isinstance(operand, DayOf) or bool(time_unit(operand))


def subject(operand: Operand) -> str:
    """What a condition is about, so that "August" takes the place of "July" but not of JFK."""
    return time_unit(operand) or operand.model_dump_json()


def time_key(form: Form) -> Operand | None:
    """The key of a form along which time runs."""
    return next((key for key in form.group if time_unit(key) not in ("", "weekday")), None)


def settled_order(form: Form) -> Iterator[Sorting]:
    """The order of groups and distinct rows down to the last tie: the same data gives the same rows each time."""
    yield from form.order
    sorted_by = [it.term for it in form.order]
    listed = form.select if form.distinct else tuple(Term(of=key) for key in form.group)
    yield from (Sorting(term=term) for term in listed if term not in sorted_by and not isinstance(term.of, RowsOf))
