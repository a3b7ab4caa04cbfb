"""What is meant where it is not said: how a bare quantity is drawn together, and which one leads a table."""

from chatctl.analyst.builtin import compounds
from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.forms import ColumnOf, Function, Operand, timed
from chatctl.analyst.builtin.idioms import FLOWS, LEADING_MEASURES, LEVELS, TALLIES
from chatctl.analyst.builtin.scopes import Scope

NONE = ("none", "no", "n a", "not applicable")
REPEATED = 3
"""Rows for each value of a column from which on the column groups them rather than names them."""
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


def cell_for_none(operand: Operand, catalog: Catalog) -> str:
    """The cell that says that there is none, in a column without empty cells; nothing where there is no such cell."""
    if not isinstance(operand, ColumnOf) or catalog.column(operand.table, operand.column).nulls:
        return ""
    found = (it for word in NONE for it in catalog.values.whole(word))
    return next((it.text for it in found if (it.table, it.column) == (operand.table, operand.column)), "")


def groups_rows(operand: Operand, catalog: Catalog) -> bool:
    """Whether an operand puts many rows together: a unit of time, or a column whose values come back."""
    if not isinstance(operand, ColumnOf) or timed(operand):
        return True
    table: CatalogTable = catalog.tables[operand.table]
    column = catalog.column(operand.table, operand.column)
    return not column.numeric and bool(column.distinct) and (table.rows or 0) >= REPEATED * (column.distinct or 1)
