"""The builders of phrases: what a matched run of nodes becomes, or nothing where it does not fit after all."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.forms import Function
from chatctl.analyst.builtin.idioms import LEADING_MEASURES
from chatctl.analyst.builtin.nodes import Node, Noun, Quantity
from chatctl.analyst.builtin.phrases import Amount, Dimension, Limit, Ranking, Sort

Nodes = Sequence[Node]
T = TypeVar("T")


def payloads(nodes: Nodes, kind: type[T]) -> list[T]:
    """What the nodes carry of one kind, in order."""
    return [node.payload for node in nodes if isinstance(node.payload, kind)]


def cue_value(nodes: Nodes, tag: str) -> str:
    """The value of the first cue with a tag."""
    return next((node.payload.value for node in nodes if node.tag == tag and isinstance(node.payload, Cue)), "")


def function_of(cue: Cue) -> Function:
    """The aggregate that a cue names; "total number of" counts unless a quantity follows."""
    return "count" if cue.value == "total" else cue.value.partition(" ")[0]  # type: ignore[return-value]


def _fraction(function: str) -> float | None:
    """The fraction of "quantile 0.9"."""
    return float(function.partition(" ")[2]) if function.startswith("quantile ") else None


def text(nodes: Nodes) -> str:
    """The words of the nodes."""
    return " ".join(node.text for node in nodes)


def amount(nodes: Nodes) -> Amount | None:
    """An aggregate and its noun."""
    noun = next(reversed(payloads(nodes, Noun)), None)
    functions = [node.payload.value for node in nodes if node.tag == "A" and isinstance(node.payload, Cue)]
    distinct = any(node.tag == "U" for node in nodes)
    function = functions[0] if functions else "count"
    averaged = len(functions) > 1 and functions[0] == "avg" and functions[1] in ("count", "total")
    if len(functions) > 1 and not averaged:
        function = functions[-1] if functions[0] in ("sum", "count") else functions[0]
    return Amount(
        function="count" if averaged or function == "total" else function.partition(" ")[0],  # type: ignore[arg-type]
        fraction=_fraction(function),
        noun=noun,
        distinct=distinct,
        share=any(node.tag == "H" for node in nodes),
        per=averaged,
        total="total" in functions,
        text=text(nodes),
    )


def share(nodes: Nodes) -> Amount | None:
    """A share of an amount, or of the rows of a noun."""
    amounts = payloads(nodes, Amount)
    if amounts:
        return replace(amounts[0], share=True)
    return amount(nodes)


def several(nodes: Nodes) -> tuple[Amount, ...]:
    """Several aggregates of one noun."""
    noun = payloads(nodes, Noun)[-1]
    return tuple(
        Amount(function=function_of(node.payload), noun=noun, text=f"{node.text} {noun.text}")
        for node in nodes
        if node.tag == "A" and isinstance(node.payload, Cue)
    )


def shared_aggregate(nodes: Nodes) -> tuple[Amount, ...] | None:
    """One aggregate of several nouns."""
    cue = payloads(nodes, Cue)[0]
    fraction, nouns = _fraction(cue.value), payloads(nodes, Noun)
    summed = cue.value == "total" and all(noun.readings[0].measure for noun in nouns)
    function = "sum" if summed else function_of(cue)
    if function == "count" or not all(noun.readings[0].column for noun in nouns):
        return None
    said = nodes[0].text
    return tuple(Amount(function=function, fraction=fraction, noun=it, text=f"{said} {it.text}") for it in nouns)


def rather(nodes: Nodes) -> object | None:
    """What is wanted, before what it takes the place of."""
    return nodes[0].payload if nodes[1].text.lower().split()[-1] in ("of", "than") else None


def distinct(nodes: Nodes) -> Noun:
    """A noun of which only different values are meant."""
    return replace(payloads(nodes, Noun)[0], distinct=True)


def every_one(nodes: Nodes) -> Noun | None:
    """ "list every carrier" means all of them."""
    return payloads(nodes, Noun)[0] if nodes[1].text.lower() in ("every", "each") else None


def dimension(nodes: Nodes) -> Dimension:
    """Nouns to group by."""
    cue = cue_value(nodes, "B")
    return Dimension(nouns=tuple(payloads(nodes, Noun)), added=cue == "add" or any(it.tag == "m" for it in nodes),
                     over_time=cue == "time", singly=nodes[0].text.lower() == "per")  # fmt: skip


def period(nodes: Nodes) -> Dimension | None:
    """ "monthly flights": a unit of time that is said as an adjective."""
    noun = payloads(nodes, Noun)[0]
    return Dimension(nouns=(noun,), singly=True) if noun.text.lower().endswith(("ly", "annual")) else None


def direction(nodes: Nodes) -> tuple[bool, Degree | None, str]:
    """Whether a superlative wants the largest first, its degree, and what it counts."""
    payload = next(node.payload for node in nodes if node.tag == "S")
    if isinstance(payload, Degree):
        return payload.descending, payload, ""
    words = payload.value.split() if isinstance(payload, Cue) else ["desc"]
    return words[-1] == "desc", None, words[0] if len(words) > 1 else ""


def ranking(nodes: Nodes) -> Ranking | None:
    """A superlative with what it ranks."""
    descending, degree, kind = direction(nodes)
    amount = next(iter(payloads(nodes, Amount)), None)
    noun = next(iter(payloads(nodes, Noun)), None)
    adjective = next((it.payload for it in nodes if it.tag == "J" and isinstance(it.payload, Degree)), None)
    if adjective and kind == "common":
        return None
    if adjective:
        return Ranking(descending=descending == adjective.descending, nouns=adjective.nouns, text=text(nodes),
                       counting=adjective.counting)  # fmt: skip
    if kind == "lead":
        return None if noun else Ranking(descending=descending, nouns=LEADING_MEASURES, text=text(nodes))
    if kind == "common" or (degree and degree.counting):
        return None if noun else Ranking(descending=descending, counting=True, text=text(nodes))
    if degree and noun and (not measures(noun) or (degree.nouns and dates(noun) and "date" not in degree.nouns)):
        return None
    bare = not (noun or amount or degree) and nodes[-1].text.lower().split()[-1] in ("most", "least", "fewest")
    counting = bare or (noun is None and kind == "count") or (noun is not None and not measures(noun))
    if counting and noun and kind != "count" and nodes[0].text.lower().split()[-1] not in ("most", "fewest", "least"):
        return None
    return Ranking(
        descending=descending,
        amount=amount or (Amount(function="count", noun=noun, text=text(nodes)) if counting and noun else None),
        noun=None if counting else noun,
        counting=bare,
        nouns=degree.nouns if degree and not noun else (),
        text=text(nodes),
    )


def dates(noun: Noun) -> bool:
    """Whether a noun is better read as a date than as a table."""
    best_date = max((it.score for it in noun.readings if it.temporal), default=0.0)
    best_table = max((it.score for it in noun.readings if not it.column and not it.unit), default=0.0)
    return best_date > max(best_table, 0.44)


def by_measure(nodes: Nodes) -> Ranking | None:
    """ "top 3 products by price"."""
    noun = payloads(nodes, Noun)[0]
    if noun.plural and not noun.readings[0].column and not noun.readings[0].unit and not measures(noun):
        return Ranking(descending=True, amount=Amount(function="count", noun=noun, text=text(nodes)), text=text(nodes))
    return Ranking(descending=True, noun=noun, text=text(nodes)) if measures(noun) else None


def measures(noun: Noun) -> bool:
    """Whether a noun is better read as a quantity than as a table."""
    best_measure = max((it.score for it in noun.readings if it.measure), default=0.0)
    best_table = max((it.score for it in noun.readings if not it.column and not it.unit), default=0.0)
    return best_measure > max(best_table, 0.4)


def common(nodes: Nodes) -> Ranking | None:
    """ "most common", whatever noun follows."""
    descending, _, kind = direction(nodes)
    if kind == "lead":
        return Ranking(descending=descending, nouns=LEADING_MEASURES, text=text(nodes))
    return Ranking(descending=descending, counting=True, text=text(nodes)) if kind == "common" else None


def by_amount(nodes: Nodes) -> Ranking:
    """An amount to rank by."""
    return Ranking(descending=True, amount=payloads(nodes, Amount)[0], text=text(nodes))


def by_number(nodes: Nodes) -> Dimension | None:
    """ "by number of cylinders": a column that counts something, not the count of its values."""
    amount = payloads(nodes, Amount)[0]
    best = amount.noun.readings[0] if amount.noun else None
    if best is None or amount.function != "count" or amount.distinct or amount.share or not best.measure:
        return None
    return Dimension(nouns=(amount.noun,)) if amount.noun and best.score >= 0.9 else None


def over_time(nodes: Nodes) -> Dimension | None:
    """A dimension that only says that it is time."""
    return dimension(nodes) if cue_value(nodes, "B") == "time" else None


def distinct_amount(nodes: Nodes) -> Amount | None:
    """An amount of different things."""
    return amount(nodes) if any(node.tag == "A" for node in nodes) else None


def limit(nodes: Nodes) -> Limit | None:
    """How many, from which end."""
    number = next((int(it.value) for it in payloads(nodes, Quantity)), None)
    word = cue_value(nodes, "T")
    if number is not None and number < 1:
        return None
    said = next((node.text.lower() for node in nodes if node.tag == "T"), "")
    return Limit(count=number, descending={"desc": True, "asc": False}.get(word), word=said)


def sort(nodes: Nodes) -> Sort:
    """What to sort by."""
    return Sort(
        noun=next(iter(payloads(nodes, Noun)), None),
        amount=next(iter(payloads(nodes, Amount)), None),
        direction=cue_value(nodes, "d") or cue_value(nodes, "O"),
    )
