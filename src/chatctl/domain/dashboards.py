"""Metrics and dashboards with their current results, as they are drawn."""

from datetime import datetime
from uuid import UUID

from chatctl.domain.assets import MetricFile
from chatctl.domain.chats import MessageError, ResultEntry
from chatctl.domain.values import Value


class Panel(Value):
    """A metric on a dashboard: its result, or else why there is none.

    `id` and `name` are those of the metric; the file's own words where it may not be seen or is gone.
    """

    id: str
    name: str
    version_number: int | None = None
    metric: MetricFile | None = None
    result: ResultEntry | None = None
    error: MessageError | None = None


class PanelRow(Value):
    """Panels side by side; `column_sizes` are their widths in twelfths, `row_height` is in pixels."""

    panels: list[Panel]
    column_sizes: list[int]
    row_height: int


class Board(Value):
    """A dashboard, or a lone metric, with the results of this moment."""

    id: UUID
    name: str
    kind: str
    version_number: int
    description: str = ""
    made_at: datetime
    rows: list[PanelRow]

    @property
    def panels(self) -> list[Panel]:
        """Every panel, row by row."""
        return [panel for row in self.rows for panel in row.panels]

    @property
    def failed(self) -> list[Panel]:
        """The panels without a result."""
        return [panel for panel in self.panels if panel.error]


class Rendered(Value):
    """A metric or dashboard that was written to a file."""

    id: UUID
    name: str
    version_number: int
    file: str
