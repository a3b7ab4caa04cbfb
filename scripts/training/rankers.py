"""Fitting the ranker: boosted trees over the evidence of tried forms (Friedman 2001, as LightGBM grows them)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import lightgbm
import numpy as np
from sklearn.linear_model import LogisticRegression

from chatctl.analyst.builtin.learned.ranker import Floats, Ranker, standing, weighed
from chatctl.analyst.builtin.learned.trees import Trees
from training.attempted import Attempted

ROUNDS = 350
SETTINGS: Mapping[str, Any] = {
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


def fit(parts: Sequence[Sequence[Attempted]], run: Callable[..., Iterable[Any]] = map) -> Ranker:
    """The ranker of the cases of all parts; how its trees are weighed is told from trees that did not see a part.

    `run` maps a function, perhaps over several processes.
    """
    rows = [[it for it in part if it.right] for part in parts]
    others = [[it for other, part in enumerate(rows) if other != at for it in part] for at in range(len(rows))]
    *grown, (order, judge) = run(_trees, [*others, [it for part in rows for it in part]])
    spoken, right = list[Floats](), list[bool]()
    for part, trees in zip(rows, grown, strict=True):
        for it in part:
            scores, logits = (each.scores(it.features.astype(np.float64)) for each in trees)
            best = int(np.argmax(np.round(standing(scores, it.rows), 9)))
            spoken.append(weighed(scores, logits, it.rows)[best])
            right.append(it.right[best])
    weigher = LogisticRegression(C=1.0).fit(np.stack(spoken), right)
    return Ranker(order=order, judge=judge, weights=np.concatenate([weigher.coef_[0], weigher.intercept_]))


def _trees(tried: Sequence[Attempted]) -> tuple[Trees, Trees]:
    """Trees that order the forms of a case, and trees that judge each."""
    mixed = [it for it in tried if any(it.right) and not all(it.right)]
    sizes = [len(it.right) for it in mixed]
    ordering = _boosted({"objective": "lambdarank", "lambdarank_truncation_level": 10}, mixed, group=sizes)
    return ordering, _boosted({"objective": "binary"}, tried)


def _boosted(aim: Mapping[str, Any], tried: Sequence[Attempted], **more: Any) -> Trees:
    rows = np.concatenate([it.features for it in tried]).astype(np.float64)
    data = lightgbm.Dataset(rows, np.concatenate([it.right for it in tried]).astype(int), **more)
    return exported(lightgbm.train({**SETTINGS, **aim}, data, ROUNDS).dump_model()["tree_info"])


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
