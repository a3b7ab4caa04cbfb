"""Sources and their tables on the screen."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from chatctl.domain.sources import SourceDetails, Table, TableProfile
from chatctl.rendering.listings import of_profile, of_table
from chatctl.rendering.screen import Screen, indented, line, words
from chatctl.rendering.tables import fit, whole
from chatctl.rendering.text import plural

INDENT = 2


def source(value: SourceDetails, screen: Screen) -> str:
    """A source: where it lies, and the columns of every table."""
    return screen.draw(*_heading(value), *(part for table in value.tables for part in _table(table, screen)))


def table_profile(value: TableProfile, screen: Screen) -> str:
    """A table: its rows, and what its columns hold."""
    rows = f"{'about ' if value.estimated else ''}{plural(value.row_count, 'row')}"
    counted = f"{value.table} · {rows} · {plural(len(value.columns), 'column')}"
    return screen.draw(line(counted, "bold"), *whole(of_profile(value), screen.width))


def _heading(value: SourceDetails) -> Iterator[RenderableType]:
    yield line(f"{value.name} · {value.kind} · {plural(len(value.tables), 'table')}", "bold")
    yield from (words(location, "dim") for location in value.locations)


def _table(table: Table, screen: Screen) -> Iterator[RenderableType]:
    rows = [] if table.row_count is None else [plural(table.row_count, "row")]
    yield Text()
    yield line(" · ".join([table.name, *rows, plural(len(table.columns), "column")]), "bold")
    yield indented(fit(of_table(table), screen.width - INDENT, overflow="fold").part)
