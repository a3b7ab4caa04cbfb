"""What language models have cost, printed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from chatctl.rendering.console import Console
from chatctl.rendering.grids import Grid, fields, of_records

if TYPE_CHECKING:
    from chatctl.domain.usage import UsageLine

_COUNTS: Final = ("messages", "requests", "tokens in", "tokens out", "dollars")
_UNNAMED: Final = "(chats not shared with you)"


class UsageOutput(Console):
    """What `usage` prints."""

    def usage(self, lines: "Sequence[UsageLine]") -> None:
        """A row for each line; on the screen with what they add up to."""
        self.rows(lines, of_records([fields(line) for line in lines]), to_read=_to_read(lines))
        if not lines:
            self.note("No language model was asked in that time.")
        elif unpriced := sum(line.unpriced for line in lines):
            asked = sum(line.messages for line in lines)
            self.note(
                f"The cost of {unpriced:,} of {asked:,} messages is not known: their models have no listed price."
            )


def _to_read(lines: "Sequence[UsageLine]") -> Grid:
    records = [_record(line.name or _UNNAMED, [line]) for line in lines]
    total = [_record("total", lines)] if len(lines) > 1 else []
    return of_records([*records, *total], fixed=frozenset(_COUNTS))


def _record(name: str, lines: "Sequence[UsageLine]") -> dict[str, object]:
    costs = [line.cost for line in lines if line.cost is not None]
    counts = zip(_COUNTS, ("messages", "requests", "input_tokens", "output_tokens"), strict=False)
    return {
        lines[0].by: name,
        **{label: sum(getattr(line, field) for line in lines) for label, field in counts},
        "dollars": round(sum(costs), 4) if costs else None,
    }
