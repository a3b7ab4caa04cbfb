"""How commands are declared: in Typer apps whose modules are imported when one of their commands is asked for.

Flags that every command has are declared once, in `options`, and may stand before or after the command's name.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from chatctl.cli import help, options

Function = TypeVar("Function", bound=Callable[..., Any])

_HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Command(TyperCommand):
    """A command with the shared flags beside its own; `also` are formats that it can print beside the common ones."""

    also: ClassVar[Sequence[str]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *options.shared()]

    def invoke(self, ctx: Any) -> Any:
        """Hand the shared flags to the invocation, the others to the function."""
        try:
            ctx.obj.take({name: ctx.params.pop(name) for name in options.NAMES}, ctx.params, self.also)
        except typer.BadParameter as error:
            error.ctx = ctx  # whose help the hint names
            raise
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """The words of the usage line."""
        return ["[OPTIONS]", *help.usage(self.get_params(ctx))]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Arguments and flags."""
        shared = [each for each in self.get_params(ctx) if each.name in {*options.NAMES, "help"}]
        help.write_parameters(formatter, self.get_params(ctx), shared)


class Group(TyperGroup):
    """A group of commands; flags before the name of a command are moved behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Split `--json show X` into the command and its own arguments `--json X`."""
        lead = options.leading(args)
        rest = args[len(lead) :]
        if rest and rest[0] != "--" and not {"-h", "--help"} & set(lead):
            args = [rest[0], *lead, *rest[1:]]
        return super().parse_args(ctx, args)

    def sections(self) -> Iterable[tuple[str, Iterable[str]]]:
        """The commands' names under the headings of the help."""
        return [("Commands", self.commands)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The commands, then what flags there are."""
        for title, names in self.sections():
            help.write_commands(formatter, title, self._named(ctx, names))
        help.write_parameters(formatter, self.get_params(ctx), [])

    def _named(self, ctx: Any, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        return ((name, self.get_command(ctx, name)) for name in names)


class Commands(typer.Typer):
    """A Typer app whose commands have the shared flags."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            cls=Group,
            context_settings=_HELP,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            add_completion=False,
            no_args_is_help=True,
            **kwargs,
        )

    def command(
        self, name: str | None = None, *, also: Sequence[str] = (), **kwargs: Any
    ) -> Callable[[Function], Function]:
        """Declare a command; its function's name is its own unless another is given."""
        kind = type("Command", (Command,), {"also": also}) if also else Command
        return super().command(name, cls=kind, context_settings=_HELP, **kwargs)


SECTIONS: Final = {
    "Ask": {"new": "chats", "send": "chats", "redo": "chats", "retry": "chats", "request": "chats"},
    "Look": {"show": "chats", "list": "chats", "wait": "progress", "watch": "progress"},
    "Change": {"cancel": "progress", "rename": "chats", "delete": "chats", "restore": "chats", "feedback": "chats"},
    "Data": {"source": "sources", "sql": "sources"},
    "Save": {"metric": "metrics", "dashboard": "dashboards"},
    "Measure": {"eval": "evals"},
    "Share": {"share": "sharing", "unshare": "sharing", "access": "sharing"},
    "Operate": {
        "worker": "workers",
        "doctor": "databases",
        "models": "databases",
        "db": "databases",
        "usage": "usage",
        "config": "settings",
    },
    "For programs": {"schema": "settings", "mcp": "agents"},
}
"""Every command and its module, under the headings and in the order of the help."""

MODULES: Final = {name: module for commands in SECTIONS.values() for name, module in commands.items()}
"""Which module has a command."""


class Root(Group):
    """All commands; a module is imported when one of its commands is wanted, or its help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in the order of the help."""
        return list(MODULES)

    def sections(self) -> Iterable[tuple[str, Iterable[str]]]:
        """The commands' names under the headings of the help."""
        return SECTIONS.items()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        if cmd_name not in MODULES:
            return None
        if cmd_name not in self.commands:
            self.commands.update(get_group(import_module(f"chatctl.cli.{MODULES[cmd_name]}").app).commands)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; for a mistyped name the nearest ones are offered, so all must be known."""
        if self.get_command(ctx, args[0]) is None:
            for name in self.list_commands(ctx):
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def build() -> Root:
    """The whole command line."""
    return Root(
        name="chatctl",
        help="The data analyst in the terminal that keeps every conversation.\n\n"
        'chatctl new "Which region grew fastest?" --source sales.csv --wait',
        epilog="Every command has --help. Settings: chatctl config list. Errors and exit codes: see the README.",
        context_settings=_HELP,
        rich_markup_mode=None,
        no_args_is_help=True,
        params=[*options.shared(), options.version()],
    )
