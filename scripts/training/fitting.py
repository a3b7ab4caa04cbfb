"""From cases to weights, always the same: heads fitted to folds, forms tried on the other folds, a ranker over those.

The ranker must not learn from heads that have seen its own questions, hence the folds (stacking, Wolpert 1992). It
sees questions as they are, with other words, with names left out, and put to a database that cannot answer them.
"""

import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial
from itertools import product
from pathlib import Path

from chatctl.analyst.builtin.learned.models import Model
from training import cases as sets
from training import heads, rankers
from training.attempted import Attempted, Trials, all_attempted, strays
from training.cases import Case, Sources
from training.labels import labels

FOLDS = 4
SLICES = 2
"""Parts of a fold that are tried side by side."""
RANKED = {"": 1, "synonym": 3, "blank": 4, "stray": 12}
"""Of each variant, every how manieth case the ranker learns from."""
REPORTED = 2


class Workshop:
    """The cases of a folder and their databases, as one process sees them."""

    def __init__(self, folder: Path) -> None:
        self.sources = Sources(folder, Path(tempfile.mkdtemp()))
        self.trials = Trials(folder, self.sources)
        self.trained, self.held_out = sets.split(sets.read(folder / "spider_train.jsonl"))
        self.fold = lru_cache(maxsize=None)(self._fold)
        self.numbers = {source: at for at, source in enumerate(sorted({case.source for case in self.trained}))}

    def _fold(self, at: int) -> dict[str, list[Case]]:
        """The cases of one fold with their variants."""
        part = sets.folds(self.trained, FOLDS)[at]
        return self.variants([case for case in self.trained if case.source in part])

    def variants(self, cases: Sequence[Case]) -> dict[str, list[Case]]:
        """The cases as they are, with other words for the schema's, and with columns' names left out."""
        blanked = list(sets.blanked(cases, self.sources))
        return {"": list(cases), "synonym": list(sets.synonyms(cases)), "blank": blanked}


workshop = lru_cache(maxsize=1)(Workshop)


def fitted(folder: Path, pool: ProcessPoolExecutor) -> Model:
    """The model of the cases that are trained on."""
    examples = list(pool.map(partial(examples_of, folder), range(FOLDS)))
    tell("examples are ready")
    others = [[it for other, it in enumerate(examples) if other != at] for at in range(FOLDS)]
    *models, whole = pool.map(modelled, [*others, examples])
    tell("heads are fitted")
    work = list(product(range(FOLDS), range(SLICES)))
    found = list(pool.map(tried, *zip(*((folder, models[at], at, part) for at, part in work), strict=True)))
    parts = [
        [it for (own, _), each in zip(work, found, strict=True) if own == at for it in each] for at in range(FOLDS)
    ]
    tell("forms are tried")
    return replace(whole, ranker=rankers.fit(parts, pool.map))


def examples_of(folder: Path, at: int) -> heads.Examples:
    """What the heads learn of one fold."""
    shop, found = workshop(folder), heads.Examples()
    for case in (case for rows in shop.fold(at).values() for case in rows):
        form = shop.sources.gold(case)
        if form is not None:
            marks = shop.sources.marks(case)
            found.add(marks, form, labels(form, marks), shop.numbers[case.source])
    return found


def modelled(examples: Sequence[heads.Examples]) -> Model:
    """The model of examples, without a ranker."""
    whole = heads.merged(examples)
    return Model(heads=heads.fit(whole), shapes=dict(whole.shapes), ranker=None)


def tried(folder: Path, model: Model, at: int, part: int) -> list[Attempted]:
    """A slice of a fold, tried with a model that has not seen the fold."""
    shop = workshop(folder)
    rows = shop.fold(at)
    rows["stray"] = strays(rows[""])
    chosen = [case for name, cases in rows.items() for case in cases[at :: RANKED[name]]]
    return all_attempted(chosen[part::SLICES], model, shop.trials, partial(tell, f"fold {at}"))


def reported(folder: Path, model: Model, name: str, part: int) -> list[Attempted]:
    """A slice of the held-out cases in one variant, tried."""
    shop = workshop(folder)
    return all_attempted(shop.variants(shop.held_out)[name][::REPORTED][part::SLICES], model, shop.trials, tell)


def tell(*words: str) -> None:
    print(time.strftime("%H:%M:%S"), *words, flush=True)
