"""Schema linking: a question as a row of nodes, each a cue, a noun of the schema, a value, a number or a time frame.

Every span of words may mean several things; the row that explains the most words best is chosen by dynamic
programming, and each node keeps all its readings with their scores for the candidates to choose from.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.cues import Cue, degrees, led, phrases
from chatctl.analyst.builtin.entities import entities
from chatctl.analyst.builtin.givens import NOTHING, Given
from chatctl.analyst.builtin.lexicon import DIRECTIONS, MOTION_WORDS, NUMBER_WORDS, STOP_WORDS, UNITS
from chatctl.analyst.builtin.mentions import mentioned
from chatctl.analyst.builtin.names import BRIDGES, NameIndex, Reading
from chatctl.analyst.builtin.nodes import Mention, Node, Noun, Quantity, spanned
from chatctl.analyst.builtin.phrases import Condition
from chatctl.analyst.builtin.times import frame_at
from chatctl.analyst.builtin.words import Token

CUE_WORDS = {
    "growth": 1.0,
    "change": 1.0,
    "increase": 1.0,
    "rate": 1.0,
    "distribution": 1.0,
    "total": 1.1,
    "amount": 2.3,
    "count": 1.1,
    "number": 1.0,
    "sum": 1.1,
    "average": 1.0,
    "share": 1.0,
}
"""Cues that are columns' names just as often, and how much a cue before them speaks for the column."""
LONGEST_CUE = 6
HEADED = 0.64
"""From here on a word is the last of a name."""
NAMED = 0.95
"""From here on words are a name as it stands, "market value" too, though a value says little elsewhere."""
PREPOSITIONS = frozenset({"in", "from", "to", "at", "of", "for"})
COPULAS = frozenset({"is", "are", "was", "were", "be", "been", "being", "got", "get"})
UNIT_NOUNS = {
    "year": ("year", "yearly", "annually", "annual"),
    "quarter": ("quarter", "quarterly"),
    "month": ("month", "monthly"),
    "week": ("week", "weekly"),
    "day": ("day", "daily", "date"),
    "weekday": ("weekday",),
    "hour": ("hour", "hourly"),
}
UNIT_PHRASES = {
    "day of the week": "weekday",
    "day of week": "weekday",
    "days of the week": "weekday",
    "week day": "weekday",
    "hour of the day": "hour",
    "hour of day": "hour",
    "month of the year": "month",
    "time of day": "hour",
}
_ADJECTIVES = frozenset({"yearly", "annual", "quarterly", "monthly", "weekly", "daily", "hourly"})
_UNIT_WORDS = {word: unit for unit, words in UNIT_NOUNS.items() for word in words}
_PERCENTILE = re.compile(r"(?P<ordinal>\d{1,2})(?:st|nd|rd|th)|p(?P<short>\d{2})")
_AFTER_NUMBERS = """
    minute second hour day mile dollar euro euros feet foot years year degrees degree meter kilometers kilometres pounds
    knots inches % times tons ft kph lb pound kilogram
"""
BOUNDS = frozenset({"than", "over", "under", "above", "below", "least", "most", "exceeding"})
MULTIPLES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}
AFTER_NUMBERS = frozenset(UNITS) | frozenset(_AFTER_NUMBERS.split())


def link(
    tokens: Sequence[Token], catalog: Catalog, names: NameIndex, today: date, given: Given = NOTHING
) -> list[Node]:
    """The nodes of a question in order: the best row of them."""
    options: dict[int, list[Node]] = {}
    for node in (*_options(tokens, catalog, names, today), *_given(tokens, given)):
        options.setdefault(node.start, []).append(node)
    row = [_directed(node, tokens) for node in _best_row(tokens, options)]
    return _compounds(_periods_first(_attributes(_shared_directions(row))), catalog)


def _given(tokens: Sequence[Token], given: Given) -> Iterator[Node]:
    """Terms that are conditions by definition."""
    for at, token in enumerate(tokens):
        if token.kind == "term" and token.lower in given.conditions:
            condition = Condition(given=given.conditions[token.lower], claims=_told(at, tokens), text=token.text)
            yield spanned("F", tokens, at, at + 1, condition, 1.0)


