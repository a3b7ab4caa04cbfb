"""Fit the weights, save them, and report on the databases held out."""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from chatctl.analyst.builtin.learned.models import WEIGHTS, load, save
from training.fitting import SLICES, fitted, reported
from training.reports import report


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--report", action="store_true", help="only report on the held-out databases")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    wanted = parser.parse_args()
    with ProcessPoolExecutor(wanted.jobs, mp_context=get_context("spawn")) as pool:
        if not wanted.report:
            save(WEIGHTS, fitted(wanted.folder, pool))
        model = load(WEIGHTS)
        for name in ("", "synonym", "blank"):
            halves = pool.map(partial(reported, wanted.folder, model, name), range(SLICES))
            report(name or "as they are", [it for half in halves for it in half], model)


if __name__ == "__main__":
    main()
