"""Conditions made from comparisons and values, turned around and put together."""

from chatctl.analyst.builtin.forms import Predicate, Term
from chatctl.analyst.builtin.phrases import Comparison
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


def each_value(predicates: list[Predicate]) -> list[Predicate]:
    """A condition for each value of a list; nothing where there is no list."""
    return [
        it.model_copy(update={"operator": "=", "values": (value,)})
        for it in predicates
        if it.operator == "in"
        for value in it.values
    ]


def merged(predicates: list[Predicate]) -> list[Predicate]:
    """Several values of one column are alternatives: no cell is JFK and LGA at once."""
    found: dict[str, Predicate] = {}
    for predicate in predicates:
        key = predicate.term.model_dump_json() + ("like" if predicate.operator == "like" else "")
        if key in found:
            values = dict.fromkeys((*found[key].values, *predicate.values))
            found[key] = found[key].model_copy(update={"values": tuple(values), "operator": "in"})
        else:
            found[key] = predicate
    return list(found.values())


def negated(predicate: Predicate) -> Predicate:
    """The opposite condition."""
    return predicate.model_copy(update={"operator": OPPOSITE[predicate.operator]})


def comparisons(term: Term, comparison: Comparison, *, negated: bool) -> list[Predicate]:
    """The conditions that a comparison with numbers puts on a term: two for a range."""
    values: list[Cell] = [int(number) if number.is_integer() else number for number in comparison.numbers]
    if len(values) == 2:
        return [
            Predicate(term=term, operator=">=", values=(values[0],)),
            Predicate(term=term, operator="<=", values=(values[1],)),
        ]
    operator = OPPOSITE[comparison.operator] if negated else comparison.operator
    return [Predicate(term=term, operator=operator, values=(values[0],))]
