"""What rich draws, turned into text that is safe to look at."""

from dataclasses import dataclass
from io import StringIO
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.text import Text
from rich.theme import Theme

from chatctl.rendering.text import visible, visible_line

# No background of ours on a terminal whose colours we do not know.
PLAIN: Final = Theme({"markdown.code": "bold cyan", "markdown.code_block": "cyan"})


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
            theme=PLAIN,
            _environ={},
        )
        with console.capture() as capture:
            console.print(_Visible(Group(*parts)))
        return "\n".join(line.rstrip() for line in capture.get().split("\n"))


class _Visible:
    """Whatever text rich arrives at, entities of Markdown included, with its control characters spelled out."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            yield Segment(visible(segment.text), segment.style)


def prose(markdown: str) -> RenderableType:
    """Markdown of the analyst; a link shows its address, a code block has no background."""
    # Imported here, for it brings markdown-it and pygments, which a table does not need.
    from rich.markdown import Markdown

    return Markdown(visible(markdown), hyperlinks=False, code_theme="ansi_dark")


def words(text: str, style: str = "") -> Text:
    """Text as it is, over as many lines as it needs."""
    return Text(visible(text), style=style)


def line(text: str, style: str = "") -> Text:
    """Text as it is, on one line that ends in … where it is too long."""
    return Text(visible_line(text), style=style, no_wrap=True, overflow="ellipsis")


def command(text: str) -> Text:
    """A command to copy; on a screen too narrow for it, over two lines rather than cut."""
    return Text(visible_line(text), style="dim", overflow="fold")


def indented(part: RenderableType, by: int = 2) -> Padding:
    """The part moved to the right."""
    return Padding(part, (0, 0, 0, by))
