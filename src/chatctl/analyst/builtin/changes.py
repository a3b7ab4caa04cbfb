"""Change over time: each period against the one before, or the last full period against the first.

"Which region grew fastest?" compares two periods of the same length, both full, as far apart as the data allow; where
the question names the periods, those are taken.
"""

from dataclasses import dataclass, replace

from chatctl.analyst.builtin.defaults import bare_function, groups_rows, leading_measure
from chatctl.analyst.builtin.drafts import Draft, Drafting, against
from chatctl.analyst.builtin.forms import (
    ColumnOf,
    DayOf,
    GrainOf,
    Operand,
    Predicate,
    RowsOf,
    Sorting,
    Term,
    time_unit,
    timed,
)
from chatctl.analyst.builtin.frames import bounds
from chatctl.analyst.builtin.nodes import Noun
from chatctl.analyst.builtin.phrases import Condition, Growth
from chatctl.analyst.builtin.slots import Slot
from chatctl.analyst.builtin.spans import (
    PERIODS,
    Period,
    Span,
    ends,
    full_periods,
    inside,
    is_full,
    name,
    periods,
    span,
)
from chatctl.analyst.builtin.times import Frame
from chatctl.analyst.builtin.wording import operand as spoken

MOST_LISTED = 25
"""Groups up to which all are listed beside the one that was asked for."""


