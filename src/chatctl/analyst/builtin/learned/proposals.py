"""Forms proposed for a marked question: likely shapes, filled with likely columns and values, over the smallest joins.

A beam search over what the heads say of the parts, each part's score a sum of logits; the ranker decides later, with
the results at hand.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import combinations, permutations, product
from operator import itemgetter
from typing import NamedTuple

from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned.assembling import Item, Part, Tail, Test, assembled
from chatctl.analyst.builtin.learned.conditions import SIZES, Conditions
from chatctl.analyst.builtin.learned.coverage import Coverage
from chatctl.analyst.builtin.learned.marks import NAMED, Marks
from chatctl.analyst.builtin.learned.models import UNSEEN, Model, Scores
from chatctl.analyst.builtin.learned.shapes import Nested, Shape, comparisons
from chatctl.analyst.builtin.learned.views import Key

SHAPES = 40
"""Shapes that are filled."""
FILLINGS = 14
"""Fillings of one shape that are kept."""
BEHIND = 11.0
"""How much worse than the best a proposal may be."""
FAR = 15.0
"""The same before the tables are chosen."""
PRIOR = 0.35
"""How much it counts how often a shape was seen."""
COMPOSED = (6, 2, 5, 6, 2)
"""Of each part of a shape, the likeliest codes that are composed to shapes not seen as a whole."""
KEYED = -1.5
"""What speaks for counting the keys of a table that is named: "how many different customers"."""
OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "like", "not like", "between"})
FIGURES = frozenset({"count", "avg", "sum", "min", "max"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A form and how well its parts fit together."""

    form: Form
    score: float


class _Filling(NamedTuple):
    score: float
    select: tuple[Item, ...]
    tail: Tail
    tests: tuple[Test, ...]


def proposals(marks: Marks, scores: Scores, model: Model, most: int) -> list[Proposal]:
    """At most so many forms, the best first, each once."""
    search, coverage = _Search(marks=marks, scores=scores), Coverage(marks)
    found: dict[Part, float] = {}
    for score, shape in _shapes(scores, model):
        for worth, part in search.filled(shape, score):
            if worth > found.get(part, -math.inf):
                found[part] = worth
    rated = [(part, worth + coverage.worth(part)) for part, worth in found.items()]
    best = nlargest(most, rated, key=lambda it: round(it[1], 6))
    return [
        Proposal(form=assembled(part, marks.view), score=score) for part, score in best if score > best[0][1] - BEHIND
    ]


def _shapes(scores: Scores, model: Model) -> list[tuple[float, Shape]]:
    """The likeliest shapes: those seen more than once, and compositions of likely parts."""
    heads = [scores.shape[part] for part in Shape._fields]
    tops = [
        [code for code, _ in nlargest(count, head.items(), key=lambda it: it[1]) if code != "?"]
        for head, count in zip(heads, COMPOSED, strict=True)
    ]
    known = [it for it in dict.fromkeys([*model.common, *map(Shape._make, product(*tops))]) if not _needless(it)]
    rated = [
        (sum(head.get(code, UNSEEN - 2) for head, code in zip(heads, shape, strict=True)), shape) for shape in known
    ]
    best = nlargest(3 * SHAPES, rated)
    return nlargest(SHAPES, ((worth + PRIOR * math.log(model.prior(shape)), shape) for worth, shape in best))


def _needless(shape: Shape) -> bool:
    """Whether a shape asks for different rows where there is but one."""
    listed = {"column", "rows"} & set(shape.select.split())
    return bool(shape.distinct) and not listed and "group" not in shape.tail


