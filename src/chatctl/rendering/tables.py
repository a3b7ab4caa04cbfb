"""Tables that fit the screen and say what they leave out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from chatctl.domain.results import Cell
from chatctl.rendering.grids import Grid, is_numeric
from chatctl.rendering.screen import words
from chatctl.rendering.text import plural, shown, visible_line

GAP: Final = 2
NARROW_TEXT: Final = 10
NARROWEST_TEXT: Final = 6
NARROWEST_BAR: Final = 10
WIDEST_BAR: Final = 50
FEW_ROWS: Final = 3

Overflow = Literal["cut", "fold"]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A drawn table, what of it does not show, in words, and whether its bars are drawn beside it."""

    part: RenderableType
    left_out: tuple[str, ...]
    with_bars: bool = False


def fit(
    grid: Grid,
    width: int,
    *,
    rows: int | None = None,
    overflow: Overflow = "cut",
    bars: Sequence[RenderableType] = (),
) -> Fitted:
    """A grid within `width` cells: at most `rows` rows, as many columns as fit, long text cut (…) or folded.

    Numbers, times and truth values are never cut. A few rows of too many columns are shown as records.
    `bars`, one for each row, stand to the right of the table if there is room.
    """
    sheet = _Sheet.of(grid, width, rows)
    short = len(grid.rows) - len(sheet.texts)
    left_out = [f"{plural(len(sheet.texts), 'row')} of {len(grid.rows):,} shown"] if short else []
    missing = grid.columns[len(sheet.widths) :]
    if missing and len(sheet.texts) <= FEW_ROWS:
        return Fitted(part=Group(*_as_records(sheet, width)), left_out=tuple(left_out))
    if missing:
        names = ", ".join(visible_line(column.name) for column in missing)
        left_out.append(f"{plural(len(missing), 'column')} of {len(grid.columns)} not shown: {names}")
    if overflow == "cut" and sheet.cuts:
        left_out.append("long text cut at …")
    room = 0 if missing or not bars else width - sum(sheet.widths) - GAP * len(sheet.widths)
    with_bars = room >= NARROWEST_BAR
    lines = _Lines(sheet=sheet, bars=bars if with_bars else (), bar_width=min(room, WIDEST_BAR))
    return Fitted(part=_folded(sheet) if overflow == "fold" else lines, left_out=tuple(left_out), with_bars=with_bars)


def whole(grid: Grid, width: int, *, overflow: Overflow = "cut") -> Iterator[RenderableType]:
    """A grid with all its rows; what the width leaves out is said below it."""
    if not grid.columns:
        return
    fitted = fit(grid, width, overflow=overflow)
    yield fitted.part
    if fitted.left_out:
        yield words(f"{'; '.join(fitted.left_out)}; -o csv gives all", "dim")


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """The rows to show as text, and a width for each column that fits."""

    grid: Grid
    texts: Sequence[Sequence[str]]
    broad: Sequence[int]
    widths: Sequence[int]

    @classmethod
    def of(cls, grid: Grid, width: int, rows: int | None) -> "_Sheet":
        seen = grid.rows[:rows]
        columns = [_column(grid, at, seen) for at in range(len(grid.columns))]
        texts = list(zip(*columns, strict=True))
        broad = [max(map(cell_len, column), default=0) for column in columns]
        wanted = [
            max(cell_len(visible_line(column.name)), data) for column, data in zip(grid.columns, broad, strict=True)
        ]
        roomy, tight = (
            [_least(grid, at, broad[at], wanted[at], narrowest) for at in range(len(grid.columns))]
            for narrowest in (NARROW_TEXT, NARROWEST_TEXT)
        )
        # Texts are narrowed further only where that brings every column onto the screen; a few rows become records.
        least = tight if len(texts) > FEW_ROWS and sum(tight) + GAP * (len(tight) - 1) <= width else roomy
        return cls(grid=grid, texts=texts, broad=broad, widths=_share_out(least, wanted, width))

    @property
    def cuts(self) -> bool:
        """Whether any cell is longer than its column is wide."""
        return any(have < data for have, data in zip(self.widths, self.broad, strict=False))


