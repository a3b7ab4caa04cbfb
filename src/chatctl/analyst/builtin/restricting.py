"""The builders of the phrases that narrow the rows: comparisons, values, time frames, what is there or missing."""

from collections.abc import Sequence
from dataclasses import replace

from chatctl.analyst.builtin.cues import Degree
from chatctl.analyst.builtin.lexicon import UNIT_NOUNS
from chatctl.analyst.builtin.nodes import Mention, Noun, Quantity
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition
from chatctl.analyst.builtin.phrasing import Nodes, cue_value, dates, measures, payloads, text
from chatctl.analyst.builtin.times import Frame

PERCENT = frozenset({"%", "percent"})


def comparison(nodes: Nodes) -> Comparison:
    """An operator and its number."""
    numbers = tuple(it.value for it in payloads(nodes, Quantity))
    unit = next((it.unit for it in payloads(nodes, Quantity) if it.unit), "")
    degree = next(iter(payloads(nodes, Degree)), None)
    operator = degree.operator if degree else cue_value(nodes, "C") or cue_value(nodes, "G")
    nouns = degree.nouns if degree else UNIT_NOUNS.get(unit, ())
    return Comparison(operator=operator, numbers=numbers, nouns=nouns, unit=unit)  # type: ignore[arg-type]


def between(nodes: Nodes) -> Comparison:
    """Two bounds."""
    low, high = sorted(it.value for it in payloads(nodes, Quantity))
    unit = next((it.unit for it in payloads(nodes, Quantity) if it.unit), "")
    return Comparison(operator=">=", numbers=(low, high), nouns=UNIT_NOUNS.get(unit, ()), unit=unit)


def against(nodes: Nodes) -> Condition | None:
    """A comparison with an average: of the noun before, or of the one behind."""
    nouns, degrees = payloads(nodes, Noun), payloads(nodes, Degree)
    amounts = payloads(nodes, Amount)
    function = amounts[0].function if amounts else cue_value(nodes, "A")
    if function not in ("avg", "max", "min", "median") or (amounts and amounts[0].noun is None):
        return None
    noun = nouns[0] if nouns else amounts[0].noun if amounts else None
    if noun is None and not degrees:
        return None
    operator = degrees[0].operator if degrees else cue_value(nodes, "C")
    comparison = Comparison(
        operator=operator,  # type: ignore[arg-type]
        numbers=(),
        nouns=degrees[0].nouns if degrees else (),
        average=function,  # type: ignore[arg-type]
    )
    return Condition(noun=noun, comparison=comparison, text=text(nodes))


def compared(nodes: Nodes) -> Condition | None:
    """A noun or an amount compared with a number."""
    comparison = payloads(nodes, Comparison)[0]
    degrees = payloads(nodes, Degree)
    leading = nodes[0].payload
    if (
        isinstance(leading, Amount)
        and leading.function == "count"
        and (comparison.nouns or _unbounded(leading, comparison))
    ):
        return None
    if isinstance(leading, Noun) and not measures(leading) and not dates(leading):
        return None
    if degrees:
        comparison = replace(comparison, nouns=degrees[0].nouns)
    amount = next(iter(payloads(nodes, Amount)), None)
    noun = next(iter(payloads(nodes, Noun)), None)
    return Condition(
        noun=noun,
        amount=amount,
        comparison=comparison,
        negated=any(it.tag == "!" for it in nodes),
        claims=amount is None,
        text=text(nodes),
    )


def _unbounded(count: Amount, comparison: Comparison) -> bool:
    """ "how many people over 60", "the share of people over 60" say no bound of the number; 17% is one of a share."""
    return count.share > (comparison.unit in PERCENT) or count.text.lower().startswith("how many")


def counted(nodes: Nodes) -> Condition | None:
    """ "more than 1000 flights": a quantity, or the count of a table's rows."""
    comparison, noun = payloads(nodes, Comparison)[0], payloads(nodes, Noun)[0]
    if measures(noun):
        return Condition(noun=noun, comparison=comparison, claims=True, text=text(nodes))
    if comparison.nouns or nodes[-1].start > nodes[0].end:
        return None
    return Condition(
        amount=Amount(function="count", noun=noun, text=noun.text), comparison=comparison, text=text(nodes)
    )


