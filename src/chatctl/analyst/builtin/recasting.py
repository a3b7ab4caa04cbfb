"""Questions as people write them beside definitions, put plainly: what is asked for first, of which rows next.

"Among the loans in debt, how many run for 24 months?" is "how many loans in debt run for 24 months". Each way to put a
question is a line of a table; terms are one token each by then, so that a pattern sees them as one word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatctl.analyst.builtin.words import Token, stem

MOST = 4
"""Times that a question is put anew."""
LONGEST = 120
"""Words of a question up to which other ways to put it are looked for."""
_TELL = (
    r"(?:please )?(?:list|give|state|indicate|tell|provide|mention|show|name|find|specify|identify|write|include)"
    r"(?: down| out)?(?: me| us)?"
)
_POSSESSED = r"(?:(?:its|their|his|her|the) )?"
_BE = r"(?:is|are|was|were)"


@dataclass(frozen=True, slots=True)
class Recast:
    """A way to put a question, how it is put instead, and an example; words in braces stand for its groups."""

    asked: str
    put: str
    example: str


RECASTS = (
    Recast(r"(?:please|kindly) (?P<rest>.+)", "{rest}", "Please list the names"),
    Recast(r"(?:tell|state|mention|indicate|provide|specify|calculate|compute|determine|identify)(?: me| us)?"
           r" (?P<rest>.+)", "list {rest}", "State the name of the owner"),
    Recast(rf"(?:among|of|out of|amongst) (?:all )?(?:the )?(?P<rows>[^,]+(?:, [^,]+)??) ,"
           rf" how many(?: of (?:them|these|those))?(?: {_BE})?(?P<rest>.*)",
           "how many {rows}{rest}", "Among the loans in debt, how many are long?"),
    Recast(r"(?:among|out of|amongst) (?P<rows>.+?) , (?P<asked>(?:what|which|who|list|how|when|where).+)",
           "{asked} among {rows}", "Among the loans in debt, what is the average amount?"),
    Recast(rf"for (?P<rows>.+?) , (?P<what>what {_BE}|{_TELL}|how many|how much)"
           r" (?:the|its|their|his|her) (?P<asked>.+)",
           "{what} the {asked} of {rows}", "For the school with the best score, what is its address?"),
    Recast(rf"which (?P<rows>.+?) (?P<verb>has|have|had|is|are|was|were|do|does|did) (?P<rest>.+?) \?"
           rf" {_TELL} {_POSSESSED}(?P<asked>.+)",
           "list the {asked} of the {rows} that {verb} {rest}", "Which town has the most loans? Give its name."),
    Recast(rf"which (?P<rows>.+?) \? {_TELL} {_POSSESSED}(?P<asked>.+)",
           "list the {asked} of the {rows}", "Which skippers won in 2010? Give their names."),
    Recast(rf"who {_BE} (?P<rows>.+?) \? {_TELL} {_POSSESSED}(?P<asked>.+)",
           "list the {asked} of {rows}", "Who is the oldest skipper? Give the full name."),
    Recast(rf"{_TELL} (?P<rows>.+?) (?:,|and|, and) {_TELL} (?:its|their|his|her) (?P<asked>(?:\S+ ){{0,3}}\S+)",
           "list the name and {asked} of {rows}", "Name the schools with a rate above 0.9 and indicate their phone."),
    Recast(rf"{_TELL} (?P<rows>.+?) (?:\? |, |)(?:please |and please ){_TELL} {_POSSESSED}"
           r"(?P<asked>(?:\S+ ){0,3}\S+)",
           "list the {asked} of {rows}", "List the five largest schools. Please give their codes."),
    Recast(r"how many times (?:did|has|have|had|was|were|does|do|is|are) (?P<rest>.+)", "how many {rest}",
           "How many times did she start first?"),
    Recast(rf"in (?P<which>which|what) (?P<key>\S+) (?:{_BE} there|{_BE}|did|do|does)"
           r" (?:the )?(?P<most>most|fewest|least) (?P<rest>.+)",
           "{which} {key} has the {most} {rest}", "In which city are there the fewest shops?"),
    Recast(r"(?P<before>.+), and how many are there", "{before}, and how many",
           "Which town has most shops, and how many are there?"),
    Recast(r"(?P<before>.*\b)(?P<name>phone|zip|postal|telephone|fax) (?:numbers?|codes?)\b(?P<after>.*)",
           "{before}{name}{after}", "the phone numbers of the schools"),
)  # fmt: skip
_COMPILED = tuple((re.compile(it.asked), it.put) for it in RECASTS)
_WORD = re.compile(r"\{(\w+)\}")


def recast(asked: Sequence[Token]) -> tuple[Token, ...]:
    """The same question as plainly as it can be put; its numbers, terms and quotations stay as they are."""
    words = [*asked]
    while words and words[-1].text in ("?", ".", "!"):
        words.pop()
    for _ in range(MOST if len(words) <= LONGEST else 0):
        other = next((it for pattern, put in _COMPILED if (it := _put(pattern, put, words))), None)
        if other is None:
            break
        words = other
    return tuple(words)


def _put(pattern: re.Pattern[str], put: str, words: Sequence[Token]) -> list[Token] | None:
    """The words put another way, where they are of this pattern."""
    text, starts = _text(words)
    match = pattern.fullmatch(text)
    if not match:
        return None
    return list(_filled(match, put, words, starts))


def _filled(match: re.Match[str], put: str, words: Sequence[Token], starts: Sequence[int]) -> Iterator[Token]:
    for part in re.split(r"(\{\w+\})|\s+", put):
        group = _WORD.fullmatch(part or "")
        if group:
            first, last = match.span(group[1])
            yield from (word for word, at in zip(words, starts, strict=True) if first <= at < last)
        elif part:
            yield Token(kind="mark" if part == "," else "word", text=part, lower=part, stem=stem(part))


def _text(words: Sequence[Token]) -> tuple[str, list[int]]:
    """The words as one text in small letters, what is no plain word as a sign of its own, and where each starts."""
    shown = [word.lower if word.kind == "word" else word.text if word.kind == "mark" else "§" for word in words]
    starts, at = list[int](), 0
    for word in shown:
        starts.append(at)
        at += len(word) + 1
    return " ".join(shown), starts
