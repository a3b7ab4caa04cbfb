"""The small parts of a statement that any form is made of."""

from sqlglot import exp

from chatctl.analyst.builtin.identifiers import identifier
from chatctl.domain.results import Cell


def table(name: str) -> exp.Table:
    """A table by its name."""
    return exp.Table(this=identifier(name))


def literal(value: Cell) -> exp.Expr:
    """A value as it is written."""
    match value:
        case bool():
            return exp.Boolean(this=value)
        case int() | float():
            size = exp.Literal.number(f"{abs(value):.12g}" if isinstance(value, float) else abs(value))
            return size if value >= 0 else exp.Neg(this=size)
        case None:
            return exp.null()
        case _:
            return exp.Literal.string(value)


def quantile(operand: exp.Expr, fraction: float) -> exp.Expr:
    """The value below which a fraction (0..1) of an operand's values lie."""
    within = exp.PercentileCont(this=exp.Literal.number(f"{fraction:g}"))
    return exp.WithinGroup(this=within, expression=exp.Order(expressions=[exp.Ordered(this=operand)]))


def times(expression: exp.Expr, factor: str) -> exp.Expr:
    """A multiple of an expression."""
    return exp.Mul(this=exp.Literal.number(factor), expression=expression)
