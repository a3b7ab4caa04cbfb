"""Metrics: the commands of all assets, and run."""

from typing import Annotated, Final

import typer

from chatctl.cli import assets
from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import UsageError

METRIC: Final = "metric_file"

app = Commands()
metric = assets.group("metric", METRIC)
app.add_typer(metric, name="metric")


@metric.command()
def create(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="FILE|-", help="A YAML file; - reads standard input.")] = None,
    message: Annotated[
        str | None,
        typer.Option("--from", metavar="MESSAGE", help="Make it of this message's last result, not of a file."),
    ] = None,
) -> None:
    """Save a metric: its SQL is run once, and what is wrong with the file is told with its line."""
    run = of(ctx)
    if (file is None) == (message is None):
        raise UsageError("Give either FILE or --from", hint="`chatctl metric create --help` shows how it is used.")
    assets_ = run.runtime.assets
    run.output.stored(assets_.create_from(message) if message else assets_.create(assets.read(run, str(file), METRIC)))


@metric.command(also=("yaml",))
def show(ctx: typer.Context, name: assets.Name, version: assets.Version = None) -> None:
    """Show a metric's file; in JSON with its id, version and author."""
    run = of(ctx)
    run.output.asset(run.runtime.assets.show(METRIC, name, version))


@metric.command(also=("parquet",))
def run(
    ctx: typer.Context,
    name: assets.Name,
    version: assets.Version = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", metavar="NAME=VALUE", help="The value of a :NAME in its SQL; several times for several."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="How many rows at most.")] = None,
    query_timeout: Annotated[
        float | None, typer.Option("--query-timeout", metavar="SECONDS", min=0, help="Stop the query after so long.")
    ] = None,
) -> None:
    """Run a metric's SQL now and print its result."""
    invocation = of(ctx)
    given = assets.values(param or [])
    asset, result = invocation.runtime.checks.run(name, number=version, values=given, limit=limit)
    invocation.output.metric_result(result, title=asset.name)
