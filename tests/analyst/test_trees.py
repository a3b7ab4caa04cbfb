"""Trees side by side give what each of them gives alone."""

import numpy as np
import pytest

from chatctl.analyst.builtin.learned.trees import Trees

STUMPS = Trees(
    feature=np.array([[0, 0, 0], [1, 0, 0]], dtype=np.int16),
    threshold=np.array([[0.5, 0.0, 0.0], [2.0, 0.0, 0.0]]),
    left=np.array([[1, 1, 2], [1, 1, 2]], dtype=np.int16),
    right=np.array([[2, 1, 2], [2, 1, 2]], dtype=np.int16),
    value=np.array([[0.0, -1.0, 1.0], [0.0, 10.0, 20.0]], dtype=np.float32),
    depth=1,
)


@pytest.mark.parametrize(
    ("row", "score"), [((0.5, 2.0), 9.0), ((0.6, 2.0), 11.0), ((0.0, 2.1), 19.0), ((1.0, 9.0), 21.0)]
)
def test_each_row_takes_the_left_child_up_to_the_threshold(row: tuple[float, float], score: float) -> None:
    assert STUMPS.scores(np.array([row])) == [score]


def test_kept_arrays_give_the_same_trees() -> None:
    again = Trees.of(STUMPS.arrays("order"), "order")
    rows = np.array([[0.0, 0.0], [1.0, 5.0]])
    assert (again.scores(rows) == STUMPS.scores(rows)).all()
