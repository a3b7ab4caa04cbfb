"""How right the built-in analyst is on databases that it was not fitted to, asked as `chatctl eval` asks.

The makes: questions as they are, with schema words said otherwise, with columns' names left out, and the files of
other collections beside them. Which databases are held out is what `scripts/train_builtin` holds out.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

from training.cases import Case, Sources, blanked, read, split, synonyms

from benching.measures import fresh_home
from chatctl.config import load
from chatctl.domain.evals import Rate, Score
from chatctl.runtime import Runtime

LEARNED = "spider_train.jsonl"
"""The cases of which some were trained on; every other file is of another make."""


def scores(folder: Path | None, sample: int) -> list[Score]:
    """A score for each make, of that many of its questions, always the same ones; none where there are no cases."""
    if folder is None or not (folder / LEARNED).exists():
        where = "Give --cases FOLDER" if folder is None else f"{folder} holds no {LEARNED}"
        print(f"accuracy is skipped. {where}: there is nothing to ask.", file=sys.stderr)
        return []
    with fresh_home() as home, tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "cases.jsonl"
        asked = [(make, case) for make, cases in _makes(folder, home) for case in _sample(cases, sample)]
        file.write_text("".join(_line(folder, make, case) for make, case in asked))
        runtime = Runtime(load({"home": str(home)}, {}))
        found = runtime.evals.run(file, model="builtin", jobs=os.cpu_count() or 1)
        runtime.close()
    order = list(dict.fromkeys(make for make, _ in asked))
    return sorted(found.tags, key=lambda it: order.index(str(it.tag)))


def tell(found: list[Score]) -> None:
    """Print the scores, each rate with its interval of 95 %."""
    if found:
        print(
            f"{'questions':24} {'asked':>5} {'best reading right':>20} {'precision':>20} {'coverage':>20} {'errors':>6}"
        )
    for score in found:
        rates = " ".join(f"{_rate(it):>20}" for it in (score.best_reading, score.precision, score.coverage))
        print(f"{score.tag:24} {score.cases:>5} {rates} {score.errors:>6}")


def _makes(folder: Path, home: Path) -> Iterator[tuple[str, list[Case]]]:
    _, held_out = split(read(folder / LEARNED))
    yield "as they are", held_out
    yield "synonyms", list(synonyms(held_out))
    yield "names left out", list(blanked(held_out, Sources(folder, home / "cache")))
    for file in sorted(folder.glob("*.jsonl")):
        if file.name != LEARNED:
            yield file.stem, read(file)


def _sample(cases: list[Case], count: int) -> list[Case]:
    chosen = sorted(cases, key=lambda it: crc32(it.id.encode()))[:count]
    return sorted(chosen, key=lambda it: it.source)


def _line(folder: Path, make: str, case: Case) -> str:
    written = {
        "id": f"{make}: {case.id}",
        "source": str((folder / case.source).absolute()),
        "question": case.question,
        "sql": case.sql,
        "alternatives": case.alternatives,
        "tags": [make],
    }
    return json.dumps(written) + "\n"


def _rate(rate: Rate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "none"
    return f"{rate.value:.1%} ({rate.low:.0%}-{rate.high:.0%})"
