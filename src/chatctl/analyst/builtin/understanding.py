"""One source made ready for questions, and one question read against it."""

from dataclasses import dataclass
from datetime import date

from chatctl.analyst.builtin.candidates import Candidate, candidates
from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.givens import NOTHING, Given
from chatctl.analyst.builtin.grammar import parse
from chatctl.analyst.builtin.idioms import PAST
from chatctl.analyst.builtin.links import link
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.sketches import Sketch, sketch
from chatctl.analyst.builtin.words import Token
from chatctl.engines.engine import Engine

MOST_NAMED = 24
"""Columns, tables, values, numbers and dates that one question may name; a long one of an analyst names twelve."""
_NAMING = frozenset("NV#D")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A source with its catalog and the index of its names, and what definitions give for the question."""

    engine: Engine
    catalog: Catalog
    index: NameIndex
    given: Given = NOTHING


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """What a question means over one source: its sketch and its candidates, the best first."""

    opened: Opened
    sketch: Sketch
    candidates: tuple[Candidate, ...]

    @property
    def best(self) -> Candidate | None:
        """The likeliest reading."""
        return self.candidates[0] if self.candidates else None

    @property
    def score(self) -> float:
        """How likely that reading is."""
        return self.candidates[0].score if self.candidates else 0.0


def read(tokens: list[Token], opened: Opened, today: date) -> Sketch:
    """The sketch of a question over one source; a crowded one is not read, for its readings would be without number."""
    nodes = link(opened.given.marked(tokens), opened.catalog, opened.index, today, opened.given)
    if sum(node.tag in _NAMING for node in nodes) > MOST_NAMED:
        return Sketch(crowded=True)
    return sketch(parse(nodes), nodes, past=any(token.lower in PAST for token in tokens))


def understand(tokens: list[Token], opened: Opened, today: date) -> Understanding:
    """The candidates of a question over one source."""
    found = read(tokens, opened, today)
    readings = () if found.empty else tuple(candidates(found, opened.catalog, opened.index))
    return Understanding(opened=opened, sketch=found, candidates=readings)
