"""Boosted regression trees, applied to all rows and all trees at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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
        feature, threshold, left, right, value = self._flat
        cells, starts = np.ravel(rows), np.arange(len(rows))[:, None] * rows.shape[1]
        here = np.tile(np.arange(len(self.feature)) * self.feature.shape[1], (len(rows), 1))
        for _ in range(self.depth):
            low = cells.take(starts + feature.take(here)) <= threshold.take(here)
            here = np.where(low, left.take(here), right.take(here))
        return np.asarray(value.take(here).sum(axis=1), dtype=np.float64)

    @cached_property
    def _flat(self) -> tuple[NDArray[np.generic], ...]:
        """The arrays laid end to end, children told by their place in all, which looks them up three times as fast."""
        starts = (np.arange(len(self.feature)) * self.feature.shape[1])[:, None]
        children = (np.ravel(each + starts) for each in (self.left, self.right))
        return (np.ravel(self.feature).astype(np.intp), np.ravel(self.threshold), *children, np.ravel(self.value))

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """Its arrays by the names under which they are kept."""
        return {**{f"{prefix}.{name}": getattr(self, name) for name in _KEPT}, f"{prefix}.depth": np.array(self.depth)}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> "Trees":
        """The trees kept in arrays."""
        kept = {name: arrays[f"{prefix}.{name}"] for name in _KEPT}
        return cls(**kept, depth=int(arrays[f"{prefix}.depth"]))  # type: ignore[arg-type]


_KEPT = ("feature", "threshold", "left", "right", "value")
