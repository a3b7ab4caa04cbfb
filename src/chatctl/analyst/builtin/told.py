"""A form and its result, with the words that every answer needs."""

from dataclasses import dataclass

from chatctl.analyst.builtin import wording
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import ColumnOf, Form, Term, time_unit
from chatctl.analyst.builtin.wording import conditions, figure, safe, term
from chatctl.domain.results import Cell, ResultSet

NAMED_IN_PROSE = 5


@dataclass(frozen=True, kw_only=True)
class Told:
    """A form and its result, to be put into words; `existence` is a yes-or-no question, `past` one about the past."""

    form: Form
    result: ResultSet
    catalog: Catalog
    existence: bool = False
    past: bool = False

    def are(self, count: Cell = None) -> str:
        """ "is", "are", "was" or "were", as the question speaks."""
        return ("was" if self.past else "is") if count == 1 else "were" if self.past else "are"

    @property
    def where(self) -> str:
        """The conditions as the end of a sentence."""
        clause = conditions(self.form, self.catalog)
        return f" where {clause}" if clause else ""

    @property
    def keys(self) -> list[int]:
        """The places of what the result is grouped by or lists."""
        return [at for at, item in enumerate(self.form.select) if not item.aggregated]

    @property
    def figures(self) -> list[int]:
        """The places of what was computed."""
        return [at for at, item in enumerate(self.form.select) if item.aggregated]

    def name(self, row: list[Cell], figure_at: int = -1) -> str:
        """What a row is about: its keys but for the one that is its figure, codes with what they stand for."""
        return ", ".join(self.cell(row, at) for at in self.keys if at != figure_at)

    def _key(self, cell: Cell, item: Term) -> str:
        shown = figure(cell, item) if cell is not None else f"no {term(item)}"
        if isinstance(cell, int) and time_unit(item.of) in ("hour", "day", "week", "quarter"):
            return f"{time_unit(item.of)} {shown}"
        label = (
            wording.name_of(self.catalog, item.of, cell) if isinstance(item.of, ColumnOf) and cell is not None else None
        )
        return f"{safe(label)} ({shown})" if label and label != cell else shown

    def cell(self, row: list[Cell], at: int) -> str:
        """One key of a row, a code with what it stands for."""
        return self._key(row[at], self.form.select[at])

    def called(self, item: Term) -> str:
        """What a figure is called, a share with what it is the share of."""
        part = " and ".join(map(wording.condition, self.form.share_of)) if item.share else ""
        return f"{term(item)} where {part}" if part else term(item)

    def value(self, row: list[Cell], at: int) -> str:
        """A figure of a row."""
        return figure(row[at], self.form.select[at])

    @property
    def table(self) -> str:
        """What the rows that are looked at are called."""
        return safe(self.form.tables[0])


def size(cell: Cell) -> float:
    """A cell as a number; 0 where it is none."""
    return float(cell) if isinstance(cell, int | float) else 0.0
