"""Profiles of tables that are too large to be read whole, from some of their rows."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from chatctl.domain.results import NUMERIC, Cell, ColumnType, encode_cell
from chatctl.domain.sources import ColumnProfile, SourceColumn

SAMPLES: Final = 5
LONGEST_SAMPLE: Final = 200
SAMPLED_CELLS: Final = 300_000
"""Cells that are fetched at most."""


def sampled_rows(width: int) -> int:
    """How many rows of so many columns are looked at."""
    return max(SAMPLED_CELLS // max(width, 1), 1_000)


def profile_column(column: SourceColumn, cells: Sequence[object], total: int) -> ColumnProfile:
    """A column of a table of `total` rows as these cells of it suggest; exact if they are all."""
    filled = [cell for cell in map(encode_cell, cells) if cell is not None]
    counted: Counter[Cell] = Counter(filled)
    least, most = extremes(column, list(counted))
    common = sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return ColumnProfile(
        name=column.name,
        type=column.type,
        null_count=round((len(cells) - len(filled)) * total / max(len(cells), 1)),
        distinct_count=distinct(counted, len(filled), round(len(filled) * total / max(len(cells), 1))),
        minimum=least,
        maximum=most,
        samples=[cell for cell, _ in common[:SAMPLES]],
    )


def extremes(column: SourceColumn | ColumnProfile, cells: Sequence[Cell]) -> tuple[Cell, Cell]:
    """The least and the most of a column's cells, as far as they have an order."""
    ordered = sorted((cell for cell in cells if cell is not None), key=lambda cell: _order(column.type, cell))
    return (ordered[0], ordered[-1]) if ordered and column.type != "other" else (None, None)


def distinct(counted: Counter[Cell], seen: int, total: int) -> int:
    """How many distinct values `total` cells hold of which `seen` were looked at: n·d / (n - f1 + f1·n/N).

    The estimator Duj1 of Haas and Stokes (1998), as PostgreSQL's ANALYZE uses it.
    """
    once = sum(1 for count in counted.values() if count == 1)
    if seen >= total or not seen:
        return len(counted)
    return min(total, round(seen * len(counted) / (seen - once + once * seen / total)))


def _order(kind: ColumnType, cell: Cell) -> tuple[Decimal, str]:
    """Numbers by value, also those kept as text; all else by its text, as ISO dates and times sort."""
    if kind in NUMERIC or isinstance(cell, bool):
        return Decimal(str(int(cell) if isinstance(cell, bool) else cell)), ""
    return Decimal(0), str(cell)
