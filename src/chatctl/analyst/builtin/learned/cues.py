"""Words that steer a query, by what they ask for; general English, a line per class."""

from itertools import product

_CLASSES = """
    MORE more greater larger higher above over older exceeds exceed exceeding exceeded bigger longer taller heavier after later beyond newer faster
    LESS less fewer lower smaller below under younger shorter lighter before earlier cheaper slower prior
    MOST most highest largest biggest maximum greatest longest oldest tallest heaviest top best latest recent max richest fastest strongest newest
    LEAST least lowest smallest fewest minimum shortest youngest lightest cheapest earliest min worst slowest
    AVERAGE average mean averages
    TOTAL total sum overall altogether combined
    NUMBER number count numbers amount
    DISTINCT different distinct unique differing
    EACH each every per
    NOT not no never without except excluding outside don didn doesn isn aren wasn weren neither nor cannot
    SORTED sort sorted order ordered ordering arrange sorting rank ranked
    UP ascending increasing alphabetical lexicographic lexicographical alphabetically
    DOWN descending decreasing reverse
    BOTH both
    OR or either
    COMMON common popular frequent frequently often
    SHOW show list find return give display tell get provide select output
    WHICH what which who where when whose
    LIKE contain contains containing substring including include includes letter start starts starting begin begins beginning end ends ending word string
    BETWEEN between
    ALSO also
    BUT but
"""  # noqa: E501
CLASSES: dict[str, str] = {word: line.split()[0] for line in _CLASSES.strip().splitlines() for word in line.split()[1:]}

# Several words that are one cue; the longest first.
PHRASES: dict[tuple[str, ...], str] = {
    ("no", "less", "than"): "ATLEAST",
    ("no", "more", "than"): "ATMOST",
    ("how", "many"): "HOWMANY",
    ("at", "least"): "ATLEAST",
    ("or", "more"): "ATLEAST",
    ("at", "most"): "ATMOST",
    ("or", "less"): "ATMOST",
    ("or", "fewer"): "ATMOST",
    ("other", "than"): "NOT",
}
_ENDS = """
    large largest big biggest high highest most greatest late latest long longest
    small smallest low lowest least fewest early earliest short shortest
"""
_UPPER, _LOWER = (line.split() for line in _ENDS.strip().splitlines())
# "From the largest to the smallest", "from early to late".
for _upper, _lower in product(_UPPER, _LOWER):
    PHRASES |= {(_upper, "to", _lower): "DOWN", (_upper, "to", "the", _lower): "DOWN"}
    PHRASES |= {(_lower, "to", _upper): "UP", (_lower, "to", "the", _upper): "UP"}
_KEPT = "of for in with have has had having that than by and who whose , all from on at as how many"
KEPT = frozenset(_KEPT.split())
"""Small words that shape a question."""
PREFIXES = frozenset(["start", "starts", "starting", "begin", "begins", "beginning", "prefix"])
SUFFIXES = frozenset(["end", "ends", "ending", "suffix"])
_TURNS = "whose where with that who which having sorted ordered order for of in by"
TURNS = frozenset(_TURNS.split())
"""Words after which conditions follow."""

# Cells that stand for a word.
CODES: dict[str, tuple[str, ...]] = {
    "male": ("m",),
    "males": ("m", "male"),
    "men": ("m", "male"),
    "man": ("m", "male"),
    "boys": ("m", "male"),
    "female": ("f",),
    "females": ("f", "female"),
    "women": ("f", "female"),
    "woman": ("f", "female"),
    "girls": ("f", "female"),
    "yes": ("y", "1", "t", "true"),
    "no": ("n", "0", "f", "false"),
    "true": ("t", "1", "yes"),
    "false": ("f", "0", "no"),
    "american": ("usa", "us", "united states"),
    "america": ("usa", "us", "united states"),
    "british": ("uk", "united kingdom"),
}


def phrase(words: list[str], at: int) -> tuple[str, int] | None:
    """The cue of several words that begins at a place, and its length."""
    for length in (4, 3, 2):
        found = PHRASES.get(tuple(words[at : at + length]))
        if found:
            return found, length
    return None
