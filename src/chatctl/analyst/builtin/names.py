"""Schema names in a question: which words may mean which table or column, and how well."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from chatctl.analyst.builtin import compounds
from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.lexicon import ABBREVIATIONS, MOTION_WORDS, STOP_WORDS, SYNONYMS
from chatctl.analyst.builtin.words import Token, name_words, stem

EXACT, ABBREVIATED, PREFIX, SYNONYM, FUZZY = 1.0, 0.95, 0.85, 0.8, 0.75
FUZZY_CUTOFF = 86
LEAST_SCORE = 0.3
HEAD = 0.15
"""What the last of two words says more than the first: "delay" names dep_delay rather than delay_code."""
TAILS = frozenset({"value", "amount", "id", "code", "key"})
"""Last words of columns' names that people leave out: "sales" for sales_value."""
SIZES = frozenset({"total", "tot", "number", "num", "count", "cnt", "of", "nr"})
"""Words that say no more than that it is a quantity: "employees" for num_employees."""
TAIL_LEFT_OFF, UNIT_LEFT_OFF = 0.93, 0.97
WORD_TOO_MUCH = 0.9
_EMPTY = (
    "raw data dataset table tbl list info information detail details all full main master clean cleaned final csv df"
)
EMPTY = frozenset(_EMPTY.split())
"""Words of tables' names that people leave out: "penguins" for penguins_raw, "cars" for Cars93."""
EMPTY_LEFT_OFF, TAKEN_APART = 0.97, 0.96
MOST_READINGS = 40
BRIDGES = frozenset({"of", "the", "in", "for", "'s", "s", "a", "an", "at"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a noun may mean: a table (no column), a column, or a unit of time; the score lies in 0..1.

    `measure` says that the column's values can be compared by size, `temporal` that they are dates.
    """

    table: str = ""
    column: str = ""
    unit: str = ""
    score: float = 0.0
    measure: bool = False
    temporal: bool = False


@dataclass(frozen=True, slots=True)
class Name:
    """A table's or column's name as stems; of `core` one must be met."""

    table: str
    column: str
    stems: tuple[str, ...]
    factor: float = 1.0
    core: tuple[str, ...] = ()


class NameIndex:
    """The names of a schema by their stems, so that a question costs its own length, not the schema's.

    `defined` are the columns that a defined term may mean, the likeliest first.
    """

    def __init__(self, catalog: Catalog, defined: Mapping[str, tuple[tuple[str, str], ...]] | None = None) -> None:
        self._catalog = catalog
        self._defined = defined or {}
        called = frozenset(_stems(name_words(table.name)) for table in catalog.tables.values())
        self._names = [name for table in catalog.tables.values() for name in _names(table, called)]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            for part in dict.fromkeys(name.stems):
                self._places[part].append(place)
        self._sorted = sorted(self._places)
        self._last: tuple[tuple[Token, ...], dict[tuple[int, int], list[Reading]]] = ((), {})

    def spans(self, tokens: Sequence[Token]) -> dict[tuple[int, int], list[Reading]]:
        """Readings by the token span (from, before) that they rest on, the best first; the last ones are kept."""
        asked = tuple(tokens)
        if self._last[0] != asked:
            self._last = (asked, self._spans(asked))
        return self._last[1]

    def _spans(self, tokens: Sequence[Token]) -> dict[tuple[int, int], list[Reading]]:
        hits: dict[int, dict[int, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for at, part, quality in self._hits(tokens):
            for place in self._places[part]:
                hits[place][at].append((part, quality))
        spans: dict[tuple[int, int], dict[tuple[str, str], float]] = defaultdict(dict)
        for at, token in enumerate(tokens):
            for rank, key in enumerate(self._defined.get(token.lower, ()) if token.kind == "term" else ()):
                spans[at, at + 1][key] = EXACT if rank == 0 else PREFIX
        for place in sorted(hits):
            name = self._names[place]
            for start, end, score in _groups(name, hits[place], tokens):
                if score >= LEAST_SCORE:
                    key = (name.table, name.column)
                    spans[start, end][key] = max(score, spans[start, end].get(key, 0.0))
        return {span: self._readings(scores) for span, scores in spans.items()}

    def _readings(self, scores: dict[tuple[str, str], float]) -> list[Reading]:
        """The best readings of a span, told what their columns hold."""
        best = sorted(scores, key=lambda key: -round(scores[key], 6))[:MOST_READINGS]
        return [self._reading(table, column, scores[table, column]) for table, column in best]

    def _reading(self, table: str, column: str, score: float) -> Reading:
        if not column:
            return Reading(table=table, score=score)
        found = self._catalog.column(table, column)
        temporal = found.temporal or found.part is not None
        return Reading(table=table, column=column, score=score, measure=_measure(found), temporal=temporal)

    def _hits(self, tokens: Sequence[Token]) -> Iterator[tuple[int, str, float]]:
        for at, token in enumerate(tokens):
            if token.kind != "word":
                continue
            for part, quality in self._meanings(token, proper=at > 0 and token.text[:1].isupper()).items():
                yield at, part, quality
            if at + 1 < len(tokens) and tokens[at + 1].kind == "word":
                yield from self._compounds(at, token.lower, tokens[at + 1].lower)

    def _meanings(self, token: Token, *, proper: bool) -> dict[str, float]:
        """The stems of names that a word may mean, with the quality of each; a proper name has no synonyms by stem."""
        found: dict[str, float] = {}

        def add(part: str, quality: float) -> None:
            if part in self._places:
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
        for length in range(3, len(token.lower)):
            add(token.lower[:length], PREFIX - 0.02 * (len(token.lower) - length))
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


def _names(table: CatalogTable, called: frozenset[tuple[str, ...]]) -> Iterator[Name]:
    own = _stems(name_words(table.name))
    yield from _variants(table.name, "", own)
    telling = tuple(it for it in name_words(table.name) if not (it.isdigit() or it in EMPTY))
    if telling and _stems(telling) != own:
        yield from _variants(table.name, "", _stems(telling), EMPTY_LEFT_OFF)
    yield from _key_name(table, own)
    for column in table.columns:
        yield from _column_names(table, column, own)
        yield from (name for name in _shorter(table, column) if name.stems not in called)


def _shorter(table: CatalogTable, column: CatalogColumn) -> Iterator[Name]:
    """ "sales" for sales_value or total_sales, "baskets" for basket_id, "weight" for weight_in_lbs."""
    words = column.words
    plain = tuple(word for it in words for word in compounds.parts(it) if word not in SIZES)
    if plain and len(plain) < len(words) + (len(words) == 1):
        yield from _variants(table.name, column.name, _stems(plain), TAIL_LEFT_OFF)
    if "in" in words[1:-1]:
        yield Name(table.name, column.name, _stems(words[: words.index("in")]), UNIT_LEFT_OFF)
    elif len(words) > 1 and words[-1] in TAILS:
        yield Name(table.name, column.name, _stems(words[:-1]), TAIL_LEFT_OFF)


def _key_name(table: CatalogTable, own: tuple[str, ...]) -> Iterator[Name]:
    """ "the id of a customer", whatever the key's column is called."""
    unique = [column.name for column in table.columns if column.unique and not column.naming]
    key = list(table.key) if len(table.key) == 1 else unique
    if key:
        yield Name(table.name, key[0], (*own, "id"), 0.98, core=("id",))


def _measure(column: CatalogColumn) -> bool:
    """A number that bears the table's own name (flight of flights) says which row it is, not how much."""
    number = column.numeric and not column.identifying and not column.unique_key and column.part in (None, "year")
    comparable = column.temporal or number
    return comparable and _stems(column.words) != _stems(name_words(column.table))


def _column_names(table: CatalogTable, column: CatalogColumn, own: tuple[str, ...]) -> Iterator[Name]:
    parts = _stems(column.words)
    yield from _variants(table.name, column.name, parts)
    apart = _stems(tuple(it for word in column.words for it in compounds.parts(word)))
    if apart != parts:
        yield from _variants(table.name, column.name, apart, TAKEN_APART)
    short = tuple(part for part in parts if part not in own)
    if short and short != parts:
        yield from _variants(table.name, column.name, short, 0.97)
    if not set(own) & set(parts):
        yield Name(table.name, column.name, own + parts, 1.02, core=parts)


def _variants(table: str, column: str, stems: tuple[str, ...], factor: float = 1.0) -> Iterator[Name]:
    """A name, the name with its abbreviations spelt out, and the name written as one word."""
    yield Name(table, column, stems, factor)
    for at, part in enumerate(stems):
        for full in ABBREVIATIONS.get(part, ()):
            yield Name(table, column, (*stems[:at], *_stems(tuple(full.split())), *stems[at + 1 :]), factor)
    if len(stems) == 2 and len(stems[0]) > 2:
        yield Name(table, column, ("".join(stems),), factor)


def _stems(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stem(word) for word in words)


def _groups(
    name: Name, hits: dict[int, list[tuple[str, float]]], tokens: Sequence[Token]
) -> Iterator[tuple[int, int, float]]:
    """Runs of tokens that name the same thing, with only small words between them."""
    run: list[int] = []
    for at in sorted(hits):
        if run and not _bridged(name, hits[run[-1]], tokens[run[-1] + 1 : at]):
            yield _scored(name, run, hits)
            run = []
        run.append(at)
    if run:
        yield _scored(name, run, hits)
        if len(run) > 1 and len(set(name.stems)) > 1:
            for at in run:
                yield _scored(name, [at], hits)


def _bridged(name: Name, before: list[tuple[str, float]], between: Sequence[Token]) -> bool:
    """Whether words may stand between: "start of the trip" is one name, "trips for start" is not."""
    if name.core and not any(part in name.core for part, _ in before):
        return not between
    return all(token.lower in BRIDGES for token in between)


def _scored(name: Name, run: list[int], hits: dict[int, list[tuple[str, float]]]) -> tuple[int, int, float]:
    best: dict[str, float] = {}
    for at in run:
        for part, quality in hits[at]:
            best[part] = max(best.get(part, 0.0), quality)
    if name.core and not best.keys() & set(name.core):
        return run[0], run[-1] + 1, 0.0
    score = sum(best.get(part, 0.0) for part in set(name.stems)) / len(set(name.stems))
    if len(name.stems) == 2 and not name.core and set(best) == {name.stems[-1]}:
        score += HEAD
    said = sum(any(quality >= best[part] for part, quality in hits[at]) for at in run)
    if said < len(run):  # "total sales value" is the total of sales_value, though a total is a value
        score *= WORD_TOO_MUCH
    if len(run) > len(set(name.stems)) and len(best) == 1 and len(name.stems) == 1 and run[-1] - run[0] > 1:
        score *= 0.5
    return run[0], run[-1] + 1, min(score * name.factor, 1.02 if len(run) > 1 else 1.0)
