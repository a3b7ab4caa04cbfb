"""What linking makes of a question: nodes over spans of its words, with what each may mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.lexicon import DIRECTIONS
from chatctl.analyst.builtin.names import Reading
from chatctl.analyst.builtin.times import Frame
from chatctl.analyst.builtin.words import Token, stem


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

    `direction` is a word before it such as "from" or "to"; `supposed` says that no name bears these words.
    """

    text: str
    readings: tuple[Reading, ...]
    plural: bool = False
    distinct: bool = False
    via: tuple[tuple[str, str], ...] = ()
    direction: str = ""
    supposed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A number, and the unit that was said with it."""

    value: float
    unit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """Words that are a value: where they were found, and which way they point ("from", "to").

    `claimed` says that the words are told of something: "were returned", "cancelled orders".
    """

    text: str
    readings: tuple[ValueReading, ...]
    direction: str = ""
    quoted: bool = False
    claimed: bool = False


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


def spanned(tag: str, tokens: Sequence[Token], start: int, end: int, payload: Payload, weight: float) -> Node:
    """A node over tokens from start, before end."""
    text = " ".join(token.text for token in tokens[start:end])
    return Node(tag=tag, start=start, end=end, text=text, payload=payload, weight=weight)


def directed_words(direction: str) -> frozenset[str]:
    """The stems of the column names to which a word before a value points."""
    return frozenset(stem(word) for word in DIRECTIONS.get(direction, ()))
