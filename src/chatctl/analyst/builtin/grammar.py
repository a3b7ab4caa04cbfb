"""From nodes to phrases: a finite-state cascade (Abney, Partial parsing via finite-state cascades, 1996).

Each rule is a pattern over the tags of neighbouring nodes; what it matches becomes one node with a new tag. Rules run
in order, each as often as it fits, so that later ones see the phrases of earlier ones. New tags: M amount, F condition,
P comparison waiting for its subject, K ranking, G dimensions, L limit, s sorting.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.lexicon import UNIT_NOUNS
from chatctl.analyst.builtin.links import Mention, Node, Noun, Quantity
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition, Dimension, Limit, Ranking, Sort
from chatctl.analyst.builtin.times import Frame

Nodes = Sequence[Node]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over tags, the tag it gives, what builds the phrase (None refuses), and an example."""

    pattern: str
    tag: str
    build: Callable[[Nodes], object | None]
    example: str


def parse(nodes: Nodes) -> list[Node]:
    """The phrases of a question, in order, beside the nodes that no rule took."""
    row = list(nodes)
    for rule in RULES:
        row = _apply(rule, row)
    return row


def _apply(rule: Rule, row: list[Node]) -> list[Node]:
    at = 0
    while at < len(row):
        tags = "".join(node.tag for node in row)
        match = re.compile(rule.pattern).search(tags, at)
        if not match:
            break
        start, end = match.span()
        payload = rule.build(row[start:end]) if end > start else None
        if payload is None:
            at = start + 1
            continue
        first, last = row[start], row[end - 1]
        text = " ".join(node.text for node in row[start:end])
        row[start:end] = [Node(tag=rule.tag, start=first.start, end=last.end, text=text, payload=payload)]
        at = start + 1
    return row


def _of(nodes: Nodes, kind: type[T]) -> list[T]:
    return [node.payload for node in nodes if isinstance(node.payload, kind)]


def _cue(nodes: Nodes, tag: str) -> str:
    return next((node.payload.value for node in nodes if node.tag == tag and isinstance(node.payload, Cue)), "")


def _text(nodes: Nodes) -> str:
    return " ".join(node.text for node in nodes)


def _amount(nodes: Nodes) -> Amount | None:
    noun = next(reversed(_of(nodes, Noun)), None)
    functions = [node.payload.value for node in nodes if node.tag == "A" and isinstance(node.payload, Cue)]
    distinct = any(node.tag == "U" for node in nodes)
    function = functions[0] if functions else "count"
    averaged = len(functions) > 1 and functions[0] == "avg" and functions[1] in ("count", "total")
    if len(functions) > 1 and not averaged:
        function = functions[-1] if functions[0] in ("sum", "count") else functions[0]
    return Amount(
        function="count" if averaged or function == "total" else function,  # type: ignore[arg-type]
        noun=noun,
        distinct=distinct,
        share=any(node.tag == "H" for node in nodes),
        per=averaged,
        total="total" in functions,
        text=_text(nodes),
    )


def _share(nodes: Nodes) -> Amount | None:
    amounts = _of(nodes, Amount)
    if amounts:
        return replace(amounts[0], share=True)
    return _amount(nodes)


def _several(nodes: Nodes) -> tuple[Amount, ...]:
    noun = _of(nodes, Noun)[-1]
    return tuple(
        Amount(function=node.payload.value, noun=noun, text=f"{node.text} {noun.text}")  # type: ignore[arg-type]
        for node in nodes
        if node.tag == "A" and isinstance(node.payload, Cue)
    )


def _shared_aggregate(nodes: Nodes) -> tuple[Amount, ...] | None:
    function = _cue(nodes, "A")
    nouns = _of(nodes, Noun)
    if function == "count" or not all(noun.readings[0].column for noun in nouns):
        return None
    return tuple(Amount(function=function, noun=noun, text=f"{nodes[0].text} {noun.text}") for noun in nouns)  # type: ignore[arg-type]


def _distinct(nodes: Nodes) -> Noun:
    return replace(_of(nodes, Noun)[0], distinct=True)


def _comparison(nodes: Nodes) -> Comparison:
    numbers = tuple(it.value for it in _of(nodes, Quantity))
    unit = next((it.unit for it in _of(nodes, Quantity) if it.unit), "")
    degree = next(iter(_of(nodes, Degree)), None)
    operator = degree.operator if degree else _cue(nodes, "C") or _cue(nodes, "G")
    nouns = degree.nouns if degree else UNIT_NOUNS.get(unit, ())
    return Comparison(operator=operator, numbers=numbers, nouns=nouns, unit=unit)  # type: ignore[arg-type]


