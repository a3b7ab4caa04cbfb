"""How the work gets on, and what is wrong: `worker status`, `doctor`, `worker logs`."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from chatctl.config import Config, mask
from chatctl.domain.errors import ChatctlError, DatabaseError, ExitCode
from chatctl.domain.health import Finding, Repairs, Workers, WorkerState
from chatctl.engines.sources import resolve
from chatctl.jobs import locks
from chatctl.jobs.queue import Queue
from chatctl.services.workspace import Workspace
from chatctl.sqlite import sqlite3
from chatctl.storage import progress, schema
from chatctl.storage import sources as rows
from chatctl.storage.ledger import Ledger

STUCK_AFTER = 60.0
"""Seconds past its due time after which a queued message is called stuck."""

NEARLY_ALL = 0.9
"""The share of a server's connections above which more workers could be refused."""

LITTLE_SPACE = 200 * 2**20
SAFE_SQLITE = (3, 51, 3)


class Health:
    """Looks at the database, the queue, the workers, the sources and the machine."""

    def __init__(self, config: Config, workspace: Callable[[], Workspace], ledger: Callable[[], Ledger]) -> None:
        """The workspace and the ledger are made when first used: a database that cannot be is a finding too."""
        self._config = config
        self._open = workspace
        self._ledger = ledger

    @cached_property
    def _workspace(self) -> Workspace:
        return self._open()

    def workers(self) -> Workers:
        """This machine's workers, and what waits in the database."""
        database = self._workspace.database
        with database.read() as session:
            load = progress.load(session, database.now(session))
        states = [
            WorkerState(**status.model_dump(exclude={"leaving"}), running=load.held.get(status.worker_id, 0))
            for status in locks.statuses(locks.run_folder(self._config))
        ]
        return Workers(
            workers=states,
            queued=load.queued,
            running=sum(load.held.values()),
            oldest_queued_age=load.oldest_queued_age,
            failed_today=load.failed_today,
        )

    def examine(self) -> tuple[list[Finding], ExitCode]:
        """Every check's finding, and the exit status of the worst: 5 for a database or source, 6 for a queue."""
        checks: list[tuple[ExitCode, Callable[[], Finding]]] = [
            (ExitCode.DATA, self._database),
            (ExitCode.OK, self._library),
            (ExitCode.QUEUE, self._queue),
            (ExitCode.OK, self._workers),
            (ExitCode.QUEUE, self._messages),
            (ExitCode.DATA, self._sources),
            (ExitCode.DATA, self._disk),
            (ExitCode.OK, self._clock),
        ]
        findings = [(status, _guarded(check)) for status, check in checks]
        errors = [status for status, finding in findings if finding.verdict == "error"]
        return [finding for _, finding in findings], errors[0] if errors else ExitCode.OK

    def fix(self) -> Repairs:
        """Take back what dead workers hold and ring everything that is due."""
        with locks.dead_workers(locks.run_folder(self._config)) as dead:
            swept = self._ledger().sweep(dead)
        with self._workspace.database.read() as session:
            queued = progress.queued(session)
        rings = [(str(each), ring) for each, ring in zip(queued, self._workspace.ring(queued), strict=True)]
        return Repairs(
            recovered=swept.recovered,
            successful=[message_id for message_id, trigger in rings if trigger.success],
            failed=[{"messageId": each, "error": ring.error or ""} for each, ring in rings if not ring.success],
        )

    def log_lines(self, count: int) -> Iterator[dict[str, Any]]:
        """The newest `count` log lines of all processes, oldest first."""
        files = sorted(self._config.logs.glob("*.log"))
        lines = [line for path in files for line in list(_log_lines(path))[-count:]]
        yield from sorted(lines, key=lambda line: str(line.get("time", "")))[-count:]

    def _database(self) -> Finding:
        database = self._workspace.database
        where, at = mask(str(database.url)), schema.revision(database)
        if database.path:
            schema.check(database.path)
            return Finding(check="database", verdict="ok", finding=f"{where} is sound, schema {at}")
        server = schema.server(database)
        finding = f"{where} answers ({server.version}), schema {at}, {server.connections} connections"
        if server.read_only:
            hint = "Point CHATCTL_DATABASE_URL at the primary server."
            return Finding(check="database", verdict="error", finding=f"{finding}, but can only be read", hint=hint)
        if server.connections > NEARLY_ALL * server.most_connections:
            finding = f"{finding} of {server.most_connections}"
            hint = "Fewer workers, a larger max_connections or a pooler in front help."
            return Finding(check="database", verdict="warning", finding=finding, hint=hint)
        return Finding(check="database", verdict="ok", finding=finding)

    def _library(self) -> Finding:
        if not (self._workspace.database.is_sqlite or self._config.queue_url.startswith("sqlite")):
            return Finding(check="sqlite", verdict="ok", finding="not in use")
        version = sqlite3.sqlite_version
        if tuple(map(int, version.split("."))) < SAFE_SQLITE:
            return Finding(
                check="sqlite",
                verdict="warning",
                finding=f"SQLite {version} can, very rarely, corrupt a database in WAL mode",
                hint="pip install pysqlite3 where a wheel has a newer one.",
            )
        return Finding(check="sqlite", verdict="ok", finding=f"SQLite {version}")

    def _queue(self) -> Finding:
        return Queue(self._config.queue_url).check()

    def _workers(self) -> Finding:
        alive = [each for each in self.workers().workers if each.alive]
        if alive:
            return Finding(check="workers", verdict="ok", finding=f"{len(alive)} alive")
        if self._config.starts_workers:
            return Finding(check="workers", verdict="ok", finding="none alive; one is started when there is work")
        hint = "`chatctl worker run` is one; other machines' workers are not seen from here."
        return Finding(check="workers", verdict="ok", finding="none alive on this machine", hint=hint)

    def _messages(self) -> Finding:
        work = self.workers()
        if (work.oldest_queued_age or 0) > STUCK_AFTER:
            return Finding(
                check="messages",
                verdict="error",
                finding=f"{work.queued} queued, the oldest for {work.oldest_queued_age:.0f} seconds",
                hint="`chatctl doctor --fix` rings them; `chatctl worker run` works on them.",
            )
        finding = f"{work.queued} queued, {work.running} running, {work.failed_today} failed today"
        return Finding(check="messages", verdict="warning" if work.failed_today else "ok", finding=finding)

    def _sources(self) -> Finding:
        with self._workspace.database.read() as session:
            sources = rows.everything(session, self._workspace.actor)
        broken: list[str] = []
        for source in sources:
            try:
                resolve(source.locations)
            except ChatctlError as error:
                broken.append(f"{source.name}: {error.message}")
        if broken:
            hint = "`chatctl source move NAME PATH…` points a source elsewhere."
            return Finding(check="sources", verdict="error", finding="; ".join(broken), hint=hint)
        return Finding(check="sources", verdict="ok", finding=f"{len(sources)} registered, all there")

    def _disk(self) -> Finding:
        home = self._config.home
        free = shutil.disk_usage(next(each for each in (home, *home.parents) if each.exists())).free
        verdict = "ok" if free > LITTLE_SPACE else "error"
        hint = None if verdict == "ok" else "Free some space; commands are refused, not lost, while there is none."
        return Finding(check="disk", verdict=verdict, finding=f"{free / 2**30:.1f} GiB free", hint=hint)

    def _clock(self) -> Finding:
        database = self._workspace.database
        with database.read() as session:
            apart = database.now(session) - time.time()
            newest = progress.newest_ring(session)
        if abs(apart) > 5 or newest - time.time() > 5:
            finding = f"the clock was set back, or differs from the database's by {apart:.0f} seconds"
            return Finding(
                check="clock", verdict="warning", finding=finding, hint="Work goes on; check the time service."
            )
        return Finding(check="clock", verdict="ok", finding="agrees with the database")


def _log_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in a log; a line that a kill or a full disk cut short is left out."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            if isinstance(found := json.loads(line), dict):
                yield found


def _guarded(check: Callable[[], Finding]) -> Finding:
    """A check that fails is a finding itself."""
    name = check.__name__.strip("_")
    try:
        return check()
    except DatabaseError as error:
        if name == "database":
            return Finding(check=name, verdict="error", finding=error.message, hint=error.hint)
        return Finding(check=name, verdict="warning", finding="not looked at: the database cannot be used")
    except ChatctlError as error:
        return Finding(check=name, verdict="error", finding=error.message, hint=error.hint)
    except OSError as error:
        return Finding(check=name, verdict="error", finding=str(error))
