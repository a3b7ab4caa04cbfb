"""Schema linking: a question as a row of nodes, each a cue, a noun of the schema, a value, a number or a time frame.

Every span of words may mean several things; the row that explains the most words best is chosen by dynamic
programming, and each node keeps all its readings with their scores for the candidates to choose from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rapidfuzz import fuzz, process

from chatctl.analyst.builtin.catalog import Catalog, Value
from chatctl.analyst.builtin.cues import Cue, Degree, degrees, phrases
from chatctl.analyst.builtin.lexicon import DIRECTIONS, MOTION_WORDS, NUMBER_WORDS, STOP_WORDS, UNITS
from chatctl.analyst.builtin.names import NameIndex, Reading
from chatctl.analyst.builtin.times import Frame, frame_at
from chatctl.analyst.builtin.words import Token, normal, stem

LONGEST_VALUE = 6
CUE_WORDS = {"total": 1.1, "amount": 2.3, "count": 1.1, "number": 1.0, "sum": 1.1, "average": 1.0, "share": 1.0}
"""Cues that are columns' names just as often, and how much a cue before them speaks for the column."""
LONGEST_CUE = 6
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
_UNIT_WORDS = {word: unit for unit, words in UNIT_NOUNS.items() for word in words}
_AFTER_NUMBERS = """
    minute second hour day mile dollar euro euros feet foot years year degrees degree meter kilometers kilometres pounds
    knots inches % times tons ft kph lb pound kilogram
"""
AFTER_NUMBERS = frozenset(UNITS) | frozenset(_AFTER_NUMBERS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueReading:
    """A column that holds a value; `texts` are the cells meant, `whole` says that the words are all of the cell."""

    table: str
    column: str
    texts: tuple[str, ...]
    whole: bool
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """Words that name something of the schema; `via` are the key columns that lead to it, where they are said.

    `direction` is a word before it such as "from" or "to".
    """

    text: str
    readings: tuple[Reading, ...]
    plural: bool = False
    distinct: bool = False
    via: tuple[tuple[str, str], ...] = ()
    direction: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number, and the unit that was said with it."""

    value: float
    unit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Words that are a value: where they were found, and which way they point ("from", "to")."""

    text: str
    readings: tuple[ValueReading, ...]
    direction: str = ""
    quoted: bool = False


Payload = Cue | Degree | Noun | Mention | Quantity | Frame | str | object


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A span of tokens (from, before) with its tag: see cues; N noun, V value, # number, D time frame, w other word."""

    tag: str
    start: int
    end: int
    text: str
    payload: Payload
    weight: float = 0.0


def link(tokens: Sequence[Token], catalog: Catalog, names: NameIndex, today: date) -> list[Node]:
    """The nodes of a question in order: the best row of them."""
    options: dict[int, list[Node]] = {}
    for node in _options(tokens, catalog, names, today):
        options.setdefault(node.start, []).append(node)
    row = [_directed(node, tokens) for node in _best_row(tokens, options)]
    return _compounds(_shared_directions(row), catalog)


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
    if token.kind not in ("word", "date") or token.lower in STOP_WORDS or token.lower in MOTION_WORDS:
        return ()
    return (Node(tag="w", start=at, end=at + 1, text=token.text, payload=token.lower),)


def _options(tokens: Sequence[Token], catalog: Catalog, names: NameIndex, today: date) -> Iterator[Node]:
    nouns = dict(names.spans(tokens))
    yield from _nouns(tokens, nouns)
    yield from _columns_not_cues(tokens, nouns)
    covered = {at for (start, end), readings in nouns.items() if readings[0].score >= 0.9 for at in range(start, end)}
    for at in range(len(tokens)):
        yield from _cues(tokens, at)
        yield from _numbers(tokens, at)
        frame = frame_at(tokens, at, today)
        if frame:
            yield _node("D", tokens, at, frame[1], frame[0], 1.1 * (frame[1] - at))
        yield from _values(tokens, at, catalog, covered)


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
        yield _node("N", tokens, start, end, Noun(text=tokens[start].text, readings=exact), 1.1 * led)


def _node(tag: str, tokens: Sequence[Token], start: int, end: int, payload: Payload, weight: float) -> Node:
    text = " ".join(token.text for token in tokens[start:end])
    return Node(tag=tag, start=start, end=end, text=text, payload=payload, weight=weight)


def _nouns(tokens: Sequence[Token], spans: dict[tuple[int, int], list[Reading]]) -> Iterator[Node]:
    units = _units(tokens)
    said = {span for span in units if span[1] - span[0] > 1}
    for span in sorted({*spans, *units}):
        start, end = span
        readings = tuple(spans.get(span, ())[:12])
        if span in units:
            readings = (*readings, Reading(unit=units[span], score=1.0 if span in said else 0.9))
        best = max(reading.score for reading in readings)
        content = sum(token.lower not in STOP_WORDS or end - start == 1 for token in tokens[start:end])
        if end - start == 1 and tokens[start].lower in MOTION_WORDS and not any(it.temporal for it in readings):
            continue
        if content == 1 and tokens[start].lower in STOP_WORDS and best < 1.0:
            continue
        last = tokens[end - 1].lower
        noun = Noun(text=" ".join(t.text for t in tokens[start:end]), readings=readings, plural=last.endswith("s"))
        yield _node("N", tokens, start, end, noun, best * content + 0.1 * (content - 1))


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
            yield _node(cue.tag, tokens, at, at + length, cue, 1.1 * length - 0.08)
    degree = degrees().get(words[0]) if words else None
    if degree:
        tag, payload = degree
        length = 2 if tag == "C" and words[1:2] == ("than",) else 1
        if tag != "C" or length == 2:
            yield _node(tag, tokens, at, at + length, payload, length + 0.01)
        elif words[0] not in STOP_WORDS:
            yield _node("J", tokens, at, at + 1, payload, 0.6)
    if len(words) > 2 and words[0] in ("more", "less") and words[2] == "than" and words[1] in degrees():
        payload = degrees()[words[1]][1]
        larger = payload.descending == (words[0] == "more")
        yield _node("C", tokens, at, at + 3, replace(payload, operator=">" if larger else "<"), 3.02)
    if len(words) > 1 and words[0] in ("most", "least") and degrees().get(words[1], ("",))[0] == "J":
        payload = degrees()[words[1]][1]
        yield _node(
            "S", tokens, at, at + 2, replace(payload, descending=payload.descending == (words[0] == "most")), 2.03
        )


def _numbers(tokens: Sequence[Token], at: int) -> Iterator[Node]:
    token = tokens[at]
    value = float(token.text) if token.kind == "number" and len(token.text) < 18 else NUMBER_WORDS.get(token.lower)
    if value is None:
        return
    end = at + 1
    if end < len(tokens) and tokens[end].lower in AFTER_NUMBERS:
        yield _node("#", tokens, at, end + 1, Quantity(value=float(value), unit=tokens[end].lower), 2.01)
    yield _node("#", tokens, at, end, Quantity(value=float(value)), 1.0)


def _values(tokens: Sequence[Token], at: int, catalog: Catalog, covered: set[int]) -> Iterator[Node]:
    if tokens[at].kind == "quoted":
        text = tokens[at].text
        found = catalog.values.whole(normal(text)) if normal(text) else []
        mention = Mention(text=text, readings=_value_readings(found, 1.0), quoted=True)
        yield _node("V", tokens, at, at + 1, mention, 1.2)
        return
    for end in range(min(at + LONGEST_VALUE, len(tokens)), at, -1):
        span = tokens[at:end]
        words = normal(" ".join(token.text for token in span))
        if not words or any(token.kind in ("quoted", "mark", "sign") for token in span):
            continue
        values = [value for value in catalog.values.whole(words) if _may_be(span, value)]
        if values:
            yield _node(
                "V",
                tokens,
                at,
                end,
                Mention(text=_text(span), readings=_value_readings(values, 1.0)),
                _weight(span, 1.0),
            )
        elif len(span) <= 3 and _nameable(tokens, at, end, covered):
            partial = catalog.values.partial(words) or _misspelt(span, catalog)
            if partial:
                mention = Mention(text=_text(span), readings=_value_readings(partial, 0.8))
                yield _node("V", tokens, at, end, mention, _weight(span, 0.75))


def _text(span: Sequence[Token]) -> str:
    return " ".join(token.text for token in span)


def _weight(span: Sequence[Token], quality: float) -> float:
    proper = any(token.text[:1].isupper() or token.kind == "number" for token in span)
    return (quality + (0.05 if proper else -0.02)) * len(span) + 0.1 * (len(span) - 1)


def _may_be(span: Sequence[Token], value: Value) -> bool:
    """A small common word is a value only when it is written as the value is: US, not us."""
    if len(span) > 1:
        return not all(token.lower in STOP_WORDS for token in span)
    token = span[0]
    if token.kind == "number":
        return False
    small = len(token.lower) <= 2 or token.lower in STOP_WORDS or (token.lower,) in phrases()
    return token.text == value.text if small else True


def _nameable(tokens: Sequence[Token], start: int, end: int, covered: set[int]) -> bool:
    """Whether words may be part of a longer value: capitalised, or of no other use."""
    span = tokens[start:end]
    if any(token.kind != "word" or token.lower in STOP_WORDS for token in (span[0], span[-1])):
        return False
    if all(at in covered for at in range(start, end)) or any((token.lower,) in phrases() for token in span):
        return False
    return len(span[0].lower) >= (3 if span[0].text[:1].isupper() else 4)


def _misspelt(span: Sequence[Token], catalog: Catalog) -> list[Value]:
    word = span[0].lower
    if len(span) > 1 or len(word) < 5:
        return []
    alike = [other for other in catalog.values.words(len(word)) if other[0] == word[0]]
    close = process.extractOne(word, alike, scorer=fuzz.ratio, score_cutoff=85)
    return catalog.values.partial(close[0]) if close else []


def _value_readings(values: Sequence[Value], quality: float) -> tuple[ValueReading, ...]:
    """One reading per column, with all the cells that fit."""
    grouped: dict[tuple[str, str], list[Value]] = {}
    for value in values:
        grouped.setdefault((value.table, value.column), []).append(value)
    return tuple(
        ValueReading(
            table=table,
            column=column,
            texts=tuple(sorted({value.text for value in found})),
            whole=all(value.whole for value in found),
            score=quality - (0.05 if len(found) > 3 else 0.0),
        )
        for (table, column), found in grouped.items()
    )


def _directed(node: Node, tokens: Sequence[Token]) -> Node:
    """A value, or a table, with the nearest word before it that points to a column."""
    if not isinstance(node.payload, Mention | Noun):
        return node
    for back in range(node.start - 1, max(-1, node.start - 4), -1):
        word = tokens[back].lower
        if word in DIRECTIONS and word != "out":
            return replace(node, payload=replace(node.payload, direction=word))
        if tokens[back].kind != "word" or (word not in STOP_WORDS and word not in MOTION_WORDS):
            break
    return node


def directed_words(direction: str) -> frozenset[str]:
    """The stems of the column names to which a word before a value points."""
    return frozenset(stem(word) for word in DIRECTIONS.get(direction, ()))
