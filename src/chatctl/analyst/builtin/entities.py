"""What a question is about, where no name of the schema says it: rows, events, and things that a table must hold."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.codes import codes
from chatctl.analyst.builtin.cues import Cue, Degree, degrees, phrases
from chatctl.analyst.builtin.idioms import DEEDS, EVENTS, ROW_WORDS, STATES
from chatctl.analyst.builtin.lexicon import MOTION_WORDS, STOP_WORDS
from chatctl.analyst.builtin.names import NameIndex, Reading
from chatctl.analyst.builtin.nodes import Node, Noun, directed_words, spanned
from chatctl.analyst.builtin.words import Token, normal, singular, stem
from chatctl.analyst.builtin.words import tokens as split

MOST_TABLES = 6
"""Of a source with more of them, an unknown word is left unknown."""
NAMED, KNOWN = 0.9, 0.6
"""How well a table must be named for nothing else to stand for rows, and any name for a word to be no thing."""
_FOLLOWING = """
    in of by per from with without that who which whose where for at on to are is were was have has had do does did over
    under above below between after before since than and or not among across during within each when until
"""
FOLLOWING = frozenset(_FOLLOWING.split())
"""Words that can stand behind the last word of a thing's name."""
ADJECTIVAL = ("able", "ible", "ous", "ive", "ed", "ent", "ant", "al", "ful", "ic", "ing")
PEOPLE = frozenset({"people", "men", "women", "children"})
"""Plurals that do not end as others do."""
INHABITANTS = frozenset({"people", "inhabitants", "residents", "citizens"})
PERSONAL = frozenset({"sex", "gender", "age"})
PLACES = ("location", "place", "address", "neighborhood", "city", "town", "county", "state", "region", "country")
Spans = Mapping[tuple[int, int], Sequence[Reading]]


def entities(tokens: Sequence[Token], names: NameIndex, catalog: Catalog) -> Iterator[Node]:
    """The nouns of a question that stand for the rows of a table, whatever its name."""
    spans = names.spans(tokens)
    yield from _rows_and_events(tokens, spans, catalog)
    yield from _never_done(tokens, names)
    yield from _measures(tokens, names, catalog)
    yield from _things(tokens, spans, catalog)


def _rows_and_events(tokens: Sequence[Token], spans: Spans, catalog: Catalog) -> Iterator[Node]:
    """Words for rows, whatever their table is called, and events that are the rows of a table with such a key."""
    named = any(not it.column and it.score >= 0.9 for readings in spans.values() for it in readings)
    for at, token in enumerate(tokens):
        known = any(it.score >= 0.97 for it in spans.get((at, at + 1), ()))
        if token.lower in ROW_WORDS and not named and not known:
            score = 0.95 if len(catalog.tables) == 1 else 0.6
            tables = tuple(Reading(table=name, score=score) for name in catalog.tables)
            yield spanned("N", tokens, at, at + 1, Noun(text=token.text, readings=tables[:12], plural=True), score)
        elif token.lower in EVENTS and not known:
            direction = EVENTS[token.lower]
            tables = tuple(Reading(table=name, score=0.95) for name in _directed_tables(direction, catalog))
            if tables:
                noun = Noun(text=token.text, readings=tables, plural=True, direction=direction)
                yield spanned("N", tokens, at, at + 1, noun, 1.05)


def _never_done(tokens: Sequence[Token], names: NameIndex) -> Iterator[Node]:
    """ "never flew": without any flight."""
    for at, (never, deed) in enumerate(pairwise(tokens)):
        if never.lower != "never" or deed.lower not in DEEDS:
            continue
        tables = tuple(it for it in names.spans(split(DEEDS[deed.lower])).get((0, 1), ()) if not it.column)
        if tables:
            yield spanned("X", tokens, at, at + 1, Cue("never", "X", "", "planes that never flew"), 1.05)
            yield spanned("N", tokens, at + 1, at + 2, Noun(text=deed.text, readings=tables, plural=True), 1.05)


