"""Schema names in a question: which words may mean which table or column, and how well."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatctl.analyst.builtin import flags
from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn
from chatctl.analyst.builtin.spellings import Name, named, parts, spellings, stems, telling
from chatctl.analyst.builtin.vocabularies import EXACT, PREFIX, Vocabulary
from chatctl.analyst.builtin.words import Token, name_words

LEAST_SCORE = 0.3
HEAD = 0.15
"""What the last of the words says more than the others: "delay" names dep_delay rather than delay_code."""
WORD_TOO_MUCH = 0.9
WHOLE = 0.97
"""From this score on words say all of a name."""
MOST_READINGS = 40
BRIDGES = frozenset({"of", "the", "in", "for", "'s", "s", "a", "an", "at"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a noun may mean: a table (no column), a column, or a unit of time; the score lies in 0..1.

    `measure` says that the column's values can be compared by size, `temporal` that they are dates, `flag` that they
    are yes and no.
    """

    table: str = ""
    column: str = ""
    unit: str = ""
    score: float = 0.0
    measure: bool = False
    temporal: bool = False
    flag: bool = False


class NameIndex:
    """The tables and columns of a schema by the stems of their names, so that a question costs its own length.

    The names themselves are made for those alone that a question may speak of: a wide schema has tens of thousands.
    `defined` are the columns that a defined term may mean, the likeliest first; `heads` are the stems of what tables
    are tables of: "movie" of IMDB_MOVIES.
    """

    def __init__(self, catalog: Catalog, defined: Mapping[str, tuple[tuple[str, str], ...]] | None = None) -> None:
        self._catalog = catalog
        self._defined = defined or {}
        self._own = {table.name: stems(name_words(table.name)) for table in catalog.tables.values()}
        self._called = frozenset(self._own.values())
        self.heads = frozenset(own[-1] for name in catalog.tables if (own := telling(name)))
        self._named = [one for table in catalog.tables.values() for one in named(table)]
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, (table, column) in enumerate(self._named):
            for part in parts(table, column, self._own[table.name]):
                self._places[part].append(place)
        self._vocabulary = Vocabulary(self._places)
        self._last: tuple[tuple[Token, ...], dict[tuple[int, int], list[Reading]]] = ((), {})

    def spans(self, tokens: Sequence[Token]) -> dict[tuple[int, int], list[Reading]]:
        """Readings by the token span (from, before) that they rest on, the best first; the last ones are kept."""
        asked = tuple(tokens)
        if self._last[0] != asked:
            self._last = (asked, self._spans(asked))
        return self._last[1]

    def _spans(self, tokens: Sequence[Token]) -> dict[tuple[int, int], list[Reading]]:
        met = self._vocabulary.met(tokens)
        spans: dict[tuple[int, int], dict[tuple[str, str], float]] = defaultdict(dict)
        for at, token in enumerate(tokens):
            for rank, key in enumerate(self._defined.get(token.lower, ()) if token.kind == "term" else ()):
                spans[at, at + 1][key] = EXACT if rank == 0 else PREFIX
        # In a wide schema many columns bear one name, and of what a question does not say only the length counts.
        scored: dict[tuple[object, ...], list[tuple[int, int, float]]] = {}
        for name in self._names(met):
            said = (tuple(it if it in met else "" for it in name.stems), len(set(name.stems)), name.factor, name.core)
            if said not in scored:
                scored[said] = list(_groups(name, _met(name, met), tokens))
            for start, end, score in scored[said]:
                if score >= LEAST_SCORE:
                    key = (name.table, name.column)
                    spans[start, end][key] = max(score, spans[start, end].get(key, 0.0))
        _cut(spans)
        return {span: self._readings(scores) for span, scores in spans.items() if scores}

    def _names(self, met: Collection[str]) -> Iterator[Name]:
        """The names that one of these stems may be enough for, in the order of the schema."""
        for place in sorted({place for part in met for place in self._places[part]}):
            table, column = self._named[place]
            for name in spellings(table, column, self._own[table.name], self._called):
                if any(part in met for part in name.core or name.stems):
                    yield name

    def _readings(self, scores: dict[tuple[str, str], float]) -> list[Reading]:
        """The best readings of a span, told what their columns hold."""
        best = sorted(scores, key=lambda key: -round(scores[key], 6))[:MOST_READINGS]
        return [self._reading(table, column, scores[table, column]) for table, column in best]

    def _reading(self, table: str, column: str, score: float) -> Reading:
        if not column:
            return Reading(table=table, score=score)
        found = self._catalog.column(table, column)
        temporal = found.temporal or found.part is not None
        flag = bool(flags.of(found, self._catalog))
        return Reading(table=table, column=column, score=score, measure=_measure(found), temporal=temporal, flag=flag)


def _cut(spans: Mapping[tuple[int, int], dict[tuple[str, str], float]]) -> None:
    """Takes away ends of longer names: "department name of the guest" speaks of no name of the guest."""
    whole = [(span, key) for span, scores in spans.items() for key, score in scores.items() if score >= WHOLE]
    for start, end, key in [(*span, key) for span, key in whole if spans[span][key] > EXACT]:
        longer = (other for (at, before), other in whole if at < start < before < end)
        if any(table == key[0] and column != key[1] for table, column in longer):
            del spans[start, end][key]


def _measure(column: CatalogColumn) -> bool:
    """A number that bears the table's own name (flight of flights) says which row it is, not how much."""
    number = column.numeric and not column.identifying and not column.unique_key and column.part in (None, "year")
    comparable = column.temporal or number
    return comparable and stems(column.words) != stems(name_words(column.table))


def _met(name: Name, met: Mapping[str, Sequence[tuple[int, float]]]) -> dict[int, list[tuple[str, float]]]:
    """Where the stems of a name are met: each with its quality, by token."""
    found: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for part in dict.fromkeys(name.stems):
        for at, quality in met.get(part, ()):
            found[at].append((part, quality))
    return found


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
        for at in run if len(run) > 1 else ():
            if len(set(name.stems)) > 1 or (name.stems[0], EXACT) in hits[at]:
                yield _scored(name, [at], hits)


def _bridged(name: Name, before: list[tuple[str, float]], between: Sequence[Token]) -> bool:
    """Whether words may stand between: "start of the trip" is one name, "trips for start" is not."""
    if name.core and not any(part in name.core for part, _ in before):
        return not between
    return all(token.lower in BRIDGES for token in between)


def _scored(name: Name, run: list[int], hits: dict[int, list[tuple[str, float]]]) -> tuple[int, int, float]:
    if name.core and not any(part in name.core for at in run for part, _ in hits[at]):
        return run[0], run[-1] + 1, 0.0
    best: dict[str, float] = {}
    for at in run:
        for part, quality in hits[at]:
            best[part] = max(best.get(part, 0.0), quality)
    score = sum(best.get(part, 0.0) for part in dict.fromkeys(name.stems)) / len(set(name.stems))
    if len(name.stems) > 1 and not name.core and set(best) == {name.stems[-1]}:
        score += HEAD
    said = sum(any(quality >= best[part] for part, quality in hits[at]) for at in run)
    if said < len(run):  # "total sales value" is the total of sales_value, though a total is a value
        score *= WORD_TOO_MUCH
    if len(run) > len(set(name.stems)) and len(best) == 1 and len(name.stems) == 1 and run[-1] - run[0] > 1:
        score *= 0.5
    return run[0], run[-1] + 1, min(score * name.factor, 1.02 if len(run) > 1 else 1.0)