@dataclass(kw_only=True)
class Changes(Drafting):
    """A form about change over time being put together."""

    def __post_init__(self) -> None:
        Drafting.__post_init__(self)
        self.named: list[Period] = []
        self.covered: Span | None = None

    def draft(self) -> Draft | None:
        """The form of the sketch in this scope, or nothing where its table has no dates."""
        growth, day = self.sketch.growth, self.scope.day()
        if growth is None or day is None:
            return None
        self.covered = span(self.scope.catalog, day)
        measures, keys = self._parts(growth)
        self._framed()
        if not measures:
            measures = [self._leading_term()]
        series = next((key for key in keys if timed(key)), None)
        if growth.unit:
            series = self._unit_key(growth.unit, series)
            keys = [key for key in keys if not timed(key)]
        if series is not None:
            self._series(measures, [series, *(key for key in keys if key != series)], day, growth)
        else:
            self._ends(measures, keys, day, growth)
        self._limited(keys if series is None else [series])
        return self._finish() if self.select else None

    # What is measured, and by what

    def _parts(self, growth: Growth) -> tuple[list[Term], list[Operand]]:
        measures = [it for amount in (*growth.amounts, *self.sketch.amounts) if (it := self.filters.amount(amount))]
        keys: list[Operand] = []
        for operand in [*self._operands(growth), *self._dimensions()]:
            if isinstance(operand, ColumnOf) and self._additive(operand):
                column = self.scope.catalog.column(operand.table, operand.column)
                term = Term(of=operand, function=bare_function(column))
                measures += [term] if all(it.of != operand for it in measures) else []
            elif isinstance(operand, RowsOf):
                measures.append(Term(of=operand, function="count"))
            elif operand not in keys:
                keys.append(operand)
        return measures, keys

    def _operands(self, growth: Growth) -> list[Operand]:
        ranked = self.sketch.ranking.noun if self.sketch.ranking else None
        nouns = [*growth.nouns, *self.sketch.subjects, *([ranked] if ranked else [])]
        return [operand for noun in nouns if (operand := self._operand(noun)) is not None]

    def _operand(self, noun: Noun) -> Operand | None:
        choice = self.picker.noun(noun, Slot.SUBJECT)
        if choice is None:
            self.filters.lost.append(noun.text)
            return None
        if isinstance(choice.operand, RowsOf) and choice.operand.table != self.scope.anchor:
            return self.picker.named(choice.operand.table)
        return choice.operand

    def _leading_term(self) -> Term:
        column = leading_measure(self.scope)
        if column is None:
            self.remarks.append("No measure was named: rows are counted.")
            return Term(of=RowsOf(table=self.scope.anchor), function="count")
        term = Term(of=ColumnOf(table=column.table, column=column.name), function="sum")
        self.remarks.append(f"No measure was named: the total of {spoken(term.of)} is taken.")
        return term

    # Time

    def _framed(self) -> None:
        """Two frames are the periods to compare; one narrows the time that is looked at."""
        for condition in self.sketch.conditions:
            found = self._named_periods(condition)
            if len(found) == 2:
                self.named = found
                continue
            before = len(self.filters.where)
            self.filters.place(condition)
            if len(found) == 1 and self.covered and len(self.filters.where) > before:
                self.covered = self._narrowed(self.covered, self.filters.where[before:], found[0])

    def _named_periods(self, condition: Condition) -> list[Period]:
        whole = [self._in_its_year(frame) for frame in condition.frames]
        framed = [frame for frame in whole if frame.start or "year" in frame.values]
        if len(framed) < len(condition.frames):
            return []
        return sorted((_period(frame) for frame in framed), key=lambda it: it.start)

    def _in_its_year(self, frame: Frame) -> Frame:
        """ "January" of the last year that the data cover so far."""
        if not self.covered or not frame.values.keys() & {"month", "quarter"} or "year" in frame.values:
            return frame
        years = range(self.covered.last.year, self.covered.first.year - 1, -1)
        dated = [replace(frame, parts=(("year", (year,)), *frame.parts)) for year in years]
        return next((it for it in dated if is_full(self.covered, _period(it))), dated[0])

    def _narrowed(self, covered: Span, placed: list[Predicate], period: Period) -> Span:
        """The part of a span that date conditions leave, or that a frame of date parts does."""
        days = {it.operator: it.values[0] for it in placed if isinstance(it.term.of, DayOf)}
        start, end = days.get(">="), days.get("<")
        if not days:
            return covered.within(period.start, period.end)
        low = covered.first if start is None else max(covered.first, covered.first.fromisoformat(str(start)))
        high = covered.first.fromisoformat(str(end)) if end is not None else covered.last.replace(year=9999)
        return covered.within(low, high)

    def _unit_key(self, unit: str, series: Operand | None) -> Operand | None:
        if series is not None and time_unit(series) != unit:
            self.filters.lost.append(f"{unit} over {unit} by {time_unit(series)}")
        grain = self.scope.grain(unit)  # type: ignore[arg-type]
        if grain is None:
            self.filters.lost.append(unit)
        return grain

    # The two shapes

    def _series(self, measures: list[Term], keys: list[Operand], day: DayOf, growth: Growth) -> None:
        self.group = keys
        self.select = [Term(of=key) for key in keys]
        for term in measures[:1]:
            self.select += [term, *(term.model_copy(update={"window": it}) for it in ("change", "growth"))]
        self.filters.lost += [spoken(term.of) for term in measures[1:]]
        unit = time_unit(keys[0])
        self.remarks.append(f"Each {unit} is compared with the one before it in the table.")
        if self.covered and unit in PERIODS:
            self._whole(unit, day, self.covered)
        if growth.descending is not None:
            self.order = [Sorting(term=self.select[-1], descending=growth.descending)]

    def _whole(self, unit: str, day: DayOf, covered: Span) -> None:
        """Leave out the periods at either end that the data cover only in part, where enough are left."""
        partial = [it.name for it in periods(covered, unit) if not is_full(covered, it)]
        full = full_periods(covered, unit)
        if not partial:
            return
        if len(full) < 2:
            self.remarks.append(f"The data cover only a part of {' and '.join(partial[:2])}.")
            return
        self.remarks.append(f"The data cover only a part of {' and '.join(partial[:2])}, which is left out.")
        between = Period(start=full[0].start, end=full[-1].end, name="")
        self.filters.where = [it for it in self.filters.where if not isinstance(it.term.of, DayOf)]
        self.filters.where += inside(day, between)

    def _ends(self, measures: list[Term], keys: list[Operand], day: DayOf, growth: Growth) -> None:
        found = self._compared()
        if found is None:
            self.filters.lost.append("two full periods to compare")
            return
        first, last = found
        base, now = inside(day, first), inside(day, last)
        self.group = keys
        self.select = [Term(of=key) for key in keys]
        for term in measures[:1]:
            self.select += against(term, (first.name, base), (last.name, now))
        self.filters.lost += [spoken(term.of) for term in measures[1:]]
        if keys:
            descending = growth.descending is not False
            self.order = [Sorting(term=self.select[-1], descending=descending)]

    def _compared(self) -> tuple[Period, Period] | None:
        if self.named:
            self._partly(self.named)
            return self.named[0], self.named[1]
        found = ends(self.covered) if self.covered else None
        if found is None:
            return None
        unit, first, last = found
        self.remarks.append(
            f"Compared are {first.name} and {last.name}, the first and the last full {unit} of the data; "
            f"growth is relative to {first.name}."
        )
        return first, last

    def _partly(self, named: list[Period]) -> None:
        short = [it.name for it in named if self.covered and not is_full(self.covered, it)]
        if short and self.covered:
            span_said = f"from {self.covered.first} to {self.covered.last}"
            self.remarks.append(f"The data run {span_said}: {' and '.join(short)} is not covered whole.")

    def _limited(self, keys: list[Operand]) -> None:
        """An asked-for number of groups; otherwise all are listed where they are few."""
        limit, growth = self.sketch.limit, self.sketch.growth
        if limit and keys:
            self.limit = limit.count or 1
        elif growth and growth.descending is not None and keys and not self._few(keys):
            self.limit = 10

    def _few(self, keys: list[Operand]) -> bool:
        counts = [self._distinct_values(key) for key in keys]
        return all(count is not None and count <= MOST_LISTED for count in counts)

    def _distinct_values(self, key: Operand) -> int | None:
        if isinstance(key, GrainOf) or not groups_rows(key, self.scope.catalog):
            return None if isinstance(key, GrainOf) else MOST_LISTED + 1
        return self.scope.catalog.column(key.table, key.column).distinct if isinstance(key, ColumnOf) else None


def _period(frame: Frame) -> Period:
    start, end = bounds(frame)
    unit = next((it for it in ("month", "quarter", "year") if it in frame.values), "day")
    spoken_name = name(start, unit) if not frame.start and "day" not in frame.values else frame.text
    return Period(start=start, end=end, name=spoken_name)
