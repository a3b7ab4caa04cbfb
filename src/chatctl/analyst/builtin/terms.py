"""Where a question says what is defined: terms met by their words in order, compared by stems.

Small words may be left out or stand between. The longest terms come first, and no word is part of two. Definitions that
are given with one question rather than with a project are met more freely: with other words between, or in part.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chatctl.analyst.builtin.cues import phrases
from chatctl.analyst.builtin.definitions import Definition
from chatctl.analyst.builtin.words import Token, tokens

_SMALL = """
    a an the of in on at for to by with is are was were be been being that which who whose its their all have has had
    do does did from as s 's
"""
SMALL = frozenset(_SMALL.split())
"""Words of a term that may be missing, or stand between its others."""
_NEGATIONS = "not non no isn't aren't wasn't weren't without except excluding never"
NEGATIONS = frozenset(_NEGATIONS.split())
FEW, BRIEF = 10, 1_200
"""Definitions, and characters, up to which they are taken to be given with one question."""
MOST_USED = 16
FEWEST = 2
"""Definitions up to which they surely are."""
GAP = 4
"""Other words that may stand between those of a term that is met freely."""
COVERED = 0.5
"""The part of a term's words that must be met where it is met in part."""

# Figures that are called alike, by stems: "percentage = …" and "what share of".
ALIKE = (
    frozenset({"percentag", "percent", "share", "proport", "rate", "%", "pct"}),
    frozenset({"ratio", "proport", "rate", "time"}),
    frozenset({"differ", "more", "less", "gap", "greater"}),
    frozenset({"averag", "mean"}),
    frozenset({"total", "sum", "overal"}),
    frozenset({"number", "count", "mani"}),
)
ASKING = frozenset({"mani", "more", "less", "greater"})
"""What is like the name of a figure but, beside other words of a term, asks or compares: "how many", "more than 5"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A definition met in a question: the places of its words there, none where it is a rule told alone."""

    places: tuple[int, ...]
    definition: Definition
    negated: bool = False


def brief(found: Sequence[Definition], text: str) -> bool:
    """Whether definitions are given with one question."""
    return len(found) <= FEW and len(text) <= BRIEF


def uses(
    found: Sequence[Definition], asked: Sequence[Token], owners: Callable[[str], bool], *, freely: bool
) -> list[Use]:
    """The definitions that a question uses, in its order; `owners` tells stems that name tables."""
    said = [_said(token) for token in asked]
    kept, taken = list[Use](), set[int]()
    for way in (_in_order, _with_gaps, _in_part) if freely else (_in_order,):
        if way is _in_part and len(found) > FEWEST and 2 * len(kept) < len(found):
            break
        left = [it for it in found if it.term and not any(use.definition == it for use in kept)]
        met = [(it, places) for it in left if (places := way(_stems(it.term), said, owners, taken))]
        for it, places in sorted(met, key=lambda pair: (-len(pair[1]), pair[1])):
            if not taken & set(places) and not _steers(places, asked):
                kept.append(_use(it, places, asked))
                taken |= set(places)
    if freely:
        kept += _told_alone(found, asked, taken)
    return sorted(kept[:MOST_USED], key=lambda it: it.places)


def _told_alone(found: Sequence[Definition], asked: Sequence[Token], taken: set[int]) -> Iterator[Use]:
    """Rules without a term, by their numbers and texts: "year(hired) > 2000" where 2000 is asked about."""
    for it in found:
        held = set(literals(it.meaning))
        places = tuple(
            at for at, token in enumerate(asked) if at not in taken and (token.lower or token.text.lower()) in held
        )
        if not it.term and places:
            taken |= set(places)
            yield Use(places=places, definition=it)


def _use(definition: Definition, places: tuple[int, ...], asked: Sequence[Token]) -> Use:
    places = _closed(places, asked)
    start = places[0]
    denied = start > 0 and asked[start - 1].lower in NEGATIONS
    return Use(places=(start - 1, *places) if denied else places, definition=definition, negated=denied)


