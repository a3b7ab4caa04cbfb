"""Speed as ratios: every figure stands against a yardstick timed in turn with it, so that a slow machine cancels out.

Each line: what, its median, the yardstick's median, the ratio (median of the pairwise ratios) and the budget. Of the
built-in analyst also how right it is on databases that it was not fitted to, if the folder of cases is given.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benching import accuracy, analysts, commands, dashboards, schemas
from benching.measures import Figure

BENCHMARKS: dict[str, Callable[[int], list[Figure]]] = {
    "startup": commands.startup,
    "commands": commands.commands,
    "batch": commands.batch,
    "answers": analysts.answers,
    "questions": analysts.questions,
    "steps": analysts.steps,
    "schemas": schemas.schemas,
    "pickup": commands.pickup,
    "dashboards": dashboards.dashboards,
}


def main() -> int:
    """Run the benchmarks asked for, or all."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    names = [*BENCHMARKS, "accuracy"]
    parser.add_argument("names", nargs="*", choices=[*names, []], help="which; all by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--cases", type=Path, metavar="FOLDER", help="with the cases and databases for the accuracy")
    parser.add_argument("--sample", type=int, default=120, help="questions of each make that are asked (%(default)s)")
    wanted = parser.parse_args()
    chosen = wanted.names or names
    figures = [figure for name in chosen if name != "accuracy" for figure in BENCHMARKS[name](wanted.runs)]
    scores = accuracy.scores(wanted.cases, wanted.sample) if "accuracy" in chosen else []
    if wanted.json:
        found = [asdict(figure) | {"within": figure.within} for figure in figures]
        print(json.dumps([*found, *(score.model_dump(mode="json", by_alias=True) for score in scores)], indent=2))
        return 0
    if figures:
        print(f"{'what':44} {'measured':>12} {'yardstick':>12} {'ratio':>7} {'budget':>7}")
    for figure in figures:
        row = f"{figure.name:44} {figure.measured:>10.4f} {figure.unit} {figure.yardstick:>10.4f} {figure.unit}"
        print(f"{row} {figure.ratio:>7.2f} {figure.budget:>7.2f} {'ok' if figure.within else 'OVER'} {figure.note}")
    accuracy.tell(scores)
    return 0


if __name__ == "__main__":
    sys.exit(main())
