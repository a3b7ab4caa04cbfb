"""Flags that many commands have, each declared once."""

from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

FORMATS: Final = ("table", "json", "ndjson", "csv", "tsv", "md", "plain", "parquet")

Model = Annotated[str | None, typer.Option("--model", metavar="MODEL", help="Who answers: builtin.")]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="SOURCE", help="A registered source, a path or a glob; may be given again."),
]
Wait = Annotated[bool | None, typer.Option("--wait/--no-wait", help="Wait for the answer and print it.")]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="How long to wait at most; then exit 8.")
]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="The same key and request again write nothing new."),
]
Steps = Annotated[bool, typer.Option("--steps", help="Show how the answer came about.")]
Sql = Annotated[bool, typer.Option("--sql", help="Show the SQL, ready to paste.")]


def _shared(
    home: Annotated[str | None, typer.Option("--home", metavar="FOLDER", help="Folder of databases and logs.")] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL", help="Database of the chats.")] = None,
    user: Annotated[str | None, typer.Option("--as", metavar="USER", help="Who acts.")] = None,
    organization: Annotated[str | None, typer.Option("--organization", metavar="NAME", help="Whose chats.")] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FORMAT", help=f"{', '.join(FORMATS)}.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only.")] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Never page.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Flags of every command."""


@cache
def _options() -> tuple[Any, ...]:
    app = typer.Typer(add_completion=False)
    app.command()(_shared)
    return tuple(get_command(app).params)


def shared() -> list[Any]:
    """The parameters of the shared flags."""
    return list(_options())


def version() -> Any:
    """The flag that prints the version; alone on the command line it is answered before this module is imported."""
    app = typer.Typer(add_completion=False)

    @app.command()
    def root(
        version: Annotated[
            bool, typer.Option("--version", "-V", is_eager=True, callback=_print_version, help="Print the version.")
        ] = False,
    ) -> None: ...

    return get_command(app).params[0]


def _print_version(wanted: bool) -> None:
    if wanted:
        from chatctl import __version__

        typer.echo(f"chatctl {__version__}")
        raise typer.Exit


NAMES: Final = ("home", "database", "user", "organization", "output", "json", "quiet", "no_pager", "debug")

_WITH_VALUE: Final = frozenset(
    [
        "--home",
        "--database",
        "--as",
        "--organization",
        "--output",
        "-o",
        "--model",
        "--source",
        "--timeout",
        "--limit",
        "-n",
        "--query-timeout",
        "--idempotency-key",
        "--chat-id",
        "--title",
        "--status",
        "--since",
        "--cursor",
        "--order",
        "--before",
        "--lines",
    ]
)
"""Flags that take the next word as their value, of all commands; they are known before a command's module is."""


def leading(args: list[str]) -> list[str]:
    """The flags, with their values, that stand before the first word that is none."""
    taken: list[str] = []
    rest = iter(args)
    for word in rest:
        if not word.startswith("-") or word in ("-", "--"):
            break
        taken.append(word)
        if word in _WITH_VALUE and (value := next(rest, None)) is not None:
            taken.append(value)
    return taken


def asked_for_json(args: list[str]) -> bool:
    """Whether the words of a command line that may not parse ask for JSON."""
    before_end = args[: args.index("--")] if "--" in args else args
    spelled = {"--json", "-ojson", "-ondjson", "--output=json", "--output=ndjson"}
    return bool(spelled & set(before_end)) or any(
        flag in ("-o", "--output") and value in ("json", "ndjson") for flag, value in pairwise(before_end)
    )
