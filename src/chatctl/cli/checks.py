"""Checks of metrics and dashboards, for people and for builds."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatctl.cli import options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import UsageError

if TYPE_CHECKING:
    from chatctl.domain.assets import CheckOutcome
    from chatctl.domain.chats import FileType
    from chatctl.runtime import Runtime


def declare(commands: Commands, kind: str, file_type: "FileType") -> None:
    """Add `check` to a group."""

    @commands.command(help=_help(kind))
    def check(
        ctx: typer.Context,
        names: Annotated[
            list[str] | None,
            typer.Argument(metavar="NAME|DIR", help=f"Names or ids of {kind}s, or a folder or file of YAML."),
        ] = None,
        everything: Annotated[bool, typer.Option("--all", help=f"Every {kind} that you may view.")] = False,
        junit: Annotated[
            str | None, typer.Option("--junit", metavar="FILE", help="Write the outcomes as JUnit XML, too.")
        ] = None,
        query_timeout: options.QueryTimeout = None,
    ) -> None:
        from chatctl.domain.verdicts import refuse_failed
        from chatctl.rendering import junit as xml
        from chatctl.runtime import write_file

        run = of(ctx)
        outcomes = _outcomes(run.runtime, names or [], everything, kind, file_type)
        if junit:
            write_file(junit, xml.document(outcomes, datetime.now(UTC)))
        run.output.checks(outcomes)
        refuse_failed(outcomes)


def _help(kind: str) -> str:
    if kind == "dashboard":
        return "Check that a dashboard's metrics run and keep what their files promise; exit 11 if not."
    return "Check that metrics run and keep what their files promise; exit 11 if not."


def _outcomes(
    runtime: "Runtime", names: list[str], everything: bool, kind: str, file_type: "FileType"
) -> "list[CheckOutcome]":
    if everything == bool(names):
        raise UsageError(
            "Give either names, a folder, or --all", hint=f"`chatctl {kind} check --help` shows how it is used."
        )
    if everything:
        return runtime.checks.of_all(file_type)
    paths = [Path(name) for name in names if _is_path(name)]
    named = [name for name in names if not _is_path(name)]
    outcomes = runtime.checks.of_named(file_type, named) if named else []
    return outcomes + [each for path in paths for each in runtime.checks.of_files(file_type, path)]


def _is_path(name: str) -> bool:
    path = Path(name)
    return path.is_dir() or (path.suffix.lower() in (".yaml", ".yml") and path.is_file())