def _column(grid: Grid, at: int, rows: Sequence[Sequence[Cell]]) -> list[str]:
    """A column's cells as text; figures with spaces for the digits they lack, so that their points stand in line."""
    texts = [grid.absent if row[at] is None else shown(row[at]) for row in rows]
    figures = all(text[-1:].isdigit() for text, row in zip(texts, rows, strict=True) if row[at] is not None)
    if not is_numeric(grid.columns[at]) or not figures:
        return texts
    behind = [len(text) - text.find(".") if "." in text else 0 for text in texts]
    most = max(behind, default=0)
    return [
        text if row[at] is None else text + " " * (most - own)
        for row, text, own in zip(rows, texts, behind, strict=True)
    ]


def _share_out(least: Sequence[int], wanted: Sequence[int], width: int) -> list[int]:
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


def _least(grid: Grid, at: int, data: int, wanted: int, narrowest: int) -> int:
    column = grid.columns[at]
    if column.type in {"text", "other"} and column.name not in grid.fixed:
        return min(wanted, narrowest)
    header = max((cell_len(piece.rstrip()) for piece in _pieces(visible_line(column.name))), default=0)
    return max(min(header, NARROW_TEXT), data)


@dataclass(frozen=True, kw_only=True)
class _Lines:
    """A line for each row, long cells cut. Not rich's Table, which takes a second for 1,000 rows of 10 columns."""

    sheet: _Sheet
    bars: Sequence[RenderableType]
    bar_width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bold, dim = Style(bold=True), Style(dim=True)
        for text in self._header():
            yield from (Segment(text, bold), Segment.line())
        total = sum(self.sheet.widths) + GAP * (len(self.sheet.widths) - 1)
        yield from (Segment("─" * (total + (self.bar_width + GAP if self.bars else 0))), Segment.line())
        if not self.sheet.texts:
            yield from (Segment("no rows", dim), Segment.line())
        for at, texts in enumerate(self.sheet.texts):
            for place, text in enumerate(texts[: len(self.sheet.widths)]):
                style = dim if self.sheet.grid.rows[at][place] in (None, "") else None
                yield Segment((" " * GAP if place else "") + self._padded(place, text), style)
            if self.bars:
                yield Segment(" " * GAP)
                yield from console.render(self.bars[at], options.update(width=self.bar_width))
            else:
                yield Segment.line()

    def _header(self) -> Iterator[str]:
        """The columns' names, over as many lines as the longest needs, standing on the last."""
        columns = zip(self.sheet.grid.columns, self.sheet.widths, strict=False)
        names = [_broken(visible_line(column.name), width) for column, width in columns]
        height = max(map(len, names))
        filled = [[""] * (height - len(name)) + name for name in names]
        for texts in zip(*filled, strict=True):
            yield (" " * GAP).join(self._padded(place, text) for place, text in enumerate(texts))

    def _padded(self, place: int, text: str) -> str:
        width = self.sheet.widths[place]
        spare = width - cell_len(text)
        if spare < 0:
            return set_cell_size(_cut(text, width), width)
        return " " * spare + text if is_numeric(self.sheet.grid.columns[place]) else text + " " * spare


def _folded(sheet: _Sheet) -> Table:
    """A table whose long cells go on below."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, GAP - 1, 0, 0), header_style="bold")
    for column, width in zip(sheet.grid.columns, sheet.widths, strict=False):
        name = Text("\n".join(_broken(visible_line(column.name), width)))
        justify: Literal["left", "right"] = "right" if is_numeric(column) else "left"
        table.add_column(name, justify=justify, width=width, overflow="fold")
    for texts in sheet.texts:
        table.add_row(*map(Text, texts[: len(sheet.widths)]))
    return table


def _as_records(sheet: _Sheet, width: int) -> Iterator[RenderableType]:
    names = [visible_line(column.name) for column in sheet.grid.columns]
    broad = min(max(map(cell_len, names), default=0), width // 2)
    for number, row in enumerate(sheet.texts, start=1):
        if len(sheet.texts) > 1:
            yield from [Text()] if number > 1 else []
            yield Text(f"row {number}", style="dim")
        table = Table.grid(padding=(0, GAP, 0, 0))
        table.add_column(width=broad, no_wrap=True, overflow="ellipsis", style="bold")
        table.add_column(overflow="fold")
        for name, text in zip(names, row, strict=True):
            table.add_row(Text(name), Text(text.rstrip()))
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
    stripped = [text.rstrip() for text in lines]
    return [text if cell_len(text) <= width else _cut(text, width) for text in stripped]


def _cut(text: str, width: int) -> str:
    return set_cell_size(text, max(width - 1, 0)).rstrip() + "…"
