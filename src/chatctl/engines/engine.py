"""What every engine can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chatctl.domain.results import ResultSet
from chatctl.domain.sources import Table, TableProfile

Progress = Callable[[str, float | None], None]
"""Told what is being done and, where it is known, which share of it (0..1) is."""


def silent(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Bounds of one query: rows returned, seconds run."""

    rows: int = 1_000
    seconds: float = 30.0


class Engine(Protocol):
    """A source opened for reading; nothing that runs through it can change the source."""

    dialect: str
    """The name of its SQL in sqlglot."""
    fingerprint: str
    """Changes when the data does."""
    warnings: tuple[str, ...]
    """What a user should know of the data: bad rows, a changed file, odd encodings."""

    def tables(self) -> list[Table]:
        """Every table and view, by name."""

    def profile(self, table: str) -> TableProfile:
        """A look at one table's data. Raises SourceNotFound for an unknown one."""

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """At most `limits.rows` rows of one read-only query.

        Raises SqlNotReadOnly before anything runs, QueryError with the engine's words, QueryTimeout.
        """

    def close(self) -> None:
        """Release the source."""
