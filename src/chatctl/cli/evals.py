"""Measuring an analyst on questions whose answers are known."""

from pathlib import Path
from typing import Annotated

import typer

from chatctl.cli import options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

app = Commands()


@app.command("eval")
def evaluate(
    ctx: typer.Context,
    cases: Annotated[
        Path, typer.Argument(metavar="CASES", help="Questions with the SQL of their answers: JSONL or YAML.")
    ],
    model: options.Model = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", min=1, help="Ask in so many processes.")] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write a line for each case as it is done, and go on from those."),
    ] = None,
    compare: Annotated[
        Path | None, typer.Option("--compare", metavar="FILE", help="Tell what changed since the run that wrote FILE.")
    ] = None,
    min_accuracy: Annotated[
        str | None, typer.Option("--min-accuracy", metavar="SHARE", help="Exit 11 below it: 0.9 or 90%.")
    ] = None,
    min_precision: Annotated[
        str | None, typer.Option("--min-precision", metavar="SHARE", help="Exit 11 below it: 0.9 or 90%.")
    ] = None,
    query_timeout: options.QueryTimeout = None,
) -> None:
    """Ask an analyst questions whose answers are known, and tell how many it answers rightly."""
    from chatctl.domain.evals import refuse_below

    run = of(ctx)
    least = {"accuracy": _share("min-accuracy", min_accuracy), "precision": _share("min-precision", min_precision)}
    found = run.runtime.evals.run(cases, model=model, jobs=jobs, out=out, compare=compare)
    run.output.evaluation(found)
    refuse_below(found.score, **least)


def _share(flag: str, text: str | None) -> float | None:
    """A share in 0..1, written as such or in percent."""
    if text is None:
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ValidationError.field(flag, f"--{flag} must be a share such as 0.9 or 90%, not {text!r}")
    return share
