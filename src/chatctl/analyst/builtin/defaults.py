"""What is meant where it is not said: how a bare quantity is drawn together, and which one leads a table."""

from chatctl.analyst.builtin import compounds, flags
from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.forms import ColumnOf, Function, Operand, timed
from chatctl.analyst.builtin.idioms import FLOWS, LEADING_MEASURES, LEVELS, TALLIES
from chatctl.analyst.builtin.scopes import Scope
from chatctl.domain.results import Cell

NONE = ("none", "no", "n a", "not applicable")
REPEATED = 3
"""Rows for each value of a column from which on the column groups them rather than names them."""
COMPARED_BARE = ("age", "price", "salary", "cost", "income", "score")
CALLED = {"sum": "totals", "avg": "averages"}


def flows(column: CatalogColumn) -> bool:
    """Whether a column's numbers add up to something: revenue does, a price or a temperature does not."""
    words = set(column.words)
    return column.additive and bool(words & FLOWS) and not words & LEVELS


def adds_up(column: CatalogColumn) -> bool:
    """Whether a column's numbers add up, as flows and counts do that somebody made: population, votes."""
    words = {part for word in column.words for part in compounds.parts(word)}
    return flows(column) or (column.additive and bool(words & TALLIES) and not words & LEVELS)


def bare_function(column: CatalogColumn) -> Function:
    """How a quantity is drawn together where nobody says how."""
    return "sum" if adds_up(column) else "avg"


def leading_measure(scope: Scope) -> CatalogColumn | None:
    """The quantity that a table is kept for, where it has one."""
    for word in LEADING_MEASURES:
        for column in scope.table.columns:
            if word in column.words and flows(column):
                return column
    return None


def compared_bare(scope: Scope, numbers: tuple[float, ...]) -> CatalogColumn | None:
    """The quantity that is compared where only a number is said: the first that has such numbers, "cars under 6000"."""
    leading = leading_measure(scope)
    named = (it for word in COMPARED_BARE for it in scope.table.columns if word in it.words and it.numeric)
    return next((it for it in (leading, *named) if it and _among(it, numbers)), leading)


def _among(column: CatalogColumn, numbers: tuple[float, ...]) -> bool:
    low, high = column.minimum, column.maximum
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return column.words == ("age",)
    return all(low <= number <= high for number in numbers)


def flag_of(operand: Operand, catalog: Catalog) -> tuple[Cell, Cell] | None:
    """The cells for yes and for no of an operand that says it; nothing for another."""
    return flags.of(catalog.column(operand.table, operand.column), catalog) if isinstance(operand, ColumnOf) else None


def cell_for_none(operand: Operand, catalog: Catalog) -> Cell:
    """The cell that says that there is none, in a column without empty cells; nothing where there is no such cell."""
    if not isinstance(operand, ColumnOf):
        return None
    column = catalog.column(operand.table, operand.column)
    if column.nulls:
        return None
    if column.additive:
        return 0 if column.minimum == 0 else None
    found = (it for word in NONE for it in catalog.values.whole(word))
    return next((it.text for it in found if (it.table, it.column) == (operand.table, operand.column)), None)


def groups_rows(operand: Operand, catalog: Catalog) -> bool:
    """Whether an operand puts many rows together: a unit of time, or a column whose values come back."""
    if not isinstance(operand, ColumnOf) or timed(operand):
        return True
    table: CatalogTable = catalog.tables[operand.table]
    column = catalog.column(operand.table, operand.column)
    return not column.numeric and bool(column.distinct) and (table.rows or 0) >= REPEATED * (column.distinct or 1)
