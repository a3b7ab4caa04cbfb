"""Results compared as people do: rows in any order, columns in any order, numbers within rounding."""

from chatctl.domain.results import Cell, ResultSet
from chatctl.engines.engine import Engine, Limits

EVERYTHING = Limits(rows=10_000)


def expected(engine: Engine, sql: str) -> list[list[str]]:
    """The rows of a hand-written query, comparable."""
    return comparable(engine.run(sql, EVERYTHING))


def comparable(result: ResultSet) -> list[list[str]]:
    """The rows of a result, comparable."""
    return sorted(sorted(_cell(cell) for cell in row) for row in result.rows)


def _cell(cell: Cell) -> str:
    if isinstance(cell, bool) or cell is None:
        return repr(cell)
    try:
        return f"{float(cell):.6g}"
    except ValueError:
        return str(cell).removesuffix(" 00:00:00").removesuffix("T00:00:00")
