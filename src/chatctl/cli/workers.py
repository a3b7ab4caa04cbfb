"""The workers: worker run, status, stop, logs."""

from typing import Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of

app = Commands()
worker = Commands(help="Run the processes that answer, and look at them.")
app.add_typer(worker, name="worker")


@worker.command()
def run(
    ctx: typer.Context,
    lock: Annotated[int | None, typer.Option("--lock-descriptor", hidden=True)] = None,
) -> None:
    """Run a worker until it is told to stop (SIGTERM or SIGINT)."""
    of(ctx).runtime.run_worker(lock)


@worker.command()
def status(ctx: typer.Context) -> None:
    """Show who works, what waits and since when."""
    here = of(ctx)
    here.output.workers(here.runtime.health.workers())


@worker.command()
def stop(
    ctx: typer.Context,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", min=0, help="Then leave it.")] = 30.0,
) -> None:
    """Stop this machine's workers; what they are at is finished or given back."""
    here = of(ctx)
    here.output.records(here.runtime.crew.stop(timeout), title="Stopped")


@worker.command()
def logs(
    ctx: typer.Context,
    lines: Annotated[int, typer.Option("--lines", "-n", metavar="N", min=1, help="How many of the newest.")] = 50,
) -> None:
    """Print the newest log lines (JSON)."""
    here = of(ctx)
    for line in here.runtime.health.log_lines(lines):
        here.output.event(line)
