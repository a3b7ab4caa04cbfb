"""Alembic's revisions, run without an ini file. Imported only when there is something to migrate."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chatctl.storage.asset_tables import metadata


def scripts() -> ScriptDirectory:
    """The revisions that ship with the package."""
    return ScriptDirectory(__path__[0])


def run(connection: Connection) -> list[str]:
    """Apply every revision that is missing in the connection's transaction; the revisions applied, oldest first."""
    script = scripts()
    passed: list[str] = []

    def steps(revision: object, _context: MigrationContext) -> list[object]:
        found = list(script._upgrade_revs("head", revision))  # type: ignore[arg-type]
        passed.extend(step.revision.revision for step in found)
        return found  # type: ignore[return-value]

    context = MigrationContext.configure(
        connection, opts={"fn": steps, "transactional_ddl": True, "target_metadata": metadata, "render_as_batch": True}
    )
    with Operations.context(context):
        context.run_migrations()
    return passed
