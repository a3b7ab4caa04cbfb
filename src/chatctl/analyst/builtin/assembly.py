"""From a sketch to a logical form in one scope: each phrase becomes its part of the query."""

from dataclasses import dataclass

from chatctl.analyst.builtin.comparisons import Comparing
from chatctl.analyst.builtin.defaults import CALLED, groups_rows, leading_measure
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.forms import ColumnOf, Operand, RowsOf, Sorting, Term, timed
from chatctl.analyst.builtin.idioms import FLOWS
from chatctl.analyst.builtin.phrases import Amount, Limit
from chatctl.analyst.builtin.slots import Slot
from chatctl.analyst.builtin.wording import safe


@dataclass(kw_only=True)
class Assembly(Comparing):
    """A form of figures, groups and lists being put together."""

    def draft(self) -> Draft | None:
        """The form of the sketch in this scope, or nothing where no query comes of it."""
        sketch = self.sketch
        if sketch.repeated:
            return self._repeated(sketch.repeated)
        terms = [term for amount in sketch.amounts if (term := self.filters.amount(amount))]
        bare = sketch.bare if terms or not sketch.counts_rows else ()
        self.filters.lost += [f"{function} of what" for function in bare]
        dimensions = self._dimensions()
        terms = self._per(terms, dimensions)
        self._conditions()
        columns = self._subjects()
        if sketch.counts_rows and not terms:
            terms = [Term(of=RowsOf(table=self.scope.anchor), function="count")]
        terms, columns = self._ratio(terms, columns, dimensions)
        ranked = self._ranking() or self._led(terms, columns)
        if sketch.compares:
            dimensions += [
                it.term.of for it in self.filters.where if it.operator == "in" and it.term.of not in dimensions
            ]
        if sketch.rate and not terms:
            terms = [Term(of=RowsOf(table=self.scope.anchor), function="count", share=True)]
            if all(timed(it.term.of) for it in self.filters.where):
                self.filters.lost.append("a rate of what")
        ranked = self._averaged(columns, ranked)
        terms, columns = self._summed(terms, dimensions, columns, ranked)
        self._layout(terms, dimensions, columns, ranked)
        self._contrast()
        self._related()
        self._run()
        self._memberships()
        self._sorting()
        self._limit(ranked, dimensions)
        return self._finish() if self.select else None

    # Amounts and what they are grouped by

    def _per(self, terms: list[Term], dimensions: list[Operand]) -> list[Term]:
        """ "average number of flights per day": rows for each distinct day; a second dimension still groups."""
        each = self.sketch.each_period or self._each_thing(dimensions)
        averaged = [self._per_one(amount, term, each) for amount, term in zip(self.sketch.amounts, terms, strict=False)]
        if not any(averaged) or not dimensions or len(averaged) != len(terms):
            return terms
        per = dimensions.pop(0)
        return [
            term.model_copy(update={"per": per, "function": "count" if term.function == "count" else "sum"})
            if flag
            else term
            for term, flag in zip(terms, averaged, strict=True)
        ]

    def _ratio(
        self, terms: list[Term], columns: list[Term], dimensions: list[Operand]
    ) -> tuple[list[Term], list[Term]]:
        """ "revenue per unit": one total by the other."""
        per = next((it for it in dimensions if self._flows(it)), None)
        parts = [it for it in (*terms, *columns) if self._flows(it.of) and it.function in (None, "sum", "avg")]
        singly = any(dimension.singly for dimension in self.sketch.dimensions)
        if per is None or not singly or len(parts) != 1 or len(terms) + len(columns) != 1:
            return terms, columns
        dimensions.remove(per)
        return [Term(of=parts[0].of, function="sum", per=per)], []

    def _per_one(self, amount: Amount, term: Term, each: bool) -> bool:
        """ "average number of flights per day", "average sales per customer": totals of each, averaged."""
        if amount.per and term.function == "count":
            return True
        return amount.function == "avg" and each and self._flows(term.of)

    def _each_thing(self, dimensions: list[Operand]) -> bool:
        """ "per customer", where the rows have a key for it."""
        keys = [it for it in dimensions if isinstance(it, ColumnOf)]
        identifying = any(self.scope.catalog.column(it.table, it.column).identifying for it in keys)
        return identifying and any(it.singly for it in self.sketch.dimensions)

    def _led(self, terms: list[Term], columns: list[Term]) -> Term | None:
        """ "top 5 customers", "top sales": by the quantity that the table is kept for."""
        limit = self.sketch.limit
        named = len(columns) + len(self.filters.rows)
        asked = limit is not None and limit.word in ("top", "bottom") and self.sketch.asks != "when"
        if limit is None or not asked or terms or named != 1 or self.sketch.sort:
            return None
        if self.sketch.dimensions or any(self._additive(term.of) for term in columns):
            return None
        column = leading_measure(self.scope)
        if column is None and (columns or self.scope.anchor not in self.filters.rows):
            self.remarks.append("Ranked by the number of rows, for nothing else was named.")
            return Term(of=RowsOf(table=self.scope.anchor), function="count")
        if column is None:
            return None
        self.remarks.append(f"Ranked by {safe(column.name)}, for nothing else was named.")
        return Term(of=ColumnOf(table=column.table, column=column.name))

    # Subjects and layout

    def _ranking(self) -> Term | None:
        ranking = self.sketch.ranking
        if ranking is None:
            return None
        if ranking.counting and ranking.amount is None:
            counted = self.scope.anchor in self.filters.rows
            state = not counted and any(condition.state for condition in self.sketch.conditions)
            return Term(of=RowsOf(table=self.scope.anchor), function="count", share=state)
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
        rows_of_each = ranked is not None and dimensions and self.filters.rows and not (aggregated or columns)
        if dimensions and not aggregated and not rows_of_each:
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
        if ranked is None or ranked.function or not self._additive(ranked.of):
            return ranked
        owners = bool(self.filters.rows) and not {self.scope.anchor, *self._each_of_one()} & set(self.filters.rows)
        flowing = self._adds_up(ranked.of)
        if self._said_to_be_averaged() and any(groups_rows(term.of, self.scope.catalog) for term in columns):
            return ranked.model_copy(update={"function": "avg"})
        if "T" in self.sketch.tags:
            if not owners and not any(groups_rows(term.of, self.scope.catalog) for term in columns):
                return ranked
        elif not (columns or (owners and flowing)) or not all(self._collects(term.of, flowing) for term in columns):
            return ranked
        function = "sum" if owners or flowing else "avg"
        self.remarks.append(f"No aggregate was named: {CALLED[function]} are shown.")
        return ranked.model_copy(update={"function": function})

    def _said_to_be_averaged(self) -> bool:
        """ "the lowest average rating", though a column is called that."""
        noun = self.sketch.ranking.noun if self.sketch.ranking else None
        return noun is not None and self._averages((noun,))

    def _each_of_one(self) -> set[str]:
        """Tables of which every row has one row of the anchor: a player's figures of the season."""
        ahead = (it for it in self.scope.catalog.beside.get(self.scope.anchor, ()) if it.table == self.scope.anchor)
        return {it.to_table for it in ahead if self.scope.catalog.column(it.table, it.column).unique}

    def _collects(self, operand: Operand, flowing: bool) -> bool:
        """ "which month had the highest revenue" is about its total; a hottest month too has more than one day."""
        looked_up = isinstance(operand, ColumnOf) and operand.table != self.scope.anchor
        several = looked_up or groups_rows(operand, self.scope.catalog)
        return several and (flowing or timed(operand))

    def _summed(
        self, terms: list[Term], dimensions: list[Operand], columns: list[Term], ranked: Term | None
    ) -> tuple[list[Term], list[Term]]:
        """ "revenue last quarter" asks for the total, "revenue in each region" likewise; "list the prices" for rows."""
        if terms or ranked or dimensions or not columns or self.sketch.sort or self.sketch.existence:
            return terms, columns
        if len(columns) == 1 and not self.filters.rows and self._averages(self.sketch.subjects):
            return [columns[0].model_copy(update={"function": "avg"})], []
        mass = [it for it in self.sketch.subjects if not it.plural or it.text.lower() in FLOWS]
        singular = mass == [it for it in self.sketch.subjects if not it.distinct]
        narrowed = bool(self.filters.where or self.filters.contrasted or self.sketch.running)
        if not all(self._flows(term.of) for term in columns) or not (singular and (narrowed or self._bare_question())):
            return terms, columns
        self.remarks.append("No aggregate was named: totals are shown.")
        return [term.model_copy(update={"function": "sum"}) for term in columns], []

    def _bare_question(self) -> bool:
        return self.sketch.asks in ("", "what") and not self.sketch.limit

    def _one_figure(self, columns: list[Term], dimensions: list[Operand], terms: list[Term]) -> bool:
        """ "the highest altitude" alone asks for the figure, not for the row."""
        noun = self.sketch.ranking.noun if self.sketch.ranking else None
        somebody = self.sketch.asks == "who"
        return bool(noun) and not (somebody or columns or dimensions or terms or self.filters.rows or self.sketch.limit)

    def _default_amount(
        self, columns: list[Term], dimensions: list[Operand], ranked: Term | None
    ) -> tuple[list[Term], list[Term]]:
        """ "delay by month" asks for the average delay; "flights by month" for their number."""
        measures = [term for term in columns if self._additive(term.of) and term.of not in dimensions]
        if measures and not ranked:
            kept = [term for term in columns if term not in measures]
            drawn = [self._drawn(term) for term in measures]
            names = dict.fromkeys(CALLED[str(term.function)] for term in drawn)
            self.remarks.append(f"No aggregate was named: {' and '.join(names)} are shown.")
            return drawn, kept
        leading = leading_measure(self.scope) if self.sketch.compares and not self.filters.rows else None
        if leading:
            self.remarks.append(f"No measure was named: the total of {safe(leading.name)} is taken.")
            return [Term(of=ColumnOf(table=leading.table, column=leading.name), function="sum")], columns
        return [Term(of=RowsOf(table=self.scope.anchor), function="count")], columns

    def _grouped(self, terms: list[Term], dimensions: list[Operand], columns: list[Term], ranked: Term | None) -> None:
        fixed = [it.term.of for it in self.filters.where if it.operator == "="]
        columns = [term for term in columns if term.of not in fixed or not terms]
        keys = [*dimensions, *(term.of for term in columns if term.of not in dimensions)]
        if not keys and self.filters.having and terms:
            keys, terms = self._counted_groups(terms), []
        elif not keys and (ranked or self.filters.having):
            keys = self._row_names()
        self.group = keys
        if ranked and "S" in self.sketch.tags:
            self.filters.where += [it for key in keys if (it := self._present(key)) and it not in self.filters.where]
        if self.counted:
            self.filters.where += [it for key in keys if (it := self._present(key))]
        supporting = [term for term in (ranked, *(it.term for it in self.filters.having)) if term and term.function]
        supporting = [term for at, term in enumerate(supporting) if term not in terms and term not in supporting[:at]]
        self.select = [*(Term(of=key) for key in keys), *terms, *supporting]
        self.supporting = len(supporting) if keys and not self.sketch.compares else 0
        if ranked and not ranked.function and ranked not in self.select:
            self.group.append(ranked.of)

    def _counted_groups(self, terms: list[Term]) -> list[Operand]:
        """ "how many carriers have more than 1000 flights": what is counted is what is grouped by."""
        (term, *more) = terms
        key = self.picker.key(term.of.table) if isinstance(term.of, RowsOf) else term.of
        own = isinstance(term.of, RowsOf) and term.of.table == self.scope.anchor
        if more or term.share or term.function != "count" or key is None or own:
            self.filters.lost.append("a count of groups")
            return []
        self.counted = True
        return [key]

    def _row_names(self) -> list[Operand]:
        """What the table that was asked for calls its rows: "which airlines have more than 1000 flights"."""
        for table in [*self.filters.rows, self.scope.anchor]:
            if self.scope.cost(table) is not None:
                called = self.scope.catalog.tables[table].called
                named = [ColumnOf(table=table, column=it.name) for it in called]
                keys = (*named,) or (self.picker.key(table),)
                if table != self.scope.anchor or len(self.filters.rows) == 1:
                    return [key for key in keys if key]
        return []

    def _totals_above(self, columns: list[Term]) -> bool:
        """ "regions with revenue above 1000" compares each region's total."""
        bounds = [it for it in self.filters.where if it in self.filters.claimed and self._flows(it.term.of)]
        bounds = [it for it in bounds if it.operator in ("<", "<=", ">", ">=") and it.against is None]
        own = all(term.of.table == self.scope.anchor and groups_rows(term.of, self.scope.catalog) for term in columns)
        if not bounds or not columns or not own:
            return False
        self.filters.where = [it for it in self.filters.where if it not in bounds]
        totals = [it.model_copy(update={"term": it.term.model_copy(update={"function": "sum"})}) for it in bounds]
        self.filters.having += totals
        self.remarks.append("Totals are compared, for each group has many rows.")
        self._grouped([], [], columns, None)
        return True

    def _listed(self, columns: list[Term], ranked: Term | None) -> None:
        if ranked is None and self._totals_above(columns):
            return
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
        table = self._whose()
        called = self.scope.catalog.tables[table].called
        asked = self.sketch.asks in ("", "which", "who", "what") or (ranked and "T" in self.sketch.tags)
        if called and asked and (self.filters.rows or ranked):
            self.select = [Term(of=ColumnOf(table=table, column=it.name)) for it in called]
            figures = [ranked] if ranked else self._compared()
            beside = [term for term in dict.fromkeys(figures) if term not in self.select]
            self.select += beside
            self.supporting = len(beside)
        else:
            self.select = [Term(of=RowsOf(table=table))]

    def _compared(self) -> list[Term]:
        """What the rows were chosen by, where it differs among them: "products cheaper than 50" show their prices."""
        return [it.term for it in self.filters.where if it.operator in ("<", "<=", ">", ">=") and not timed(it.term.of)]

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

    def _limit(self, ranked: Term | None, dimensions: list[Operand]) -> None:
        limit = self.sketch.limit
        if limit and limit.count is None and ranked is None and not self.order:
            self._end_of_dates(descending=limit.descending is False)
            return
        if limit and not (ranked or self.order or self.group) and limit.descending is not None:
            self._recent(limit)
        several = ranked is not None or len(self.group) > 1
        if several and self.sketch.dimensions and self.sketch.subjects and (limit or ranked):
            self._of_each(limit, dimensions)
        elif limit:
            self.limit = limit.count if limit.count is not None else 1 if ranked else None
            self._by_figure(limit)
        elif ranked and "S" in self.sketch.tags and not self._one_figure_selected():
            self.limit = 1

    def _by_figure(self, limit: Limit) -> None:
        """Groups of which only some are wanted come in the order of their first figure."""
        figures = [term for term in self.select if term.function]
        if self.group and figures and not self.order:
            self.order = [Sorting(term=figures[0], descending=limit.descending is not False)]

    def _of_each(self, limit: Limit | None, keys: list[Operand]) -> None:
        """ "the top 3 destinations of each origin", "the heaviest car of each origin"."""
        if limit:
            self._by_figure(limit)
        if not self.group:
            self.select = [*(Term(of=key) for key in keys if Term(of=key) not in self.select), *self.select]
        self.filters.where += [it for key in self.group if key not in keys and (it := self._present(key))]
        self.limit = limit.count if limit and limit.count else 1
        self.each = tuple(key for key in keys if Term(of=key) in self.select)
        if not self.each or not self.order:
            self.filters.lost.append("the first of each group")

    def _recent(self, limit: Limit) -> None:
        """ "the last 5 orders" are the latest; a top without a measure says nothing."""
        day = self.scope.day() if limit.word == "last" else None
        if day is None:
            self.filters.lost.append(f"{limit.word} by what")
        else:
            self.order = [Sorting(term=Term(of=day), descending=True)]

    def _end_of_dates(self, *, descending: bool) -> None:
        """ "the first order date", "when was the last sale": the earliest or latest day."""
        only = self.select[0].of if len(self.select) == 1 and not self.select[0].function else None
        day: Operand | None = None
        if isinstance(only, ColumnOf) and self.scope.catalog.column(only.table, only.column).temporal:
            day = only
        elif self.sketch.asks == "when" and isinstance(only, RowsOf):
            day = self.scope.grain("day")
        if day is None or self.group:
            self.filters.lost.append("first or last of what")
            return
        self.select = [Term(of=day, function="max" if descending else "min")]

    def _one_figure_selected(self) -> bool:
        return len(self.select) == 1 and bool(self.select[0].function) and not self.group
