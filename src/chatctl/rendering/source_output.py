"""Sources and what is known of their tables, printed."""

from collections.abc import Sequence

from chatctl.domain.sources import Source, SourceDetails, TableProfile
from chatctl.rendering import listings
from chatctl.rendering.console import Console
from chatctl.rendering.printer import Forms


class SourceOutput(Console):
    """What `source` prints."""

    def sources(self, values: Sequence[Source]) -> None:
        """The sources of `source list`; with `quiet` their names."""
        if self.quiet:
            self.ids([source.name for source in values])
            return
        self.rows(values, listings.of_sources(values), to_read=listings.of_sources_to_read(values, self.zone))
        if not values:
            self.note("No sources yet: chatctl source add NAME PATH adds one.")

    def source(self, value: SourceDetails) -> None:
        """A source with its tables; what was odd when it was loaded is said on stderr."""
        if self.quiet:
            self.ids([value.name])
            return
        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_columns(value),
                screen=lambda: self._draw_source(value),
            )
        )
        for warning in value.warnings:
            self.warn(warning)

    def table_profile(self, value: TableProfile) -> None:
        """What a look at a table's data told."""
        self.give(
            Forms(
                whole=lambda: value,
                lines=lambda: value.columns,
                grid=lambda: listings.of_profile(value),
                screen=lambda: self._draw_profile(value),
            )
        )

    def _draw_source(self, value: SourceDetails) -> str:
        from chatctl.rendering.catalogs import source

        return source(value, self.screen())

    def _draw_profile(self, value: TableProfile) -> str:
        from chatctl.rendering.catalogs import table_profile

        return table_profile(value, self.screen())