def _shared_directions(row: list[Node]) -> list[Node]:
    """ "from JFK or LGA": a value that continues a list points where the list does."""
    found = list(row)
    for at in range(2, len(found)):
        first, link_word, last = found[at - 2 : at + 1]
        if (
            link_word.tag not in "|&,"
            or not isinstance(first.payload, Mention)
            or not isinstance(last.payload, Mention)
        ):
            continue
        if first.payload.direction and not last.payload.direction:
            found[at] = replace(last, payload=replace(last.payload, direction=first.payload.direction))
    return found


def _compounds(row: list[Node], catalog: Catalog) -> list[Node]:
    """ "destination airport name": a key's column before what it points to says which key is meant."""
    merged: list[Node] = []
    for node in row:
        before = merged[-1] if merged else None
        if before and before.end == node.start and isinstance(before.payload, Noun) and isinstance(node.payload, Noun):
            via = _keys(before.payload, node.payload, catalog)
            if via:
                text = f"{before.text} {node.text}"
                noun = replace(node.payload, text=text, via=via)
                merged[-1] = replace(node, start=before.start, text=text, payload=noun)
                continue
        merged.append(node)
    return merged


def _keys(first: Noun, second: Noun, catalog: Catalog) -> tuple[tuple[str, str], ...]:
    columns = {(it.table, it.column) for it in first.readings if it.column and it.score >= 0.75}
    tables = {it.table for it in second.readings if it.score >= 0.75}
    return tuple(
        (edge.table, edge.column)
        for edge in catalog.edges
        if (edge.table, edge.column) in columns and edge.to_table in tables
    )


def _best_row(tokens: Sequence[Token], options: dict[int, list[Node]]) -> list[Node]:
    best: list[tuple[float, tuple[Node, ...]]] = [(0.0, ())] * (len(tokens) + 1)
    for at in range(len(tokens) - 1, -1, -1):
        score, row = best[at + 1]
        choice = (score, _other(tokens, at) + row)
        for node in options.get(at, ()):
            score, row = best[node.end]
            if score + node.weight > choice[0] + 1e-9:
                choice = (score + node.weight, (node, *row))
        best[at] = choice
    return list(best[0][1])


def _other(tokens: Sequence[Token], at: int) -> tuple[Node, ...]:
    token = tokens[at]
    idle = token.lower in STOP_WORDS or token.lower in MOTION_WORDS or _done(tokens, at)
    if token.kind not in ("word", "date") or idle:
        return ()
    return (Node(tag="w", start=at, end=at + 1, text=token.text, payload=token.lower),)


def _headed(token: Token, reading: Reading) -> bool:
    """Whether a small-letter word is what a name says last, so that it is no part of a value: ORIGIN_CTRY."""
    return token.text.islower() and reading.score >= HEADED


