"""`scripts/soak [F1 F4 …]`: run the trials, print a table or JSON; exit 1 if an invariant was broken."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from soaking.grounds import KINDS, Skipped
from soaking.stage import Options, Report, run
from soaking.trials import TRIALS

if TYPE_CHECKING:
    from soaking.measures import Figure

COLUMNS = ("missing", "stuck", "double", "stale", "reruns", "fenced", "collateral")


def main() -> int:
    """Run what the command line asks for."""
    # An exception, so that every process of the run is killed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("trials", nargs="*", metavar="F1 F4 …", help=f"of {', '.join(TRIALS)}; all by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, help="instead of each trial's full dose")
    parser.add_argument("--short", action="store_true", help="the doses of the test suite")
    parser.add_argument("--on", choices=KINDS, help="private servers for each trial: PostgreSQL, with Redis as queue")
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL database that is there already")
    parser.add_argument("--queue", metavar="URL", help="a queue that is there already")
    parser.add_argument("--without", choices=("claim", "fence", "clamp", "look"), help="must then fail")
    parser.add_argument("--keep", action="store_true", help="keep the folder of each run")
    parser.add_argument("--measure", action="store_true", help="measure how quick the jobs are instead")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    if wanted.measure:
        return show_figures(Options(database=wanted.database, queue=wanted.queue), as_json=wanted.json)
    if unknown := sorted(set(wanted.trials) - set(TRIALS)):
        parser.error(f"there is no {unknown[0]}")
    reports = []
    for name in wanted.trials or TRIALS:
        trial = TRIALS[name]
        options = Options(
            seed=wanted.seed,
            messages=trial.short if wanted.short else wanted.messages,
            on=wanted.on,
            database=wanted.database,
            queue=wanted.queue,
            without=wanted.without,
            keep=wanted.keep,
        )
        try:
            report = run(trial, options)
        except Skipped as reason:
            print(f"{name:4} skipped: {reason}", file=sys.stderr)
            continue
        reports.append(report)
        if not wanted.json:
            show(report, heading=len(reports) == 1)
    if wanted.json:
        print(json.dumps([asdict(report) for report in reports], indent=2))
    return int(any(report.verdict.broken for report in reports))


def show(report: Report, *, heading: bool) -> None:
    """One line of the table, and what was broken below it."""
    if heading:
        print(_line(("test", "seed", "on", "messages", "faults", "refused", *COLUMNS, "seconds", "verdict")))
    figures = [getattr(report.verdict, column) for column in COLUMNS]
    verdict = "holds" if not report.verdict.broken else "BROKEN: " + " ".join(sorted(report.verdict.broken))
    print(
        _line((report.name, report.seed, report.on, report.messages, report.faults, report.refusals, *figures))
        + f" {report.seconds:>10} {verdict}  {report.about}",
        flush=True,
    )
    for invariant, what in sorted(report.verdict.broken.items()):
        for each in what:
            print(f"     {invariant} {each}", flush=True)


def show_figures(options: Options, *, as_json: bool) -> int:
    """What was measured beside what is wanted; exit 1 if a figure falls short."""
    from soaking.measures import measure

    figures = []
    for figure in measure(options):
        figures.append(figure)
        if not as_json:
            print(_figure(figure), flush=True)
    if as_json:
        print(json.dumps([asdict(figure) | {"reached": figure.reached} for figure in figures], indent=2))
    return int(not all(figure.reached for figure in figures))


def _figure(figure: "Figure") -> str:
    told = f"{figure.name:56} {figure.value:>10.2f} {figure.unit:3}"
    if figure.wanted is None:
        return f"{told} {figure.about:>23}"
    bound = f"{'>=' if figure.least else '<='} {figure.wanted:g} {figure.unit}"
    return f"{told} {bound:>12}  {'reached' if figure.reached else 'MISSED'}  {figure.about}"


def _line(cells: Sequence[object]) -> str:
    return f"{cells[0]:4} " + " ".join(f"{cell!s:>10}" for cell in cells[1:])


if __name__ == "__main__":
    sys.exit(main())
