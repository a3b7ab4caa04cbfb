"""Which of the tried forms is meant, and how probable that is: trees that order, trees that judge, and both weighed."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatctl.analyst.builtin.learned.trees import Trees

Floats = NDArray[np.float64]
ALONE = 6.0
"""How far ahead a result is that every form gives."""
UNLIKELY = 1e-6
TEMPERATURE = 0.4
"""Of the votes that forms give their result."""
OWN = 1e-3
"""How much a form's own vote counts beside those of all with its result."""


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """Two sets of trees over the same evidence and the weights, with a last one as bias, of what they say.

    `order` was fitted to put right forms first (Burges 2010), `judge` to tell the logit of a form's being right.
    """

    order: Trees
    judge: Trees
    weights: Floats

    def ranked(self, evidence: Floats, rows: Sequence[Hashable]) -> list[tuple[int, float]]:
        """The places of the forms with the probability of each, the best first.

        `evidence` is of shape (forms, features); `rows` tells which forms have the same result.
        """
        scores = self.order.scores(evidence)
        logits = weighed(scores, self.judge.scores(evidence), rows) @ self.weights[:-1] + self.weights[-1]
        probable = 1 / (1 + np.exp(-logits))
        order = np.argsort(-np.round(standing(scores, rows), 9), kind="stable")
        return [(int(at), float(probable[at])) for at in order]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Its arrays by the names under which they are kept."""
        return {**self.order.arrays("order"), **self.judge.arrays("judge"), "ranker.weights": self.weights}

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Ranker":
        """The ranker kept in arrays."""
        weights = np.asarray(arrays["ranker.weights"], dtype=np.float64)
        return cls(order=Trees.of(arrays, "order"), judge=Trees.of(arrays, "judge"), weights=weights)


def standing(scores: Floats, rows: Sequence[Hashable]) -> Floats:
    """What the forms are put in order by, of shape (forms,): the votes of all forms with the same result."""
    votes: Floats = np.exp((scores - scores.max()) / TEMPERATURE)
    together: Floats = (_alike(rows) * votes).sum(axis=1) + OWN * votes
    return together


def _alike(rows: Sequence[Hashable]) -> NDArray[np.bool_]:
    """Which forms have the same result, of shape (forms, forms)."""
    ids = {each: at for at, each in enumerate(dict.fromkeys(rows))}
    groups = np.array([ids[each] for each in rows])
    alike: NDArray[np.bool_] = groups[:, None] == groups[None, :]
    return alike


def weighed(scores: Floats, logits: Floats, rows: Sequence[Hashable]) -> Floats:
    """What speaks for each form's being right, of shape (forms, 5).

    Its own logit, how far its score is ahead of the best with another result, the share of probability behind its
    result, the logit of the best with another result, and the highest logit of all.
    """
    probable = 1 / (1 + np.exp(-logits))
    alike = _alike(rows)
    share = (alike * probable).sum(axis=1) / (probable.sum() + UNLIKELY)
    rival_score = np.where(alike, -np.inf, scores[None, :]).max(axis=1)
    rival_logit = np.where(alike, np.log(UNLIKELY), logits[None, :]).max(axis=1)
    ahead = np.where(np.isfinite(rival_score), scores - rival_score, ALONE)
    return np.stack([logits, ahead, share, rival_logit, np.full(len(logits), logits.max())], axis=1)
