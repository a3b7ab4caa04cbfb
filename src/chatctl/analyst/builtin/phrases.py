"""Phrases: what the grammar makes of neighbouring words, still in terms of the question."""

from dataclasses import dataclass

from chatctl.analyst.builtin.forms import Function, Operator, Predicate
from chatctl.analyst.builtin.nodes import Mention, Noun
from chatctl.analyst.builtin.times import Frame


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """Something to compute: an aggregate of a noun; `per` makes an average of counts, `share` a percentage.

    `total` is "total number of": the sum of a quantity, or the count of rows. `fraction` belongs to a percentile,
    `other` to a correlation, or to a sum that is set in relation to it.
    """

    function: Function
    noun: Noun | None = None
    distinct: bool = False
    share: bool = False
    per: bool = False
    total: bool = False
    fraction: float | None = None
    other: Noun | None = None
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
class Ranking:
    """What comes first: an amount, a noun, an adjective's nouns, or the count of rows."""

    descending: bool
    amount: Amount | None = None
    noun: Noun | None = None
    nouns: tuple[str, ...] = ()
    counting: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A filter: of a noun, an amount, or of what the values or the time frame say.

    `part` says that the value is the `start`, the `end` or any `part` of a text; `nouns` are what a state such as
    "cancelled" is about, `state` says that its words are not the data's own; `excluded` is "but not …", which other
    rows of the same thing must not meet; `first` is which of the nouns' rows is meant: "in the largest state"; `claims`
    tells something of the rows ("were late") rather than which are looked at; `given` are conditions that a definition
    gives.
    """

    noun: Noun | None = None
    amount: Amount | None = None
    comparison: Comparison | None = None
    mentions: tuple[Mention, ...] = ()
    frames: tuple[Frame, ...] = ()
    operator: Operator = "="
    part: str = ""
    nouns: tuple[str, ...] = ()
    first: Ranking | None = None
    negated: bool = False
    excluded: bool = False
    claims: bool = False
    state: bool = False
    given: tuple[Predicate, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimension:
    """What to group by; `over_time` asks for the grain that fits the data, `binned` for stretches of a number, of this
    `width` where one is said.

    `singly` is "per day" or "daily", where "by day" lists the days.
    """

    nouns: tuple[Noun, ...]
    added: bool = False
    over_time: bool = False
    binned: bool = False
    width: float | None = None
    singly: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Growth:
    """A change over time, of the nouns or amounts said with it; `unit` compares each period with the one before.

    `descending` is whether the largest comes first, where an end was asked for.
    """

    nouns: tuple[Noun, ...] = ()
    amounts: tuple[Amount, ...] = ()
    unit: str = ""
    descending: bool | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeated:
    """What occurs more than once: a noun's values, or whole rows."""

    noun: Noun | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How many; which end, where it is said, and the word for it."""

    count: int | None
    descending: bool | None = None
    word: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sort:
    """What to sort by, and the direction where it is said."""

    noun: Noun | None = None
    amount: Amount | None = None
    direction: str = ""
