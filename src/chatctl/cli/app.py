"""How commands are declared: in Typer apps whose modules are imported when one of their commands is asked for.

Flags that every command has are declared once, in `options`, and may stand before or after the command's name.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from chatctl.cli import options

Function = TypeVar("Function", bound=Callable[..., Any])

_HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Command(TyperCommand):
    """A command with the shared flags beside its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *options.shared()]

    def invoke(self, ctx: Any) -> Any:
        """Hand the shared flags to the invocation, the others to the function."""
        ctx.obj.take({name: ctx.params.pop(name) for name in options.NAMES}, ctx.params)
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group of commands; flags before the name of a command are moved behind it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Split `--json show X` into the command and its own arguments `--json X`."""
        lead = options.leading(args)
        rest = args[len(lead) :]
        if rest and rest[0] != "--" and not {"-h", "--help"} & set(lead):
            args = [rest[0], *lead, *rest[1:]]
        return super().parse_args(ctx, args)


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

    def command(self, name: str | None = None, **kwargs: Any) -> Callable[[Function], Function]:
        """Declare a command; its function's name is its own unless another is given."""
        return super().command(name, cls=Command, context_settings=_HELP, **kwargs)


MODULES: Final = {
    "chats": ("new", "send", "redo", "retry", "request", "show", "list", "rename", "delete", "restore", "feedback"),
    "progress": ("wait", "watch", "cancel"),
    "sources": ("source", "sql"),
    "workers": ("worker",),
    "databases": ("db", "doctor"),
    "settings": ("config", "schema"),
}
"""Which module has which commands, in the order of the help."""


class Root(Group):
    """All commands; a module is imported when one of its commands is wanted, or its help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Every command, in the order of the help."""
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        module = next((module for module, names in MODULES.items() if cmd_name in names), None)
        if module is None:
            return None
        if cmd_name not in self.commands:
            self.commands.update(get_group(import_module(f"chatctl.cli.{module}").app).commands)
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
