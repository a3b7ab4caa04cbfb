"""Any object on the screen: its fields, then each list of objects in it as a table."""

from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from chatctl.rendering.grids import cell, of_records
from chatctl.rendering.screen import Screen, line
from chatctl.rendering.tables import GAP, whole
from chatctl.rendering.text import shown, visible_line


def document(fields: Mapping[str, object], screen: Screen) -> str:
    """The object as text."""
    return screen.draw(*_parts(fields, screen.width))


def _parts(fields: Mapping[str, object], width: int) -> Iterator[RenderableType]:
    tables = {name: rows for name, value in fields.items() if (rows := _rows(value))}
    flat = {
        visible_line(name): "" if value is None else shown(cell(value))
        for name, value in fields.items()
        if name not in tables
    }
    if flat:
        yield _fields(flat, width)
    for name, rows in tables.items():
        yield Text()
        yield line(name, "bold")
        yield from whole(of_records(rows), width, overflow="fold")


def _fields(flat: Mapping[str, str], width: int) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(width=min(max(map(cell_len, flat)), width // 2), no_wrap=True, overflow="ellipsis", style="bold")
    table.add_column(overflow="fold")
    for name, text in flat.items():
        table.add_row(Text(name), Text(text))
    return table


def _rows(value: object) -> list[Mapping[str, object]]:
    rows = [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
    return rows if isinstance(value, list) and len(rows) == len(value) else []
