"""The builders of the phrases that ask for an analysis: growth, distributions, correlations, outliers, duplicates."""

from dataclasses import replace

from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.forms import Function
from chatctl.analyst.builtin.nodes import Noun, Quantity
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition, Dimension, Growth, Repeated
from chatctl.analyst.builtin.phrasing import Nodes, direction, payloads, text
from chatctl.analyst.builtin.times import Frame

QUARTILES = (0.25, 0.5, 0.75)
STATISTICS: tuple[Function, ...] = ("avg", "median", "min", "max", "deviation")


def growth(nodes: Nodes) -> Growth:
    """A change over time with what it is of, and the end that was asked for: "the largest drop in revenue"."""
    cues = payloads(nodes, Cue)
    ranked = any(node.tag == "S" for node in nodes)
    most, falling = ranked and direction(nodes)[0], any(cue.tag == "g" and cue.value == "down" for cue in cues)
    fast = next((it for it in payloads(nodes, Degree) if "speed" in it.nouns), None)
    first = fast.descending if fast else most
    return Growth(
        nouns=tuple(payloads(nodes, Noun)),
        amounts=tuple(payloads(nodes, Amount)),
        unit=next((cue.value for cue in cues if cue.tag == "p"), ""),
        descending=(first != falling) if ranked else None,
        text=text(nodes),
    )


def quartiles(nodes: Nodes) -> tuple[Amount, ...]:
    """The three quartiles of a noun."""
    noun = payloads(nodes, Noun)[0]
    return tuple(Amount(function="quantile", noun=noun, fraction=it, text=text(nodes)) for it in QUARTILES)


def statistics(nodes: Nodes) -> tuple[Amount, ...] | None:
    """The usual figures of a number."""
    noun = payloads(nodes, Noun)[0]
    if not noun.readings[0].measure:
        return None
    return tuple(Amount(function=it, noun=noun, text=text(nodes)) for it in STATISTICS)


def correlation(nodes: Nodes) -> Amount:
    """How two nouns vary together."""
    noun, other = payloads(nodes, Noun)
    return Amount(function="correlation", noun=noun, other=other, text=text(nodes))


def distribution(nodes: Nodes) -> Dimension:
    """The values of a noun, or the stretches in which its numbers lie."""
    return Dimension(nouns=tuple(payloads(nodes, Noun)), binned=True)


def stretched(nodes: Nodes) -> Dimension | None:
    """A dimension in stretches of a width that is said."""
    dimension, width = payloads(nodes, Dimension)[0], payloads(nodes, Quantity)[0].value
    return replace(dimension, binned=True, width=width) if width > 0 else None


def ratio(nodes: Nodes) -> Amount:
    """The total of one noun by that of another."""
    noun, other = payloads(nodes, Noun)
    return Amount(function="sum", noun=noun, other=other, text=text(nodes))


def outliers(nodes: Nodes) -> Condition:
    """Numbers far from the others."""
    return Condition(noun=payloads(nodes, Noun)[0], operator="outlier", text=text(nodes))


def repeated(nodes: Nodes) -> Repeated:
    """What occurs more than once."""
    return Repeated(noun=next(iter(payloads(nodes, Noun)), None), text=text(nodes))


def excluded(nodes: Nodes) -> Condition:
    """ "but not from LGA"."""
    return replace(payloads(nodes, Condition)[0], excluded=True, text=text(nodes))


def contrast(nodes: Nodes) -> Condition:
    """Two time frames set against each other: "this year compared to last year"."""
    return Condition(frames=tuple(payloads(nodes, Frame)), operator="in", text=text(nodes))


def state(phrase: str, nouns: tuple[str, ...], operator: str, number: float) -> Condition:
    """What a state such as "on time" or "cancelled" says of a row."""
    if operator == "null":
        return Condition(nouns=nouns, operator="null", text=phrase, claims=True, state=True)
    comparison = Comparison(operator=operator, numbers=(number,), nouns=nouns)  # type: ignore[arg-type]
    return Condition(comparison=comparison, text=phrase, claims=True, state=True)
