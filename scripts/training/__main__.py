"""From cases to weights, always the same: heads fitted to folds, forms tried on the other folds, a ranker over those.

The ranker must not learn from heads that have seen its own questions, hence the folds (stacking, Wolpert 1992). It
sees questions as they are, with other words, with names left out, and put to a database that cannot answer them.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from chatctl.analyst.builtin.learned.models import WEIGHTS, Model, load, save
from training import cases as sets
from training import heads, rankers
from training.attempted import Attempted, Trials, all_attempted, strays
from training.cases import Case, Sources
from training.labels import labels
from training.reports import report

FOLDS = 3
RANKED = {"": 1, "synonym": 3, "blank": 4, "stray": 12}
"""Of each variant, every how manieth case the ranker learns from."""
REPORTED = 4


def main() -> None:
    """Fit, save and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", action="store_true", help="only report on the held-out databases")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        sources = Sources(wanted.folder, Path(cache))
        trials = Trials(wanted.folder, sources)
        trained, held_out = sets.split(sets.read(wanted.folder / "spider_train.jsonl"))
        if not wanted.report:
            save(WEIGHTS, fitted(trained, sources, trials))
        model = load(WEIGHTS)
        for name, cases in variants(held_out, sources).items():
            report(name or "as they are", all_attempted(cases[::REPORTED], model, trials, _tell), model)


def fitted(cases: Sequence[Case], sources: Sources, trials: Trials) -> Model:
    """The model of these cases."""
    parts = sets.folds(cases, FOLDS)
    number = {source: at for at, source in enumerate(sorted({case.source for case in cases}))}
    varied = variants(cases, sources)
    examples = [
        _examples([it for rows in varied.values() for it in rows if it.source in part], sources, number)
        for part in parts
    ]
    _tell("examples are ready")
    tried: list[Attempted] = []
    for at, part in enumerate(parts):
        model = _model(heads.merged(it for other, it in enumerate(examples) if other != at))
        own = {name: [it for it in rows if it.source in part] for name, rows in varied.items()}
        own["stray"] = strays(own[""])
        chosen = [it for name, rows in own.items() for it in rows[at :: RANKED[name]]]
        tried += all_attempted(chosen, model, trials, partial(_tell, f"fold {at}"))
    whole = _model(heads.merged(examples))
    rows = [it for it in tried if it.right]
    right = [each for it in rows for each in it.right]
    return replace(whole, ranker=rankers.fit(np.concatenate([it.features for it in rows]), right))


def variants(cases: Sequence[Case], sources: Sources) -> dict[str, list[Case]]:
    """The cases as they are, with other words for the schema's, and with columns' names left out."""
    return {"": list(cases), "synonym": list(sets.synonyms(cases)), "blank": list(sets.blanked(cases, sources))}


def _examples(cases: Sequence[Case], sources: Sources, number: dict[str, int]) -> heads.Examples:
    found = heads.Examples()
    for case in cases:
        form = sources.gold(case)
        if form is not None:
            marks = sources.marks(case)
            found.add(marks, form, labels(form, marks), number[case.source])
    return found


def _model(examples: heads.Examples) -> Model:
    return Model(heads=heads.fit(examples), shapes=dict(examples.shapes), ranker=None)


def _tell(*words: str) -> None:
    print(time.strftime("%H:%M:%S"), *words, flush=True)


if __name__ == "__main__":
    main()
