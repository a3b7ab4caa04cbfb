"""Metrics and dashboards, printed."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chatctl.rendering.chat_output import ChatOutput
from chatctl.rendering.grids import Grid, fields, of_records
from chatctl.rendering.listings import of_result
from chatctl.rendering.printer import Forms
from chatctl.rendering.text import plural, visible_line
from chatctl.rendering.words import local, short

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatctl.domain.assets import Asset, AssetListing, AssetVersion
    from chatctl.domain.chats import ResultEntry
    from chatctl.domain.dashboards import Board
    from chatctl.rendering.pages import PictureFormat


class AssetOutput(ChatOutput):
    """What `metric` and `dashboard` print."""

    def assets(self, values: "Sequence[AssetListing]", *, kind: str) -> None:
        """The assets of a `list`; with `quiet` their ids."""
        if self.quiet:
            self.ids([value.id for value in values])
            return
        read = [
            {
                "id": short(value.id),
                "name": value.name,
                "version": value.version_number,
                "source": value.source,
                "updated": local(value.updated_at, self.zone),
            }
            for value in values
        ]
        to_read = of_records(read, fixed=frozenset({"id", "version", "updated"}))
        self.rows(values, _listed(values), to_read=to_read, overflow="cut")
        if not values:
            self.note(f"No {kind}s yet: chatctl {kind} create FILE makes one.")

    def asset(self, value: "Asset") -> None:
        """An asset with its file; for programs that read lines, the file alone."""
        if self.quiet:
            self.ids([value.id])
            return
        from chatctl.domain.asset_files import dump

        text = dump(value.content)
        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: _file_grid(value, text),
                screen=lambda: self._draw_asset(value, text),
                plain=lambda: [text],
                markdown=lambda: ["```yaml\n", text, "```\n"],
                yaml=lambda: [text],
            )
        )

    def stored(self, value: "Asset") -> None:
        """That an asset was made or changed."""
        if self.quiet:
            self.ids([value.id])
            return
        kind = value.file_type.removesuffix("_file")
        told = of_records([{"id": value.id, "name": value.name, "versionNumber": value.version_number}])
        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: told,
                screen=lambda: f"{kind.capitalize()} {short(value.id)}: {value.name}, version {value.version_number}\n",
            )
        )

    def versions(self, values: "Sequence[AssetVersion]") -> None:
        """The versions of a `history`, newest first, with the difference that each made."""
        records = [
            {
                "versionNumber": value.version_number,
                "createdAt": value.created_at,
                "createdBy": value.created_by,
                "note": value.note,
            }
            for value in values
        ]
        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: of_records(records),
                screen=lambda: self.screen().draw(*self._versions(values)),
            )
        )

    def metric_result(self, value: "ResultEntry", *, title: str) -> None:
        """A metric's result; on the screen under its name, drawn as its file says."""
        if self.format != "table" or self.quiet:
            self.result(value)
            return
        grid = of_result(value)
        self.give(Forms(whole=lambda: value, grid=lambda: grid, screen=lambda: self._draw_result(value, title)))

    def board(self, value: "Board") -> None:
        """A dashboard drawn on the screen; how many of its metrics have no result is said on stderr."""
        from chatctl.rendering.panels import board

        self.give(
            Forms(whole=lambda: value, grid=lambda: _panel_grid(value), screen=lambda: board(value, self.screen()))
        )
        self._failures(value)

    def panels(self, value: "Board") -> None:
        """The metrics of a dashboard with their results: an array, an object a line, or a row for each."""
        if self.quiet:
            self.ids([panel.id for panel in value.panels])
            return
        self.rows(value.panels, _panel_grid(value), overflow="cut")
        self._failures(value)

    def picture(self, value: "Board", path: str, format: "PictureFormat") -> None:
        """A metric or dashboard written to a file; where it went is told."""
        from chatctl.domain.dashboards import Rendered
        from chatctl.rendering.pages_files import write

        write(path, _pictured(value, format))
        written = Rendered(id=value.id, name=value.name, version_number=value.version_number, file=path)
        if self.quiet:
            self.ids([value.id])
        else:
            self.give(
                Forms(
                    whole=lambda: written,
                    grid=lambda: of_records([fields(written)]),
                    screen=lambda: f"Wrote {visible_line(path)}\n",
                )
            )
        self._failures(value)

    def _failures(self, value: "Board") -> None:
        if failed := value.failed:
            whose = f"{len(failed)} of {plural(len(value.panels), 'metric')}"
            names = ", ".join(panel.name for panel in failed)
            self.warn(f"{whose} {'has' if len(failed) == 1 else 'have'} no result: {names}.")

    def _draw_asset(self, value: "Asset", text: str) -> str:
        from chatctl.rendering.screen import line, words

        kind = value.file_type.removesuffix("_file")
        told = [
            kind,
            short(value.id),
            f"version {value.version_number}",
            f"updated {local(value.updated_at, self.zone)}",
        ]
        return self.screen().draw(
            line(value.name, "bold"), words(" · ".join(told), "dim"), words(""), words(text.rstrip())
        )

    def _draw_result(self, value: "ResultEntry", title: str) -> str:
        from chatctl.rendering.figures import figure
        from chatctl.rendering.screen import line, words

        screen = self.screen()
        drawn = figure(value, screen.width, colour=screen.colour, rows=None)
        parts = [drawn.table, *(words(told, "dim") for told in drawn.left_out), drawn.chart]
        more = [words(f"the query has more rows than these {value.row_count:,}", "dim")] if value.truncated else []
        return screen.draw(line(title, "bold"), *(part for part in parts if part is not None), *more)

    def _versions(self, values: "Sequence[AssetVersion]") -> "Iterator[RenderableType]":
        from chatctl.rendering.screen import words

        for value in values:
            told = [f"version {value.version_number}", local(value.created_at, self.zone), value.note or ""]
            yield words(" · ".join(filter(None, told)), "bold")
            for line in value.diff.splitlines()[2:]:
                yield words(line, {"+": "green", "-": "red", "@": "dim"}.get(line[:1], ""))
            yield words("")


def _listed(values: "Sequence[AssetListing]") -> Grid:
    return of_records(
        [
            {
                "id": value.id,
                "name": value.name,
                "versionNumber": value.version_number,
                "source": value.source,
                "description": value.description,
                "updatedAt": value.updated_at,
            }
            for value in values
        ]
    )


def _pictured(value: "Board", format: "PictureFormat") -> bytes:
    if format == "html":
        from chatctl.rendering.pages import page

        return page(value).encode()
    from chatctl.rendering.vega_images import picture

    return picture(value, format)


def _panel_grid(value: "Board") -> Grid:
    return of_records(
        [
            {
                "id": panel.id,
                "name": panel.name,
                "rowCount": panel.result.row_count if panel.result else None,
                "elapsedMs": round(panel.result.elapsed_ms, 1) if panel.result else None,
                "error": panel.error.message if panel.error else None,
            }
            for panel in value.panels
        ]
    )


def _file_grid(value: "Asset", text: str) -> Grid:
    return of_records([{"id": value.id, "name": value.name, "versionNumber": value.version_number, "file": text}])