def _range(nodes: Nodes) -> Comparison:
    low, high = sorted(it.value for it in _of(nodes, Quantity))
    unit = next((it.unit for it in _of(nodes, Quantity) if it.unit), "")
    return Comparison(operator=">=", numbers=(low, high), nouns=UNIT_NOUNS.get(unit, ()), unit=unit)


def _against(nodes: Nodes) -> Condition | None:
    """A comparison with an average: of the noun before, or of the one behind."""
    nouns, degrees = _of(nodes, Noun), _of(nodes, Degree)
    amounts = _of(nodes, Amount)
    function = amounts[0].function if amounts else _cue(nodes, "A")
    if function not in ("avg", "max", "min", "median") or (amounts and amounts[0].noun is None):
        return None
    noun = nouns[0] if nouns else amounts[0].noun if amounts else None
    if noun is None and not degrees:
        return None
    operator = degrees[0].operator if degrees else _cue(nodes, "C")
    comparison = Comparison(
        operator=operator,  # type: ignore[arg-type]
        numbers=(),
        nouns=degrees[0].nouns if degrees else (),
        average=function,  # type: ignore[arg-type]
    )
    return Condition(noun=noun, comparison=comparison, text=_text(nodes))


def _compared(nodes: Nodes) -> Condition | None:
    comparison = _of(nodes, Comparison)[0]
    degrees = _of(nodes, Degree)
    leading = nodes[0].payload
    if isinstance(leading, Amount) and leading.function == "count" and comparison.nouns:
        return None
    if isinstance(leading, Noun) and not _measures(leading) and not any(it.temporal for it in leading.readings):
        return None
    if degrees:
        comparison = replace(comparison, nouns=degrees[0].nouns)
    amount = next(iter(_of(nodes, Amount)), None)
    noun = next(iter(_of(nodes, Noun)), None)
    return Condition(
        noun=noun, amount=amount, comparison=comparison, negated=any(it.tag == "!" for it in nodes), text=_text(nodes)
    )


def _counted(nodes: Nodes) -> Condition | None:
    """ "more than 1000 flights": a quantity, or the count of a table's rows."""
    comparison, noun = _of(nodes, Comparison)[0], _of(nodes, Noun)[0]
    if _measures(noun):
        return Condition(noun=noun, comparison=comparison, text=_text(nodes))
    if comparison.nouns:
        return None
    return Condition(
        amount=Amount(function="count", noun=noun, text=noun.text), comparison=comparison, text=_text(nodes)
    )


def _equal_number(nodes: Nodes) -> Condition | None:
    noun = _of(nodes, Noun)[0]
    numbers = tuple(it.value for it in _of(nodes, Quantity))
    if not noun.readings[0].column and not noun.readings[0].unit and not any(it.column for it in noun.readings):
        return None
    return Condition(noun=noun, comparison=Comparison(operator="=", numbers=numbers), text=_text(nodes))


def _named_value(nodes: Nodes) -> Condition | None:
    """A column and one of its values, side by side."""
    noun, mentions = _of(nodes, Noun)[0], _of(nodes, Mention)
    columns = {(it.table, it.column) for it in noun.readings if it.column and it.score >= 0.45}
    tables = {it.table for it in noun.readings if not it.column and it.score >= 0.75}
    held = {(it.table, it.column) for mention in mentions for it in mention.readings}
    negated = any(node.tag == "!" for node in nodes)
    loose = all(not mention.readings for mention in mentions) and any(column for _, column in columns)
    if not columns & held and not loose and not (nodes[0].tag == "V" and tables & {table for table, _ in held}):
        return None
    if nodes[0].tag == "V" and not columns & held:
        return None
    return Condition(noun=noun, mentions=tuple(mentions), negated=negated, text=_text(nodes))


def _valued(nodes: Nodes) -> Condition:
    negated = any(node.tag in "!X" for node in nodes)
    return Condition(mentions=tuple(_of(nodes, Mention)), negated=negated, text=_text(nodes))


def _missing(nodes: Nodes) -> Condition | None:
    noun = _of(nodes, Noun)[0]
    negated = any(node.tag == "!" for node in nodes)
    return Condition(noun=noun, operator="not null" if negated else "null", text=_text(nodes))


def _framed(nodes: Nodes) -> Condition | None:
    frames = tuple(_of(nodes, Frame))
    leading = nodes[0].payload
    if isinstance(leading, Noun) and not _dates(leading):
        return None
    degree = next(iter(_of(nodes, Degree)), None)
    operator = (degree.operator if degree else _cue(nodes, "C") or _cue(nodes, "G")) or "="
    if any(node.tag == "W" for node in nodes):
        operator = ">="
    noun = next(iter(_of(nodes, Noun)), None)
    return Condition(
        noun=noun,
        frames=frames,
        operator=operator,  # type: ignore[arg-type]
        negated=any(it.tag == "!" for it in nodes),
        text=_text(nodes),
    )


