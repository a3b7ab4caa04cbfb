"""A logical form in the making: its conditions and keys, and the whole at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chatctl.analyst.builtin.defaults import adds_up, bare_function, flows
from chatctl.analyst.builtin.filters import Filters
from chatctl.analyst.builtin.forms import (
    BinOf,
    ColumnOf,
    Form,
    Operand,
    Predicate,
    RowsOf,
    Sorting,
    Term,
    subject,
    timed,
)
from chatctl.analyst.builtin.joins import with_joins
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.nodes import Noun
from chatctl.analyst.builtin.phrases import Condition, Dimension
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.slots import Pick, Picker, Slot
from chatctl.analyst.builtin.wording import operand as spoken

YEARS_AS_LINE = 5
"""Years from which on a trend is drawn by year rather than by month."""
ROWS_OF_A_CATEGORY = 20
"""Rows for each value from which on a list of values names each once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A form with what it rests on: the meanings picked, words that found no place, and remarks for the user."""

    form: Form
    anchor: str
    picks: tuple[Pick, ...]
    lost: tuple[str, ...]
    remarks: tuple[str, ...]
    fanning: bool
    mentioned: frozenset[str]


@dataclass(kw_only=True)
class Drafting:
    """What every form in the making has; each step says in `lost` what it could not place."""

    sketch: Sketch
    scope: Scope
    index: NameIndex
    overrides: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.picker = Picker(scope=self.scope, overrides=self.overrides, asked=self._asked())
        self.filters = Filters(picker=self.picker, index=self.index)
        self.remarks: list[str] = []
        self.select: list[Term] = []
        self.group: list[Operand] = []
        self.order: list[Sorting] = []
        self.supporting = 0
        self.limit: int | None = None
        self.each: tuple[Operand, ...] = ()
        self.counted = False

    def _asked(self) -> frozenset[tuple[str, str]]:
        """The columns that the question asks for, and what rows are called that it asks for."""
        found: list[tuple[str, str]] = []
        counted = [it.noun for it in self.sketch.amounts if it.function == "count" and it.noun]
        for best in (noun.readings[0] for noun in (*self.sketch.subjects, *counted)):
            label = self.scope.catalog.tables[best.table].label if best.table and not best.column else None
            found += [(best.table, best.column)] if best.column else [(best.table, label.name)] if label else []
        return frozenset(found)

    def _conditions(self) -> None:
        """Every condition; with "both", and where one is excluded, they are about several rows of one thing."""
        every = "b" in self.sketch.tags
        for condition in self.sketch.conditions:
            self.filters.place(self._set_against(condition), every=every)
        about = {subject(it.term.of) for together in self.filters.excluded for it in together}
        needed = tuple(it for it in self.filters.where if subject(it.term.of) in about)
        self.filters.required += [needed] if needed else []
        self.filters.where = [it for it in self.filters.where if it not in needed]

    def _set_against(self, condition: Condition) -> Condition:
        """ "compare summer and winter": two frames that no single column tells apart."""
        frames = condition.frames
        units = {unit for frame in frames for unit in frame.values}
        single = len(units) == 1 and all(len(values) == 1 for frame in frames for values in frame.values.values())
        if not self.sketch.compares or len(frames) != 2 or condition.operator != "=" or condition.negated or single:
            return condition
        return replace(condition, operator="in")

    def _dimensions(self) -> list[Operand]:
        found: list[Operand] = []
        for dimension in self.sketch.dimensions:
            for noun in dimension.nouns:
                if self._each_row(noun, dimension):
                    continue
                choice = self.picker.noun(noun, Slot.DIMENSION)
                if choice is None:
                    self.filters.lost.append(noun.text)
                elif (operand := self._binned(choice.operand, dimension)) not in found:
                    found.append(operand)
            if dimension.over_time:
                grain = self._fitting_grain()
                found += [grain] if grain and grain not in found else []
        if self.sketch.running and not any(map(timed, found)):
            grain = self._fitting_grain()
            found += [grain] if grain else []
        return found

    def _each_row(self, noun: Noun, dimension: Dimension) -> bool:
        """ "average revenue per sale" over a table of sales: every row is one."""
        table = self.scope.anchor
        own = any(it.table == table and not it.column and it.score >= 0.95 for it in noun.readings)
        return own and dimension.singly and self.picker.named(table) is None

    def _binned(self, operand: Operand, dimension: Dimension) -> Operand:
        if dimension.binned and self._additive(operand) and isinstance(operand, ColumnOf):
            return BinOf(table=operand.table, column=operand.column, width=dimension.width)
        return operand

    def _fitting_grain(self) -> Operand | None:
        """The coarsest grain that gives a line rather than a point."""
        day = self.scope.day()
        if day and day.date:
            column = self.scope.catalog.column(day.table, day.date)
            years = [str(cell)[:4] for cell in (column.minimum, column.maximum) if cell is not None]
            spread = int(years[-1]) - int(years[0]) if years and all(map(str.isdigit, years)) else 0
            return self.scope.grain("month" if spread < YEARS_AS_LINE else "year")
        return self.scope.grain("month") or self.scope.grain("year")

    def _flows(self, operand: Operand) -> bool:
        return isinstance(operand, ColumnOf) and flows(self.scope.catalog.column(operand.table, operand.column))

    def _adds_up(self, operand: Operand) -> bool:
        return isinstance(operand, ColumnOf) and adds_up(self.scope.catalog.column(operand.table, operand.column))

    def _additive(self, operand: Operand) -> bool:
        return isinstance(operand, ColumnOf) and self.scope.catalog.column(operand.table, operand.column).additive

    def _drawn(self, term: Term) -> Term:
        column = self.scope.catalog.column(term.of.table, term.of.column if isinstance(term.of, ColumnOf) else "")
        return term.model_copy(update={"function": "sum" if self.sketch.running else bare_function(column)})

    def _present(self, key: Operand) -> Predicate | None:
        """Rows without a name are no answer to "which"."""
        if not isinstance(key, ColumnOf) or not self.scope.catalog.column(key.table, key.column).nulls:
            return None
        return Predicate(term=Term(of=key), operator="not null")

    def _finish(self) -> Draft:
        where, share_of = self._shared()
        form = Form(
            source=self.scope.catalog.source,
            tables=(self.scope.anchor,),
            select=tuple(self.select),
            supporting=self.supporting,
            where=where,
            connective="or" if self.sketch.disjunctive else "and",
            absent=tuple(self.filters.absent),
            share_of=share_of,
            group=(*self.group, *self._namesakes()),
            having=tuple(self.filters.having),
            counted=self.counted,
            order=tuple(self.order),
            limit=self.limit,
            each=self.each,
            distinct=self._distinct(),
            chart=self.sketch.chart or None,
        )
        form = self._each_once(with_joins(form, self.scope, self.filters.rows))
        return Draft(
            form=form,
            anchor=self.scope.anchor,
            picks=tuple(self.picker.picks),
            lost=tuple(self.filters.lost),
            remarks=(*self.filters.remarks, *self.remarks),
            fanning=any(self.scope.routes[table].fanning for table in form.tables),
            mentioned=frozenset(self.filters.rows),
        )

    def _each_once(self, form: Form) -> Form:
        """Rows of the anchor that a join repeats are counted once: "how many planes left from JFK"."""
        rows = Term(of=RowsOf(table=self.scope.anchor), function="count")
        if rows not in form.select or not any(self.scope.routes[table].fanning for table in form.tables):
            return form
        key = self.picker.key(self.scope.anchor)
        if key is None:
            return form
        once = Term(of=key, function="count", distinct=True)
        terms = tuple(once if term == rows else term for term in form.select)
        order = tuple(it.model_copy(update={"term": once}) if it.term == rows else it for it in form.order)
        return form.model_copy(update={"select": terms, "order": order})

    def _namesakes(self) -> list[Operand]:
        """The keys that keep things of one name apart, where a looked-up name is not unique."""
        found: list[Operand] = []
        for key in self.group:
            if not isinstance(key, ColumnOf) or key.table == self.scope.anchor:
                continue
            label = self.scope.catalog.tables[key.table].label
            own = self.picker.key(key.table)
            if label and label.name == key.column and not label.unique and own is not None and own not in self.group:
                self.remarks.append(f"Things of the same {spoken(key)} are kept apart by {spoken(own)}.")
                found.append(own)
        return found

    def _shared(self) -> tuple[tuple[Predicate, ...], tuple[Predicate, ...]]:
        """The conditions on the rows that are looked at, and those that make the part of a share.

        "what percentage of flights were late, by carrier": of each carrier's flights, those that were late.
        """
        where = tuple(dict.fromkeys(self.filters.where))
        if not where or not any(term.share for term in self.select):
            return where, ()
        told = [it for it in where if it in self.filters.claimed and it.term.of not in self.group]
        if self.sketch.rate:
            told = [it for it in where if not timed(it.term.of)]
        if not told and not self.group:
            told = [next((it for it in reversed(where) if not timed(it.term.of)), where[-1])]
        if told and self.group:
            self.remarks.append("Each share is of the rows of its own group.")
        return tuple(it for it in where if it not in told), tuple(told)

    def _distinct(self) -> bool:
        if self.group or any(term.function for term in self.select):
            return False
        said = any(noun.distinct for noun in self.sketch.subjects)
        plain = all(isinstance(term.of, ColumnOf) for term in self.select)
        asked_which = self.sketch.asks == "which" and plain and self.sketch.ranking is None
        return said or asked_which or (plain and self._lists_categories())

    def _lists_categories(self) -> bool:
        """ "what regions are there" of a long table: each once."""
        if len(self.select) != 1 or self.order or self.limit or not isinstance(self.select[0].of, ColumnOf):
            return False
        column = self.scope.catalog.column(self.select[0].of.table, self.select[0].of.column)
        rows = self.scope.table.rows or 0
        return not column.numeric and 0 < (column.distinct or 0) * ROWS_OF_A_CATEGORY <= rows


Conditions = tuple[Predicate, ...]


def against(term: Term, base: tuple[str, Conditions], now: tuple[str, Conditions]) -> list[Term]:
    """A term under the conditions of a base and of now, and its absolute and relative change."""
    before = term.model_copy(update={"within": base[1], "label": base[0]})
    after = term.model_copy(update={"within": now[1], "label": now[0]})
    compared = (after.model_copy(update={"window": it, "base": base[1]}) for it in ("change", "growth"))
    return [before, after, *compared]
