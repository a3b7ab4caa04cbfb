"""Settings and schemas: config list, get, set, path; schema."""

from typing import Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import ValidationError

app = Commands()
config = Commands(help="Look at settings and change them.")
app.add_typer(config, name="config")

Key = Annotated[str, typer.Argument(metavar="KEY", help="A setting's name.")]


@config.command("list")
def list_(
    ctx: typer.Context,
    origin: Annotated[bool, typer.Option("--origin", help="Show where each value comes from.")] = False,
) -> None:
    """Show every setting and its value."""
    run = of(ctx)
    rows = [
        {"setting": each.key, "value": each.value} | ({"origin": each.origin} if origin else {})
        for each in run.runtime.config.origins
    ]
    run.output.records(rows)


@config.command()
def get(ctx: typer.Context, key: Key) -> None:
    """Print one setting's value."""
    run = of(ctx)
    found = next((each for each in run.runtime.config.origins if each.key == key), None)
    if found is None:
        raise ValidationError.field("key", f"There is no setting {key!r}", hint="`chatctl config list` shows them all.")
    run.output.ids(["" if found.value is None else found.value])


@config.command("set")
def set_(
    ctx: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value; an empty one removes it.")],
) -> None:
    """Change a setting in the user's config.toml."""
    from chatctl import settings_file

    run = of(ctx)
    run.output.note(f"Written to {settings_file.change(key, value)}")


@config.command()
def path(ctx: typer.Context) -> None:
    """Print the path of the user's config.toml."""
    from chatctl.config import user_file

    of(ctx).output.ids([user_file()])


@app.command()
def schema(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which object; without a name they are listed.")
    ] = None,
) -> None:
    """Print the JSON Schema of an object."""
    from chatctl.domain import schemas

    run = of(ctx)
    if name is None:
        run.output.ids(list(schemas.NAMES))
    elif name not in schemas.NAMES:
        raise ValidationError.field(
            "name", f"There is no schema {name!r}", hint=f"There are {', '.join(schemas.NAMES)}."
        )
    else:
        run.output.json(schemas.of(name))