def _stretch(nodes: Nodes) -> Condition | None:
    """ "January to March": two frames of one kind with one word between them."""
    first, last = nodes[0].payload, nodes[-1].payload
    alike = isinstance(first, Frame) and isinstance(last, Frame) and first.values.keys() == last.values.keys()
    if not alike or nodes[-1].start - nodes[0].end != 1:
        return None
    return Condition(frames=(first, last), operator=">=", text=_text(nodes))  # type: ignore[arg-type]


def _span(nodes: Nodes) -> Comparison | None:
    """ "100 to 500": two numbers with one word between them."""
    return _range(nodes) if nodes[1].start - nodes[0].end == 1 else None


def _partly(nodes: Nodes) -> Condition | None:
    """A text that a column contains, begins or ends with."""
    noun = next(iter(_of(nodes, Noun)), None)
    last = nodes[-1]
    if noun is None or last.payload is noun:
        return None
    mention = last.payload if isinstance(last.payload, Mention) else Mention(text=last.text, readings=())
    negated = any(node.tag == "!" for node in nodes)
    return Condition(noun=noun, mentions=(mention,), part=_cue(nodes, "l"), negated=negated, text=_text(nodes))


def _all(nodes: Nodes) -> Noun | None:
    """ "list every carrier" means all of them."""
    return _of(nodes, Noun)[0] if nodes[1].text.lower() in ("every", "each") else None


def _dimension(nodes: Nodes) -> Dimension:
    cue = _cue(nodes, "B")
    return Dimension(nouns=tuple(_of(nodes, Noun)), added=cue == "add" or any(it.tag == "m" for it in nodes),
                     over_time=cue == "time")  # fmt: skip


def _period(nodes: Nodes) -> Dimension | None:
    """ "monthly flights": a unit of time that is said as an adjective."""
    noun = _of(nodes, Noun)[0]
    return Dimension(nouns=(noun,)) if noun.text.lower().endswith("ly") else None


def _direction(nodes: Nodes) -> tuple[bool, Degree | None, str]:
    payload = next(node.payload for node in nodes if node.tag == "S")
    if isinstance(payload, Degree):
        return payload.descending, payload, ""
    words = payload.value.split() if isinstance(payload, Cue) else ["desc"]
    return words[-1] == "desc", None, words[0] if len(words) > 1 else ""


def _ranking(nodes: Nodes) -> Ranking | None:
    descending, degree, kind = _direction(nodes)
    amount = next(iter(_of(nodes, Amount)), None)
    noun = next(iter(_of(nodes, Noun)), None)
    adjective = next((it.payload for it in nodes if it.tag == "J" and isinstance(it.payload, Degree)), None)
    if adjective:
        return Ranking(descending=descending == adjective.descending, nouns=adjective.nouns, text=_text(nodes),
                       counting=adjective.counting)  # fmt: skip
    if kind == "common" or (degree and degree.counting):
        return None if noun else Ranking(descending=descending, counting=True, text=_text(nodes))
    if degree and noun and not _measures(noun):
        return None
    bare = not (noun or amount or degree) and nodes[-1].text.lower().split()[-1] in ("most", "least", "fewest")
    counting = bare or kind == "count" or (noun is not None and not _measures(noun))
    if counting and noun and kind != "count" and nodes[0].text.lower().split()[-1] not in ("most", "fewest", "least"):
        return None
    return Ranking(
        descending=descending,
        amount=amount or (Amount(function="count", noun=noun, text=_text(nodes)) if counting and noun else None),
        noun=None if counting else noun,
        counting=bare,
        nouns=degree.nouns if degree and not noun else (),
        text=_text(nodes),
    )


def _dates(noun: Noun) -> bool:
    """Whether a noun is better read as a date than as a table."""
    best_date = max((it.score for it in noun.readings if it.temporal), default=0.0)
    best_table = max((it.score for it in noun.readings if not it.column and not it.unit), default=0.0)
    return best_date > max(best_table, 0.44)


def _by_measure(nodes: Nodes) -> Ranking | None:
    """ "top 3 products by price"."""
    noun = _of(nodes, Noun)[0]
    return Ranking(descending=True, noun=noun, text=_text(nodes)) if _measures(noun) else None


def _measures(noun: Noun) -> bool:
    """Whether a noun is better read as a quantity than as a table."""
    best_measure = max((it.score for it in noun.readings if it.measure), default=0.0)
    best_table = max((it.score for it in noun.readings if not it.column and not it.unit), default=0.0)
    return best_measure > max(best_table, 0.4)


def _common(nodes: Nodes) -> Ranking:
    descending, _, _ = _direction(nodes)
    return Ranking(descending=descending, counting=True, text=_text(nodes))


