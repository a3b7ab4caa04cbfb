"""Looking after the database of chats: upgrade, info, backup, restore."""

from pathlib import Path

from chatctl.config import Config, environment_for, mask
from chatctl.domain.errors import ValidationError
from chatctl.domain.health import DatabaseInfo
from chatctl.jobs import locks
from chatctl.sqlite import sqlite3
from chatctl.storage import backups, schema
from chatctl.storage.database import Database


class Maintenance:
    """Works on a database that need not be at this version's schema yet."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = database

    def info(self, backup: Path | None = None) -> DatabaseInfo:
        """Where the database is, its schema, its size."""
        path = self._database.path
        there = path is None or path.exists()
        server = None if path else schema.server(self._database)
        return DatabaseInfo(
            url=mask(self._database.url.render_as_string(hide_password=True)),
            revision=schema.revision(self._database) if there else None,
            newest_revision=schema.HEAD,
            size=server.size if server else path.stat().st_size if path and there else None,
            library=server.version if server else f"SQLite {sqlite3.sqlite_version}",
            backup=str(backup) if backup else None,
        )

    def upgrade(self) -> DatabaseInfo:
        """Bring the database to this version's schema; a SQLite file is backed up before."""
        if self._database.path:
            schema.ensure(self._database)
        else:
            schema.upgrade(self._database)
        return self.info()

    def backup(self, target: Path) -> DatabaseInfo:
        """An online, verified copy of the database. Raises ValidationError where a file is already there."""
        if target.exists():
            raise ValidationError.field("file", f"{target} is there already", "exists", hint="Choose another name.")
        schema.ensure(self._database)
        backups.backup(self._database, target.absolute(), environment_for(self._config))
        return self.info(target.absolute())

    def restore(self, origin: Path) -> DatabaseInfo:
        """Put a backup in the database's place; a former file is kept beside it, under the name in `backup`.

        Raises ValidationError while workers are alive: they would go on in the database that is put aside.
        """
        alive = [each for each in locks.statuses(locks.run_folder(self._config)) if each.alive]
        if alive:
            raise ValidationError.field(
                "file",
                f"{len(alive)} of this machine's workers use the database",
                hint="`chatctl worker stop` stops them.",
            )
        return self.info(backups.restore(self._database, origin.absolute(), environment_for(self._config)))
