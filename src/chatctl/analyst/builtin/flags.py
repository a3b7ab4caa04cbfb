"""Columns that say yes or no: "districts with a library" are those whose `library` is yes."""

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn
from chatctl.domain.results import Cell

PAIRS = (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"))


def of(column: CatalogColumn, catalog: Catalog) -> tuple[Cell, Cell] | None:
    """The cells for yes and for no, or nothing where a column says something else."""
    if column.type == "boolean":
        return True, False
    if column.distinct != 2:
        return None
    if column.type == "integer":
        return (1, 0) if (column.minimum, column.maximum) == (0, 1) else None
    held = {text.lower(): text for text in catalog.values.samples(column.table, column.name)}
    return next(((held[yes], held[no]) for yes, no in PAIRS if held.keys() == {yes, no}), None)