def equal_number(nodes: Nodes) -> Condition | None:
    """A column and its number."""
    noun = payloads(nodes, Noun)[0]
    numbers = tuple(it.value for it in payloads(nodes, Quantity))
    if not noun.readings[0].column and not noun.readings[0].unit and not any(it.column for it in noun.readings):
        return None
    return Condition(noun=noun, comparison=Comparison(operator="=", numbers=numbers), text=text(nodes))


def having(nodes: Nodes) -> Condition | None:
    """ "4 engines" of what has them: a number of what a column counts."""
    noun = payloads(nodes, Noun)[0]
    best = noun.readings[0]
    number = payloads(nodes, Quantity)[0].value
    if not best.column or noun.plural > best.measure or best.score < 0.9:
        return None
    return Condition(noun=noun, comparison=Comparison(operator="=", numbers=(number,)), text=text(nodes))


def named_value(nodes: Nodes) -> Condition | None:
    """A column and one of its values, side by side."""
    noun, mentions = payloads(nodes, Noun)[0], payloads(nodes, Mention)
    columns = {(it.table, it.column) for it in noun.readings if it.column and it.score >= 0.45}
    held = {(it.table, it.column) for mention in mentions for it in mention.readings}
    negated = any(node.tag == "!" for node in nodes)
    loose = all(not mention.readings for mention in mentions) and any(column for _, column in columns)
    if not columns & held and (nodes[0].tag == "V" or not loose):
        return None
    return Condition(noun=noun, mentions=tuple(mentions), negated=negated, claims=_claimed(mentions), text=text(nodes))


def _claimed(mentions: Sequence[Mention]) -> bool:
    return any(mention.claimed for mention in mentions)


def valued(nodes: Nodes) -> Condition:
    """Values without a column."""
    negated = any(node.tag in "!X" for node in nodes)
    mentions = payloads(nodes, Mention)
    return Condition(mentions=tuple(mentions), negated=negated, claims=_claimed(mentions), text=text(nodes))


def missing(nodes: Nodes) -> Condition | None:
    """A noun without a value."""
    noun = payloads(nodes, Noun)[0]
    negated = any(node.tag == "!" for node in nodes)
    return Condition(noun=noun, operator="not null" if negated else "null", claims=True, text=text(nodes))


def flagged(nodes: Nodes) -> Condition | None:
    """A column of yes and no, of which yes is meant."""
    noun = payloads(nodes, Noun)[0]
    if not noun.readings[0].flag:
        return None
    return Condition(noun=noun, operator="not null", text=text(nodes))


def framed(nodes: Nodes) -> Condition | None:
    """A time frame with its operator."""
    frames = tuple(payloads(nodes, Frame))
    leading = nodes[0].payload
    if isinstance(leading, Noun) and not dates(leading):
        return None
    degree = next(iter(payloads(nodes, Degree)), None)
    operator = (degree.operator if degree else cue_value(nodes, "C") or cue_value(nodes, "G")) or "="
    if any(node.tag == "W" for node in nodes):
        operator = ">="
    noun = next(iter(payloads(nodes, Noun)), None)
    return Condition(
        noun=noun,
        frames=frames,
        operator=operator,  # type: ignore[arg-type]
        negated=any(it.tag == "!" for it in nodes),
        text=text(nodes),
    )


def stretch(nodes: Nodes) -> Condition | None:
    """ "January to March": two frames of one kind with one word between them."""
    first, last = nodes[0].payload, nodes[-1].payload
    alike = isinstance(first, Frame) and isinstance(last, Frame) and first.values.keys() == last.values.keys()
    if not alike or nodes[-1].start - nodes[0].end != 1:
        return None
    return Condition(frames=(first, last), operator=">=", text=text(nodes))  # type: ignore[arg-type]


def span(nodes: Nodes) -> Comparison | None:
    """ "100 to 500": two numbers with one word between them."""
    return between(nodes) if nodes[1].start - nodes[0].end == 1 else None


def partly(nodes: Nodes) -> Condition | None:
    """A text that a column contains, begins or ends with."""
    noun = next(iter(payloads(nodes, Noun)), None)
    last = nodes[-1]
    if noun is None or last.payload is noun:
        return None
    mention = last.payload if isinstance(last.payload, Mention) else Mention(text=last.text, readings=())
    negated = any(node.tag == "!" for node in nodes)
    return Condition(noun=noun, mentions=(mention,), part=cue_value(nodes, "l"), negated=negated, text=text(nodes))
