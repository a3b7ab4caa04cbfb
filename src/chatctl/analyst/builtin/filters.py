"""Conditions and amounts of a sketch, placed on the columns of one scope."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from chatctl.analyst.builtin.forms import Absence, ColumnOf, DayOf, Link, Operand, Predicate, RowsOf, Term
from chatctl.analyst.builtin.frames import frame_predicates
from chatctl.analyst.builtin.lexicon import TO_MINUTES
from chatctl.analyst.builtin.links import Mention, Noun
from chatctl.analyst.builtin.names import NameIndex, Reading
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition
from chatctl.analyst.builtin.slots import Picker, Slot
from chatctl.analyst.builtin.words import name_words, tokens
from chatctl.domain.results import Cell

OPPOSITE = {
    "=": "!=",
    "in": "not in",
    "like": "not like",
    ">": "<=",
    "<": ">=",
    ">=": "<",
    "<=": ">",
    "null": "not null",
}


MISSING_FUNCTIONS = {"sqlite": ("median",), "mysql": ("median",)}


@dataclass(kw_only=True)
class Filters:
    """The conditions placed so far; `lost` are the words that found no place, `rows` tables that were named."""

    picker: Picker
    index: NameIndex
    where: list[Predicate] = field(default_factory=list)
    having: list[Predicate] = field(default_factory=list)
    absent: list[Absence] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    def amount(self, amount: Amount) -> Term | None:
        """The term of an amount."""
        if amount.noun is None:
            return None
        dialect = self.picker.scope.catalog.dialect
        if amount.function in MISSING_FUNCTIONS.get(dialect, ()):
            self.lost.append(f"{amount.text} ({dialect} cannot compute a {amount.function})")
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
        if counting and (amount.per or amount.total) and self._additive(choice.operand):
            return Term(of=choice.operand, function="avg" if amount.per else "sum", share=amount.share)
        distinct = counting and (amount.distinct or isinstance(choice.operand, ColumnOf))
        return Term(of=choice.operand, function=amount.function, distinct=distinct, share=amount.share)

    def _additive(self, operand: Operand) -> bool:
        """Whether an operand is a quantity, as in "average number of seats"."""
        return (
            isinstance(operand, ColumnOf) and self.picker.scope.catalog.column(operand.table, operand.column).additive
        )

    def place(self, condition: Condition) -> None:
        placed = (
            self._framed(condition)
            if condition.frames
            else self._valued(condition)
            if condition.mentions
            else self._compared(condition)
            if condition.comparison
            else self._missing(condition)
        )
        if not placed:
            self.lost.append(condition.text)

    def _framed(self, condition: Condition) -> bool:
        day = None
        if condition.noun:
            choice = self.picker.noun(condition.noun, Slot.COMPARED)
            if choice and isinstance(choice.operand, ColumnOf):
                column = self.picker.scope.catalog.column(choice.operand.table, choice.operand.column)
                day = DayOf(table=column.table, date=column.name) if column.temporal else None
                if not column.temporal and column.part is None:
                    self.rows.append(column.table)
        operator = OPPOSITE[condition.operator] if condition.negated else condition.operator
        found = frame_predicates(self.picker.scope, condition.frames, operator, day)  # type: ignore[arg-type]
        self.where += found
        return bool(found)

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
        merged = _merged(predicates)
        self.where += [_negated(it) for it in merged] if condition.negated else merged
        return bool(merged)

    def _compared(self, condition: Condition) -> bool:
        comparison = condition.comparison
        if comparison is None:
            return False
        if condition.amount:
            term = self.amount(condition.amount)
            if term is None:
                return False
            self.having += _comparisons(term, comparison, negated=condition.negated)
            return True
        operand = self.operand(condition.noun, comparison.nouns)
        if operand is None:
            return False
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
            self.where += _comparisons(term, comparison, negated=condition.negated)
        return True

    def operand(self, noun: Noun | None, adjective: tuple[str, ...]) -> Operand | None:
        """A column to compare: the noun's, or the first that an adjective's nouns name."""
        if noun:
            choice = self.picker.noun(noun, Slot.COMPARED)
            return choice.operand if choice and not isinstance(choice.operand, RowsOf) else None
        for word in adjective:
            readings = self.index.spans(tokens(word)).get((0, 1), [])
            near = tuple(
                it
                for it in readings
                if it.measure and it.score >= 0.45 and self.picker.scope.cost(it.table) is not None
            )
            if near:
                choice = self.picker.noun(Noun(text=word, readings=near), Slot.COMPARED)
                return choice.operand if choice else None
        return None

    def _missing(self, condition: Condition) -> bool:
        """A column without a value, or rows without any row in another table."""
        noun = condition.noun
        if noun is None:
            return False
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
        self.where.append(Predicate(term=Term(of=choice_operand), operator=condition.operator))
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


def _merged(predicates: list[Predicate]) -> list[Predicate]:
    """Several values of one column are alternatives: no cell is JFK and LGA at once."""
    merged: dict[str, Predicate] = {}
    for predicate in predicates:
        key = predicate.term.model_dump_json() + ("like" if predicate.operator == "like" else "")
        if key in merged:
            values = dict.fromkeys((*merged[key].values, *predicate.values))
            merged[key] = merged[key].model_copy(update={"values": tuple(values), "operator": "in"})
        else:
            merged[key] = predicate
    return list(merged.values())


def _negated(predicate: Predicate) -> Predicate:
    return predicate.model_copy(update={"operator": OPPOSITE[predicate.operator]})


def _comparisons(term: Term, comparison: Comparison, *, negated: bool) -> list[Predicate]:
    values: list[Cell] = [int(number) if number.is_integer() else number for number in comparison.numbers]
    if len(values) == 2:
        return [
            Predicate(term=term, operator=">=", values=(values[0],)),
            Predicate(term=term, operator="<=", values=(values[1],)),
        ]
    operator = OPPOSITE[comparison.operator] if negated else comparison.operator
    return [Predicate(term=term, operator=operator, values=(values[0],))]
