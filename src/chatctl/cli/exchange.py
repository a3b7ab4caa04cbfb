"""Metrics and dashboards as files of a repository: export and import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of

if TYPE_CHECKING:
    from chatctl.domain.chats import FileType

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder.")]


def declare(commands: Commands, kind: str, file_type: "FileType") -> None:
    """Add `export` and `import` to a group."""

    @commands.command(help=f"Write {kind}s as files into DIR/{kind}s: those named, or all of your own.")
    def export(
        ctx: typer.Context,
        folder: Folder,
        names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="Names or ids; else all.")] = None,
    ) -> None:
        run = of(ctx)
        run.output.exported(run.runtime.exchange.export(file_type, folder, names or []), kind=kind)

    @commands.command("import", help=f"Make your {kind}s what the files of DIR/{kind}s say: all of it, or nothing.")
    def import_(
        ctx: typer.Context,
        folder: Folder,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
        prune: Annotated[
            bool, typer.Option("--prune", help=f"Delete your {kind}s that have no file in the folder.")
        ] = False,
    ) -> None:
        run = of(ctx)
        act = run.runtime.exchange.plan if dry_run else run.runtime.exchange.take
        run.output.planned(act(file_type, folder, prune=prune), kind=kind, done=not dry_run)
