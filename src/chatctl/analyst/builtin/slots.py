"""What a noun or a value means in the place where it stands: its readings, fitted to the role and the anchor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chatctl.analyst.builtin.catalog import CatalogColumn
from chatctl.analyst.builtin.forms import ColumnOf, GrainOf, Operand, Predicate, RowsOf, Term
from chatctl.analyst.builtin.names import Reading
from chatctl.analyst.builtin.nodes import Mention, Noun, ValueReading, directed_words
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.words import stem

ASKED_FOR, ITS_NAME = 0.15, 0.05
"""What speaks against a value of the column that is asked for, and for one that names a row: "population of Utah"."""


class Slot(StrEnum):
    """The role in which a noun stands."""

    SUBJECT = "subject"
    MEASURE = "measure"
    KEY = "key"
    COUNT = "count"
    DIMENSION = "dimension"
    COMPARED = "compared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One meaning of a noun in its role."""

    operand: Operand
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """A noun or value, its role, its meanings (best first) and the one that was taken."""

    text: str
    slot: str
    choices: tuple[Choice, ...]
    taken: int

    @property
    def choice(self) -> Choice:
        """The meaning that was taken."""
        return self.choices[self.taken]


@dataclass(kw_only=True)
class Picker:
    """Picks meanings in one scope, and keeps what it picked.

    `overrides` say where to take another meaning than the best; `held` are columns that an earlier turn filters by,
    `asked` those that are asked for, which are seldom what a value beside them is about: "rivers in Missouri".
    """

    scope: Scope
    overrides: Mapping[int, int] = field(default_factory=dict)
    held: frozenset[tuple[str, str]] = frozenset()
    asked: frozenset[tuple[str, str]] = frozenset()
    picks: list[Pick] = field(default_factory=list)

    def noun(self, noun: Noun, slot: Slot) -> Choice | None:
        """The meaning of a noun in a role, or nothing where none fits."""
        return self._pick(noun.text, slot, _distinct(self._noun_choices(noun, slot)))

    def value(self, mention: Mention, nouns: Iterable[Noun] = ()) -> Predicate | None:
        """The condition that a value puts on one of the columns that hold it."""
        near = {(it.table, it.column): it.score for noun in nouns for it in noun.readings if it.column}
        readings = {(it.table, it.column): it for it in mention.readings}
        choices = [choice for it in mention.readings if (choice := self._value_choice(mention, it, near))]
        if not choices:
            choices = self._literals(near)
        choice = self._pick(mention.text, "value", _distinct(choices))
        if choice is None or not isinstance(choice.operand, ColumnOf):
            return None
        reading = readings.get((choice.operand.table, choice.operand.column))
        texts = reading.texts if reading else (mention.text,)
        column = self.scope.catalog.column(choice.operand.table, choice.operand.column)
        if reading is None and column.numeric:
            return None
        if reading and not reading.whole and len(texts) > 5:
            return Predicate(term=Term(of=choice.operand), operator="like", values=(f"%{mention.text.lower()}%",))
        return Predicate(term=Term(of=choice.operand), operator="=" if len(texts) == 1 else "in", values=texts)

    def text_part(self, mention: Mention, noun: Noun, part: str) -> Predicate | None:
        """The condition that a text column contains, begins or ends with some words."""
        near = {(it.table, it.column): it.score for it in noun.readings if it.column}
        choice = self._pick(mention.text, "value", _distinct(self._literals(near)))
        if choice is None:
            return None
        pattern = {"start": "{}%", "end": "%{}"}.get(part, "%{}%").format(mention.text.lower())
        return Predicate(term=Term(of=choice.operand), operator="like", values=(pattern,))

    def _literals(self, near: dict[tuple[str, str], float]) -> list[Choice]:
        """Words in quotes, or beside a column's name, that no indexed value matches."""
        return [
            Choice(operand=ColumnOf(table=table, column=column), score=0.8 * score - (self.scope.cost(table) or 0.0))
            for (table, column), score in near.items()
            if self.scope.cost(table) is not None and self.scope.catalog.column(table, column).type == "text"
        ]

    def _pick(self, text: str, slot: str, choices: tuple[Choice, ...]) -> Choice | None:
        if not choices:
            return None
        taken = min(self.overrides.get(len(self.picks), 0), len(choices) - 1)
        self.picks.append(Pick(text=text, slot=slot, choices=choices, taken=taken))
        return choices[taken]

    def _noun_choices(self, noun: Noun, slot: Slot) -> list[Choice]:
        found = []
        for reading in noun.readings:
            operand, fit = self._fit(reading, noun, slot)
            if operand is None:
                continue
            cost = self.scope.cost(operand.table)
            if cost is not None:
                found.append(Choice(operand=operand, score=reading.score + fit - cost))
        return found

    def _fit(self, reading: Reading, noun: Noun, slot: Slot) -> tuple[Operand | None, float]:
        if reading.unit:
            operand = self.scope.grain(reading.unit)  # type: ignore[arg-type]
            return operand, (0.12 if slot in (Slot.DIMENSION, Slot.KEY) else -0.05 if slot is Slot.SUBJECT else -0.3)
        if not reading.column:
            return self._table_fit(reading, noun, slot)
        column = self.scope.catalog.column(reading.table, reading.column)
        if column.part == "day" and slot in (Slot.DIMENSION, Slot.KEY) and isinstance(self.scope.grain("day"), GrainOf):
            return None, 0.0
        if slot in (Slot.SUBJECT, Slot.KEY) and self._stands_for_rows(column, noun):
            return RowsOf(table=reading.table), 0.0
        return ColumnOf(table=reading.table, column=reading.column), column_fit(column, slot)

    def _stands_for_rows(self, column: CatalogColumn, noun: Noun) -> bool:
        """Whether a key is named by what it is a key of, in a table that calls its rows: "cars" for CarID."""
        unsaid = column.words[-1] not in noun.text.lower().split()
        return column.unique_key and unsaid and self.scope.catalog.tables[column.table].label is not None

    def _table_fit(self, reading: Reading, noun: Noun, slot: Slot) -> tuple[Operand | None, float]:
        rows = RowsOf(table=reading.table)
        if slot is Slot.COUNT:
            here = reading.table == self.scope.anchor
            return (
                (rows, 0.1 if noun.plural or not noun.distinct else 0.0) if here else (self.key(reading.table), -0.25)
            )
        if slot is Slot.MEASURE:
            return (rows, -0.4) if reading.table == self.scope.anchor else (None, 0.0)
        if slot is Slot.DIMENSION:
            return self.named(reading.table), -0.03
        if slot in (Slot.SUBJECT, Slot.KEY):
            return rows, 0.03
        return None, 0.0

    def named(self, table: str) -> Operand | None:
        """What the rows of a table are called: its name column, or its key."""
        label = self.scope.catalog.tables[table].label
        return ColumnOf(table=table, column=label.name) if label else self.key(table)

    def key(self, table: str) -> Operand | None:
        """What tells the rows of a table apart: the anchor's column that points to it, or its own key."""
        for edge in self.scope.catalog.beside.get(table, ()):
            if (edge.table, edge.to_table) == (self.scope.anchor, table):
                return ColumnOf(table=edge.table, column=edge.column)
        columns = self.scope.catalog.tables[table]
        unique = [column.name for column in columns.columns if column.unique]
        key = list(columns.key) if len(columns.key) == 1 else unique
        return ColumnOf(table=table, column=key[0]) if key else None

    def _value_choice(
        self, mention: Mention, reading: ValueReading, near: dict[tuple[str, str], float]
    ) -> Choice | None:
        cost = self.scope.cost(reading.table)
        if cost is None:
            return None
        score = reading.score - cost
        pointed = directed_words(mention.direction)
        if pointed:
            words = self.scope.catalog.column(reading.table, reading.column).words
            score += 0.2 if any(stem(word) in pointed for word in words) else -0.05
        if (reading.table, reading.column) in self.held and not pointed:
            score += 0.3
        label = self.scope.table.label
        if (reading.table, reading.column) in self.asked:
            score -= ASKED_FOR
        elif reading.table == self.scope.anchor and label and label.name == reading.column:
            score += ITS_NAME
        if near:
            score += 0.3 * near.get((reading.table, reading.column), -0.5)
        return Choice(operand=ColumnOf(table=reading.table, column=reading.column), score=score)


def column_fit(column: CatalogColumn, slot: Slot) -> float:
    """How well a column's type suits a role; 0 is well."""
    if slot is Slot.MEASURE:
        return 0.0 if column.additive else -0.25 if column.numeric or column.temporal else -0.6
    if slot is Slot.COMPARED:
        return 0.0 if column.numeric or column.temporal else -0.5
    if slot in (Slot.DIMENSION, Slot.KEY):
        return 0.05 if column.type in ("text", "boolean") or column.part else -0.2 if column.type == "number" else 0.0
    return -0.02 if slot is Slot.COUNT and column.additive else 0.0


def _distinct(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    best: dict[str, Choice] = {}
    for choice in sorted(choices, key=lambda it: -round(it.score, 6)):
        best.setdefault(choice.operand.model_dump_json(), choice)
    return tuple(best.values())
