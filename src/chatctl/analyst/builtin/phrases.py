"""Phrases: what the grammar makes of neighbouring words, still in terms of the question."""

from dataclasses import dataclass

from chatctl.analyst.builtin.forms import Function, Operator
from chatctl.analyst.builtin.links import Mention, Noun
from chatctl.analyst.builtin.times import Frame


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Something to compute: an aggregate of a noun; `per` makes an average of counts, `share` a percentage.

    `total` is "total number of": the sum of a quantity, or the count of rows.
    """

    function: Function
    noun: Noun | None = None
    distinct: bool = False
    share: bool = False
    per: bool = False
    total: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """An operator with its numbers; `nouns` are what an adjective or a unit measures ("longer than 5": length)."""

    operator: Operator
    numbers: tuple[float, ...]
    nouns: tuple[str, ...] = ()
    unit: str = ""
    average: Function | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A filter: of a noun, an amount, or of what the values or the time frame say.

    `part` says that the value is the `start`, the `end` or any `part` of a text.
    """

    noun: Noun | None = None
    amount: Amount | None = None
    comparison: Comparison | None = None
    mentions: tuple[Mention, ...] = ()
    frames: tuple[Frame, ...] = ()
    operator: Operator = "="
    part: str = ""
    negated: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """What comes first: an amount, a noun, an adjective's nouns, or the count of rows."""

    descending: bool
    amount: Amount | None = None
    noun: Noun | None = None
    nouns: tuple[str, ...] = ()
    counting: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """What to group by; `over_time` asks for the grain that fits the data."""

    nouns: tuple[Noun, ...]
    added: bool = False
    over_time: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How many; which end, where it is said."""

    count: int | None
    descending: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sort:
    """What to sort by, and the direction where it is said."""

    noun: Noun | None = None
    amount: Amount | None = None
    direction: str = ""