def _limit(nodes: Nodes) -> Limit | None:
    number = next((int(it.value) for it in _of(nodes, Quantity)), None)
    word = _cue(nodes, "T")
    if number is not None and number < 1:
        return None
    return Limit(count=number, descending={"desc": True, "asc": False}.get(word))


def _sort(nodes: Nodes) -> Sort:
    return Sort(
        noun=next(iter(_of(nodes, Noun)), None),
        amount=next(iter(_of(nodes, Amount)), None),
        direction=_cue(nodes, "d") or _cue(nodes, "O"),
    )


RULES = (
    Rule(r"QBN", "N", _all, "list every carrier"),
    Rule(r"W#[&,]?#", "P", _range, "between 5 and 10"),
    Rule(r"##", "P", _span, "100 to 500 miles"),
    Rule(r"N!?l[VwN]", "F", _partly, "name contains \"Air\""),
    Rule(r"DD", "F", _stretch, "January to March"),
    Rule(r"[CG]#", "P", _comparison, "more than 60 minutes"),
    Rule(r"#G", "P", _comparison, "2 or more"),
    Rule(r"N?WD[&,]?D", "F", _framed, "between March and May"),
    Rule(r"N?!?[CG]D", "F", _framed, "since March"),
    Rule(r"DG", "F", _framed, "2013 or later"),
    Rule(r"!D", "F", _framed, "not in July"),
    Rule(r"D(?:[&|,]D)+", "F", _framed, "in June or July"),
    Rule(r"D", "F", _framed, "in July"),
    Rule(r"A(?:[&,]+A)+N", "M", _several, "max and min delay"),
    Rule(r"A[&,]?AN", "M", _amount, "average number of flights"),
    Rule(r"[AU]*UA?N", "M", lambda nodes: _amount(nodes) if any(n.tag == "A" for n in nodes) else None,
         "how many different carriers"),
    Rule(r"UN", "N", _distinct, "the distinct carriers"),
    Rule(r"AN(?:[&,]N)+(?![AM])", "M", _shared_aggregate, "average departure delay and arrival delay"),
    Rule(r"NC[AM]N?|C[AM]N?", "F", _against, "distance greater than the average"),
    Rule(r"AN", "M", _amount, "average delay"),
    Rule(r"HM|HAN|HN", "M", _share, "share of flights"),
    Rule(r"JP|PJ", "F", _compared, "more than 60 minutes late"),
    Rule(r"M!?P(?!N)|N!?P", "F", _compared, "average delay above 10"),
    Rule(r"PN", "F", _counted, "more than 5 engines"),
    Rule(r"P", "F", _compared, "longer than 1000 miles"),
    Rule(r"V(?:[&|,]+V)+N|N!?C?V(?:[&|,]+V)+", "F", _named_value, "carriers UA and AA"),
    Rule(r"N!?C?V|!?VN|NwV", "F", _named_value, "origin JFK"),
    Rule(r"!?V(?:[&|,]+V)+", "F", _valued, "JFK or LGA"),
    Rule(r"[!X]V", "F", _valued, "not from JFK"),
    Rule(r"V", "F", _valued, "from JFK"),
    Rule(r"!?XN", "F", _missing, "without a tail number"),
    Rule(r"N!?X", "F", _missing, "tail number is missing"),
    Rule(r"TN#|T#", "L", _limit, "top 5"),
    Rule(r"#(?=[SNK])", "L", _limit, "the 10 most delayed flights"),
    Rule(r"O[NM]d?", "s", _sort, "sorted by name descending"),
    Rule(r"SJ", "K", _ranking, "most delayed"),
    Rule(r"S(?=N)", "K", lambda nodes: _common(nodes) if _direction(nodes)[2] == "common" else None,
         "the most common origin"),
    Rule(r"S[MN]", "K", _ranking, "highest average delay"),
    Rule(r"S", "K", _ranking, "the longest flight"),
    Rule(r"B+M", "K", lambda nodes: Ranking(descending=True, amount=_of(nodes, Amount)[0], text=_text(nodes)),
         "carriers by average delay"),
    Rule(r"(?<=LN)B+N", "K", _by_measure, "top 3 products by price"),
    Rule(r"B+N(?:[&,]+B?N)*m?", "G", _dimension, "by origin and month"),
    Rule(r"B(?!N)", "G", lambda nodes: _dimension(nodes) if _cue(nodes, "B") == "time" else None, "over time"),
    Rule(r"N(?=[MN])", "G", _period, "monthly flights"),
    Rule(r"N#", "F", _equal_number, "month 7"),
    Rule(r"Od?", "s", _sort, "sorted descending"),
    Rule(r"[NM]d", "s", _sort, "by delay descending"),
    Rule(r"d", "s", _sort, "descending"),
    Rule(r"T", "L", _limit, "the top carriers"),
)  # fmt: skip
