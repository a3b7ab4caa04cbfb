"""Candidates: the readings of a question as logical forms, some tens of them, ranked before anything runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from chatctl.analyst.builtin.assembly import Assembly
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.changes import Changes
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.nodes import directed_words
from chatctl.analyst.builtin.ranking import Ranked, ranked
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.words import stem

ANCHORS = 6
ALTERNATIVES = 24
NEAR = 0.35
"""A meaning this much worse than the best still makes a candidate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A reading of the question with its score in 0..1, and the features that gave it."""

    draft: Draft
    score: float
    features: Ranked


def candidates(sketch: Sketch, catalog: Catalog, index: NameIndex) -> list[Candidate]:
    """The readings of a sketch, the best first, each form once."""
    preferred = _preferred(sketch)
    found: dict[str, Candidate] = {}
    preferred |= _pointed(sketch, catalog)
    for anchor in _anchors(sketch, catalog):
        scope = Scope(catalog, anchor, preferred)
        for draft in _drafts(sketch, scope, index):
            features = ranked(draft, sketch, catalog)
            candidate = Candidate(draft=draft, score=features.score, features=features)
            key = draft.form.model_dump_json()
            if key not in found or found[key].score < candidate.score:
                found[key] = candidate
    return sorted(found.values(), key=lambda it: -round(it.score, 6))


def _drafts(sketch: Sketch, scope: Scope, index: NameIndex) -> Iterable[Draft]:
    """The best assembly in a scope, and those that differ from it in one meaning."""
    kind = Changes if sketch.growth else Assembly
    best = kind(sketch=sketch, scope=scope, index=index).draft()
    if best is None:
        return
    yield best
    left = ALTERNATIVES
    for place, pick in enumerate(best.picks):
        for taken in range(1, len(pick.choices)):
            if left <= 0 or pick.choices[taken].score < pick.choices[0].score - NEAR:
                break
            left -= 1
            other = kind(sketch=sketch, scope=scope, index=index, overrides={place: taken}).draft()
            if other:
                yield other


def _anchors(sketch: Sketch, catalog: Catalog) -> list[str]:
    """The tables that the question's words speak of most."""
    weights: dict[str, float] = defaultdict(float)
    for noun in sketch.nouns:
        best: dict[str, float] = {}
        for reading in noun.readings:
            if reading.table:
                best[reading.table] = max(
                    best.get(reading.table, 0.0), reading.score + (0.3 if not reading.column else 0)
                )
        for table, score in best.items():
            weights[table] += score
    for mention in sketch.mentions:
        for table in {reading.table for reading in mention.readings}:
            weights[table] += 0.5
    for table in catalog.tables if len(catalog.tables) <= ANCHORS else ():
        weights[table] += 0.01
    order = list(catalog.tables)
    chosen = sorted(weights, key=lambda table: (-round(weights[table], 6), order.index(table)))
    return _with_neighbours(chosen[:ANCHORS], catalog)


def _with_neighbours(chosen: list[str], catalog: Catalog) -> list[str]:
    """A bridge between two tables may be the one whose rows are counted."""
    near = Counter(edge.table for edge in catalog.edges if edge.to_table in chosen and edge.table not in chosen)
    return chosen + sorted(near, key=lambda table: (-near[table], -(catalog.tables[table].rows or 0), table))[:2]


def _pointed(sketch: Sketch, catalog: Catalog) -> frozenset[tuple[str, str]]:
    """The key columns to which the words before values point: "to Los Angeles" leads through the destination."""
    directions = [it.direction for it in sketch.mentions] + [it.direction for it in sketch.nouns]
    pointed: frozenset[str] = frozenset().union(*map(directed_words, directions))
    return frozenset(
        (edge.table, edge.column)
        for edge in catalog.edges
        if pointed & {stem(word) for word in catalog.column(edge.table, edge.column).words}
    )


def _preferred(sketch: Sketch) -> frozenset[tuple[str, str]]:
    """The key columns that the question names beside what they point to."""
    return frozenset(pair for noun in sketch.nouns for pair in noun.via)
