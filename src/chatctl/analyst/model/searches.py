"""Looking for a text in the cells of a source."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlglot import exp

from chatctl.domain.errors import ChatctlError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Engine, Limits

COLUMNS: Final = 60
VALUES: Final = 10


def find(engine: Engine, text: str, table: str | None, limits: Limits) -> list[dict[str, Cell]]:
    """Cells that contain the text, with their tables and columns; columns that cannot be searched are passed over.

    At most 60 text columns are looked at, and no longer than one query may take.
    """
    end = time.monotonic() + limits.seconds
    found: list[dict[str, Cell]] = []
    for name, column in list(_columns(engine, table))[:COLUMNS]:
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            result = engine.run(
                _query(name, column, text).sql(engine.dialect), replace(limits, rows=VALUES, seconds=left)
            )
        except ChatctlError:
            continue
        found += [{"table": name, "column": column, "value": row[0]} for row in result.rows]
    return found


def _columns(engine: Engine, table: str | None) -> Iterator[tuple[str, str]]:
    for each in engine.tables():
        if table is None or each.name.casefold() == table.casefold():
            yield from ((each.name, column.name) for column in each.columns if column.type == "text")


def _query(table: str, column: str, text: str) -> exp.Select:
    name = exp.column(exp.to_identifier(column, quoted=True))
    contains = exp.StrPosition(this=exp.Lower(this=name), substr=exp.Literal.string(text.lower()))
    source = exp.Table(this=exp.to_identifier(table, quoted=True))
    return (
        exp.select(name)
        .distinct()
        .from_(source)
        .where(exp.GT(this=contains, expression=exp.Literal.number(0)))
        .limit(VALUES)
    )
