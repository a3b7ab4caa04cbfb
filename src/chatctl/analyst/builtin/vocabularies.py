"""The stems that the names of a schema are made of, and which of them a word of a question may mean."""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from rapidfuzz import fuzz, process

from chatctl.analyst.builtin.abbreviations import ABBREVIATIONS
from chatctl.analyst.builtin.lexicon import MOTION_WORDS, STOP_WORDS, SYNONYMS
from chatctl.analyst.builtin.words import Token, name_words, stem

EXACT, ABBREVIATED, PREFIX, SHORTENED, SYNONYM, FUZZY = 1.0, 0.95, 0.85, 0.85, 0.8, 0.75
FUZZY_CUTOFF = 86
TELLING = 6
"""Letters with which a word begins that are about as good as all of it: prereq of prerequisites."""
MOST_TIMES, MOST_WORDS = 6, 40
"""Times that one word is looked up in a question, and words that are: no question names as much."""
_SHORTENED = re.compile(r"[a-z][^aeiou\W\d_]*[aeiou]?[^aeiou\W\d_]+")
"""What a name may write for a longer word: hardly a vowel behind its first letter."""


class Vocabulary:
    """The stems of a schema's names."""

    def __init__(self, parts: Collection[str]) -> None:
        self._parts = parts
        self._sorted = sorted(parts)
        self._shortened: dict[str, list[str]] = defaultdict(list)
        for part in filter(_SHORTENED.fullmatch, self._sorted):
            self._shortened[part[0]].append(part)

    def met(self, tokens: Sequence[Token]) -> dict[str, list[tuple[int, float]]]:
        """The stems that words may mean, each with the tokens that do (by place) and how well they do."""
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for at, part, quality in self._hits(tokens):
            found[part].append((at, quality))
        return found

    def _hits(self, tokens: Sequence[Token]) -> Iterator[tuple[int, str, float]]:
        times: Counter[str] = Counter()
        for at, token in enumerate(tokens):
            if token.kind != "word" or times[token.lower] == MOST_TIMES or times.total() == MOST_WORDS:
                continue
            meanings = self._meanings(token, proper=at > 0 and token.text[:1].isupper())
            times[token.lower] += bool(meanings)
            for part, quality in meanings.items():
                yield at, part, quality
            if at + 1 < len(tokens) and tokens[at + 1].kind == "word":
                yield from self._compounds(at, token.lower, tokens[at + 1].lower)

    def _meanings(self, token: Token, *, proper: bool) -> dict[str, float]:
        """The stems of names that a word may mean, with the quality of each; a proper name has no synonyms by stem."""
        found: dict[str, float] = {}

        def add(part: str, quality: float) -> None:
            if part in self._parts:
                found[part] = max(found.get(part, 0.0), quality)

        words = [word for word in name_words(token.text) if word] or [token.lower]
        for word in {token.lower, "".join(words), *(words if len(words) > 1 else ())}:
            add(stem(word), EXACT)
            add(word, EXACT)
        if token.lower in STOP_WORDS or token.lower in MOTION_WORDS or len(token.lower) < 3:
            return found
        for other in SYNONYMS.get(token.lower, frozenset()) | SYNONYMS.get("" if proper else token.stem, frozenset()):
            add(stem(other), SYNONYM)
        for full in ABBREVIATIONS.get(token.lower, ()):
            add(stem(full), ABBREVIATED)
        for part in filter(partial(shortens, word=token.lower), self._shortened.get(token.lower[0], ())):
            add(part, SHORTENED)
        for length in range(3, len(token.lower)):
            left = 0.005 if length >= TELLING else 0.02
            add(token.lower[:length], PREFIX - left * (len(token.lower) - length))
        for longer in self._starting(token.lower):
            add(longer, PREFIX - 0.05 - 0.02 * (len(longer) - len(token.lower)))
        if not found and len(token.lower) >= 5:
            for close, score, _ in process.extract(
                token.stem, self._sorted, scorer=fuzz.ratio, score_cutoff=FUZZY_CUTOFF, limit=3
            ):
                add(close, FUZZY * score / 100)
        return found

    def _starting(self, prefix: str) -> Iterator[str]:
        at = bisect_left(self._sorted, prefix)
        while len(prefix) >= 4 and at < len(self._sorted) and self._sorted[at].startswith(prefix):
            yield self._sorted[at]
            at += 1

    def _compounds(self, at: int, first: str, second: str) -> Iterator[tuple[int, str, float]]:
        """Two words that a name writes as one: "tail number" in tailnum."""
        for part in self._starting(first):
            rest = part[len(first) :]
            if len(rest) >= 2 and (second.startswith(rest) or stem(second) == rest):
                yield at, part, EXACT
                yield at + 1, part, EXACT


def shortens(part: str, word: str) -> bool:
    """Whether a part of a name is a word without some of its letters: scr of score, takr of takers, not cnt of country.

    The first letter and the last consonant stay.
    """
    whole = word.removesuffix("s") if len(word) > 4 else word
    consonants = whole.rstrip("aeiouy")
    if not (2 < len(part) < len(whole) and part[0] == whole[0] and consonants and part[-1] == consonants[-1]):
        return False
    letters = iter(consonants)
    return all(letter in letters for letter in part)
