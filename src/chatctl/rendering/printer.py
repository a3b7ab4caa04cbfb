"""The result on stdout: one value in one of its forms."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal, TextIO

from chatctl.domain.errors import ValidationError
from chatctl.rendering import documents, grids, narration
from chatctl.rendering.grids import Grid

Format = Literal["table", "json", "ndjson", "csv", "tsv", "md", "plain", "yaml", "parquet"]
DELIMITERS: Final = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, kw_only=True)
class Forms:
    """The forms one value can take, each made only when it is asked for.

    `lines` are the objects of NDJSON, the whole one unless given; plain text and Markdown are the grid's own
    unless given; only a file has YAML. What is not `paged` goes straight to the screen.
    """

    whole: Callable[[], object]
    grid: Callable[[], Grid]
    screen: Callable[[], str]
    lines: Callable[[], Iterable[object]] | None = None
    plain: Callable[[], Iterable[str]] | None = None
    markdown: Callable[[], Iterable[str]] | None = None
    yaml: Callable[[], Iterable[str]] | None = None
    paged: bool = True


@dataclass(frozen=True, kw_only=True)
class Printer:
    """Prints on one stream in one format; `pager` is a shell command for what is longer than the screen."""

    stream: TextIO
    format: Format
    pager: str | None

    def give(self, forms: Forms) -> None:
        """Print the value. Raises BrokenPipeError when nobody reads any more."""
        match self.format:
            case "json":
                self.write([documents.indented(forms.whole())])
            case "ndjson":
                self.write(map(documents.line, forms.lines() if forms.lines else [forms.whole()]))
            case "csv" | "tsv":
                # A pipe gets the data exactly; a terminal would obey the control characters in it.
                exact = not self.stream.isatty()
                self.write(grids.separated(forms.grid(), DELIMITERS[self.format], exact=exact))
            case "md":
                self.write(forms.markdown() if forms.markdown else grids.markdown(forms.grid()))
            case "plain":
                self.write(forms.plain() if forms.plain else grids.tabbed(forms.grid()))
            case "yaml" if forms.yaml:
                self.write(forms.yaml())
            case "table":
                self._show(forms.screen(), paged=forms.paged)

    def give_bytes(self, content: bytes) -> None:
        """Print a binary form. Raises ValidationError on a terminal, which it would only upset."""
        if self.stream.isatty():
            raise ValidationError.field(
                "output", "Parquet is not for a terminal", "binary", hint="Send it to a file: … -o parquet > FILE."
            )
        self.stream.flush()
        self.stream.buffer.write(content)

    def write(self, texts: Iterable[str]) -> None:
        """Print texts as they are."""
        self.stream.writelines(texts)

    def _show(self, text: str, *, paged: bool) -> None:
        if not (paged and self._longer_than_screen(text) and self._paged(text)):
            self.write([text])

    def _longer_than_screen(self, text: str) -> bool:
        height = narration.lines(self.stream) if self.stream.isatty() else None
        return height is not None and text.count("\n") >= height

    def _paged(self, text: str) -> bool:
        if not self.pager:
            return False
        # Imported here, for it brings subprocess.
        from chatctl.rendering.pager import page

        return page(text, self.pager, self.stream)
