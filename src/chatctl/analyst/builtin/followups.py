"""Follow-ups: a fragment of a question that changes the logical form of an earlier turn."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.filters import Filters
from chatctl.analyst.builtin.forms import (
    ColumnOf,
    Form,
    Operand,
    RowsOf,
    Sorting,
    Term,
    subject,
    time_key,
    time_unit,
    timed,
)
from chatctl.analyst.builtin.joins import with_joins
from chatctl.analyst.builtin.lexicon import HARMLESS
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.phrases import Amount, Condition, Dimension
from chatctl.analyst.builtin.predicates import comparisons
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.slots import Picker, Slot
from chatctl.analyst.contract import Turn

CHANGING = frozenset("IK")
"""Tags of words that only make sense after another question: "instead", "what about"."""
NARROWING = frozenset("Y")


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """What the last answered turn asked."""

    form: Form
    question: str


def earlier(history: tuple[Turn, ...]) -> Earlier | None:
    """The newest turn that left a form of this version behind."""
    for turn in reversed(history):
        for entry in reversed(turn.raw):
            if isinstance(entry, Mapping) and "form" in entry:
                try:
                    return Earlier(form=Form.model_validate(entry["form"]), question=turn.question)
                except ValidationError:
                    continue
    return None


def fits(form: Form, catalog: Catalog) -> bool:
    """Whether a form still speaks of tables and columns that are there."""
    conditions = [it.term.of for it in (*form.where, *form.having, *form.share_of)]
    operands = [*(term.of for term in form.select), *form.group, *(it.term.of for it in form.order), *conditions]
    for operand in operands:
        table = catalog.tables.get(operand.table)
        if table is None or (isinstance(operand, ColumnOf) and operand.column not in table.by_name):
            return False
    return all(link.to_table in catalog.tables for link in form.links)


def continues(sketch: Sketch) -> bool:
    """Whether a question is only a change of the one before: a fragment, or one with "instead" or "what about"."""
    if sketch.empty and not sketch.chart:
        return False
    if sketch.tags & CHANGING:
        return True
    if sketch.repeated or sketch.asks == "compare" or any(it.operator == "outlier" for it in sketch.conditions):
        return False
    if sketch.growth or sketch.running:
        return not (sketch.asks or sketch.subjects or sketch.amounts or sketch.nouns)
    if any(word.lower() not in HARMLESS for word in sketch.unknown) and sketch.lead != "&":
        return False
    asked = bool(sketch.asks) or sketch.existence
    if sketch.ranking and (sketch.ranking.amount or sketch.ranking.noun or sketch.ranking.nouns):
        return False
    if sketch.tags & NARROWING and not sketch.amounts:
        return True
    if sketch.amounts:
        linked = sketch.lead == "&" and not asked
        return linked and not sketch.conditions and not sketch.dimensions and sketch.amounts[0].function != "count"
    if sketch.subjects:
        return sketch.lead == "&" and not asked
    return True


def is_fragment(sketch: Sketch) -> bool:
    """Whether a question says how something is to be shown, but not what."""
    named = bool(sketch.amounts or sketch.subjects or sketch.existence or sketch.unknown)
    analysed = bool(sketch.growth or sketch.rate or sketch.counts_rows) or any(it.binned for it in sketch.dimensions)
    return continues(sketch) and not (named or analysed)


@dataclass(kw_only=True)
class Change:
    """One change of a form, step by step."""

    sketch: Sketch
    form: Form
    catalog: Catalog
    index: NameIndex

    def __post_init__(self) -> None:
        self.scope = Scope(
            self.catalog, self.form.tables[0], frozenset((it.table, it.column) for it in self.form.links)
        )
        self.picker = Picker(scope=self.scope, held=self._held())
        self.filters = Filters(picker=self.picker, index=self.index)
        self.remarks: list[str] = []

    def _held(self) -> frozenset[tuple[str, str]]:
        """The columns that the form filters by: a new value for one of them takes its place."""
        conditions = (*self.form.where, *self.form.share_of)
        return frozenset((it.term.of.table, it.term.of.column) for it in conditions if isinstance(it.term.of, ColumnOf))

    def draft(self) -> Draft:
        """The changed form; what could not be placed is in `lost`."""
        before = self.form
        self._conditions()
        self._measures()
        self._amounts()
        self._groups()
        self._windows()
        self._rate()
        self._ranking()
        self._order()
        self._limit()
        if self.sketch.chart:
            self._set(chart=self.sketch.chart)
        elif self.form == before and not self.filters.lost:
            self.filters.lost.append(self.sketch.said)
        form = with_joins(self.form, self.scope)
        return Draft(
            form=form,
            anchor=self.scope.anchor,
            picks=tuple(self.picker.picks),
            lost=tuple(self.filters.lost),
            remarks=(*self.filters.remarks, *self.remarks),
            fanning=any(self.scope.routes[table].fanning for table in form.tables),
            mentioned=frozenset(),
        )

    def _set(self, **changes: object) -> None:
        self.form = self.form.model_copy(update=changes)

    def _conditions(self) -> None:
        for condition in self.sketch.conditions:
            if not self._bounded(condition):
                self.filters.place(condition)
        new = self.filters.where
        if any(term.within for term in self.form.select) and any(timed(it.term.of) for it in new):
            self.filters.lost.append("another time for this comparison of two periods")
        replaced = {subject(it.term.of) for it in new}
        kept = [it for it in self.form.where if subject(it.term.of) not in replaced]
        self._set(where=(*kept, *new), connective="and" if new else self.form.connective)
        self._set(having=(*self.form.having, *self.filters.having), absent=(*self.form.absent, *self.filters.absent))

    def _bounded(self, condition: Condition) -> bool:
        """ "more than 150 only": a bound without a name is one of the only figure."""
        figures = [term for term in self.form.select if term.function and not term.window]
        comparison = condition.comparison
        named = condition.noun or condition.amount or condition.nouns
        if comparison is None or named or comparison.nouns or comparison.average or comparison.unit:
            return False
        if len(figures) != 1 or not self.form.group:
            return False
        self.filters.having += comparisons(figures[0], comparison, negated=condition.negated)
        return True

    def _measures(self) -> None:
        """Another column for what was computed: "for arrival delay instead"."""
        for noun in self.sketch.subjects:
            choice = self.picker.noun(noun, Slot.SUBJECT)
            figures = [term for term in self.form.select if term.function and isinstance(term.of, ColumnOf)]
            if choice is None or not isinstance(choice.operand, ColumnOf):
                self.filters.lost.append(noun.text)
            else:
                column = self.catalog.column(choice.operand.table, choice.operand.column)
                if len(figures) == 1 and column.additive:
                    self._replace(figures[0], figures[0].model_copy(update={"of": choice.operand}))
                else:
                    self.filters.lost.append(noun.text)

    def _replace(self, old: Term, new: Term) -> None:
        self._set(
            select=tuple(new if term == old else term for term in self.form.select),
            order=tuple(it.model_copy(update={"term": new}) if it.term == old else it for it in self.form.order),
        )

    def _amounts(self) -> None:
        terms = [term for amount in self.sketch.amounts if (term := self.filters.amount(amount))]
        for function in self.sketch.bare:
            terms += self._applied(function)
        if not terms:
            return
        keys = [term for term in self.form.select if not term.function and not term.share]
        if not self.form.group:
            keys = []
        order = tuple(it for it in self.form.order if it.term in keys) if self.form.group else ()
        if self.form.order and not order and self.form.group:
            order = (Sorting(term=terms[0], descending=self.form.order[0].descending),)
        limit = self.form.limit if self.form.group else None
        self._set(select=(*keys, *terms), order=order, limit=limit, supporting=0, distinct=False)

    def _applied(self, function: str) -> list[Term]:
        """Another aggregate of what was computed before: "the average instead", "as a share of the total"."""
        figures = [term for term in self.form.select if term.function]
        if function == "share":
            additive = [term for term in figures if term.function in ("count", "sum") and not term.distinct]
            if not additive:
                self.filters.lost.append("a share: only counts and totals have one")
            return [term.model_copy(update={"share": True}) for term in additive]
        if function == "count":
            return [Term(of=RowsOf(table=self.scope.anchor), function="count")]
        columns = [term for term in figures or self.form.select if isinstance(term.of, ColumnOf)]
        columns = [term for term in columns if self.catalog.column(term.of.table, _column(term.of)).numeric]
        if not columns:
            self.filters.lost.append(f"the {function}: nothing here can be computed with")
        return list(
            dict.fromkeys(
                term.model_copy(update={"function": function, "distinct": False, "share": False, "per": None})
                for term in columns
            )
        )

    def _groups(self) -> None:
        for dimension in self.sketch.dimensions:
            operands = self._operands(dimension)
            if operands:
                self._group_by(operands, added=dimension.added or "m" in self.sketch.tags)

    def _operands(self, dimension: Dimension) -> list[Operand]:
        found: list[Operand] = []
        for noun in dimension.nouns:
            choice = self.picker.noun(noun, Slot.DIMENSION)
            if choice is None:
                self.filters.lost.append(noun.text)
            else:
                found.append(choice.operand)
        return found

    def _group_by(self, operands: list[Operand], *, added: bool) -> None:
        form = self.form
        figures = tuple(term for term in form.select if term.function or term.share)
        figures = figures or (Term(of=RowsOf(table=self.scope.anchor), function="count"),)
        kept = [it for it in form.group if it not in operands] if added else []
        if form.group and not added:
            names = " and ".join(_spoken(it) for it in operands)
            self.remarks.append(
                f'Grouped by {names} in place of what was there; "split by …" adds instead of replacing.'
            )
        units = {time_unit(it) for it in operands} - {""}
        where = tuple(it for it in form.where if time_unit(it.term.of) not in units or it in self.filters.where)
        if len(where) < len(form.where):
            self.remarks.append("The condition on the unit of time that is grouped by now was dropped.")
        keys = (*kept, *operands)
        self._set(
            select=(*(Term(of=key) for key in keys), *figures),
            group=keys,
            where=where,
            order=form.order if form.order and form.order[0].term.window else (),
            limit=None,
            each=(),
            supporting=0,
            distinct=False,
        )

    def _rate(self) -> None:
        """ "and the cancellation rate": the share of the rows that meet what was said now."""
        if not self.sketch.rate:
            return
        part = tuple(self.filters.where)
        share = Term(of=RowsOf(table=self.scope.anchor), function="count", share=True)
        if not part:
            self.filters.lost.append("a rate of what")
        self._set(
            select=(*(Term(of=key) for key in self.form.group), share),
            where=tuple(it for it in self.form.where if it not in part),
            share_of=part,
            order=(),
            limit=None,
            supporting=0,
        )

    def _windows(self) -> None:
        """ "year over year", "cumulative": the figures of before, along time."""
        growth = self.sketch.growth
        if not growth and not self.sketch.running:
            return
        figures = [term for term in self.form.select if term.function and not term.window and not term.within]
        key = self.scope.grain(growth.unit) if growth and growth.unit else time_key(self.form)  # type: ignore[arg-type]
        key = key or self._month()
        if len(figures) != 1 or key is None or (self.sketch.running and figures[0].function not in ("count", "sum")):
            self.filters.lost.append("change along time" if growth else "a running total")
            return
        others = [it for it in self.form.group if not timed(it)]
        windows = ("change", "growth") if growth else ("running",)
        terms = [figures[0].model_copy(update={"share": False, "window": it}) for it in windows]
        plain = figures[0].model_copy(update={"share": False})
        self._set(
            select=(*(Term(of=it) for it in (key, *others)), plain, *terms),
            group=(key, *others),
            order=(),
            limit=None,
            each=(),
            supporting=0,
        )
        if growth:
            self.remarks.append("Each period is compared with the one before it in the table.")

    def _month(self) -> Operand | None:
        return self.scope.grain("month") or self.scope.grain("year")

    def _ranking(self) -> None:
        ranking = self.sketch.ranking
        if ranking is None:
            return
        figures = [term for term in self.form.select if term.function or term.share]
        term = self.filters.amount(ranking.amount) if ranking.amount else figures[0] if figures else None
        if term is None or not self.form.group:
            self.filters.lost.append(ranking.text)
            return
        if term not in self.form.select:
            self._set(select=(*self.form.select, term))
        self._set(order=(Sorting(term=term, descending=ranking.descending),), limit=self.form.limit or 1)

    def _order(self) -> None:
        sort = self.sketch.sort
        if sort is None:
            return
        term = self._sorted_by(sort.noun and self.picker.noun(sort.noun, Slot.SUBJECT), sort.amount)
        if sort.noun is None and sort.amount is None:
            term = self.form.order[0].term if self.form.order else _last_figure(self.form)
        if term is None or (self.form.aggregated and not self.form.group):
            self.filters.lost.append("the order")
            return
        flipped = not (self.form.order and self.form.order[0].descending)
        descending = flipped if sort.direction == "flip" else sort.direction == "desc"
        self._set(order=(Sorting(term=term, descending=descending),))

    def _sorted_by(self, choice: object, amount: Amount | None) -> Term | None:
        operand = getattr(choice, "operand", None)
        if amount:
            return self.filters.amount(amount)
        if operand is None:
            return None
        same = [term for term in self.form.select if term.of == operand]
        if same:
            return same[0]
        if isinstance(operand, RowsOf):
            return _last_figure(self.form)
        if self.form.group and self._names_a_key(operand):
            self._set(group=(*self.form.group, operand), select=(*self.form.select, Term(of=operand)))
            return Term(of=operand)
        return None if self.form.aggregated else Term(of=operand)

    def _names_a_key(self, operand: Operand) -> bool:
        """Whether a column is the name of what is grouped by, which a join brings in without splitting groups."""
        keys = {(it.table, it.column) for it in self.form.group if isinstance(it, ColumnOf)}
        return any((it.table, it.column) in keys and it.to_table == operand.table for it in self.catalog.edges)

    def _limit(self) -> None:
        limit = self.sketch.limit
        if limit is None:
            return
        order = self.form.order
        figure = _last_figure(self.form)
        if figure and not self.form.group:
            self.filters.lost.append("the first of one figure")
            return
        if figure and (not order or order[0].term != figure or limit.descending is not None):
            order = (Sorting(term=figure, descending=limit.descending is not False),)
        self._set(order=order, limit=limit.count or 1)


def _last_figure(form: Form) -> Term | None:
    return next((term for term in reversed(form.select) if term.function or term.share), None)


def _column(operand: Operand) -> str:
    return operand.column if isinstance(operand, ColumnOf) else ""


def _spoken(operand: Operand) -> str:
    return time_unit(operand) or _column(operand) or operand.table
