"""What a model is shown of the data: compact, and marked as data.

Cells, names and the engine's words come from whoever filled the tables. They are JSON between tags that no text in
them can write, so that nothing in them reads as a word of ours.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from chatctl.domain.results import Cell, ResultSet
from chatctl.domain.sources import SourceColumn, Table, TableProfile

Item = TypeVar("Item")

ROWS: Final = 50
CELL: Final = 200
CHARACTERS: Final = 8_000
COLUMNS: Final = 100
SAMPLES: Final = 5


def data(value: object) -> str:
    """A value as JSON between tags."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return "<data>" + text.replace("<", "\\u003c") + "</data>"


def of_result(name: str, source: str, result: ResultSet) -> str:
    """The columns, the first rows, how many were kept, and whether the source has more."""
    rows = list(_bounded(map(_row, result.rows[:ROWS])))
    told: dict[str, Any] = {
        "result": name,
        "source": source,
        "columns": [f"{column.name} ({column.type})" for column in result.columns],
        "rows": rows,
        "rowCount": len(result.rows),
        "shown": len(rows),
        "more": result.truncated,
    }
    return data(told)


def of_tables(tables: Mapping[str, Iterable[Table]]) -> str:
    """Every table of each source with its columns; names alone where there are too many."""
    listed = [(source, table) for source, held in tables.items() for table in held]
    whole = list(_bounded(_table(source, table) for source, table in listed))
    rest = [f"{source}: {table.name}" for source, table in listed[len(whole) :]]
    named = list(_bounded(rest))
    told: dict[str, Any] = {"tables": whole}
    if rest:
        told |= {"withoutColumns": named, "leftOut": len(rest) - len(named)}
    return data(told)


def of_table(source: str, table: Table, profile: TableProfile) -> str:
    """Keys, and of each column its type, gaps, range and some values."""
    known = {column.name: column for column in table.columns}
    told = {
        "source": source,
        "table": table.name,
        "comment": table.comment,
        "rowCount": profile.row_count,
        "estimated": profile.estimated,
        "primaryKey": table.primary_key,
        "foreignKeys": [
            f"{', '.join(key.columns)} -> {key.table}({', '.join(key.references)})" for key in table.foreign_keys
        ],
        "columns": [
            {
                "name": each.name,
                "type": known[each.name].native_type if each.name in known else each.type,
                "nulls": each.null_count,
                "distinct": each.distinct_count,
                "min": _cell(each.minimum),
                "max": _cell(each.maximum),
                "samples": [_cell(sample) for sample in each.samples[:SAMPLES]],
            }
            for each in profile.columns[:COLUMNS]
        ],
        "columnsLeftOut": max(0, len(profile.columns) - COLUMNS),
    }
    return data({key: value for key, value in told.items() if value not in (None, [], False, 0)})


def _table(source: str, table: Table) -> dict[str, Any]:
    told: dict[str, Any] = {
        "source": source,
        "table": table.name,
        "columns": list(map(_column, table.columns[:COLUMNS])),
    }
    if table.row_count is not None:
        told["rowCount"] = table.row_count
    return told


def _column(column: SourceColumn) -> str:
    return f"{column.name} {column.native_type}"


def _row(row: list[Cell]) -> list[Cell]:
    return [_cell(cell) for cell in row]


def _cell(cell: Cell) -> Cell:
    return cell[:CELL] + "…" if isinstance(cell, str) and len(cell) > CELL else cell


def _bounded(items: Iterable[Item]) -> Iterator[Item]:
    """The first items that fit into the room that there is, at least one."""
    room = CHARACTERS
    for at, item in enumerate(items):
        room -= len(json.dumps(item, ensure_ascii=False, default=str))
        if room < 0 and at:
            return
        yield item