def _done(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is what somebody does: "who hit the most home runs"."""
    return at > 0 and tokens[at - 1].lower == "who"


def _options(tokens: Sequence[Token], catalog: Catalog, names: NameIndex, today: date) -> Iterator[Node]:
    nouns = dict(names.spans(tokens))
    yield from _nouns(tokens, nouns)
    yield from _columns_not_cues(tokens, nouns)
    yield from entities(tokens, names, catalog)
    covered = {at for (start, end), readings in nouns.items() if readings[0].score >= 0.9 for at in range(start, end)}
    covered |= {at for at, token in enumerate(tokens) if token.stem in names.heads}
    covered |= {start for (start, end), it in nouns.items() if end == start + 1 and _headed(tokens[start], it[0])}
    for at in (at for at, token in enumerate(tokens) if token.kind != "term"):
        yield from _cues(tokens, at)
        yield from _numbers(tokens, at)
        frame = frame_at(tokens, at, today)
        if frame:
            yield spanned("D", tokens, at, frame[1], frame[0], 1.1 * (frame[1] - at))
        yield from mentioned(tokens, at, catalog, covered)


def _columns_not_cues(tokens: Sequence[Token], spans: dict[tuple[int, int], list[Reading]]) -> Iterator[Node]:
    """A column that is named like a cue ("total", "amount") is meant where nothing follows to be totalled."""
    for (start, end), readings in sorted(spans.items()):
        word = tokens[start].lower
        exact = tuple(it for it in readings if it.column and it.score >= 0.97)
        if end - start != 1 or not exact or word not in CUE_WORDS:
            continue
        followed = (end, end + 1) in spans or (end, end + 2) in spans
        if followed and word != "amount":
            continue
        led = CUE_WORDS[word] if start and (tokens[start - 1].lower,) in phrases() else 1.0
        yield spanned("N", tokens, start, end, Noun(text=tokens[start].text, readings=exact), 1.1 * led)


def _nouns(tokens: Sequence[Token], spans: dict[tuple[int, int], list[Reading]]) -> Iterator[Node]:
    units = _units(tokens)
    said = {span for span in units if span[1] - span[0] > 1}
    for span in sorted({*spans, *units}):
        start, end = span
        readings = tuple(spans.get(span, ())[:12])
        if span in units:
            readings = (*readings, Reading(unit=units[span], score=1.0 if span in said else 0.9))
        best = max(reading.score for reading in readings)
        idle = BRIDGES if best >= NAMED else STOP_WORDS
        if end - start == 1 and _done(tokens, start):
            continue
        content = sum(token.lower not in idle or end - start == 1 for token in tokens[start:end])
        if end - start == 1 and tokens[start].lower in MOTION_WORDS and not any(it.temporal for it in readings):
            continue
        if content == 1 and tokens[start].lower in STOP_WORDS and best < 1.0:
            continue
        last = tokens[end - 1].lower
        noun = Noun(text=" ".join(t.text for t in tokens[start:end]), readings=readings, plural=last.endswith("s"))
        yield spanned("N", tokens, start, end, noun, best * content + 0.1 * (content - 1))


def _units(tokens: Sequence[Token]) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for at, token in enumerate(tokens):
        unit = _UNIT_WORDS.get(token.lower) or _UNIT_WORDS.get(token.lower.removesuffix("s"))
        if unit:
            found[at, at + 1] = unit
        for phrase, longer in UNIT_PHRASES.items():
            length = len(phrase.split())
            if [it.lower for it in tokens[at : at + length]] == phrase.split():
                found[at, at + length] = longer
    return found


def _cues(tokens: Sequence[Token], at: int) -> Iterator[Node]:
    words = tuple(token.lower for token in tokens[at : at + LONGEST_CUE])
    for length in range(1, len(words) + 1):
        cue = phrases().get(words[:length])
        if cue:
            yield spanned(cue.tag, tokens, at, at + length, cue, 1.1 * length - (0.2 if cue.tag == "j" else 0.08))
    yield from _percentile(tokens, at)
    degree = degrees().get(words[0]) if words else None
    if degree:
        tag, payload = degree
        length = 2 if tag == "C" and words[1:2] == ("than",) else 1
        if tag != "C" or length == 2:
            yield spanned(tag, tokens, at, at + length, payload, length + 0.01)
        elif words[0] not in STOP_WORDS:
            yield spanned("J", tokens, at, at + 1, payload, 0.6)
    if len(words) > 2 and words[0] in ("more", "less") and words[2] == "than" and words[1] in degrees():
        payload = degrees()[words[1]][1]
        larger = payload.descending == (words[0] == "more")
        yield spanned("C", tokens, at, at + 3, replace(payload, operator=">" if larger else "<"), 3.02)
    participle = led(words[0], words[1]) if len(words) > 1 else None
    if participle:
        yield spanned("S", tokens, at, at + 2, participle, 2.2)
    if len(words) > 1 and words[0] in ("most", "least") and degrees().get(words[1], ("",))[0] == "J":
        payload = degrees()[words[1]][1]
        yield spanned(
            "S", tokens, at, at + 2, replace(payload, descending=payload.descending == (words[0] == "most")), 2.03
        )


def _percentile(tokens: Sequence[Token], at: int) -> Iterator[Node]:
    """ "90th percentile", "p90"."""
    found = _PERCENTILE.fullmatch(tokens[at].lower)
    if not found:
        return
    spelt = found["ordinal"] is not None
    if spelt and (at + 1 >= len(tokens) or tokens[at + 1].stem != "percentil"):
        return
    fraction = int(found["ordinal"] or found["short"]) / 100
    end = at + (2 if spelt else 1)
    cue = Cue("percentile", "A", f"quantile {fraction:g}", "90th percentile of revenue")
    yield spanned("A", tokens, at, end, cue, 1.1 * (end - at) + 0.5)


def _numbers(tokens: Sequence[Token], at: int) -> Iterator[Node]:
    token = tokens[at]
    if token.lower in ("a", "an") and at and at + 1 < len(tokens):  # "more than an hour late"
        unit = tokens[at + 1].lower
        if tokens[at - 1].lower in BOUNDS and unit in AFTER_NUMBERS:
            yield spanned("#", tokens, at, at + 2, Quantity(value=1.0, unit=unit), 2.01)
    value = float(token.text) if token.kind == "number" and len(token.text) < 18 else NUMBER_WORDS.get(token.lower)
    if value is None:
        return
    end = at + 1
    if end < len(tokens) and tokens[end].lower in MULTIPLES:
        value, end = value * MULTIPLES[tokens[end].lower], end + 1
    if end < len(tokens) and tokens[end].lower in AFTER_NUMBERS:
        yield spanned("#", tokens, at, end + 1, Quantity(value=float(value), unit=tokens[end].lower), 1.01 + end - at)
    yield spanned("#", tokens, at, end, Quantity(value=float(value)), 1.0 * (end - at))


def _directed(node: Node, tokens: Sequence[Token]) -> Node:
    """A value, or a table, with the nearest word before it that points to a column."""
    if not isinstance(node.payload, Mention | Noun):
        return node
    if isinstance(node.payload, Mention) and _told(node.start, tokens):
        return _pointed(replace(node, payload=replace(node.payload, claimed=True)), tokens)
    return _pointed(node, tokens)


def _pointed(node: Node, tokens: Sequence[Token]) -> Node:
    if not isinstance(node.payload, Mention | Noun):
        return node
    for back in range(node.start - 1, max(-1, node.start - 4), -1):
        word = tokens[back].lower
        if word in DIRECTIONS and word != "out":
            return replace(node, payload=replace(node.payload, direction=word))
        if tokens[back].kind != "word" or (word not in STOP_WORDS and word not in MOTION_WORDS):
            break
    return node


def _told(start: int, tokens: Sequence[Token]) -> bool:
    """Whether "were" or the like leads to a value: "were returned", "were in Asia"."""
    before = [token.lower for token in tokens[max(0, start - 2) : start]]
    if before[-1:] and before[-1] in PREPOSITIONS:
        before.pop()
    return bool(before) and before[-1] in COPULAS


def _periods_first(row: list[Node]) -> list[Node]:
    """ "average monthly revenue" is monthly average revenue."""
    found = list(row)
    for at, (node, after) in enumerate(pairwise(row)):
        if node.tag in "Ar" and isinstance(after.payload, Noun) and after.text.lower() in _ADJECTIVES:
            found[at], found[at + 1] = found[at + 1], found[at]
    return found


def _attributes(row: list[Node]) -> list[Node]:
    """ "cancelled orders": a small-letter value right before a noun is told of it."""
    found = list(row)
    for at, (node, after) in enumerate(pairwise(row)):
        if isinstance(node.payload, Mention) and after.tag == "N" and after.start == node.end and node.text.islower():
            found[at] = replace(node, payload=replace(node.payload, claimed=True))
    return found