@dataclass(kw_only=True)
class _Search:
    """Fills shapes; what several shapes share is worked out once."""

    marks: Marks
    scores: Scores
    _best: float = -math.inf
    _selects: dict[str, list[tuple[float, tuple[Item, ...]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._conditions = Conditions(marks=self.marks, scores=self.scores)

    def filled(self, shape: Shape, score: float) -> Iterator[tuple[float, Part]]:
        """The parts of a shape's best fillings with their scores, their tables chosen."""
        left = comparisons(shape.where)
        right = _combined(shape.combined)
        if left is None or right is None:
            return
        operator, others, other_connective = right
        inner = (left.nested.test,) if left.nested and left.nested.test else ()
        operators = (*left.operators, *others, *inner)
        ranged = left.connective == "or" and "between" in left.operators
        if ranged or any(it not in OPERATORS for it in operators):
            return
        same = left.connective == "or" or operator in ("intersect", "union")
        for filling in self._fillings(shape, operators, same=same):
            if score + filling.score < self._best - FAR:
                break
            self._best = max(self._best, score + filling.score)
            count = len(left.operators)
            part = Part(
                select=filling.select,
                distinct=bool(shape.distinct),
                tests=filling.tests[:count],
                connective=left.connective,
                tail=filling.tail,
            )
            rest = filling.tests[count:]
            if left.nested:
                parts = self._nested(part, left.nested, rest)
            elif operator:
                parts = self._combined(part, operator, rest, other_connective)
            else:
                parts = iter([(0.0, part)])
            for more, whole in parts:
                for tables_score, placed in self._placed(whole):
                    yield score + filling.score + more + tables_score, placed

    def _fillings(self, shape: Shape, operators: tuple[str, ...], *, same: bool) -> list[_Filling]:
        found = [
            (first + second + third, select, tail, chosen)
            for first, select in self._select(shape.select)
            for second, tail in self._tail(shape.tail, select)
            for third, chosen in self._conditions.chosen(operators, same=same)
            if not (tail.uses and tail.uses & {test.value for test in chosen})
        ]
        return [_Filling(*it) for it in nlargest(FILLINGS, found, key=itemgetter(0))]

    def _top(self, role: str, count: int) -> list[tuple[Key, float]]:
        return nlargest(count, self.scores.roles[role].items(), key=lambda it: round(it[1], 6))

    def _select(self, code: str) -> list[tuple[float, tuple[Item, ...]]]:
        """The best ways to fill a `select` code."""
        if code not in self._selects:
            items = code.split()
            figures = tuple(it for it in items if it in ("avg", "sum", "max", "min"))
            whole = tuple(
                Item("count" if it == "count" else "", False, None) for it in items if it in ("count", "rows")
            )
            found = [
                (first + second + third, (*plain, *measured, *counted, *whole))
                for first, plain in self._listed(items.count("column"))
                for second, measured in self._measured(figures)
                for third, counted in self._counted(items.count("distinct_count"))
            ]
            self._selects[code] = nlargest(6, found, key=lambda it: round(it[0], 6))
        return self._selects[code]

    def _listed(self, count: int) -> list[tuple[float, tuple[Item, ...]]]:
        """Sets of columns to list; two that the same words name are seldom both meant."""
        found = [
            (sum(score for _, score in chosen) - 2.0 * self._clashes([key for key, _ in chosen]), chosen)
            for chosen in combinations(self._top("select", max(5, count + 4)), count)
        ]
        best = nlargest(6, found, key=lambda it: round(it[0], 6))
        return [(score, tuple(Item("", False, key) for key, _ in chosen)) for score, chosen in best]

    def _clashes(self, keys: Sequence[Key]) -> int:
        spans = [self.marks.columns[key][0] for key in keys if key in self.marks.columns]
        return sum(first.start < second.end and second.start < first.end for first, second in combinations(spans, 2))

    def _measured(self, functions: tuple[str, ...]) -> list[tuple[float, tuple[Item, ...]]]:
        """Aggregates of one column, or two of two columns."""
        if not functions:
            return [(0.0, ())]
        top = self._top("measure", 4)
        different = len(set(functions)) == len(functions)
        found = [(score, tuple(Item(it, False, key) for it in functions)) for key, score in top if different]
        if len(functions) == 2:
            pairs = permutations(top[:3], 2)
            found += [
                (one + two, (Item(functions[0], False, first), Item(functions[1], False, second)))
                for (first, one), (second, two) in pairs
            ]
        return found

    def _counted(self, count: int) -> list[tuple[float, tuple[Item, ...]]]:
        """Columns whose different cells are counted: likely ones, and the keys of the tables that are named."""
        likely = dict(self._top("counted", 4))
        named = [table for table, spans in self.marks.tables.items() if spans[0].score >= NAMED]
        likely = dict.fromkeys(map(self.marks.view.key, named), KEYED) | likely
        chosen = combinations(likely.items(), count)
        return [(sum(score for _, score in it), tuple(Item("count", True, key) for key, _ in it)) for it in chosen]

    def _tail(self, code: str, select: tuple[Item, ...]) -> list[tuple[float, Tail]]:
        """The best ways to fill a `tail` code."""
        found = [(0.0, Tail())]
        for said in code.split():
            kind, *rest = said.split(":")
            match kind, rest:
                case "group", []:
                    found = [(score, Tail(group=keys)) for score, keys in self._groups(select)]
                case "having", [function, operator] if function in FIGURES and operator in OPERATORS:
                    found = [it for each in found for it in self._bounded(each, function, operator)]
                case "order", [by, way] if not way.endswith("+"):
                    found = [it for each in found for it in self._sorted(each, by, way == "desc")]
                case "limit", ["1"]:
                    found = [(score, tail.with_limit(1, -1)) for score, tail in found]
                case "limit", _:
                    found = [it for each in found for it in self._limited(each)]
                case _:
                    return []
        return nlargest(6, found, key=lambda it: round(it[0], 6))

    def _groups(self, select: tuple[Item, ...]) -> list[tuple[float, tuple[Key, ...]]]:
        """Grouped by what is listed, by the key of what is listed, or by something that is not listed."""
        listed = [it.key for it in select if not it.function and it.key]
        role = self.scores.roles["group"]
        if not listed:
            return [(score, (key,)) for key, score in self._top("group", 3)]
        found: dict[tuple[Key, ...], float] = {}
        for key in listed[:2]:
            for other in (key, self.marks.view.key(key[0])):
                found[(other,)] = max(-5.0, role[other]) + (1.5 if other == key else 0.0)
        if len(listed) == 2:
            found[tuple(listed)] = max(found.values()) - 1.0
        return [(score, keys) for keys, score in found.items()]

    def _bounded(self, before: tuple[float, Tail], function: str, operator: str) -> Iterator[tuple[float, Tail]]:
        score, tail = before
        keys: Iterable[tuple[Key | None, float]] = [(None, 0.0)] if function == "count" else self._top("measure", 3)
        for key, more in keys:
            for at, value in enumerate(self.marks.values):
                if value.number is not None:
                    bound = Test(key, operator, (value.cell(("", "")),), at)
                    gain = self.scores.gain(at, f"h{operator}")
                    yield score + more + gain, tail.with_bound(function, bound)

    def _sorted(self, before: tuple[float, Tail], by: str, descending: bool) -> Iterator[tuple[float, Tail]]:
        score, tail = before
        if by == "count":
            yield score, tail.with_order(Item("count", False, None), descending)
            return
        roles = self.scores.roles
        worth = (
            roles["order"]
            if by == "column"
            else {key: max(roles["order"][key], it) for key, it in roles["measure"].items()}
        )
        for key, more in nlargest(5 if by == "column" else 3, worth.items(), key=lambda it: round(it[1], 6)):
            yield score + more, tail.with_order(Item("" if by == "column" else by, False, key), descending)

    def _limited(self, before: tuple[float, Tail]) -> Iterator[tuple[float, Tail]]:
        score, tail = before
        for at, value in enumerate(self.marks.values):
            if value.number is not None and 1 <= value.number <= 100 and at not in tail.uses:
                yield score + self.scores.gain(at, "limit"), tail.with_limit(int(value.number), at)

    def _nested(self, part: Part, nested: Nested, rest: tuple[Test, ...]) -> Iterator[tuple[float, Part]]:
        """The part with a test against a sub-query."""
        if nested.operator in ("in", "not in") and nested.select == "column":
            mine = part.tables
            for edge in self.marks.view.catalog.edges:
                here, there = (edge.to_table, edge.to_column), (edge.table, edge.column)
                if {here, there} <= self.marks.view.fields.keys() and (not mine or here[0] in mine):
                    inner = Part(select=(Item("", False, there),), tests=rest)
                    yield from self._inside(part, Test(here, nested.operator, (), -1), inner)
        elif nested.select in ("avg", "max", "min") and nested.operator in {"=", *SIZES}:
            for key, score in self._comparable():
                yield from self._against(part, nested, rest, (key, key), score)
        elif nested.select == "column" and nested.operator in {"=", *SIZES}:
            for pair, score in (
                self._alike() if nested.operator == "=" else (((k, k), s) for k, s in self._comparable())
            ):
                yield from self._against(part, nested, rest, pair, score)

    def _against(
        self, part: Part, nested: Nested, rest: tuple[Test, ...], keys: tuple[Key, Key], score: float
    ) -> Iterator[tuple[float, Part]]:
        """The part with its column compared with what is selected of another."""
        function = "" if nested.select == "column" else nested.select
        inner = Part(select=(Item(function, False, keys[1]),), tests=rest)
        for more, whole in self._inside(part, Test(keys[0], nested.operator, (), -1), inner):
            yield score + more, whole

    def _alike(self) -> list[tuple[tuple[Key, Key], float]]:
        """Columns that may be equal to one of another row: the same one, or the key that it points to."""
        roles, fields = self.scores.roles["where"], self.marks.view.fields
        same = [((key, key), score) for key, score in self._top("where", 3)]
        ends = [((it.table, it.column), (it.to_table, it.to_column)) for it in self.marks.view.catalog.edges]
        pointing = [(pair, roles[pair[0]]) for pair in ends if set(pair) <= fields.keys()]
        return same + nlargest(2, pointing, key=lambda it: round(it[1], 6))

    def _comparable(self) -> list[tuple[Key, float]]:
        roles, fields = self.scores.roles, self.marks.view.fields
        worth = {
            key: max(roles["where"][key], roles["measure"][key] - 1)
            for key, it in fields.items()
            if it.numeric or it.temporal
        }
        return nlargest(3, worth.items(), key=lambda it: round(it[1], 6))

    def _inside(self, part: Part, test: Test, inner: Part) -> Iterator[tuple[float, Part]]:
        placed = self._joined(inner, inner.tables)
        if placed:
            yield 0.0, part.with_inner(test, placed)

    def _combined(
        self, part: Part, operator: str, rest: tuple[Test, ...], connective: str
    ) -> Iterator[tuple[float, Part]]:
        """The part with a second one: the same list under other tests, or all that is pointed to from elsewhere."""
        if operator == "except" and not rest:
            single = part.select[0].key if len(part.select) == 1 else None
            for edge in self.marks.view.catalog.edges:
                there = (edge.table, edge.column)
                if (edge.to_table, edge.to_column) == single and there in self.marks.view.fields:
                    other = self._joined(Part(select=(Item("", False, there),)), (edge.table,))
                    if other:
                        yield 0.0, part.with_other(operator, other)
            return
        other = Part(select=part.select, tests=rest, connective=connective)
        placed = self._joined(other, other.tables) if rest else None
        if placed:
            yield 0.0, part.with_other(operator, placed)

    def _joined(self, part: Part, tables: Sequence[str]) -> Part | None:
        tree = self.marks.view.tree(tables) if tables else None
        return part.with_tree(tree) if tree else None

    def _placed(self, part: Part) -> Iterator[tuple[float, Part]]:
        """The part over its own tables, and where rows are counted or it is likely, over one more."""
        mine, logits = part.tables, self.scores.tables
        others = nlargest(4, [(score, table) for table, score in logits.items() if table not in mine])
        if not mine or part.counts:
            more = [table for score, table in others if score > -4 or not mine]
        else:
            more = [table for score, table in others[:2] if score > -0.5]
        for tables in (*((mine,) if mine else ()), *((*mine, table) for table in more)):
            placed = self._joined(part, tables)
            if placed:
                yield sum(min(3.0, max(-4.0, logits[it])) for it in placed.all_tables if it in logits), placed


def _combined(code: str) -> tuple[str, tuple[str, ...], str] | None:
    """A `combined` code read: operator, the operators of the right side's tests, what joins those."""
    if not code:
        return "", (), "and"
    operator, _, where = code.partition(" ")
    found = comparisons(where) if "/" not in where else None
    return (operator, found.operators, found.connective) if found and not found.nested else None
