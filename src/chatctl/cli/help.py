"""What `--help` shows: every sentence whole, the command's own flags before those that all commands have.

Typer's own text cuts summaries at the end of the line and adds types and ranges that the metavars say already.
"""

from collections.abc import Iterable, Iterator
from typing import Any

Row = tuple[str, str]


def usage(parameters: Iterable[Any]) -> Iterator[str]:
    """The words of a usage line after `[OPTIONS]`: `MESSAGE [PROMPT]`, `ID...`."""
    for parameter in _arguments(parameters):
        word = parameter.metavar + ("..." if parameter.nargs == -1 else "")
        yield word if parameter.required else f"[{word}]"


def write_parameters(formatter: Any, parameters: Iterable[Any], shared: Iterable[Any]) -> None:
    """The sections of arguments, of a command's own flags, and of those in `shared`."""
    parameters, shared = list(parameters), list(shared)
    options = [each for each in parameters if each.param_type_name == "option" and each not in shared]
    _write(formatter, "Arguments", [(each.metavar, each.help) for each in _arguments(parameters)])
    _write(formatter, "Options", [_option(each) for each in options if not each.hidden])
    _write(formatter, "Options of every command", [_option(each) for each in shared])


def write_commands(formatter: Any, title: str, commands: Iterable[tuple[str, Any]]) -> None:
    """A section of commands, each with the first sentence of its help."""
    _write(formatter, title, [(name, command.get_short_help_str(limit=1_000)) for name, command in commands])


def _arguments(parameters: Iterable[Any]) -> list[Any]:
    return [each for each in parameters if each.param_type_name == "argument" and not each.hidden]


def _option(parameter: Any) -> Row:
    spelled = ", ".join(sorted(parameter.opts, key=len))
    if parameter.secondary_opts:
        spelled += f" / {parameter.secondary_opts[0]}"
    if not parameter.is_flag:
        spelled += f" {parameter.metavar}"
    default = "" if parameter.is_flag or parameter.default is None else f"  [default: {_plain(parameter.default)}]"
    return spelled, f"{parameter.help}{default}"


def _write(formatter: Any, title: str, rows: list[Row]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def _plain(default: object) -> str:
    """A default as it would be typed."""
    return f"{default:g}" if isinstance(default, float) else str(default)
