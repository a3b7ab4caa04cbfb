"""Words as vectors: those that mean about the same lie close, so that "pupil" meets `student` and "older" meets `age`.

The vectors are told from WordNet by `scripts/train_words` (see `NOTICE`): which senses a word has, what those are kinds
of, which words explain them; reduced by singular values (Deerwester et al. 1990).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chatctl.analyst.builtin.words import stem

VECTORS = Path(__file__).with_name("vectors.npz")
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Vectors:
    """A vector per word, of shape (words, dimensions); `places` says which row is whose, and whose each stem."""

    places: dict[str, int]
    stems: dict[str, int]
    rows: NDArray[np.int8]
    scale: Floats

    def of(self, words: Sequence[str]) -> Floats:
        """Their unit vectors, of shape (words, dimensions); zeros for one that is not known by any of its forms."""
        places = [self.places.get(word, self.stems.get(stem(word), -1)) for word in words]
        return _unit(np.where(np.array(places)[:, None] >= 0, self.rows[places] * self.scale, 0))

    def sums(self, groups: Iterable[Sequence[str]]) -> Floats:
        """For each group of words the direction of their sum."""
        return _unit(np.stack([self.of(words).sum(axis=0) for words in groups]))


def _unit(rows: NDArray[np.floating]) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), dtype=np.float32)


@lru_cache(maxsize=1)
def load(path: Path = VECTORS) -> Vectors:
    """The vectors in a file. Raises OSError where there is none."""
    with np.load(path) as arrays:
        words, stems = (bytes(arrays[name]).decode().split() for name in ("words", "stems"))
        rows, scale = arrays["rows"], arrays["scale"]
    places = {word: at for at, word in enumerate(words)}
    by_stem = {each: at for at, each in reversed(list(enumerate(stems)))}
    return Vectors(places=places, stems=by_stem, rows=rows, scale=scale)


def save(path: Path, words: Sequence[str], rows: NDArray[np.floating]) -> None:
    """Write the vectors of words, the most frequent first, rounded to one byte a number."""
    scale = np.abs(rows).max(axis=0) / 127
    np.savez(
        path,
        words=_text(words),
        stems=_text(map(stem, words)),
        rows=np.round(rows / scale).astype(np.int8),
        scale=scale.astype(np.float32),
    )


def _text(words: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer(" ".join(words).encode(), dtype=np.uint8)
