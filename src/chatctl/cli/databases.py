"""The database: db upgrade, info, backup, restore; doctor; models."""

from pathlib import Path
from typing import Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of

app = Commands()
db = Commands(help="Look after the database of chats.")
app.add_typer(db, name="db")

File = Annotated[
    Path, typer.Argument(metavar="FILE", help="The copy: a SQLite file; of a server's database, a pg_dump archive.")
]


@db.command()
def upgrade(ctx: typer.Context) -> None:
    """Bring the database to this version's schema."""
    run = of(ctx)
    run.output.document(run.runtime.maintenance.upgrade())


@db.command()
def info(ctx: typer.Context) -> None:
    """Show where the database is, its schema and its size."""
    run = of(ctx)
    run.output.document(run.runtime.maintenance.info())


@db.command()
def backup(ctx: typer.Context, file: File) -> None:
    """Copy the database while it is in use; the copy is checked."""
    run = of(ctx)
    run.output.document(run.runtime.maintenance.backup(file))


@db.command()
def restore(ctx: typer.Context, file: File) -> None:
    """Put a backup in the database's place; a former file is kept beside it, a server's database must be empty."""
    run = of(ctx)
    run.output.document(run.runtime.maintenance.restore(file))


@app.command()
def doctor(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Sweep, ring what is due, put a broken queue aside.")] = False,
    probe_model: Annotated[
        bool,
        typer.Option("--probe-model", help="Ask the language model that is set something small, which it may charge."),
    ] = False,
) -> None:
    """Check database, queue, workers, messages, sources, disk, clock and the models that are set."""
    run = of(ctx)
    repairs = run.runtime.health.fix() if fix else None
    findings, worst = run.runtime.health.examine(ask_models=probe_model)
    if repairs is None:
        run.output.findings(findings)
    else:
        run.output.repairs(repairs)
        for each in findings:
            if each.verdict in ("warning", "error"):
                run.output.warn(f"{each.check}: {each.finding}")
    if worst:
        raise typer.Exit(worst)


@app.command()
def models(ctx: typer.Context) -> None:
    """List who can answer: which keys, packages and addresses are set, and what is missing. Asks nobody."""
    run = of(ctx)
    run.output.models(run.runtime.models.all())
