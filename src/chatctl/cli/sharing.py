"""Who may do what: share, unshare, access."""

from typing import TYPE_CHECKING, Annotated

import typer

from chatctl.cli.app import Commands
from chatctl.cli.invocation import of
from chatctl.domain.errors import UsageError

if TYPE_CHECKING:
    from chatctl.domain.access import Recipient

app = Commands()

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="A chat's id or @last; a metric's or a dashboard's name or id; unique starts of ids."
    ),
]
To = Annotated[str | None, typer.Option("--to", metavar="USER", help="A user of the organization, by name or id.")]
ToOrganization = Annotated[bool, typer.Option("--to-organization", help="Everyone in the organization.")]
Public = Annotated[bool, typer.Option("--public", help="Everyone who has its id, in any organization; to view only.")]


@app.command()
def share(
    ctx: typer.Context,
    id: Id,
    to: To = None,
    to_organization: ToOrganization = False,
    public: Public = False,
    role: Annotated[
        str | None,
        typer.Option(
            "--role", metavar="ROLE", help="can_view, can_edit, full_access or owner; --public is always can_view."
        ),
    ] = None,
) -> None:
    """Let others view or change a chat, a metric or a dashboard; a new role takes the place of the former."""
    recipient = _recipient(to, to_organization, public)
    if role is None and not public:
        raise UsageError("Missing option '--role'", hint="For example --role can_view.")
    run = of(ctx)
    run.output.sharing(run.runtime.access.share(id, recipient, role or "can_view"))


@app.command()
def unshare(
    ctx: typer.Context, id: Id, to: To = None, to_organization: ToOrganization = False, public: Public = False
) -> None:
    """Take back what was shared with a user, the organization or everyone."""
    run = of(ctx)
    run.output.sharing(run.runtime.access.unshare(id, _recipient(to, to_organization, public)))


@app.command()
def access(ctx: typer.Context, id: Id) -> None:
    """Show who may do what on a chat, a metric or a dashboard."""
    run = of(ctx)
    run.output.sharing(run.runtime.access.show(id))


def _recipient(to: str | None, to_organization: bool, public: bool) -> "Recipient":
    from chatctl.domain.access import Recipient

    if sum([to is not None, to_organization, public]) != 1:
        raise UsageError(
            "Say with whom: one of --to USER, --to-organization and --public", hint="chatctl share --help shows more."
        )
    if to is not None:
        return Recipient(audience="user", user=to)
    return Recipient(audience="organization" if to_organization else "public")
