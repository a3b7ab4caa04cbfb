"""Values in a question: words that stand in cells, whole, in part or misspelt."""

from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from chatctl.analyst.builtin.catalog import Catalog, Value
from chatctl.analyst.builtin.codes import SHORTEST_CODED, codes
from chatctl.analyst.builtin.cues import Cue, phrases
from chatctl.analyst.builtin.idioms import STATES
from chatctl.analyst.builtin.lexicon import MOTION_WORDS, STOP_WORDS
from chatctl.analyst.builtin.nodes import Mention, Node, ValueReading, spanned
from chatctl.analyst.builtin.words import Token, normal, singular, stem

LONGEST_VALUE = 6
SHORTEST_STEM = 3
CODED = 0.97
"""How well a cell is met by what it is a code for."""


def mentioned(tokens: Sequence[Token], at: int, catalog: Catalog, covered: set[int]) -> Iterator[Node]:
    """The values that begin at a token, longest first; `covered` are tokens that name something of the schema."""
    if tokens[at].kind == "quoted":
        text = tokens[at].text
        found = catalog.values.whole(normal(text)) if normal(text) else []
        mention = Mention(text=text, readings=_value_readings(found, 1.0), quoted=True)
        yield spanned("V", tokens, at, at + 1, mention, 1.2)
        return
    yield from _rated(tokens, at, catalog)
    for end in range(min(at + LONGEST_VALUE, len(tokens)), at, -1):
        span = tokens[at:end]
        words = normal(" ".join(token.text for token in span))
        if not words or any(token.kind in ("quoted", "mark", "sign", "term") for token in span):
            continue
        values = [value for value in catalog.values.whole(words) if _may_be(span, value)]
        coded = _coded(span, words, catalog)
        if values or coded:
            readings = _first_of_each([*_value_readings(values, 1.0), *coded])
            mention = Mention(text=_text(span), readings=readings)
            yield spanned("V", tokens, at, end, mention, _weight(span, 1.0 if values else CODED))
        elif len(span) <= 3 and _nameable(tokens, at, end, covered):
            partial = catalog.values.partial(words) or _misspelt(span, catalog)
            if partial:
                mention = Mention(text=_text(span), readings=_value_readings(partial, 0.8))
                yield spanned("V", tokens, at, end, mention, _weight(span, 0.75))


def _coded(span: Sequence[Token], words: str, catalog: Catalog) -> list[ValueReading]:
    """Cells that hold a code or another name for what is said: "Ohio", "Japanese", "women"; or its singular."""
    small = len(words) <= SHORTEST_CODED and not span[0].text.isupper()
    found = [] if small else [it for other in codes().get(words, ()) for it in catalog.values.whole(other)]
    if not found and len(span) == 1 and span[0].lower.endswith("s") and len(span[0].stem) > SHORTEST_STEM:
        found = catalog.values.whole(singular(span[0].lower)) or [
            it for it in catalog.values.starting(span[0].stem) if stem(normal(it.text)) == span[0].stem
        ]
    return list(_value_readings(found, CODED))


def _first_of_each(readings: Sequence[ValueReading]) -> tuple[ValueReading, ...]:
    """One reading of a column, the first."""
    return tuple({(it.table, it.column): it for it in reversed(readings)}.values())[::-1]


def _rated(tokens: Sequence[Token], at: int, catalog: Catalog) -> Iterator[Node]:
    """ "cancellation rate" is about the value "cancelled"."""
    token = tokens[at]
    if token.kind != "word" or len(token.stem) < 4 or [it.lower for it in tokens[at + 1 : at + 2]] != ["rate"]:
        return
    found = catalog.values.starting(token.stem)
    state = next((phrase for phrase in STATES if stem(phrase) == token.stem), None)
    if not found and state:
        yield spanned("j", tokens, at, at + 1, Cue(state, "j", state, f"{token.text} rate"), 1.3)
    if found:
        yield spanned("V", tokens, at, at + 1, Mention(text=token.text, readings=_value_readings(found, 0.9)), 1.3)


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
    if len(span) == 1 and span[0].text in MOTION_WORDS:
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
