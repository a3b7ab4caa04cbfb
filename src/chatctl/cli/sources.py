"""Data: source add, list, show, sample, move, remove; sql."""

from typing import Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

MOST_ROWS = 1_000_000_000
"""Far more than a result can hold, and what every engine can count to."""

app = Commands()
source = Commands(help="Register data and look at it.")
app.add_typer(source, name="source")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The source's name.")]
Locations = Annotated[
    list[str],
    typer.Argument(metavar="PATH|URL", help="Files, folders, globs; a SQLite or DuckDB file; a server's database."),
]


@source.command()
def add(ctx: typer.Context, name: Name, locations: Locations) -> None:
    """Register data under a name and load it."""
    run = of(ctx)
    run.output.source(run.runtime.sources.add(name, locations))


@source.command("list")
def list_(ctx: typer.Context) -> None:
    """List the registered sources."""
    run = of(ctx)
    run.output.sources(run.runtime.sources.all())


@source.command()
def show(ctx: typer.Context, name: Name) -> None:
    """Show a source's tables and columns, and what was odd when it was loaded."""
    run = of(ctx)
    run.output.source(run.runtime.sources.show(name))


@source.command()
def sample(
    ctx: typer.Context,
    name: Name,
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="Which table; needed where there are several.")
    ] = None,
) -> None:
    """Look at a table's data: counts, ranges, samples."""
    run = of(ctx)
    run.output.table_profile(run.runtime.sources.sample(name, table))


@source.command()
def move(ctx: typer.Context, name: Name, locations: Locations) -> None:
    """Point a source at other files; its chats go on with those."""
    run = of(ctx)
    run.output.source(run.runtime.sources.move(name, locations))


@source.command()
def remove(ctx: typer.Context, name: Name) -> None:
    """Forget a source; its files stay where they are."""
    run = of(ctx)
    chats = run.runtime.sources.remove(name)
    run.output.note(f"Removed {name!r}" + (f"; {chats} chats used it" if chats else ""))


@app.command(also=("parquet",))
def sql(
    ctx: typer.Context,
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="One SELECT; - or none reads standard input.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="SOURCE", help="A registered source or a path.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, max=MOST_ROWS, help="How many rows at most.")
    ] = None,
    query_timeout: Annotated[
        float | None, typer.Option("--query-timeout", metavar="SECONDS", min=0, help="Stop the query after so long.")
    ] = None,
) -> None:
    """Run a read-only query, under the analyst's guard and limits."""
    run = of(ctx)
    text = run.text(query)
    if not text or not text.strip():
        raise ValidationError.field(
            "query", "A query is required", "required", hint='chatctl sql "SELECT 1" --source S'
        )
    run.output.result(run.runtime.sources.query(text, source, limit))
