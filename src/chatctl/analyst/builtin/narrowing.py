"""Which tables of a wide schema a question may be about: found by an index of the stems of its names, and by values.

Everything after this works on those tables alone, so that a question over a thousand tables costs what one over some
tens does. What it is about should be among them, and need not come first: links and candidates weigh it again.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from chatctl.analyst.builtin.lexicon import MOTION_WORDS, STOP_WORDS
from chatctl.analyst.builtin.vocabularies import Vocabulary
from chatctl.analyst.builtin.words import Token, normal, tokens
from chatctl.analyst.contract import Question
from chatctl.sqlite import sqlite3

SPOKEN_OF, NEIGHBOURS = 24, 12
"""Tables that are taken for what a question says, and for their keys to the first of those."""
MOST_COLUMNS = 800
FIRST = 8
TABLE, COLUMN = 1.5, 1.0
"""What each word counts that is met by a table's name, and by a column's."""
WHOLE, WITHIN = 0.7, 0.3
"""What it counts that words are a cell of a table, and a word part of one."""
LONGEST_VALUE = 6
MOST_WORDS, LONGEST_TEXT = 160, 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Focus:
    """What a question says: its words, those of the definitions that it may use, and texts that may name tables."""

    words: tuple[Token, ...]
    texts: tuple[str, ...] = ()


def focus(question: Question, asked: Sequence[Token]) -> Focus:
    """The focus of a question (with its tokens), of its definitions and of what was said before it."""
    said = {token.stem for token in asked if _telling(token)}
    defined = (tokens(line) for line in question.instructions.splitlines())
    used = (line for line in defined if said & {token.stem for token in line})
    earlier = (*(repr((turn.given, turn.raw))[:LONGEST_TEXT] for turn in question.history), repr(question.given))
    words = (*asked, *(token for line in used for token in line))
    return Focus(words=words[:MOST_WORDS], texts=earlier)


class Names:
    """The names of a schema and its values in the file of a catalog, by their words."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.tables = [name for (name,) in connection.execute('SELECT name FROM "table" ORDER BY id')]
        self.columns = dict(connection.execute('SELECT name, columns FROM "table"'))
        self.vocabulary = Vocabulary({part for (part,) in connection.execute("SELECT part FROM stem")})
        owners, lengths = connection.execute("SELECT owners, lengths FROM place").fetchone()
        self.owners, self.lengths = array("I", owners), array("I", lengths)

    def places(self, part: str) -> "array[int]":
        """The places whose names have a stem."""
        (found,) = self._connection.execute("SELECT places FROM stem WHERE part = ?", (part,)).fetchone()
        return array("I", found)

    def holding(self, words: str) -> list[str]:
        """The tables with these words as a cell."""
        query = "SELECT DISTINCT tbl FROM value WHERE normal = ?"
        return [table for (table,) in self._connection.execute(query, (words,))]

    def mentioning(self, word: str) -> list[str]:
        """The tables with a word in a cell."""
        query = "SELECT DISTINCT v.tbl FROM word w JOIN value v ON v.id = w.value WHERE w.word = ?"
        return [table for (table,) in self._connection.execute(query, (word,))]

    def beside(self, table: str) -> list[str]:
        """The tables that a key joins with one."""
        query = "SELECT to_tbl FROM edge WHERE tbl = ? UNION SELECT tbl FROM edge WHERE to_tbl = ?"
        return [other for (other,) in self._connection.execute(query, (table, table))]


def chosen(asked: Focus, names: Names) -> list[str]:
    """The tables that a question may be about, at least one, in no order."""
    scores = _by_names(asked.words, names)
    for table, score in (*_by_values(asked.words, names), *_by_texts(asked.texts, names)):
        scores[table] += score
    spoken_of = sorted(names.tables, key=lambda it: -round(scores[it], 6))[:SPOKEN_OF]
    return list(_bounded([*spoken_of, *_neighbours(spoken_of, names)], names.columns))


def _by_names(said: Sequence[Token], names: Names) -> dict[str, float]:
    """For each table how well words name it and its columns, each word once: by the name that it is most of."""
    words = [replace(token, kind="word") if token.kind == "number" else token for token in said]  # of logs_2024
    met = names.vocabulary.met(words)
    places = {part: names.places(part) for part in met}
    covered: dict[int, float] = defaultdict(float)
    for part, hits in met.items():
        quality = max(quality for _, quality in hits)
        for place in places[part]:
            covered[place] += quality
    worth = {place: min(1.0, sums / names.lengths[place]) ** 2 for place, sums in covered.items()}
    best: dict[tuple[int, int], float] = defaultdict(float)
    for part, hits in met.items():
        for place in places[part]:
            owner = names.owners[place]
            first = not place or names.owners[place - 1] != owner
            score = worth[place] * (TABLE if first else COLUMN)
            for at, _ in hits:
                if score > best[owner, at]:
                    best[owner, at] = score
    scores: dict[str, float] = defaultdict(float)
    for (owner, _), score in best.items():
        scores[names.tables[owner]] += score
    return scores


def _by_values(said: Sequence[Token], names: Names) -> Iterator[tuple[str, float]]:
    """The tables in whose cells words stand."""
    for at, token in enumerate(said):
        if not _telling(token):
            continue
        for word in dict.fromkeys(normal(token.text).split()):
            yield from ((table, WITHIN) for table in names.mentioning(word))
        for end in range(at + 1, min(at + LONGEST_VALUE, len(said)) + 1):
            words = normal(" ".join(it.text for it in said[at:end]))
            yield from ((table, WHOLE * (end - at)) for table in names.holding(words))


def _by_texts(texts: Sequence[str], names: Names) -> Iterator[tuple[str, float]]:
    """The tables that were spoken of before: what is asked next is about them."""
    for text in texts:
        yield from ((table, float(LONGEST_VALUE)) for table in names.tables if table in text)


def _neighbours(spoken_of: Sequence[str], names: Names) -> list[str]:
    """The tables beside the first, those beside most of them first: what joins two of them is needed for both."""
    counts = Counter(other for table in spoken_of[:FIRST] for other in names.beside(table))
    others = [table for table in names.tables if counts[table] and table not in spoken_of]
    return sorted(others, key=lambda table: -counts[table])[:NEIGHBOURS]


def _bounded(tables: Sequence[str], columns: Mapping[str, int]) -> Iterator[str]:
    """The first tables, as many as have few enough columns together."""
    left = MOST_COLUMNS
    for at, table in enumerate(tables):
        if at == 0 or columns[table] <= left:
            left -= columns[table]
            yield table


def _telling(token: Token) -> bool:
    small = token.kind in ("mark", "sign") or len(token.text) < 2
    return not small and token.lower not in STOP_WORDS and token.lower not in MOTION_WORDS
