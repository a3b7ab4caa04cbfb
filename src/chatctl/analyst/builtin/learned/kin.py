"""Words of a question that mean about what a column or table is called, though they share no word with its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from chatctl.analyst.builtin.concepts import asked
from chatctl.analyst.builtin.learned import vectors
from chatctl.analyst.builtin.words import stem

LEAST = 0.3
"""How like a word must be to count."""
SEVERAL = 0.9
"""What being like one word of several is worth."""
CLOSE = 0.6
"""From here on a word stands for the name."""
Named = TypeVar("Named", str, tuple[str, str])


@dataclass(frozen=True, kw_only=True, slots=True)
class Kin:
    """The token that is most like a name, how much (0..1), and how many names are more like that token."""

    at: int
    score: float
    place: int


def kin(said: Mapping[int, str], names: Mapping[Named, Sequence[str]]) -> dict[Named, Kin]:
    """For each name (its words) the most like of the words that are said (by place), where any is like it."""
    if not said or not names:
        return {}
    likeness = _likeness(list(said.values()), list(names.values()))
    places = list(said)
    found: dict[Named, Kin] = {}
    for at, (key, row) in enumerate(zip(names, likeness.argmax(axis=0), strict=True)):
        score = likeness[row, at]
        if score >= LEAST:
            found[key] = Kin(at=places[row], score=float(score), place=int((likeness[row] > score).sum()))
    return found


def _likeness(said: Sequence[str], names: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """How like each name each word is, of shape (words, names): like the name as a whole, or like one of its words."""
    known = vectors.load()
    meant = _meant(said, names)
    tokens = known.of(said)
    parts = list(dict.fromkeys(word for name in names for word in name))
    alike = dict(zip(parts, (tokens @ known.of(parts).T).T, strict=True))
    ones = [np.max([alike[word] for word in name], axis=0) * (SEVERAL if len(name) > 1 else 1) for name in names]
    best = np.maximum(tokens @ known.sums(names).T, np.stack(ones, axis=1))
    return np.asarray(np.maximum(best, meant).round(4), dtype=np.float32)


def _meant(said: Sequence[str], names: Sequence[Sequence[str]]) -> NDArray[np.float32]:
    """How surely each word asks for what each name says, of shape (words, names): "oldest" for an age."""
    stems = [[stem(word) for word in name] for name in names]
    wanted = [asked(word) for word in said]
    rows = [[max((want.get(it, 0.0) for it in name), default=0.0) for name in stems] for want in wanted]
    return np.array(rows, dtype=np.float32)
