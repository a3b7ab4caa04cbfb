"""Flags that many commands have, each declared once."""

import re
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

FORMATS: Final = ("table", "json", "ndjson", "csv", "tsv", "md", "plain")

SPECIAL: Final = {
    "parquet": "results: chatctl sql, chatctl metric run, and chatctl show --data",
    "yaml": "chatctl metric show and chatctl dashboard show",
}
"""Formats that only some commands can print, and which those are."""

IDS: Final = "an id, a unique start of one, or @last"
"""How chats and messages are named."""

Model = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="MODEL", help="Who answers: builtin, PROVIDER:NAME for a language model, or replay:FILE."
    ),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="SOURCE", help="A registered source, a path or a glob; may be given several times."
    ),
]
Metric = Annotated[
    str | None, typer.Option("--metric", metavar="METRIC", help="The saved metric that it is about: a name or an id.")
]
Dashboard = Annotated[
    str | None, typer.Option("--dashboard", metavar="DASHBOARD", help="The saved dashboard that it is about.")
]
Wait = Annotated[bool | None, typer.Option("--wait/--no-wait", help="Wait for the answer and print it, or do not.")]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", min=0, help="Wait at most so long, then exit 8.")
]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", metavar="KEY", help="Given again with the same request, it writes nothing new."),
]
Steps = Annotated[bool, typer.Option("--steps", help="Show how the answer came about.")]
Sql = Annotated[bool, typer.Option("--sql", help="Show the SQL, ready to paste.")]
QueryTimeout = Annotated[
    float | None, typer.Option("--query-timeout", metavar="SECONDS", min=0, help="Stop each query after so long.")
]


def _shared(
    home: Annotated[
        str | None, typer.Option("--home", metavar="FOLDER", help="Keep database, cache and logs in this folder.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="Keep the chats here: a file or a PostgreSQL URL.")
    ] = None,
    user: Annotated[str | None, typer.Option("--as", metavar="USER", help="Act as this user.")] = None,
    organization: Annotated[
        str | None, typer.Option("--organization", metavar="NAME", help="Act in this organization.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FORMAT", help=f"Print {', '.join(FORMATS)}; results also parquet, assets yaml."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print ids only.")] = False,
    no_pager: Annotated[bool, typer.Option("--no-pager", help="Never use a pager.")] = False,
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
        "--by",
        "--cursor",
        "--order",
        "--before",
        "--lines",
        "--to",
        "--role",
        "--role",
        "--to",
        "--junit",
        "--from",
        "--param",
        "--file",
        "--if-version",
        "--version",
        "--dashboard",
        "--metric",
        "--jobs",
        "--out",
        "--compare",
        "--min-accuracy",
        "--min-precision",
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


def asked_for(args: list[str]) -> str | None:
    """The format for programs that the words of a command line ask for, one that may not parse."""
    before_end = args[: args.index("--")] if "--" in args else args
    named = [value for flag, value in pairwise(before_end) if flag in ("-o", "--output")]
    named += [found[1] for word in before_end if (found := re.fullmatch(r"(?:-q?o|--output=)(.+)", word))]
    named += ["json"] if "--json" in before_end else []
    return next((format for format in ("json", "ndjson") if format in named), None)
