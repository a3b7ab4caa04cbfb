"""Dashboards: the commands of all assets."""

from typing import Annotated

import typer

from chatctl.cli import assets
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
