"""Who may do what, printed."""

from typing import TYPE_CHECKING

from chatctl.rendering.console import Console
from chatctl.rendering.grids import Grid, fields, of_records
from chatctl.rendering.words import short

if TYPE_CHECKING:
    from chatctl.domain.access import AccessEntry, Sharing


class AccessOutput(Console):
    """What `share`, `unshare` and `access` print."""

    def sharing(self, value: "Sharing") -> None:
        """A line for each who may do something; with `quiet` the id of what is shared."""
        if self.quiet:
            self.ids([value.id])
            return
        title = f"{value.kind.capitalize()} {short(value.id)}: {value.name}"
        grid = of_records([fields(entry) for entry in value.entries])
        self.rows(value.entries, grid, title=title, to_read=_to_read(value.entries))


def _to_read(entries: "list[AccessEntry]") -> Grid:
    return of_records([{"who": _who(entry), "may": entry.role} for entry in entries])


def _who(entry: "AccessEntry") -> str:
    if entry.identity_type == "public":
        return "everyone"
    return f"organization {entry.name}" if entry.identity_type == "organization" else entry.name or ""
