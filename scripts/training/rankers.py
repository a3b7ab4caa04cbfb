"""Fitting the ranker: boosted trees over the evidence of tried forms (Friedman 2001, as LightGBM grows them)."""

from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from chatctl.analyst.builtin.learned.trees import Trees

ROUNDS = 350
SETTINGS: Mapping[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 31,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "num_threads": 1,
    "deterministic": True,
    "seed": 1,
}


def fit(rows: NDArray[np.float32], right: Sequence[bool], rounds: int = ROUNDS, **changed: Any) -> Trees:
    """Trees whose sum is the logit of a form's being right; rows of shape (forms, features)."""
    data = lightgbm.Dataset(rows.astype(np.float64), np.array(right, dtype=int))
    booster = lightgbm.train({**SETTINGS, **changed}, data, rounds)
    return exported(booster.dump_model()["tree_info"])


def exported(grown: Sequence[Mapping[str, Any]]) -> Trees:
    """LightGBM's trees as arrays side by side."""
    flat = [_flattened(tree["tree_structure"]) for tree in grown]
    most = max(len(nodes) for nodes, _ in flat)
    shape = (len(flat), most)
    feature, left, right = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    threshold, value = np.zeros(shape), np.zeros(shape, dtype=np.float32)
    for tree, (nodes, _) in enumerate(flat):
        for at, node in enumerate(nodes):
            feature[tree, at], threshold[tree, at] = node[0], node[1]
            left[tree, at], right[tree, at], value[tree, at] = node[2], node[3], node[4]
    depth = max(deep for _, deep in flat)
    return Trees(feature=feature, threshold=threshold, left=left, right=right, value=value, depth=depth)


Node = tuple[int, float, int, int, float]


def _flattened(root: Mapping[str, Any]) -> tuple[list[Node], int]:
    """The nodes of one tree, the root first, and its depth."""
    nodes: list[Node] = []
    deepest = 0

    def add(node: Mapping[str, Any], depth: int) -> int:
        nonlocal deepest
        deepest = max(deepest, depth)
        at = len(nodes)
        nodes.append((0, 0.0, at, at, float(node.get("leaf_value", 0.0))))
        if "split_feature" in node:
            assert node["decision_type"] == "<="
            left, right = add(node["left_child"], depth + 1), add(node["right_child"], depth + 1)
            nodes[at] = (node["split_feature"], node["threshold"], left, right, 0.0)
        return at

    add(root, 0)
    return nodes, deepest
