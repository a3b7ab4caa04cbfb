"""Dashboards: the commands of all assets, and show, which draws."""

from typing import Annotated

import typer

from chatctl.cli import assets, options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import of

app = Commands()
dashboard = assets.group("dashboard", "dashboard_file")
app.add_typer(dashboard, name="dashboard")


@dashboard.command()
def create(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A YAML file; - reads standard input.")],
) -> None:
    """Save a dashboard; what is wrong with the file is told with its line."""
    run = of(ctx)
    run.output.stored(run.runtime.assets.create(assets.read(run, file, "dashboard_file")))


@dashboard.command(also=("yaml",))
def show(
    ctx: typer.Context,
    name: assets.Name,
    version: assets.Version = None,
    data: Annotated[bool, typer.Option("--data", help="The metrics with their results, for programs too.")] = False,
    query_timeout: options.QueryTimeout = None,
) -> None:
    """Draw a dashboard on a terminal: its metrics are run now, each for itself. For programs, show its file.

    A metric that fails is a panel that says why; the exit status is 0 all the same.
    """
    run = of(ctx)
    if data:
        run.output.panels(run.runtime.dashboards.show(name, version))
    elif run.output.format == "table" and not run.output.quiet:
        run.output.board(run.runtime.dashboards.show(name, version))
    else:
        run.output.asset(run.runtime.assets.show("dashboard_file", name, version))
