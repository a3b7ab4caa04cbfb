"""What language models cost: usage."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

app = Commands()


@app.command()
def usage(
    ctx: typer.Context,
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help="A line for each day (UTC), model, chat or user.")
    ] = "day",
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="From then on: 2026-01-31, or an age such as 12h or 7d.")
    ] = "30d",
) -> None:
    """Show the tokens that the organization's questions to language models took, and what they cost."""
    from typing import get_args

    from chatctl.domain.listing import parse_time
    from chatctl.domain.usage import By

    if by not in get_args(By):
        raise ValidationError.field("by", f"{by!r} is not one of {', '.join(get_args(By))}")
    run = of(ctx)
    run.output.usage(run.runtime.usages.by(by, parse_time(since, datetime.now(UTC))))  # type: ignore[arg-type]
