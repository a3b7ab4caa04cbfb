"""Shapes: a form without its columns and values, in five short codes that are told from a question separately.

select    what is listed, sorted: "avg column", "count", "distinct_count", "rows"
distinct  "distinct" or nothing
where     tests, sorted: "=", "and = >", "or = =", ">[avg]", "not in[column]", "in[column|=]"
tail      "group having:count:>= order:count:desc limit:1"
combined  "intersect =", "except", "union ="
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import combinations, pairwise
from typing import NamedTuple

from chatctl.analyst.builtin.forms import Form, Predicate, RowsOf, Term

JOINED = 0.7
"""What speaks for two likely codes being said at once."""


class Shape(NamedTuple):
    """The five codes of a form."""

    select: str
    distinct: str
    where: str
    tail: str
    combined: str


class Nested(NamedTuple):
    """A test against a sub-query: its operator, what is selected there, and the operator of its one condition."""

    operator: str
    select: str
    test: str


class Comparisons(NamedTuple):
    """The tests of a `where` code: plain operators, at most one nested one, and what joins them."""

    operators: tuple[str, ...]
    nested: Nested | None
    connective: str


def shape(form: Form) -> Shape:
    """The codes of a form."""
    combined = ""
    if form.combined:
        right = form.combined.form
        combined = " ".join(
            filter(None, (form.combined.operator, _where(right), f"/{_tail(right)}" if _tail(right) else ""))
        )
    return Shape(_select(form), "distinct" if form.distinct else "", _where(form), _tail(form), combined)


@lru_cache(maxsize=4_000)
def comparisons(code: str) -> Comparisons | None:
    """A `where` code read; nothing where it says more than can be proposed."""
    parts = code.replace("not ", "not_").split()
    connective = parts.pop(0) if parts[:1] in (["and"], ["or"]) else "and"
    plain = tuple(part.replace("not_", "not ") for part in parts if "[" not in part)
    nested = [_nested(part) for part in parts if "[" in part]
    if len(nested) > 1 or None in nested:
        return None
    return Comparisons(plain, nested[0] if nested else None, connective)


def together(tests: Mapping[str, float], selects: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Likely `where` and `select` codes of which two are said at once, though they were never seen so, and their logs.

    "= " and ">[avg]" give "and = >[avg]"; "avg column" and "column min" give "avg column min".
    """
    wheres = {_both(a, b): x + y + JOINED for (a, x), (b, y) in combinations(_likely(tests, _single), 2)}
    lists = {_merged(a, b): x + y + JOINED for (a, x), (b, y) in combinations(_likely(selects, _figures), 2)}
    return (
        {code: log for code, log in wheres.items() if code and code not in tests},
        {code: log for code, log in lists.items() if code and code not in selects},
    )


def _likely(logs: Mapping[str, float], fits: Callable[[str], object]) -> list[tuple[str, float]]:
    return nlargest(4, ((code, log) for code, log in logs.items() if fits(code)), key=lambda it: it[1])


def _single(code: str) -> bool:
    return bool(code) and code != "?" and not code.startswith(("and ", "or "))


def _both(first: str, second: str) -> str:
    return "" if "[" in first and "[" in second else f"and {' '.join(sorted((first, second)))}"


def _figures(code: str) -> set[str]:
    return set(code.split()) & {"avg", "sum", "min", "max", "count"}


def _merged(first: str, second: str) -> str:
    """The figures of both beside what both list."""
    rest = [[it for it in code.split() if it not in _figures(code)] for code in (first, second)]
    return " ".join(sorted([*(_figures(first) | _figures(second)), *rest[0]])) if rest[0] == rest[1] else ""


def _nested(part: str) -> Nested | None:
    operator, _, inner = part.replace("not_", "not ").rstrip("]").partition("[")
    select, _, test = inner.partition("|")
    if "," in test or "[" in test or "+" in test:
        return None
    return Nested(operator, select, test)


def _select(form: Form) -> str:
    terms = form.select[: len(form.select) - form.supporting]
    return " ".join(sorted(map(_item, terms)))


def _item(term: Term) -> str:
    if term.function == "count":
        return "distinct_count" if term.distinct else "count"
    return term.function or ("rows" if isinstance(term.of, RowsOf) else "column")


def _where(form: Form) -> str:
    found = sorted([*_plain(form.where), *("in[column]" if it.present else "not in[column]" for it in form.absent)])
    joined = f"{form.connective} " if len(found) > 1 else ""
    return joined + " ".join(found)


def _plain(where: Sequence[Predicate]) -> Iterator[str]:
    """The tests one by one; two that are the ends of a range are one."""
    ends = [(low, high) for low, high in pairwise(where) if (low.operator, high.operator) == (">=", "<=")]
    ranges = [pair for pair in ends if pair[0].term == pair[1].term and not pair[0].inside]
    yield from ("between" for _ in ranges)
    paired = [it for pair in ranges for it in pair]
    yield from (_test(it) for it in where if it not in paired)


def _test(predicate: Predicate) -> str:
    if predicate.against is not None:
        return f"{predicate.operator}[{_item(predicate.against)}]"
    if predicate.inside is None:
        return predicate.operator
    inner = predicate.inside
    said = [_where(inner).replace(" ", ","), _tail(inner).replace(" ", "+"), "set" if inner.combined else ""]
    within = "+".join(filter(None, said))
    return f"{predicate.operator}[{_select(inner).replace(' ', ',')}{'|' if within else ''}{within}]"


def _tail(form: Form) -> str:
    found = ["group"] if form.group else []
    if form.having:
        first = form.having[0]
        nested = "[]" if first.inside or first.against else ""
        found.append(f"having:{first.term.function}:{first.operator}{nested}")
    if form.order:
        first_sorting = form.order[0]
        by, way = first_sorting.term.function or "column", "desc" if first_sorting.descending else "asc"
        found.append(f"order:{by}:{way}{'+' if len(form.order) > 1 else ''}")
    if form.limit is not None:
        found.append("limit:1" if form.limit == 1 else "limit:n")
    return " ".join(found)
