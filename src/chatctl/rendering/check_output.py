"""Outcomes of checks, imports and exports, printed."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from chatctl.rendering.console import Console
from chatctl.rendering.grids import of_records
from chatctl.rendering.printer import Forms

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatctl.domain.assets import CheckOutcome, Exported, Planned

_MARKS: Final = {"passed": ("ok", "green"), "failed": ("FAILED", "bold red"), "error": ("ERROR", "bold red")}
_ACTIONS: Final = {"create": "green", "change": "yellow", "unchanged": "dim", "delete": "red"}
_LINES: Final = {"+": "green", "-": "red", "@": "dim"}


class CheckOutput(Console):
    """What `check`, `export` and `import` print."""

    def checks(self, values: "Sequence[CheckOutcome]") -> None:
        """A line for each check; with `quiet` for those alone that did not pass."""
        told = [each for each in values if each.status != "passed"] if self.quiet else values
        records = [
            {
                "status": each.status,
                "metric": each.metric,
                "check": each.check,
                "columns": ", ".join(each.columns) or None,
                "expected": each.expected,
                "found": each.found,
                "path": each.path,
            }
            for each in told
        ]
        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: of_records(records),
                screen=lambda: self.screen().draw(*map(_check, told)) if told else "",
            )
        )

    def planned(self, values: "Sequence[Planned]", *, kind: str, done: bool) -> None:
        """What an import did, or would do, with the difference that it makes to each file."""
        counts = {action: sum(each.action == action for each in values) for action in _ACTIONS}
        records = [
            {"action": each.action, "name": each.name, "versionNumber": each.version_number, "path": each.path}
            for each in values
        ]
        self.give(
            Forms(
                whole=lambda: values,
                lines=lambda: values,
                grid=lambda: of_records(records),
                screen=lambda: self.screen().draw(*(part for each in values for part in _plan(each))),
            )
        )
        told = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
        self.note(f"{kind.capitalize()}s: {told or 'none'}" + ("" if done else "; nothing was written"))

    def exported(self, values: "Sequence[Exported]", *, kind: str) -> None:
        """The files of an export, a line each."""
        if self.quiet:
            self.ids([each.path for each in values])
            return
        records = [{"path": each.path, "name": each.name, "versionNumber": each.version_number} for each in values]
        self.rows(values, of_records(records))
        written = sum(each.written for each in values)
        self.note(f"{len(values)} {kind}{'' if len(values) == 1 else 's'}, {written} written, the others as they were")


def _check(value: "CheckOutcome") -> "RenderableType":
    from rich.text import Text

    from chatctl.rendering.text import visible_line

    mark, style = _MARKS[value.status]
    label = " ".join(filter(None, [value.check, ", ".join(value.columns)]))
    told = f"found {value.found}" if value.status == "passed" else f"expected {value.expected}, found {value.found}"
    where = f" ({value.path})" if value.path and value.status != "passed" else ""
    return Text.assemble(
        (mark, style), "  ", (visible_line(value.metric), "bold"), visible_line(f"  {label}: {told}{where}")
    )


def _plan(value: "Planned") -> "Iterator[RenderableType]":
    from chatctl.rendering.screen import indented, words

    path = f" ({value.path})" if value.path else ""
    yield words(f"{value.action}  {value.name}, version {value.version_number}{path}", _ACTIONS[value.action])
    for line in value.diff.splitlines()[2:]:
        yield indented(words(line, _LINES.get(line[:1], "")))
