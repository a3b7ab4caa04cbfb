"""How right the reader is on databases that it was not fitted to."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from chatctl.analyst.builtin.learned.models import Model
from training.attempted import Attempted

COVERAGES = (0.1, 0.25, 0.35, 0.5, 0.6, 0.75, 1.0)


def report(name: str, tried: Sequence[Attempted], model: Model) -> None:
    """Print accuracy, what the reader could have said, precision by coverage, and accuracy by kind of question."""
    assert model.ranker is not None
    right, probable = np.zeros(len(tried), dtype=bool), np.zeros(len(tried))
    for at, it in enumerate(tried):
        if it.right:
            best, probability = model.ranker.ranked(it.features.astype(np.float64), it.rows)[0]
            right[at], probable[at] = it.right[best], probability
    reachable = np.mean([any(it.right) for it in tried])
    ruled = np.mean([any(ok and place == 0 for ok, place in zip(it.right, it.ruled, strict=True)) for it in tried])
    print(
        f"{name}: {len(tried)} questions, right {right.mean():.1%},"
        f" among the forms tried {reachable:.1%}, by rules alone {ruled:.1%}"
    )
    order = np.argsort(-probable, kind="stable")
    for coverage in COVERAGES:
        kept = order[: max(1, round(coverage * len(tried)))]
        least = probable[kept[-1]]
        print(f"  answering {coverage:.0%}: precision {right[kept].mean():.1%}, from probability {least:.2f}")
    kinds: dict[str, list[bool]] = defaultdict(list)
    for it, ok in zip(tried, right, strict=True):
        kinds[it.case.bucket].append(bool(ok))
    print("  " + ", ".join(f"{kind} {np.mean(oks):.0%} of {len(oks)}" for kind, oks in sorted(kinds.items())))
