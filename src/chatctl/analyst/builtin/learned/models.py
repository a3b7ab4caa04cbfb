"""The weights, and what they say of a marked question."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from chatctl.analyst.builtin.learned import traits
from chatctl.analyst.builtin.learned.marks import Marks
from chatctl.analyst.builtin.learned.ranker import Ranker
from chatctl.analyst.builtin.learned.shapes import Shape, together
from chatctl.analyst.builtin.learned.views import Key

Floats = NDArray[np.float32]
WEIGHTS = Path(__file__).with_name("weights.npz")
ROLES = ("select", "measure", "counted", "order", "group", "where")
"""What a column can be in a form: listed, aggregated, counted once each, sorted by, grouped by, compared."""
UNSEEN = -9.2
"""The logarithm of the probability of what was never seen."""


def hashed(trait: str) -> int:
    """The number that stands for a feature."""
    return crc32(trait.encode())


@dataclass(frozen=True, kw_only=True)
class Head:
    """A linear model over hashed features: `weights` has a row per hash and a last one of zeros for all others.

    They are whole numbers, each column a multiple of its `scale`.
    """

    classes: tuple[str, ...]
    hashes: NDArray[np.uint32]
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats

    def scores(self, rows: Sequence[Sequence[str]]) -> Floats:
        """The logits, of shape (rows, classes)."""
        unique = [dict.fromkeys(row) for row in rows]
        flat = np.fromiter((hashed(trait) for row in unique for trait in row), dtype=np.uint32)
        places = np.searchsorted(self.hashes, flat)
        places[places == len(self.hashes)] = 0
        places[self.hashes[places] != flat] = len(self.hashes)
        starts = np.cumsum([0, *map(len, unique[:-1])])
        sums = np.add.reduceat(self.weights[places], starts, axis=0, dtype=np.int32)
        return np.asarray(sums * self.scale + self.bias, dtype=np.float32)

    def log_probabilities(self, rows: Sequence[Sequence[str]]) -> list[dict[str, float]]:
        """For each row the logarithm of each class's probability."""
        logits = self.scores(rows)
        top = logits.max(axis=1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        return [dict(zip(self.classes, map(float, row), strict=True)) for row in np.maximum(logs, UNSEEN - 1)]


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What the heads say of one question.

    `shape` has log probabilities by part and code; `roles` logits by role and column; `tables` logits; `uses` log
    probabilities of what each value is for; `pairs` log probabilities of the column that each value is compared with.
    """

    shape: Mapping[str, Mapping[str, float]]
    roles: Mapping[str, Mapping[Key, float]]
    tables: Mapping[str, float]
    uses: Sequence[Mapping[str, float]]
    pairs: Sequence[Mapping[Key, float]]

    def gain(self, value: int, use: str) -> float:
        """How much likelier a value has this use than none."""
        return self.uses[value].get(use, UNSEEN) - self.uses[value].get("none", UNSEEN)


@dataclass(frozen=True, kw_only=True)
class Model:
    """All that was learned: heads by name, how often each shape was seen, and what ranks forms."""

    heads: Mapping[str, Head]
    shapes: Mapping[Shape, int]
    ranker: Ranker | None

    @cached_property
    def common(self) -> tuple[Shape, ...]:
        """The shapes seen more than once."""
        return tuple(shape for shape, count in self.shapes.items() if count > 1)

    @cached_property
    def _together(self) -> tuple[int, Counter[tuple[str, ...]]]:
        """How many shapes were seen, and how often which of their parts went together."""
        pairs: Counter[tuple[str, ...]] = Counter()
        for it, count in self.shapes.items():
            for pair in (("ends", it.select, it.tail), ("middle", it.where, it.combined), ("distinct", it.distinct)):
                pairs[pair] += count
        return sum(self.shapes.values()), pairs

    def prior(self, it: Shape) -> float:
        """How likely a shape is before the question, never zero: seen as a whole, or in parts that go together."""
        whole, pairs = self._together
        parts = (("ends", it.select, it.tail), ("middle", it.where, it.combined), ("distinct", it.distinct))
        composed = 0.25 * math.prod((pairs[pair] + 0.03) / whole for pair in parts)
        return 0.75 * max(0.0, self.shapes.get(it, 0) - 0.5) / whole + composed

    def scores(self, marks: Marks) -> Scores:
        """What the heads say of a question over a schema with at least one column."""
        fields = marks.view.fields
        asked = traits.question(marks)
        roles = self.heads["roles"].scores([traits.column(marks, field) for field in fields.values()]).clip(-7, 5)
        tables = self.heads["tables"].scores([traits.table(marks, name) for name in marks.view.tables]).clip(-6, 5)
        return Scores(
            shape=self._shape(asked),
            roles={role: dict(zip(fields, map(float, roles[:, at]), strict=True)) for at, role in enumerate(ROLES)},
            tables=dict(zip(marks.view.tables, map(float, tables[:, 0]), strict=True)),
            uses=self._uses(marks),
            pairs=[self._pairs(marks, at) for at in range(len(marks.values))],
        )

    def _shape(self, asked: Sequence[str]) -> dict[str, dict[str, float]]:
        found = {part: self.heads[part].log_probabilities([asked])[0] for part in Shape._fields}
        wheres, selects = together(found["where"], found["select"])
        return {**found, "where": found["where"] | wheres, "select": found["select"] | selects}

    def _uses(self, marks: Marks) -> list[dict[str, float]]:
        rows = [traits.value(marks, at) for at in range(len(marks.values))]
        return self.heads["uses"].log_probabilities(rows) if rows else []

    def _pairs(self, marks: Marks, at: int) -> dict[Key, float]:
        fields = marks.view.fields
        rows = [traits.pair(marks, at, field) for field in fields.values()]
        logits = self.heads["pairs"].scores(rows)[:, 0].clip(-8, 6)
        logs = logits - np.log(np.exp(logits).sum())
        return dict(zip(fields, map(float, logs), strict=True))


@lru_cache(maxsize=1)
def load(path: Path = WEIGHTS) -> Model:
    """The model in a file of weights. Raises OSError where there is none."""
    with np.load(path) as arrays:
        about = json.loads(bytes(arrays["about"]))
        heads = {
            name: Head(
                classes=tuple(classes),
                hashes=arrays[f"{name}.hashes"],
                weights=np.vstack([arrays[f"{name}.weights"], np.zeros((1, len(classes)), dtype=np.int8)]),
                scale=arrays[f"{name}.scale"],
                bias=arrays[f"{name}.bias"],
            )
            for name, classes in about["heads"].items()
        }
        ranker = Ranker.of(arrays) if "ranker.weights" in arrays else None
    shapes = {Shape(*codes): count for *codes, count in about["shapes"]}
    return Model(heads=heads, shapes=shapes, ranker=ranker)


def save(path: Path, model: Model) -> None:
    """Write a model."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, head in model.heads.items():
        arrays[f"{name}.hashes"], arrays[f"{name}.bias"] = head.hashes, head.bias
        arrays[f"{name}.weights"], arrays[f"{name}.scale"] = head.weights[:-1], head.scale
    if model.ranker:
        arrays |= model.ranker.arrays()
    heads = {name: list(head.classes) for name, head in model.heads.items()}
    about = {"heads": heads, "shapes": [[*codes, count] for codes, count in model.shapes.items()]}
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), dtype=np.uint8)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
