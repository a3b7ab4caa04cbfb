"""Fitting the linear heads: sparse logistic regression over hashed features, by L-BFGS."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned import traits
from chatctl.analyst.builtin.learned.marks import Marks
from chatctl.analyst.builtin.learned.models import ROLES, Head, hashed
from chatctl.analyst.builtin.learned.shapes import Shape, shape
from training.labels import Labels

FEWEST_SOURCES = 4
"""Databases with which a feature must be seen: what only one or two of them say is theirs, not the language's."""
FEWEST_ROWS = 3
RARE = 3
STRENGTH = {"roles": 0.1, "tables": 0.1, "pairs": 0.1, "uses": 0.15}
SHAPE_STRENGTH = {"select": 0.1, "distinct": 0.05, "where": 0.05, "tail": 0.15, "combined": 0.08}
ITERATIONS = 70


@dataclass(kw_only=True)
class Table:
    """Rows of hashed features with the database of each, and their labels by output."""

    rows: list[NDArray[np.uint32]] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    labels: list[Any] = field(default_factory=list)

    def add(self, row: Sequence[str], source: int, label: Any) -> None:
        self.rows.append(np.unique(np.fromiter((hashed(trait) for trait in row), dtype=np.uint32)))
        self.sources.append(source)
        self.labels.append(label)


@dataclass(kw_only=True)
class Examples:
    """What the heads are fitted to."""

    tables: dict[str, Table] = field(default_factory=lambda: defaultdict(Table))
    shapes: Counter[Shape] = field(default_factory=Counter)

    def add(self, marks: Marks, form: Form, found: Labels, source: int) -> None:
        """The rows of one question."""
        codes = shape(form)
        self.shapes[codes] += 1
        self.tables["question"].add(traits.question(marks), source, codes)
        for key, column in marks.view.fields.items():
            roles = [key in found.roles[role] for role in ROLES]
            self.tables["roles"].add(traits.column(marks, column), source, roles)
        for name in marks.view.tables:
            self.tables["tables"].add(traits.table(marks, name), source, name in found.tables)
        for at, (use, compared) in enumerate(zip(found.uses, found.compared, strict=True)):
            self.tables["uses"].add(traits.value(marks, at), source, use)
            if compared is None:
                continue
            for key, column in marks.view.fields.items():
                same = marks.view.equal.get(key, key) == marks.view.equal.get(compared, compared)
                if key == compared or not same:
                    self.tables["pairs"].add(traits.pair(marks, at, column), source, key == compared)


def merged(parts: Iterable[Examples]) -> Examples:
    """Several sets of examples as one."""
    whole = Examples()
    for part in parts:
        whole.shapes += part.shapes
        for name, table in part.tables.items():
            mine = whole.tables[name]
            mine.rows += table.rows
            mine.sources += table.sources
            mine.labels += table.labels
    return whole


def fit(examples: Examples) -> dict[str, Head]:
    """The heads that fit the examples best."""
    heads: dict[str, Head] = {}
    for name in ("roles", "tables", "pairs"):
        table = examples.tables[name]
        design = _Design(table)
        labels = np.array(table.labels).reshape(len(table.rows), -1)
        columns = [design.fit(labels[:, at], STRENGTH[name]) for at in range(labels.shape[1])]
        classes = ROLES if name == "roles" else ("yes",)
        heads[name] = design.head(classes, np.hstack([w for w, _ in columns]), np.hstack([b for _, b in columns]))
    uses = examples.tables["uses"]
    heads["uses"] = _classifier(_Design(uses), uses.labels, STRENGTH["uses"])
    question = examples.tables["question"]
    design = _Design(question)
    for at, part in enumerate(Shape._fields):
        heads[part] = _classifier(design, [codes[at] for codes in question.labels], SHAPE_STRENGTH[part])
    return heads


def _classifier(design: "_Design", labels: Sequence[str], strength: float) -> Head:
    counts = Counter(labels)
    kept = ["none" if label == "none" else (label if counts[label] >= RARE else "?") for label in labels]
    classes = sorted(set(kept))
    weights, bias = design.fit(np.array([classes.index(label) for label in kept]), strength)
    if len(classes) == 2:
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.hstack([-bias / 2, bias / 2])
    return design.head(tuple(classes), weights, bias)


class _Design:
    """The rows of a table as a sparse matrix over the features that are common enough."""

    def __init__(self, table: Table) -> None:
        flat = np.concatenate(table.rows)
        lengths = np.array([len(row) for row in table.rows])
        owners = np.repeat(np.array(table.sources), lengths)
        by_source = np.unique(flat.astype(np.uint64) << np.uint64(16) | owners.astype(np.uint64)) >> np.uint64(16)
        hashes, sources = np.unique(by_source, return_counts=True)
        _, rows = np.unique(flat, return_counts=True)
        self.hashes = hashes[(sources >= FEWEST_SOURCES) & (rows >= FEWEST_ROWS)].astype(np.uint32)
        places = np.searchsorted(self.hashes, flat)
        places[places == len(self.hashes)] = 0
        known = self.hashes[places] == flat
        lines = np.repeat(np.arange(len(table.rows)), lengths)[known]
        ones = np.ones(int(known.sum()), dtype=np.float32)
        self._matrix = csr_matrix((ones, (lines, places[known])), shape=(len(table.rows), len(self.hashes)))

    def fit(self, labels: NDArray[Any], strength: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights of shape (features, outputs) and biases."""
        model = LogisticRegression(C=strength, solver="lbfgs", max_iter=ITERATIONS, tol=1e-3)
        model.fit(self._matrix, labels)
        return model.coef_.T, model.intercept_

    def head(self, classes: tuple[str, ...], weights: NDArray[np.float64], bias: NDArray[np.float64]) -> Head:
        """A head of these weights, rounded to one byte each, with the row of zeros for what is unknown."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-6) / 127
        rows = np.vstack([np.round(weights / scale), np.zeros((1, weights.shape[1]))]).astype(np.int8)
        return Head(
            classes=classes,
            hashes=self.hashes,
            weights=rows,
            scale=scale.astype(np.float32),
            bias=bias.astype(np.float32),
        )
