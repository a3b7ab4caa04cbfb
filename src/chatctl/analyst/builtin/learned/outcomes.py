"""What running a form shows of it, under tight limits."""

from collections.abc import Callable
from dataclasses import dataclass

from chatctl.domain.errors import SourceError
from chatctl.domain.results import ResultSet

MOST_ROWS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A result in brief: `rows` tells equal results, -1 of `count` that the form failed."""

    rows: str
    count: int = -1
    columns: int = 0
    duplicates: bool = False
    void: bool = False
    zero: bool = False


def outcome(run: Callable[[], ResultSet]) -> Outcome:
    """The outcome of running a form; one that fails is an outcome too."""
    try:
        result = run()
    except SourceError as error:
        return Outcome(rows=error.message)
    lines = sorted(map(repr, result.rows))
    return Outcome(
        rows="\n".join(lines),
        count=len(lines),
        columns=len(result.columns),
        duplicates=len(set(lines)) < len(lines),
        void=bool(lines) and all(cell is None for row in result.rows for cell in row),
        zero=result.rows == [[0]],
    )
