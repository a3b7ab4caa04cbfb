"""Other agents: mcp."""

from importlib.util import find_spec

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

app = Commands()


@app.command()
def mcp(ctx: typer.Context) -> None:
    """Serve other agents by the Model Context Protocol on stdin and stdout, until stdin is closed."""
    run = of(ctx)
    if find_spec("mcp") is None:
        raise ValidationError.field(
            "mcp", "The server needs the package mcp, which is not installed", hint="pip install 'chatctl[mcp]'"
        )
    from chatctl.agents import calls, server
    from chatctl.agents.tools import Tools

    run.narrate(
        note=lambda text: None if calls.note(text) else run.output.note(text),
        progress=lambda what, _share: calls.progress(what),
    )
    if run.stdin.isatty():
        run.output.note("This speaks to programs: an agent starts it. Ctrl-D ends it.")
    server.serve(Tools(run.runtime).offers())
