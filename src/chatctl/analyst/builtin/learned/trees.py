"""Boosted regression trees, applied to all rows and all trees at once."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Trees:
    """Binary trees side by side, each array of shape (trees, nodes), node 0 the root.

    At a node the left child follows where the feature is at most the threshold; a leaf is its own child and carries
    the value.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    depth: int

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sum of the trees' values for each row of features."""
        trees = np.arange(len(self.feature))[None, :]
        here = np.zeros((len(rows), len(self.feature)), dtype=np.int16)
        lines = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            low = rows[lines, self.feature[trees, here]] <= self.threshold[trees, here]
            here = np.where(low, self.left[trees, here], self.right[trees, here])
        return np.asarray(self.value[trees, here].sum(axis=1), dtype=np.float64)

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Its arrays by the names under which they are kept."""
        return {**{f"{prefix}.{name}": getattr(self, name) for name in _KEPT}, f"{prefix}.depth": np.array(self.depth)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> "Trees":
        """The trees kept in arrays."""
        kept = {name: arrays[f"{prefix}.{name}"] for name in _KEPT}
        return cls(**kept, depth=int(arrays[f"{prefix}.depth"]))  # type: ignore[arg-type]


_KEPT = ("feature", "threshold", "left", "right", "value")
