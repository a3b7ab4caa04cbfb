"""Conditions and amounts of a sketch, placed on the columns of one scope."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chatctl.analyst.builtin.defaults import cell_for_none, compared_bare, flag_of
from chatctl.analyst.builtin.firsts import first_of
from chatctl.analyst.builtin.forms import (
    Absence,
    ColumnOf,
    DayOf,
    Link,
    Operand,
    Operator,
    Predicate,
    RowsOf,
    Term,
    compared,
)
from chatctl.analyst.builtin.frames import bounds, frame_predicates, settled
from chatctl.analyst.builtin.lexicon import TO_MINUTES
from chatctl.analyst.builtin.names import NameIndex, Reading
from chatctl.analyst.builtin.nodes import Mention, Noun
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition, Ranking
from chatctl.analyst.builtin.predicates import OPPOSITE, comparisons, each_value, merged, negated
from chatctl.analyst.builtin.slots import Picker, Slot
from chatctl.analyst.builtin.times import Frame
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import name_words, tokens

MISSING_FUNCTIONS = {
    "sqlite": ("median", "quantile", "deviation", "correlation"),
    "mysql": ("median", "quantile", "correlation"),
}
SPOKEN_FUNCTIONS = {"quantile": "percentile", "deviation": "standard deviation"}


@dataclass(kw_only=True)
class Filters:
    """The conditions placed so far; `lost` are the words that found no place, `rows` tables that were named.

    `claimed` are the conditions that say something of the rows rather than which rows are looked at ("were late"),
    `contrasted` the frames set against each other, `required` and `excluded` what several rows of one thing must meet.
    """

    picker: Picker
    index: NameIndex
    where: list[Predicate] = field(default_factory=list)
    having: list[Predicate] = field(default_factory=list)
    absent: list[Absence] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    claimed: list[Predicate] = field(default_factory=list)
    contrasted: list[tuple[str, tuple[Predicate, ...]]] = field(default_factory=list)
    required: list[tuple[Predicate, ...]] = field(default_factory=list)
    excluded: list[tuple[Predicate, ...]] = field(default_factory=list)

    def amount(self, amount: Amount) -> Term | None:
        """The term of an amount."""
        if amount.noun is None:
            return None
        dialect = self.picker.scope.catalog.dialect
        if amount.function in MISSING_FUNCTIONS.get(dialect, ()):
            spoken = SPOKEN_FUNCTIONS.get(amount.function, amount.function)
            self.lost.append(f"{amount.text} ({dialect} cannot compute a {spoken})")
            return None
        counting = amount.function == "count"
        choice = self.picker.noun(amount.noun, Slot.COUNT if counting else Slot.MEASURE)
        if choice is None:
            self.lost.append(amount.noun.text)
            return None
        if isinstance(choice.operand, RowsOf):
            if amount.function not in ("count", "sum"):
                self.lost.append(amount.text)
                return None
            return Term(of=choice.operand, function="count", share=amount.share)
        if amount.function == "correlation" or amount.other:
            return self._paired(choice.operand, amount)
        if counting and amount.share and not amount.distinct and self._additive(choice.operand):
            return Term(of=choice.operand, function="sum", share=True)
        if counting and not amount.distinct and self._quantity(choice.operand):
            return Term(of=choice.operand, function="avg" if amount.per else "sum", share=amount.share)
        distinct = counting and (amount.distinct or isinstance(choice.operand, ColumnOf))
        return Term(
            of=choice.operand,
            function=amount.function,
            distinct=distinct,
            share=amount.share,
            fraction=amount.fraction,
        )

    def _paired(self, operand: Operand, amount: Amount) -> Term | None:
        """Two numbers of the same rows: how they vary together, or the total of one by that of the other."""
        other = self.picker.noun(amount.other, Slot.MEASURE) if amount.other else None
        if other is None or not (self._additive(operand) and self._additive(other.operand)):
            self.lost.append(f"{amount.text} (it takes two numbers of one table)")
            return None
        if amount.function == "correlation":
            return Term(of=operand, function="correlation", other=other.operand)
        return Term(of=operand, function="sum", per=other.operand)

    def _additive(self, operand: Operand) -> bool:
        """Whether an operand is a quantity, as in "average number of seats"."""
        return (
            isinstance(operand, ColumnOf) and self.picker.scope.catalog.column(operand.table, operand.column).additive
        )

    def _quantity(self, operand: Operand) -> bool:
        """Whether an operand is a number of something, as in "how many units were sold", and not a key."""
        if not isinstance(operand, ColumnOf) or not self._additive(operand):
            return False
        catalog = self.picker.scope.catalog
        pointing = any(
            (it.table, it.column) == (operand.table, operand.column) for it in catalog.beside.get(operand.table, ())
        )
        return not pointing and operand.column not in catalog.tables[operand.table].key

    def place(self, condition: Condition, *, every: bool = False) -> None:
        """Put a condition where it belongs; `every` asks that each of its values is met by some row."""
        before = len(self.where)
        self._place(condition)
        new = self.where[before:]
        if condition.excluded:
            del self.where[before:]
            self.excluded += [tuple(new)] if new else []
        elif every and (single := each_value(new)):
            del self.where[before:]
            self.required += [(it,) for it in single]
        elif condition.claims:
            self.claimed += new

    def _place(self, condition: Condition) -> None:
        placed = (
            self._given(condition)
            if condition.given
            else self._first(condition.noun, condition.first)
            if condition.first
            else self._framed(condition)
            if condition.frames
            else self._valued(condition)
            if condition.mentions
            else self._compared(condition)
            if condition.comparison
            else self._missing(condition)
        )
        if not placed:
            self.lost.append(condition.text)

    def _given(self, condition: Condition) -> bool:
        """Conditions as a definition has them, where all their tables can be reached."""
        tables = {it.table for one in condition.given for it in compared(one)}
        if any(self.picker.scope.cost(table) is None for table in tables):
            return False
        for it in condition.given:
            (self.having if it.term.aggregated else self.where).append(it)
        return True

    def _first(self, noun: Noun | None, ranking: Ranking) -> bool:
        found = first_of(noun, ranking, self.picker.scope, self.index) if noun else None
        self.where += [found] if found else []
        return found is not None

    def _framed(self, condition: Condition) -> bool:
        day = None
        if condition.noun:
            choice = self.picker.noun(condition.noun, Slot.COMPARED)
            if choice and isinstance(choice.operand, ColumnOf):
                column = self.picker.scope.catalog.column(choice.operand.table, choice.operand.column)
                day = DayOf(table=column.table, date=column.name) if column.temporal else None
                if not column.temporal and column.part is None:
                    self.rows.append(column.table)
        settled_frames = [settled(self.picker.scope, frame, day) for frame in condition.frames]
        self.remarks += [said for _, said in settled_frames if said]
        frames = tuple(frame for frame, _ in settled_frames)
        if condition.operator == "in":
            return self._contrasted(frames, day)
        operator = OPPOSITE[condition.operator] if condition.negated else condition.operator
        found = frame_predicates(self.picker.scope, frames, operator, day)  # type: ignore[arg-type]
        self.where += found
        return bool(found)

    def _contrasted(self, frames: tuple[Frame, ...], day: DayOf | None) -> bool:
        """Frames set against each other, the earlier one first."""
        dated = [frame for frame in frames if frame.start or "year" in frame.values]
        ordered = sorted(frames, key=lambda it: bounds(it)[0]) if len(dated) == len(frames) else list(frames)
        found = [(it.text, tuple(frame_predicates(self.picker.scope, (it,), "=", day))) for it in ordered]
        self.contrasted += found
        return all(predicates for _, predicates in found) and found[0][1] != found[-1][1]

    def _valued(self, condition: Condition) -> bool:
        nouns = [condition.noun] if condition.noun else []
        if condition.noun and condition.part:
            found = [self.picker.text_part(it, condition.noun, condition.part) for it in condition.mentions]
        else:
            nouns += _common(condition.mentions)
            found = [self.picker.value(mention, nouns) for mention in condition.mentions]
        predicates = [predicate for predicate in found if predicate]
        if len(predicates) < len(condition.mentions):
            self.lost += [m.text for m, p in zip(condition.mentions, found, strict=True) if p is None]
        together = merged(predicates)
        self.where += [negated(it) for it in together] if condition.negated else together
        return bool(together)

    def _compared(self, condition: Condition) -> bool:
        comparison = condition.comparison
        if comparison is None:
            return False
        if condition.amount:
            term = self.amount(condition.amount)
            if term is None:
                return False
            self.having += comparisons(term, comparison, negated=condition.negated)
            return True
        operand = self.operand(condition.noun, comparison.nouns)
        if operand is None and not condition.noun and not comparison.nouns:
            operand = self._leading(comparison.numbers)
        if operand is None:
            return False
        if condition.state:
            self._state_remark(condition, operand)
        term = Term(of=operand)
        if comparison.unit in TO_MINUTES:
            scaled = _in_minutes(comparison, operand)
            if scaled is None:
                return False
            comparison = scaled
        if comparison.average:
            against = Term(of=operand, function=comparison.average)
            self.where.append(Predicate(term=term, operator=comparison.operator, against=against))
        else:
            found = comparisons(term, comparison, negated=condition.negated)
            self.where += [self._as_held(it) for it in found]
        return True

    def _as_held(self, predicate: Predicate) -> Predicate:
        """A number as a text where the column holds texts: "6 cylinder cars"."""
        of = predicate.term.of
        if not isinstance(of, ColumnOf) or self.picker.scope.catalog.column(of.table, of.column).type != "text":
            return predicate
        return predicate.model_copy(update={"values": tuple(map(str, predicate.values))})

    def _leading(self, numbers: tuple[float, ...]) -> Operand | None:
        """The quantity that "orders over 200" or "people over 60" compares."""
        scope = self.picker.scope
        column = compared_bare(scope, numbers)
        if column is None:
            return None
        self.remarks.append(f"Compared is {safe(column.name)}, for no column was named.")
        return ColumnOf(table=column.table, column=column.name)

    def _state_remark(self, condition: Condition, operand: Operand) -> None:
        name = safe(operand.column) if isinstance(operand, ColumnOf) else ""
        if condition.operator == "null":
            self.remarks.append(f'"{condition.text}" was read as rows without {name}.')
        elif condition.comparison:
            number = condition.comparison.numbers[0]
            self.remarks.append(f'"{condition.text}" was read as {name} {condition.comparison.operator} {number:g}.')

    def operand(self, noun: Noun | None, adjective: tuple[str, ...]) -> Operand | None:
        """A column to compare: the noun's, or the first that an adjective's nouns name."""
        if noun:
            choice = self.picker.noun(noun, Slot.COMPARED)
            return choice.operand if choice and not isinstance(choice.operand, RowsOf) else None
        called = [(word, near) for word in adjective if (near := self._near(word))]
        own = [(word, here) for word, near in called if (here := self._of_the_anchor(near))]
        for word, readings in [*own, *called][:1]:
            choice = self.picker.noun(Noun(text=word, readings=readings), Slot.COMPARED)
            return choice.operand if choice else None
        return None

    def _near(self, word: str) -> tuple[Reading, ...]:
        """The quantities in reach that a word names."""
        spoken = tokens(word)
        readings = self.index.spans(spoken).get((0, len(spoken)), [])
        return tuple(
            it for it in readings if it.measure and it.score >= 0.45 and self.picker.scope.cost(it.table) is not None
        )

    def _of_the_anchor(self, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        return tuple(it for it in readings if it.table == self.picker.scope.anchor)

    def _missing(self, condition: Condition) -> bool:
        """A column without a value, or rows without any row in another table."""
        noun = condition.noun
        if noun is None:
            operand = self.operand(None, condition.nouns)
            if operand is None:
                return False
            self._state_remark(condition, operand)
            self.where.append(Predicate(term=Term(of=operand), operator=condition.operator))
            return True
        if condition.operator == "outlier":
            return self._outlier(noun)
        best = noun.readings[0]
        column = next((it for it in noun.readings if it.column and it.table == self.picker.scope.anchor), None)
        if not best.column and not best.unit and best.table != self.picker.scope.anchor:
            return self._absence(best.table, present=condition.operator == "not null")
        if column is None or column.score < 0.45:
            return False
        choice = self.picker.noun(noun, Slot.SUBJECT)
        if choice is None or not isinstance(choice.operand, ColumnOf):
            choice_operand: Operand = ColumnOf(table=column.table, column=column.column)
        else:
            choice_operand = choice.operand
        self.where.append(self._said(choice_operand, condition.operator))
        return True

    def _said(self, operand: Operand, operator: Operator) -> Predicate:
        """That a cell says something (`not null`) or nothing (`null`), in the way of its column: a cell for yes or for
        none, or an empty one."""
        term, catalog, there = Term(of=operand), self.picker.scope.catalog, operator == "not null"
        if flag := flag_of(operand, catalog):
            return Predicate(term=term, operator="=", values=(flag[0] if there else flag[1],))
        none = cell_for_none(operand, catalog)
        if none is None:
            return Predicate(term=term, operator=operator)
        return Predicate(term=term, operator="!=" if there else "=", values=(none,))

    def _outlier(self, noun: Noun) -> bool:
        """Numbers beyond the fences of their quartiles."""
        choice = self.picker.noun(noun, Slot.MEASURE)
        if choice is None or not self._additive(choice.operand):
            return False
        if "quantile" in MISSING_FUNCTIONS.get(self.picker.scope.catalog.dialect, ()):
            self.lost.append(f"quartiles ({self.picker.scope.catalog.dialect} cannot compute them)")
            return True
        self.where.append(Predicate(term=Term(of=choice.operand), operator="outlier"))
        self.remarks.append("Outliers lie more than 1.5 interquartile ranges beyond the quartiles (Tukey's fences).")
        return True

    def _absence(self, table: str, *, present: bool) -> bool:
        """No row by any key that joins the two tables; for presence the first key will do."""
        links = list(self._links(table))
        self.absent += [Absence(link=link, present=present) for link in (links[:1] if present else links)]
        return bool(links)

    def _links(self, table: str) -> Iterator[Link]:
        anchor = self.picker.scope.anchor
        for edge in self.picker.scope.catalog.edges:
            if (edge.table, edge.to_table) == (table, anchor):
                yield Link(table=anchor, column=edge.to_column, to_table=table, to_column=edge.column)
            elif (edge.table, edge.to_table) == (anchor, table):
                yield Link(table=anchor, column=edge.column, to_table=table, to_column=edge.to_column)


def _common(mentions: tuple[Mention, ...]) -> list[Noun]:
    """The columns that hold every value of a list, as if they had been named."""
    if len(mentions) < 2:
        return []
    held = [{(it.table, it.column) for it in mention.readings} for mention in mentions]
    shared = sorted(set.intersection(*held))
    readings = tuple(Reading(table=table, column=column, score=1.0) for table, column in shared)
    return [Noun(text="", readings=readings)] if readings else []


def _in_minutes(comparison: Comparison, operand: Operand) -> Comparison | None:
    """Hours as minutes for a column that says it holds minutes; a column that does not say is not guessed at."""
    words = name_words(operand.column) if isinstance(operand, ColumnOf) else ()
    if {"hours", "hrs", "days"} & set(words):
        return comparison
    if not {"minutes", "mins", "min"} & set(words):
        return None
    return replace(comparison, numbers=tuple(it * TO_MINUTES[comparison.unit] for it in comparison.numbers))
