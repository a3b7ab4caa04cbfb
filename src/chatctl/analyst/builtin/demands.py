"""What the wording of a question asks of any reading of it, whatever the schema: a count, rows, one end of an order.

Weights were learned from short questions; in long ones they lose sight of such words. A reading that goes against one
of them is by so much less probable.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from chatctl.analyst.builtin.carrying import resolved
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import ColumnOf, Form, Sorting
from chatctl.analyst.builtin.givens import Given
from chatctl.analyst.builtin.words import Token

_FIGURES = (
    r"how many|how much|number|count|total|sum|average|mean|percent\w*|ratio|rate|share|proportion|difference|amount"
)
_TOP = r"\b(?:most|highest|largest|greatest|biggest|maximum)\b"
_END = r"(?:(?<!at )\bleast\b|\b(?:fewest|lowest|smallest|minimum)\b)"
_NOT = (
    r"\b(?:no|not|never|none|nor|neither|without|except|but|besides|excluding|other than|lacks?|lacking|un\w+)\b"
    r"|n't\b"
)
_DRAWN = r"\b(?:total|sum|overall|altogether|combined|in all)\b"


@dataclass(frozen=True, slots=True)
class Demand:
    """Words, words without which they ask for it, whether a form meets it, what is left of one that does not."""

    said: str
    unsaid: str
    met: Callable[[Form], bool]
    left: float
    example: str


def _counts(form: Form) -> bool:
    """Whether all that is shown is drawn together, or how many groups there are is asked."""
    return form.counted or (all(it.aggregated for it in form.select) and not form.group)


def _single(form: Form) -> bool:
    return len(form.select) == 1


def _lists(form: Form) -> bool:
    return any(not it.aggregated for it in form.select)


def _sums_no_count(form: Form) -> bool:
    return not any(it.function in ("sum", "avg") for it in form.select)


def _ends(form: Form) -> Iterator[bool]:
    """Which ends of orders the form and its conditions take: whether it is the upper one."""
    for part in form.parts:
        yield from (it.descending for it in part.order[:1] if part.limit is not None)
        yield from (it.function == "max" for it in part.select if it.function in ("min", "max"))
        against = [it.against.function for it in part.where if it.against]
        yield from (it == "max" for it in against if it in ("min", "max"))


def _upper(form: Form) -> bool:
    return all(_ends(form))


def _lower(form: Form) -> bool:
    return not any(_ends(form))


def _ended(form: Form) -> bool:
    return next(_ends(form), None) is not None


def _by_itself(form: Form) -> bool:
    """Whether rows are ordered by a column of theirs, not by what it comes to in groups of them."""
    return not any(_drawn(it) for it in form.order)


def _drawn(sorting: Sorting) -> bool:
    return sorting.term.function in ("sum", "avg") and isinstance(sorting.term.of, ColumnOf)


def _each_once(form: Form) -> bool:
    return len(set(form.select)) == len(form.select)


def _alone(form: Form) -> bool:
    """Whether a figure of rows drawn together stands alone, where there is one."""
    return not any(it.aggregated and not it.function for it in form.select) or len(form.select) == 1


def _affirms(form: Form) -> bool:
    return not (form.combined and form.combined.operator == "except") and not any(
        it.operator in ("not in", "not like", "!=") for part in form.parts for it in part.where
    )


DEMANDS = (
    Demand(r"^how many\b", r"\b(?:which|each|per)\b", _counts, 0.1, "How many of the loans are long?"),
    Demand(r"^how many\b", r"\b(?:and|which|each|per)\b", _single, 0.3, "How many more are long than short?"),
    Demand(r"^how many times\b", "", _sums_no_count, 0.2, "How many times did she start first?"),
    Demand(r"^(?:list|give|show|find)\b", rf"\b(?:{_FIGURES})\b", _lists, 0.2, "List the phones of the shops."),
    Demand(r"^(?:which|who)\b", "", _lists, 0.2, "Which town has the fewest shops, and how many?"),
    Demand(rf"{_TOP}", rf"{_END}|\bat most\b", _upper, 0.2, "the district with the highest salary"),
    Demand(rf"{_END}", rf"{_TOP}", _lower, 0.2, "the town with the fewest shops"),
    Demand(rf"{_TOP}|{_END}", r"\bat most\b", _ended, 0.4, "the lowest three rates"),
    Demand(r"\b(?:highest|lowest|largest|smallest|greatest|biggest)\b",
           rf"{_DRAWN}|\baverage\b|\beach\b|\bper\b", _by_itself, 0.4, "the school with the largest roll"),
    Demand("", _NOT, _affirms, 0.2, "the youngest who came first in race no. 3"),
    Demand("", "", _each_once, 0.2, "the full name and the first name"),
    Demand(r"\b(?:percentage|ratio|difference|proportion)\b", r"\b(?:each|per|by|which|list|every)\b", _alone, 0.1,
           "the ratio of one kind to another"),
)  # fmt: skip


def kept(form: Form, given: Given, catalog: Catalog) -> float:
    """What is left of the probability of a form beside what the question's wording demands; 1 where all is met."""
    text = " ".join(map(_shown, given.plain))
    meant = resolved(form, given, catalog)
    left = 1.0
    for it in DEMANDS:
        if re.search(it.said, text) and not (it.unsaid and re.search(it.unsaid, text)) and not it.met(meant):
            left *= it.left
    return left * UNUSED ** len(_numbers(given.plain) - _used(form))


UNUSED = 0.6
"""What is left for each number that a form does not use."""


def _shown(token: Token) -> str:
    return "" if token.kind == "term" else token.lower


def _numbers(words: Sequence[Token]) -> set[float]:
    return {float(it.text) for it in words if it.kind == "number"}


def _used(form: Form) -> set[float]:
    cells = {cell for part in form.parts for it in (*part.where, *part.having) for cell in it.values}
    numbers = {float(cell) for cell in cells if isinstance(cell, int | float)}
    texts = {float(it) for cell in cells if isinstance(cell, str) for it in re.findall(r"\d+(?:\.\d+)?", cell)}
    return numbers | texts | {float(part.limit) for part in form.parts if part.limit is not None}
