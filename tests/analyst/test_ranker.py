"""Forms are ordered by one set of trees and judged by another; what agrees with others is more probable."""

import numpy as np

from chatctl.analyst.builtin.learned.ranker import ALONE, Ranker, standing, weighed
from chatctl.analyst.builtin.learned.trees import Trees


def _stump(feature: int) -> Trees:
    """1 where a feature is above a half, else -1."""
    return Trees(
        feature=np.array([[feature, 0, 0]], dtype=np.int16),
        threshold=np.array([[0.5, 0.0, 0.0]]),
        left=np.array([[1, 1, 2]], dtype=np.int16),
        right=np.array([[2, 1, 2]], dtype=np.int16),
        value=np.array([[0.0, -1.0, 1.0]], dtype=np.float32),
        depth=1,
    )


RANKER = Ranker(order=_stump(0), judge=_stump(1), weights=np.array([1.0, 0.0, 1.0, 0.0, 0.0, -0.5]))


def test_the_best_score_comes_first_and_the_judge_tells_how_probable_it_is() -> None:
    evidence = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    ranked = RANKER.ranked(evidence, ["a", "b", "c"])
    assert [at for at, _ in ranked] == [1, 2, 0]
    probable = dict(ranked)
    assert probable[2] > probable[1]


def test_results_with_more_votes_come_first() -> None:
    scores = np.array([1.0, 0.9, 0.9, 0.0])
    assert np.argsort(-standing(scores, ["a", "b", "b", "c"])).tolist() == [1, 2, 0, 3]
    assert np.argsort(-standing(scores, ["a", "b", "c", "d"])).tolist()[0] == 0


def test_forms_with_the_same_result_support_each_other() -> None:
    evidence = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    (_, apart), (_, together) = RANKER.ranked(evidence, ["a", "b", "c"])[0], RANKER.ranked(evidence, ["a", "a", "c"])[0]
    assert together > apart


def test_what_is_weighed_compares_with_other_results_only() -> None:
    rows = weighed(np.array([2.0, 1.5, 1.0]), np.array([0.0, 0.0, 3.0]), ["a", "a", "b"])
    assert rows[:, 1].tolist() == [1.0, 0.5, -1.0]
    assert rows[:, 4].tolist() == [3.0, 3.0, 3.0]
    assert (weighed(np.array([2.0, 1.0]), np.zeros(2), ["a", "a"])[:, 1] == ALONE).all()


def test_a_kept_ranker_says_the_same() -> None:
    evidence = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert Ranker.of(RANKER.arrays()).ranked(evidence, ["a", "b"]) == RANKER.ranked(evidence, ["a", "b"])
