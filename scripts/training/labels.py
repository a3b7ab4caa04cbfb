"""What a gold form says of a marked question: the role of each column, the use of each value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from chatctl.analyst.builtin.forms import ColumnOf, Form, Predicate, Term
from chatctl.analyst.builtin.learned.marks import Marks, ValueMark
from chatctl.analyst.builtin.learned.models import ROLES
from chatctl.analyst.builtin.learned.views import Key
from chatctl.analyst.builtin.words import normal
from chatctl.domain.results import Cell


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Columns by role, the tables used, and for each value its use and the column it is compared with."""

    roles: dict[str, set[Key]] = field(default_factory=lambda: {role: set() for role in ROLES})
    tables: set[str] = field(default_factory=set)
    uses: list[str] = field(default_factory=list)
    compared: list[Key | None] = field(default_factory=list)


def labels(form: Form, marks: Marks) -> Labels:
    """The labels of a question whose answer is a form."""
    found = Labels()
    for at, part in enumerate(form.parts):
        found.tables.update(part.tables)
        _roles(part, found.roles, selects=at == 0)
    tests = [test for part in form.parts for test in _tests(part)]
    bounds = [(f"h{it.operator}", it.values[0]) for part in form.parts for it in part.having if it.values]
    bounds += [("limit", part.limit) for part in form.parts if part.limit and part.limit > 1]
    for value in marks.values:
        use, key = _use(value, tests, bounds)
        found.uses.append(use)
        found.compared.append(key)
    return found


def _roles(form: Form, roles: dict[str, set[Key]], *, selects: bool) -> None:
    if selects:
        for term in form.select:
            _add(roles["select" if not term.function else "counted" if term.distinct else "measure"], term)
    for predicate in form.having:
        _add(roles["measure"], predicate.term)
    for predicate in form.where:
        if predicate.operator not in ("in", "not in"):
            _add(roles["where"], predicate.term)
    for key in form.group:
        _add(roles["group"], Term(of=key))
    for sorting in form.order:
        if sorting.term.function != "count":
            _add(roles["order"], sorting.term)


def _add(role: set[Key], term: Term) -> None:
    if isinstance(term.of, ColumnOf):
        role.add((term.of.table, term.of.column))


Test = tuple[Key, str, Cell]


def _tests(form: Form) -> Iterator[Test]:
    ends = [
        (low, high)
        for low, high in pairwise(form.where)
        if (low.operator, high.operator) == (">=", "<=") and low.term == high.term
    ]
    paired = [it for pair in ends for it in pair]
    for predicate in form.where:
        if isinstance(predicate.term.of, ColumnOf) and predicate.values:
            yield _key(predicate), "between" if predicate in paired else predicate.operator, predicate.values[0]


def _key(predicate: Predicate) -> Key:
    assert isinstance(predicate.term.of, ColumnOf)
    return predicate.term.of.table, predicate.term.of.column


def _use(value: ValueMark, tests: list[Test], bounds: list[tuple[str, Cell]]) -> tuple[str, Key | None]:
    own = {normal(value.text), *(normal(text) for text in value.cells.values())}
    for key, operator, cell in tests:
        text = normal(str(cell))
        same = text in own if value.number is None else _number(cell) == value.number
        if same or (operator.endswith("like") and value.textual and text == normal(value.text)):
            return f"w{operator}", key
    for use, cell in bounds:
        if value.number is not None and _number(cell) == value.number:
            return use, None
    return "none", None


def _number(cell: Cell) -> float | None:
    text = str(cell)
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
