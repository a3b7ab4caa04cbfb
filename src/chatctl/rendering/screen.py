"""The one place that draws with rich: tables that fit, Markdown that hides nothing, and the text they become."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Final, Literal

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.markdown import Markdown
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from chatctl.domain.results import Cell, Column
from chatctl.rendering.grids import Grid, is_numeric
from chatctl.rendering.text import plural, shown, visible, visible_line

GAP: Final = 2
NARROWEST_TEXT: Final = 12
FEW_ROWS: Final = 3

Overflow = Literal["cut", "fold"]


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A width in cells and whether colours are wanted; `draw` turns what is to be seen into text."""

    width: int
    colour: bool

    def draw(self, *parts: RenderableType) -> str:
        """The parts one below the other as text that a terminal shows and never obeys."""
        console = Console(
            file=StringIO(),
            width=self.width,
            force_terminal=self.colour,
            color_system="standard" if self.colour else None,
            no_color=not self.colour,
            markup=False,
            emoji=False,
            highlight=False,
            legacy_windows=False,
            _environ={},
        )
        with console.capture() as capture:
            console.print(_Visible(Group(*parts)))
        return "\n".join(line.rstrip() for line in capture.get().split("\n"))

    def table(self, grid: Grid, *, overflow: Overflow = "cut") -> str:
        """A grid with all its rows; what the width leaves out is said below it."""
        if not grid.columns:
            return ""
        fitted = fit(grid, self.width, overflow=overflow)
        hint = [words(f"{'; '.join(fitted.left_out)}; -o csv gives all", "dim")] if fitted.left_out else []
        return self.draw(fitted.part, *hint)


class _Visible:
    """Whatever text rich arrives at, entities of Markdown included, with its control characters spelled out."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            yield Segment(visible(segment.text), segment.style)


def prose(markdown: str) -> Markdown:
    """Markdown of the analyst; a link shows its address, a code block has no background."""
    return Markdown(visible(markdown), hyperlinks=False, code_theme="bw")


def words(text: str, style: str = "") -> Text:
    """Text as it is, over as many lines as it needs."""
    return Text(visible(text), style=style)


def line(text: str, style: str = "") -> Text:
    """Text as it is, on one line that ends in … where it is too long."""
    return Text(visible_line(text), style=style, no_wrap=True, overflow="ellipsis")


def indented(part: RenderableType, by: int = 2) -> Padding:
    """The part moved to the right."""
    return Padding(part, (0, 0, 0, by))


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A drawn table and what of it does not show, in words; none is said by nobody."""

    part: RenderableType
    left_out: tuple[str, ...]


def fit(grid: Grid, width: int, *, rows: int | None = None, overflow: Overflow = "cut") -> Fitted:
    """A grid within `width` cells: at most `rows` rows, as many columns as fit, long text cut (…) or folded.

    Numbers, times and truth values are never cut. A few rows of too many columns are shown as records.
    """
    seen = grid.rows if rows is None else grid.rows[:rows]
    texts = [[shown(cell) for cell in row] for row in seen]
    wanted = [_natural(column, [row[at] for row in texts]) for at, column in enumerate(grid.columns)]
    least = [_least(grid, at, [row[at] for row in texts], wanted[at]) for at in range(len(grid.columns))]
    widths = _share_out(least, wanted, width)
    short = len(grid.rows) - len(seen)
    left_out = [f"{plural(len(seen), 'row')} of {len(grid.rows):,} shown"] if short else []
    if len(widths) < len(grid.columns) and len(seen) <= FEW_ROWS:
        return Fitted(part=Group(*_as_records(grid, texts, width)), left_out=tuple(left_out))
    if missing := grid.columns[len(widths) :]:
        names = ", ".join(visible_line(column.name) for column in missing)
        left_out.append(f"{plural(len(missing), 'column')} of {len(grid.columns)} not shown: {names}")
    if overflow == "cut" and any(have < want for have, want in zip(widths, wanted, strict=False)):
        left_out.append("long text cut at …")
    return Fitted(part=_table(grid, seen, texts, widths, overflow), left_out=tuple(left_out))


def _table(
    grid: Grid, rows: Sequence[Sequence[Cell]], texts: list[list[str]], widths: list[int], overflow: Overflow
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="bold")
    for column, width in zip(grid.columns, widths, strict=False):
        table.add_column(
            Text("\n".join(_broken(visible_line(column.name), width))),
            justify="right" if is_numeric(column) else "left",
            vertical="bottom",
            width=width,
            no_wrap=overflow == "cut",
            overflow="fold" if overflow == "fold" else "ellipsis",
        )
    for row, line_ in zip(rows, texts, strict=True):
        table.add_row(*(_cell(cell, text) for cell, text in zip(row[: len(widths)], line_, strict=False)))
    return table


def _cell(cell: Cell, text: str) -> Text:
    return Text(text, style="dim" if cell is None or cell == "" else "")


def _natural(column: Column, texts: Sequence[str]) -> int:
    return max([cell_len(visible_line(column.name)), *map(cell_len, texts)])


def _share_out(least: list[int], wanted: list[int], width: int) -> list[int]:
    """Widths of the columns that fit, from the left: each its least, then the narrowest are widened in turn."""
    widths: list[int] = []
    for need in least:
        if widths and sum(widths) + need + GAP * len(widths) > width:
            break
        widths.append(min(need, width))
    spare = width - sum(widths) - GAP * (len(widths) - 1)
    while spare > 0 and (narrow := [at for at, have in enumerate(widths) if have < wanted[at]]):
        widths[min(narrow, key=lambda at: widths[at])] += 1
        spare -= 1
    return widths


def _least(grid: Grid, at: int, texts: Sequence[str], wanted: int) -> int:
    column = grid.columns[at]
    if column.type in {"text", "other"} and column.name not in grid.fixed:
        return min(wanted, NARROWEST_TEXT)
    header = max((cell_len(piece) for piece in _pieces(visible_line(column.name))), default=0)
    return max([min(header, NARROWEST_TEXT), *map(cell_len, texts)])


def _as_records(grid: Grid, texts: list[list[str]], width: int) -> Iterator[RenderableType]:
    names = [visible_line(column.name) for column in grid.columns]
    broad = min(max(map(cell_len, names), default=0), width // 2)
    for number, row in enumerate(texts, start=1):
        if len(texts) > 1:
            yield Text(f"row {number}", style="dim")
        table = Table.grid(padding=(0, GAP, 0, 0))
        table.add_column(width=broad, no_wrap=True, overflow="ellipsis", style="bold")
        table.add_column(overflow="fold")
        for name, text in zip(names, row, strict=True):
            table.add_row(Text(name), Text(text))
        yield table


def _pieces(name: str) -> list[str]:
    return re.findall(r"[^_\s]*[_\s]*", name)[:-1]


def _broken(name: str, width: int) -> list[str]:
    """A header over several lines, broken after a space or an underscore where it can be."""
    lines = [""]
    for piece in _pieces(name):
        if lines[-1] and cell_len(lines[-1]) + cell_len(piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [text.rstrip() if cell_len(text.rstrip()) <= width else _cut(text.rstrip(), width) for text in lines]


def _cut(text: str, width: int) -> str:
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"
