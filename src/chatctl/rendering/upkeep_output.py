"""How the work gets on and what is wrong, printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatctl.rendering import listings
from chatctl.rendering.console import Console
from chatctl.rendering.grids import fields, of_records
from chatctl.rendering.printer import Forms

if TYPE_CHECKING:
    from chatctl.domain.health import Finding, Repairs, Workers
    from chatctl.domain.providers import ProviderState


class UpkeepOutput(Console):
    """What `worker status` and `doctor` print."""

    def workers(self, value: "Workers") -> None:
        """Who works and what waits: a line for each worker on a terminal, else field by field."""
        from chatctl.rendering import upkeep

        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_fields(fields(value)),
                screen=lambda: upkeep.workers(value, self.screen()),
            )
        )

    def findings(self, values: "Sequence[Finding]") -> None:
        """What an examination found: in sentences on a terminal, else a row for each check."""
        from chatctl.rendering import upkeep

        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: of_records([fields(each) for each in values]),
                screen=lambda: upkeep.findings(values, self.screen()),
            )
        )

    def models(self, values: "Sequence[ProviderState]") -> None:
        """Who can answer: a line for each provider on a terminal, what is missing below it."""
        from chatctl.rendering import upkeep

        if self.quiet:
            self.ids([each.provider for each in values if each.ready])
            return
        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: of_records([fields(each) for each in values]),
                screen=lambda: upkeep.models(values, self.screen()),
            )
        )

    def repairs(self, value: "Repairs") -> None:
        """What was put right: in sentences on a terminal, else field by field."""
        from chatctl.rendering import upkeep

        self.give(
            Forms(
                whole=lambda: value,
                grid=lambda: listings.of_fields(fields(value)),
                screen=lambda: upkeep.repairs(value, self.screen()),
            )
        )