def _measures(tokens: Sequence[Token], names: NameIndex, catalog: Catalog) -> Iterator[Node]:
    """ "how long is", "where is", "how many people live": the columns that these words ask for.

    Where rows tell a person's sex or age, people are rows.
    """
    persons = any(PERSONAL & set(column.words) for table in catalog.tables.values() for column in table.columns)
    for at in range(len(tokens)):
        asked, length = _asked_for(tokens, at)
        if persons and tokens[at].lower in INHABITANTS:
            continue
        for noun in asked:
            spoken = split(noun)
            near = names.spans(spoken).get((0, len(spoken)), ())
            readings = tuple(it for it in near if it.column and it.score >= KNOWN)
            if readings:
                text = " ".join(it.text for it in tokens[at : at + length])
                yield spanned("N", tokens, at, at + length, Noun(text=text, readings=readings), 1.05 * length)
                break


def _asked_for(tokens: Sequence[Token], at: int) -> tuple[Sequence[str], int]:
    """The nouns, the likeliest first, that the words at a place ask for, and how many words they are."""
    word, after = tokens[at].lower, tokens[at + 1].lower if at + 1 < len(tokens) else ""
    if word in INHABITANTS:
        return ("total population", "population"), 1
    if word == "where" and at == 0 and after in ("is", "are", "was", "were", "did", "does"):
        return PLACES, 1
    tag, degree = degrees().get(after, ("", None))
    if word == "how" and tag == "J" and isinstance(degree, Degree) and after not in STATES:
        return degree.nouns, 2
    return (), 0


def _directed_tables(direction: str, catalog: Catalog) -> list[str]:
    """Tables with a key in that direction: flights, for their origin."""
    pointed = directed_words(direction)
    return list(
        dict.fromkeys(
            edge.table
            for edge in catalog.edges
            if pointed & {stem(word) for word in catalog.column(edge.table, edge.column).words}
        )
    )


def _things(tokens: Sequence[Token], spans: Spans, catalog: Catalog) -> Iterator[Node]:
    """ "companies with sales over 100": what is asked for, in a word that no name says, must be a table's rows."""
    named = any(not it.column and it.score >= NAMED for readings in spans.values() for it in readings)
    if named or not catalog.tables or len(catalog.tables) > MOST_TABLES:
        return
    known = {at for (start, end), found in spans.items() if found[0].score >= KNOWN for at in range(start, end)}
    hinted = {at for start, end in spans for at in range(start, end)}
    score = 0.8 if len(catalog.tables) == 1 else 0.5
    tables = tuple(Reading(table=name, score=score) for name in catalog.tables)
    for at, token in enumerate(tokens):
        if at not in known and _is_thing(tokens, at) and (at in hinted or not _category(token, catalog)):
            plural = token.lower.endswith("s") or token.lower in PEOPLE
            noun = Noun(text=token.text, readings=tables, plural=plural, supposed=True)
            yield spanned("N", tokens, at, at + 1, noun, 1.0 if at in hinted else score)


def _category(token: Token, catalog: Catalog) -> bool:
    """Whether cells hold a code for a word, or its singular: "homicides" are rows of the type Homicide."""
    if any(catalog.values.whole(it) for it in (*codes().get(token.lower, ()), singular(token.lower))):
        return True
    return any(stem(normal(it.text)) == token.stem for it in catalog.values.starting(token.stem))


def _is_thing(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word stands where a thing is named: many of it, or the first of it, with nothing of it left to say."""
    token, before = tokens[at], [it.lower for it in tokens[max(0, at - 2) : at]]
    idle = token.kind != "word" or len(token.lower) < 3 or token.lower in STOP_WORDS or token.lower in MOTION_WORDS
    if idle or (at and not token.text.islower()) or (token.lower,) in phrases() or token.lower in degrees():
        return False
    plural = token.lower in PEOPLE or (token.lower.endswith("s") and not token.lower.endswith("ss"))
    ends = at + 1 == len(tokens) or tokens[at + 1].kind != "word" or tokens[at + 1].lower in FOLLOWING
    return before == ["how", "many"] or (ends and (plural or _first_of(before)))


def _first_of(before: Sequence[str]) -> bool:
    """Whether a superlative leads to the next word: "heaviest", "most profitable"."""
    led = before[-2:-1] in (["most"], ["least"]) and before[-1].endswith(ADJECTIVAL)
    return led or (bool(before) and degrees().get(before[-1], ("",))[0] == "S")
