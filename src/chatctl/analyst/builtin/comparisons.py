"""Rows set against rows: two time frames, kinds of rows that a thing has or lacks, totals that run, what recurs."""

from dataclasses import dataclass

from chatctl.analyst.builtin.defaults import groups_rows
from chatctl.analyst.builtin.drafts import Draft, Drafting, against
from chatctl.analyst.builtin.forms import ColumnOf, Operand, Predicate, RowsOf, Sorting, Term, timed
from chatctl.analyst.builtin.nodes import Noun
from chatctl.analyst.builtin.phrases import Repeated
from chatctl.analyst.builtin.predicates import negated
from chatctl.analyst.builtin.slots import Slot
from chatctl.analyst.builtin.spellings import AVERAGES

NAMES = frozenset({"name", "names"})


@dataclass(kw_only=True)
class Comparing(Drafting):
    """The parts of a form that compare rows with one another."""

    def _subjects(self) -> list[Term]:
        """The columns asked for; tables named beside them only say where to look."""
        found: list[Term] = []
        ranking = self.sketch.ranking
        grouped = bool(self.sketch.amounts or self.filters.having or (ranking and ranking.noun is None))
        for noun in self.sketch.subjects:
            choice = self.picker.noun(noun, Slot.KEY if grouped else Slot.SUBJECT)
            if choice is None:
                self.filters.lost.append(noun.text)
            elif isinstance(choice.operand, RowsOf):
                self.filters.rows.append(choice.operand.table)
            elif grouped and self._population(noun, choice.operand):
                continue
            else:
                found += [term for term in self._called(noun, choice.operand) if term not in found]
        return found

    def _whose(self) -> str:
        """The table whose rows are listed: for "who", what the anchor's rows are of, where they have no name."""
        if self.filters.rows:
            return self.filters.rows[0]
        ahead = [it.to_table for it in self.scope.catalog.beside.get(self.scope.anchor, ())]
        named = [it for it in ahead if self.scope.catalog.tables[it].called and self.scope.cost(it) is not None]
        unnamed = self.sketch.asks == "who" and not self.scope.table.called
        return named[0] if unnamed and named else self.scope.anchor

    def _averages(self, nouns: tuple[Noun, ...]) -> bool:
        """Whether nouns are averages in the words of the question: "average rating", though a column is called that."""
        return len(nouns) == 1 and bool(AVERAGES & set(nouns[0].text.lower().split()))

    def _called(self, noun: Noun, operand: Operand) -> list[Term]:
        """The columns of a noun: "names" of people are their first and last names."""
        called = self.scope.catalog.tables[operand.table].called
        parts = [ColumnOf(table=operand.table, column=column.name) for column in called]
        whole = noun.text.lower().split()[-1] in NAMES and operand in parts
        return [Term(of=part) for part in parts] if whole else [Term(of=operand)]

    def _population(self, noun: Noun, operand: Operand) -> bool:
        """ "sales of married households": whose figures are meant, not a figure for each of them."""
        if not isinstance(operand, ColumnOf) or self.sketch.asks in ("which", "who") or not noun.plural:
            return False
        column = self.scope.catalog.column(operand.table, operand.column)
        if column.identifying and column.words[-1] not in noun.text.lower().split():
            return True
        return self.sketch.asks == "" and bool(self.sketch.amounts) and not groups_rows(operand, self.scope.catalog)

    def _repeated(self, repeated: Repeated) -> Draft | None:
        """Values, or whole rows, that occur more than once."""
        self._conditions()
        columns = self._subjects()
        choice = self.picker.noun(repeated.noun, Slot.SUBJECT) if repeated.noun else None
        if choice and not isinstance(choice.operand, RowsOf):
            columns = [Term(of=choice.operand), *columns]
        elif choice is not None:
            self.filters.rows.append(choice.operand.table)
        elif repeated.noun or (len(self.scope.catalog.tables) > 1 and not self.filters.rows):
            self.filters.lost.append(f"{repeated.text} of what")
        if any(term.of.table != self.scope.anchor for term in columns):
            self.filters.lost.append(repeated.text)
        whole = [Term(of=ColumnOf(table=self.scope.anchor, column=it.name)) for it in self.scope.table.columns]
        self.group = [term.of for term in columns or whole]
        times = Term(of=RowsOf(table=self.scope.anchor), function="count")
        self.filters.having.append(Predicate(term=times, operator=">", values=(1,)))
        if columns:
            self.filters.where += [it for key in self.group if (it := self._present(key))]
        self.counted = bool(self.sketch.bare or self.sketch.amounts or self.sketch.existence)
        self.select = [*(Term(of=key) for key in self.group), times]
        self.order = [Sorting(term=times, descending=True)]
        return self._finish()

    def _run(self) -> None:
        """ "cumulative revenue by month": each total with those before it."""
        if not self.sketch.running:
            return
        if not any(term.function in ("count", "sum") and not term.distinct for term in self.select):
            self.filters.lost.append("a running total: only counts and totals have one")
        if not any(map(timed, self.group)):
            self.filters.lost.append("the time along which a total runs")
        self.group.sort(key=lambda it: not timed(it))
        figures = [term for term in self.select if term.function]
        running = [it.model_copy(update={"window": "running"}) for it in figures if it.function in ("count", "sum")]
        self.select = [*(Term(of=key) for key in self.group), *figures, *running]

    def _contrast(self) -> None:
        """ "this year compared to last year": each figure for both, and its change."""
        if len(self.filters.contrasted) != 2:
            return
        figures = [term for term in self.select if term.function and not term.share]
        keys = [Term(of=key) for key in self.group]
        plain = [self._drawn(it) for it in self.select if not it.function and self._additive(it.of)]
        if not figures:
            figures = plain or [Term(of=RowsOf(table=self.scope.anchor), function="count")]
        base, now = self.filters.contrasted
        self.select = [*keys, *(it for term in figures for it in against(term, base, now))]
        if keys and not self.order and not any(map(timed, self.group)):
            self.order = [Sorting(term=self.select[-1], descending=True)]

    def _kept_out(self) -> None:
        """ "how many flights were long but not from JFK": what a row is not."""
        met = [it for together in self.filters.required for it in together]
        self.filters.where += [*met, *(negated(it) for (it,) in self.filters.excluded)]

    def _related(self) -> None:
        """ "ratio of flights from JFK to flights from LGA": one kind of rows by another."""
        if "f" not in self.sketch.tags or any(term.per is not None for term in self.select):
            return
        kinds = [it for it in self.filters.where if it.operator in ("=", "in")]
        alike = [it for it in kinds if it.term == kinds[-1].term]
        values = [value for it in alike for value in it.values]
        figures = [term for term in self.select if term.function]
        if len(values) != 2 or len(figures) > 1:
            self.filters.lost.append("a ratio of what")
            return
        self.filters.where = [it for it in self.filters.where if it not in alike]
        first, second = ((Predicate(term=alike[0].term, operator="=", values=(value,)),) for value in values)
        figure = figures[0] if figures else Term(of=RowsOf(table=self.scope.anchor), function="count")
        label = f"{values[0]} to {values[1]}"
        related = figure.model_copy(update={"window": "ratio", "within": first, "base": second, "label": label})
        self.select = [*(Term(of=key) for key in self.group), related]

    def _memberships(self) -> None:
        """ "carriers from JFK but not from LGA": keys that have rows of one kind and none of another."""
        if not self.select or not (self.filters.required or self.filters.excluded):
            return
        first, *more = self.select
        key = self.picker.named(first.of.table) if isinstance(first.of, RowsOf) else first.of
        own = isinstance(first.of, RowsOf) and first.of.table == self.scope.anchor
        if own and first.function == "count" and all(len(it) == 1 for it in self.filters.excluded):
            self._kept_out()
            return
        named = key is not None and (key.table != self.scope.anchor or groups_rows(key, self.scope.catalog))
        if more or self.group or own or key is None or not named or first.function not in (None, "count"):
            self.filters.lost.append("what has both")
            return
        self.counted = first.function == "count"
        self.group, self.select, self.order, self.limit = [key], [Term(of=key)], [], None
        for operator, predicates in ((">", self.filters.required), ("=", self.filters.excluded)):
            for together in predicates:
                term = Term(of=RowsOf(table=self.scope.anchor), function="count", within=together)
                self.filters.having.append(Predicate(term=term, operator=operator, values=(0,)))
