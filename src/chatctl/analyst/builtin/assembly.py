"""From a sketch to a logical form in one scope: each phrase becomes its part of the query."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chatctl.analyst.builtin.filters import Filters
from chatctl.analyst.builtin.forms import ColumnOf, Form, Operand, Predicate, RowsOf, Sorting, Term, timed
from chatctl.analyst.builtin.joins import with_joins
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.slots import Pick, Picker, Slot


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
class Assembly:
    """One form being put together; every step says in `lost` what it could not place."""

    sketch: Sketch
    scope: Scope
    index: NameIndex
    overrides: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.picker = Picker(scope=self.scope, overrides=self.overrides)
        self.filters = Filters(picker=self.picker, index=self.index)
        self.remarks: list[str] = []
        self.select: list[Term] = []
        self.group: list[Operand] = []
        self.order: list[Sorting] = []
        self.supporting = 0
        self.limit: int | None = None

    def draft(self) -> Draft | None:
        """The form of the sketch in this scope, or nothing where no query comes of it."""
        sketch = self.sketch
        terms = [term for amount in sketch.amounts if (term := self.filters.amount(amount))]
        self.filters.lost += [f"{function} of what" for function in sketch.bare]
        dimensions = self._dimensions()
        terms = self._per(terms, dimensions)
        for condition in sketch.conditions:
            self.filters.place(condition)
        columns = self._subjects()
        ranked = self._ranking()
        if sketch.asks == "compare":
            dimensions += [
                it.term.of for it in self.filters.where if it.operator == "in" and it.term.of not in dimensions
            ]
        ranked = self._averaged(columns, ranked)
        self._layout(terms, dimensions, columns, ranked)
        self._sorting()
        self._limit(ranked)
        return self._finish() if self.select else None

    # Amounts and what they are grouped by

    def _dimensions(self) -> list[Operand]:
        found: list[Operand] = []
        for dimension in self.sketch.dimensions:
            for noun in dimension.nouns:
                choice = self.picker.noun(noun, Slot.DIMENSION)
                if choice is None:
                    self.filters.lost.append(noun.text)
                elif choice.operand not in found:
                    found.append(choice.operand)
            if dimension.over_time:
                grain = self._fitting_grain()
                found += [grain] if grain and grain not in found else []
        return found

    def _fitting_grain(self) -> Operand | None:
        """The coarsest grain that gives a line rather than a point."""
        day = self.scope.day()
        if day and day.date:
            column = self.scope.catalog.column(day.table, day.date)
            years = {str(cell)[:4] for cell in (column.minimum, column.maximum)}
            return self.scope.grain("month") if len(years) == 1 or not years else self.scope.grain("year")
        return self.scope.grain("month") or self.scope.grain("year")

    def _per(self, terms: list[Term], dimensions: list[Operand]) -> list[Term]:
        """ "average number of flights per day": rows for each distinct day; a second dimension still groups."""
        averaged = [
            amount.per and term.function == "count" for amount, term in zip(self.sketch.amounts, terms, strict=False)
        ]
        if not any(averaged) or not dimensions or len(averaged) != len(terms):
            return terms
        per = dimensions.pop(0)
        return [
            term.model_copy(update={"per": per}) if flag else term for term, flag in zip(terms, averaged, strict=True)
        ]

    # Subjects and layout

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
            elif Term(of=choice.operand) not in found:
                found.append(Term(of=choice.operand))
        return found

    def _ranking(self) -> Term | None:
        ranking = self.sketch.ranking
        if ranking is None:
            return None
        if ranking.counting and ranking.amount is None:
            return Term(of=RowsOf(table=self.scope.anchor), function="count")
        if ranking.amount:
            term = self.filters.amount(ranking.amount)
        else:
            operand = self.filters.operand(ranking.noun, ranking.nouns)
            term = Term(of=operand) if operand else None
        if term is None:
            self.filters.lost.append(ranking.text)
        return term

    def _layout(self, terms: list[Term], dimensions: list[Operand], columns: list[Term], ranked: Term | None) -> None:
        aggregated = bool(terms) or bool(ranked and ranked.function) or bool(self.filters.having)
        if dimensions and not aggregated:
            terms, columns = self._default_amount(columns, dimensions, ranked)
            aggregated = True
        if ranked and not ranked.function and self._one_figure(columns, dimensions, terms):
            direction = "max" if self.sketch.ranking and self.sketch.ranking.descending else "min"
            self.select = [ranked.model_copy(update={"function": direction})]
            return
        if aggregated:
            self._grouped(terms, dimensions, columns, ranked)
        else:
            self._listed(columns, ranked)
        if ranked:
            descending = not self.sketch.ranking or self.sketch.ranking.descending
            if self.sketch.limit and self.sketch.limit.descending is False:
                descending = False
            self.order.append(Sorting(term=ranked, descending=descending))
            if not aggregated:
                self.order += [Sorting(term=Term(of=of)) for of in self._identity() if of != ranked.of]

    def _identity(self) -> list[Operand]:
        """Columns that tell rows of the anchor apart, so that ties are broken the same way each time."""
        table = self.scope.table
        unique = [column for column in table.columns if column.unique][:1]
        parts = [table.parts[part] for part in ("year", "month", "day") if part in table.parts]
        return [ColumnOf(table=table.name, column=column.name) for column in unique or [*parts, *table.dates]]

    def _averaged(self, columns: list[Term], ranked: Term | None) -> Term | None:
        """What a bare quantity ranks: "top 5 carriers by delay" their average, "top 3 customers by total" their sum."""
        if ranked is None or ranked.function or "T" not in self.sketch.tags or not self._additive(ranked.of):
            return ranked
        owners = bool(self.filters.rows) and self.scope.anchor not in self.filters.rows
        if not owners and not columns:
            return ranked
        self.remarks.append(f"No aggregate was named: {'totals' if owners else 'averages'} are shown.")
        return ranked.model_copy(update={"function": "sum" if owners else "avg"})

    def _one_figure(self, columns: list[Term], dimensions: list[Operand], terms: list[Term]) -> bool:
        """ "the highest altitude" alone asks for the figure, not for the row."""
        noun = self.sketch.ranking.noun if self.sketch.ranking else None
        return bool(noun) and not (columns or dimensions or terms or self.filters.rows or self.sketch.limit)

    def _default_amount(
        self, columns: list[Term], dimensions: list[Operand], ranked: Term | None
    ) -> tuple[list[Term], list[Term]]:
        """ "delay by month" asks for the average delay; "flights by month" for their number."""
        measures = [term for term in columns if self._additive(term.of) and term.of not in dimensions]
        if measures and not ranked:
            self.remarks.append("No aggregate was named: averages are shown.")
            kept = [term for term in columns if term not in measures]
            return [term.model_copy(update={"function": "avg"}) for term in measures], kept
        return [Term(of=RowsOf(table=self.scope.anchor), function="count")], columns

    def _additive(self, operand: Operand) -> bool:
        return isinstance(operand, ColumnOf) and self.scope.catalog.column(operand.table, operand.column).additive

    def _grouped(self, terms: list[Term], dimensions: list[Operand], columns: list[Term], ranked: Term | None) -> None:
        fixed = [it.term.of for it in self.filters.where if it.operator == "="]
        columns = [term for term in columns if term.of not in fixed or not terms]
        keys = [*dimensions, *(term.of for term in columns if term.of not in dimensions)]
        if not keys and self.filters.having and terms:
            self.filters.lost.append("a count of groups")
        elif not keys and (ranked or self.filters.having):
            keys = self._row_names()
        self.group = keys
        if ranked and "S" in self.sketch.tags:
            self.filters.where += [it for key in keys if (it := self._present(key)) and it not in self.filters.where]
        supporting = [term for term in (ranked, *(it.term for it in self.filters.having)) if term and term.function]
        supporting = [term for at, term in enumerate(supporting) if term not in terms and term not in supporting[:at]]
        self.select = [*(Term(of=key) for key in keys), *terms, *supporting]
        self.supporting = len(supporting) if keys else 0
        if ranked and not ranked.function and ranked not in self.select:
            self.group.append(ranked.of)

    def _present(self, key: Operand) -> Predicate | None:
        """Rows without a name are no answer to "which"."""
        if not isinstance(key, ColumnOf) or not self.scope.catalog.column(key.table, key.column).nulls:
            return None
        return Predicate(term=Term(of=key), operator="not null")

    def _row_names(self) -> list[Operand]:
        """What the table that was asked for calls its rows: "which airlines have more than 1000 flights"."""
        for table in [*self.filters.rows, self.scope.anchor]:
            if self.scope.cost(table) is not None:
                named = self.picker.named(table)
                if named and (table != self.scope.anchor or len(self.filters.rows) == 1):
                    return [named]
        return []

    def _listed(self, columns: list[Term], ranked: Term | None) -> None:
        if self.sketch.existence and not columns:
            self.select = [Term(of=RowsOf(table=self.scope.anchor), function="count")]
            return
        if columns:
            self.select = columns
            if ranked and ranked not in columns:
                self.select = [*columns, ranked]
                self.supporting = 1
            return
        if not self.filters.rows and not self.filters.where and not ranked:
            return
        table = self.filters.rows[0] if self.filters.rows else self.scope.anchor
        label = self.scope.catalog.tables[table].label
        asked = self.sketch.asks in ("which", "who", "what") or (ranked and "T" in self.sketch.tags)
        if label and asked and self.filters.rows:
            self.select = [Term(of=ColumnOf(table=table, column=label.name))]
            if ranked and ranked not in self.select:
                self.select.append(ranked)
                self.supporting = 1
        else:
            self.select = [Term(of=RowsOf(table=table))]

    # Order, limit and the whole

    def _sorting(self) -> None:
        sort = self.sketch.sort
        if sort is None:
            return
        term = self.filters.amount(sort.amount) if sort.amount else None
        if sort.noun:
            choice = self.picker.noun(sort.noun, Slot.SUBJECT)
            if choice and isinstance(choice.operand, RowsOf):
                term = Term(of=choice.operand, function="count") if self.group else None
            elif choice:
                selected = [it for it in self.select if it.of == choice.operand and it.function]
                term = selected[0] if selected and self.group else Term(of=choice.operand)
        elif term is None and self.select:
            term = self.select[-1] if self.group else self.select[0]
        if term is None or (isinstance(term.of, RowsOf) and not term.function):
            self.filters.lost.append("the order")
            return
        if self.group and not term.function and term.of not in self.group:
            term = term.model_copy(update={"function": "avg" if self._additive(term.of) else "min"})
        self.order = [Sorting(term=term, descending=sort.direction == "desc")]

    def _limit(self, ranked: Term | None) -> None:
        limit = self.sketch.limit
        if limit:
            self.limit = limit.count if limit.count is not None else 1 if ranked else None
            if ranked is None and self.group and not self.order:
                figures = [term for term in self.select if term.function]
                if figures:
                    self.order = [Sorting(term=figures[0], descending=limit.descending is not False)]
        elif ranked and "S" in self.sketch.tags and not self._one_figure_selected():
            self.limit = 1

    def _one_figure_selected(self) -> bool:
        return len(self.select) == 1 and bool(self.select[0].function) and not self.group

    def _finish(self) -> Draft:
        share_of: tuple[Predicate, ...] = ()
        where = tuple(dict.fromkeys(self.filters.where))
        if where and not self.group and any(term.share for term in self.select):
            part = next((it for it in reversed(where) if not timed(it.term.of)), where[-1])
            where, share_of = tuple(it for it in where if it != part), (part,)
        form = Form(
            source=self.scope.catalog.source,
            tables=(self.scope.anchor,),
            select=tuple(self.select),
            supporting=self.supporting,
            where=where,
            connective="or" if self.sketch.disjunctive else "and",
            absent=tuple(self.filters.absent),
            share_of=share_of,
            group=tuple(self.group),
            having=tuple(self.filters.having),
            order=tuple(self.order),
            limit=self.limit,
            distinct=self._distinct(),
            chart=self.sketch.chart or None,
        )
        form = with_joins(form, self.scope, self.filters.rows)
        return Draft(
            form=form,
            anchor=self.scope.anchor,
            picks=tuple(self.picker.picks),
            lost=tuple(self.filters.lost),
            remarks=tuple(self.remarks),
            fanning=any(self.scope.routes[table].fanning for table in form.tables),
            mentioned=frozenset(self.filters.rows),
        )

    def _distinct(self) -> bool:
        if self.group or any(term.function for term in self.select):
            return False
        said = any(noun.distinct for noun in self.sketch.subjects)
        plain = all(isinstance(term.of, ColumnOf) for term in self.select)
        asked_which = self.sketch.asks == "which" and plain and self.sketch.ranking is None
        return said or asked_which
