"""What metrics and dashboards have in common: list, create, edit, history, restore, delete."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chatctl.cli import batch, checks, exchange, options
from chatctl.cli.app import Commands
from chatctl.cli.invocation import Invocation, of
from chatctl.domain.errors import ValidationError

if TYPE_CHECKING:
    from chatctl.domain.asset_files import Draft
    from chatctl.domain.assets import Asset
    from chatctl.domain.chats import FileType
    from chatctl.rendering.pages import PictureFormat

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name, an id, or a unique start of one.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Names, ids, or unique starts of ids.")]
Version = Annotated[
    int | None, typer.Option("--version", metavar="N", min=1, help="A former version; else the newest.")
]
IfVersion = Annotated[
    int | None,
    typer.Option("--if-version", metavar="N", min=1, help="Refuse if it is not at this version any more."),
]
FileOption = Annotated[
    str | None, typer.Option("--file", metavar="FILE|-", help="The new file; else $EDITOR opens the present one.")
]


def group(kind: str, file_type: "FileType") -> Commands:
    """The commands that both types of assets have."""
    commands = Commands(help=f"Saved, versioned {kind}s.")
    _declare_looking(commands, kind, file_type)
    _declare_changing(commands, kind, file_type)
    checks.declare(commands, kind, file_type)
    exchange.declare(commands, kind, file_type)
    return commands


def _declare_looking(commands: Commands, kind: str, file_type: "FileType") -> None:
    """list, history and render; each type has a show of its own."""

    @commands.command("list", help=f"List the {kind}s that you may view.")
    def list_(ctx: typer.Context) -> None:
        run = of(ctx)
        run.output.assets(run.runtime.assets.all(file_type), kind=kind)

    @commands.command(help=f"Write a {kind} with its current results as a page, or as a picture (.svg, .png).")
    def render(
        ctx: typer.Context,
        name: Name,
        file: Annotated[str, typer.Argument(metavar="FILE", help="Its ending says what it is: .html, .svg or .png.")],
        version: Version = None,
        query_timeout: options.QueryTimeout = None,
    ) -> None:
        run = of(ctx)
        format = _picture_format(file)
        dashboards = run.runtime.dashboards
        board = dashboards.metric(name, number=version) if kind == "metric" else dashboards.show(name, version)
        run.output.picture(board, file, format)

    @commands.command(help="List the versions, newest first, with what each changed.")
    def history(ctx: typer.Context, name: Name) -> None:
        run = of(ctx)
        run.output.versions(run.runtime.assets.history(file_type, name))


def _declare_changing(commands: Commands, kind: str, file_type: "FileType") -> None:
    """edit, restore and delete."""

    @commands.command(help="Change a file: each change is a new version. In $EDITOR, or from --file.")
    def edit(ctx: typer.Context, name: Name, file: FileOption = None, if_version: IfVersion = None) -> None:
        run = of(ctx)
        if file is not None:
            draft = read(run, file, file_type)
            run.output.stored(run.runtime.assets.change(draft, name, if_version=if_version))
            return
        before = run.runtime.assets.show(file_type, name)
        _edit(run, before, if_version or before.version_number)

    @commands.command(help="Make a former version the newest one; history only grows.")
    def restore(
        ctx: typer.Context,
        name: Name,
        version: Annotated[int, typer.Option("--version", metavar="N", min=1, help="Which one.")],
        if_version: IfVersion = None,
    ) -> None:
        run = of(ctx)
        run.output.stored(run.runtime.assets.restore(file_type, name, version, if_version=if_version))

    @commands.command(help=f"Put {kind}s away; their names are free again.")
    def delete(ctx: typer.Context, names: Names) -> None:
        run = of(ctx)
        run.ids(run.runtime.assets.delete(file_type, names))


def read(run: Invocation, file: str, file_type: "FileType") -> "Draft":
    """The file of a path, or of standard input for `-`. Raises AssetInvalid for what is not a valid one."""
    from chatctl.domain.asset_files import parse, parse_bytes

    if file == "-":
        return parse(run.piped(), file_type, origin="Standard input")
    with batch.opened(file) as stream:
        return parse_bytes(stream.read(), file_type, origin=file)


def values(given: Sequence[str]) -> dict[str, Any]:
    """`name=value` words; a value that is a JSON number, true, false or null is that, anything else a text."""
    import json

    found: dict[str, Any] = {}
    for word in given:
        name, separator, text = word.partition("=")
        if not separator or not name.isidentifier():
            raise ValidationError.field("param", f"{word!r} is not NAME=VALUE", hint="For example --param year=2013.")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        found[name] = text if isinstance(value, list | dict) else value
    return found


def _picture_format(file: str) -> "PictureFormat":
    """What the ending of a path asks for. Raises ValidationError for any other."""
    ending = file.rpartition(".")[2].lower()
    if ending not in ("html", "svg", "png"):
        raise ValidationError.field(
            "file", f"{file!r} does not say what to write", hint="Let it end in .html, .svg or .png."
        )
    return ending  # type: ignore[return-value]


def _edit(run: Invocation, before: "Asset", if_version: int) -> None:
    """Let the user change the file in their editor; what was written is kept if it cannot be stored."""
    import shlex
    import subprocess
    import tempfile
    from contextlib import ExitStack
    from pathlib import Path

    from chatctl.config import editor as chosen
    from chatctl.domain.asset_files import dump, parse

    path = Path(tempfile.mkdtemp(prefix="chatctl-")) / f"{before.file_type.removesuffix('_file')}.yaml"
    path.write_text(dump(before.content), encoding="utf-8")
    editor = chosen()
    try:
        done = subprocess.run([*shlex.split(editor), str(path)], check=False)
    except OSError as error:
        raise ValidationError.field(
            "editor", f"The editor {editor!r} cannot be started: {error.strerror}", hint="Set $EDITOR, or use --file."
        ) from error
    if done.returncode:
        raise ValidationError.field(
            "editor", f"The editor {editor!r} ended with {done.returncode}; nothing was changed"
        )
    with ExitStack() as unless_stored:
        unless_stored.callback(lambda: run.output.note(f"Your text is kept in {path}", always=True))
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        draft = parse(text, before.file_type, origin=str(path))
        if draft.file == before.content:
            run.output.note("Nothing was changed.")
        run.output.stored(run.runtime.assets.change(draft, str(before.id), if_version=if_version))
        unless_stored.pop_all()
    path.unlink()
    path.parent.rmdir()