def _stems(term: str) -> list[str]:
    """What is compared of a term."""
    return [_said(it) for it in tokens(term) if it.kind not in ("mark", "sign") and it.lower not in SMALL]


def _closed(places: tuple[int, ...], asked: Sequence[Token]) -> tuple[int, ...]:
    """The places with the small words between neighbours, which say nothing once these are a term."""
    between = (
        at
        for start, end in pairwise(places)
        if all(asked[it].lower in SMALL for it in range(start + 1, end))
        for at in range(start + 1, end)
    )
    return tuple(sorted({*places, *between}))


def stems(term: str) -> str:
    """A term as it is looked up."""
    return " ".join(_stems(term))


def _said(token: Token) -> str:
    return token.stem or token.text.lower()


def _in_order(
    wanted: Sequence[str], said: Sequence[str], owners: Callable[[str], bool], taken: set[int]
) -> tuple[int, ...]:
    """Words in order, with nothing but small words between; a table's name at the end is left to the rows."""
    whole = _run(wanted, said, taken, 0)
    rest = wanted[:-1] if len(wanted) > 1 and owners(wanted[-1]) else []
    if not rest:
        return whole
    return _run(rest, said[: whole[-1]] if whole else said, taken, 0) or whole


def _with_gaps(
    wanted: Sequence[str], said: Sequence[str], owners: Callable[[str], bool], taken: set[int]
) -> tuple[int, ...]:
    """Words in order, with some others between: "the total of unpaid invoices"."""
    kept = [word for word in wanted if not owners(word)] or wanted
    return _run(kept, said, taken, GAP) if len(kept) > 1 else ()


def _run(wanted: Sequence[str], said: Sequence[str], taken: set[int], gap: int) -> tuple[int, ...]:
    for start, word in enumerate(said):
        if not wanted or word != wanted[0] or start in taken:
            continue
        places, left, at = [start], gap, start + 1
        while len(places) < len(wanted) and at < len(said) and left >= 0:
            if said[at] == wanted[len(places)] and at not in taken:
                places.append(at)
            elif said[at] not in SMALL and at not in taken:
                left -= 1
            at += 1
        if len(places) == len(wanted) and left >= 0:
            return tuple(places if gap else range(start, places[-1] + 1))
    return ()


def _in_part(
    wanted: Sequence[str], said: Sequence[str], owners: Callable[[str], bool], taken: set[int]
) -> tuple[int, ...]:
    """At least half of the words, wherever they stand, in a like form: "issued weekly" for "weekly issuance".

    Numbers and words that steer a question tell too little.
    """
    kept = [word for word in wanted if not owners(word)]
    free = [(at, word) for at, word in enumerate(said) if at not in taken and word not in SMALL]
    met: dict[str, int] = {}
    for word in kept:
        places = [at for at, other in free if like(word, other) and at not in met.values()]
        places = [at for at in places if said[at] == word or not (said[at] in ASKING and len(kept) > 1)]
        if places:
            met[word] = places[0]
    telling = any((word,) not in phrases() and not word[:1].isdigit() for word in met) or len(kept) == 1
    return tuple(sorted(met.values())) if telling and kept and len(met) / len(kept) >= COVERED else ()


def like(one: str, other: str) -> bool:
    """Whether two stems are of one word, or figures that are called alike."""
    if one == other or any(one in group and other in group for group in ALIKE):
        return True
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= 4 and common >= 0.6 * max(len(one), len(other))


def _steers(places: tuple[int, ...], asked: Sequence[Token]) -> bool:
    """Whether the one word of a term steers the question rather than names what is defined: "total number of"."""
    if len(places) > 1 or (asked[places[0]].lower,) not in phrases():
        return False
    after = [token.lower for token in asked[places[0] + 1 : places[0] + 3]]
    return bool(after) and ((after[0],) in phrases() or tuple(after) in phrases())


def literals(meaning: str) -> Iterator[str]:
    """The numbers, dates and texts that a meaning has in it, in small letters."""
    yield from (it.text.lower().strip("%") for it in tokens(meaning) if it.kind in ("number", "date", "quoted"))
