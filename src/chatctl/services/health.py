"""How the work gets on, and what is wrong: `worker status`, `doctor`, `worker logs`."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from chatctl.config import Config, mask
from chatctl.domain.chats import Trigger
from chatctl.domain.errors import ChatctlError, DatabaseError, ExitCode
from chatctl.domain.health import Finding, Repairs, Workers, WorkerState
from chatctl.domain.sources import Source
from chatctl.engines.sources import open_engine, resolve
from chatctl.jobs import locks
from chatctl.jobs.locks import WorkerStatus
from chatctl.jobs.queue import Queue
from chatctl.services.models import Models
from chatctl.sqlite import sqlite3
from chatctl.storage import copies, identities, progress, schema
from chatctl.storage import sources as rows
from chatctl.storage.database import Database
from chatctl.storage.ledger import Ledger
from chatctl.storage.progress import Held, Load
from chatctl.storage.retries import repeatable

STUCK_AFTER: Final = 60.0
"""Seconds past its due time after which a queued message is called stuck."""

NEARLY_ALL: Final = 0.9
"""The share of a server's connections above which more workers could be refused."""

APART: Final = 5.0
"""Seconds by which two clocks may differ before it is said."""

SERVERS: Final = frozenset({"postgresql", "sqlalchemy"})
"""Kinds of sources that are there only if they answer."""

LITTLE_SPACE: Final = 200 * 2**20
SAFE_SQLITE: Final = (3, 51, 3)


class Health:
    """Looks at the database, the queue, the workers, the sources and the machine."""

    def __init__(
        self,
        config: Config,
        *,
        bare: Callable[[], Database],
        database: Callable[[], Database],
        ledger: Callable[[], Ledger],
        ring: Callable[[Sequence[UUID]], list[Trigger]],
        models: Callable[[], Models],
    ) -> None:
        """`bare` is the database as it is, at whatever schema; all are made when first used, for any may fail."""
        self._config = config
        self._bare = bare
        self._database = database
        self._ledger = ledger
        self._ring = ring
        self._models = models

    def workers(self) -> Workers:
        """This machine's workers, those of others that hold messages, and what waits in the database."""
        load = self._load(self._database())
        here = locks.statuses(locks.run_folder(self._config))
        known = {each.worker_id for each in here}
        states = [self._here(each, load.held.get(each.worker_id)) for each in here]
        states += [
            self._elsewhere(worker_id, held, load.now)
            for worker_id, held in sorted(load.held.items())
            if worker_id not in known
        ]
        return Workers(
            as_of=_utc(load.now),
            starts_by_itself=self._config.starts_workers,
            workers=states,
            queued=load.queued,
            running=sum(held.messages for held in load.held.values()),
            oldest_queued_age=load.oldest_queued_age,
            failed_today=load.failed_today,
        )

    def examine(self, *, ask_models: bool = False) -> tuple[list[Finding], ExitCode]:
        """Every check's finding, and the exit status of the first error: 5 data or disk, 6 queue or messages, 7 models.

        What needs the database is not looked at where that cannot be read: a server that is silent costs its time
        once.
        """
        try:
            database, reached = self._look(), True
        except ChatctlError as error:
            database, reached = _error("database", error.message, error.hint), False
        schema_ = _guarded("schema", self._schema) if reached else _skipped("schema")
        readable = schema_.verdict == "ok" and self._is_there()
        checks: tuple[tuple[str, ExitCode, Callable[[], Finding], bool], ...] = (
            ("sqlite", ExitCode.OK, self._library, True),
            ("queue", ExitCode.QUEUE, self._queue, True),
            ("workers", ExitCode.OK, self._workers, True),
            ("messages", ExitCode.QUEUE, self._messages, readable),
            ("sources", ExitCode.DATA, self._sources, readable),
            ("disk", ExitCode.DATA, self._disk, True),
            ("clock", ExitCode.OK, self._clock, readable),
        )
        findings = [(ExitCode.DATA, database), (ExitCode.DATA, schema_)]
        why = "it needs the database" if not reached or self._is_there() else "there is no database yet"
        findings += [(kind, _guarded(name, act) if able else _skipped(name, why)) for name, kind, act, able in checks]
        findings += [(ExitCode.FAILED, each) for each in self._models().examine(ask=ask_models)]
        errors = [kind for kind, finding in findings if finding.verdict == "error"]
        return [finding for _, finding in findings], errors[0] if errors else ExitCode.OK

    def fix(self) -> Repairs:
        """Put a broken queue file aside, take back what dead workers hold and ring everything that is due."""
        aside = Queue(self._config.queue_url).quarantine()
        done = partial(Repairs, queue_set_aside=str(aside) if aside else None)
        try:
            with locks.dead_workers(locks.run_folder(self._config)) as dead:
                swept = self._ledger().sweep(dead)
            queued = self._queued()
        except DatabaseError as error:
            return done(recovered=0, successful=[], failed=[], error=error.message)
        rings = [(str(each), ring) for each, ring in zip(queued, self._ring(queued), strict=True)]
        return done(
            recovered=swept.recovered,
            successful=[message_id for message_id, trigger in rings if trigger.success],
            failed=[{"messageId": each, "error": ring.error or ""} for each, ring in rings if not ring.success],
        )

    def log_lines(self, count: int) -> Iterator[dict[str, Any]]:
        """The newest `count` log lines of all processes, oldest first."""
        files = sorted(self._config.logs.glob("*.log"))
        lines = [line for path in files for line in list(_log_lines(path))[-count:]]
        yield from sorted(lines, key=lambda line: str(line.get("time", "")))[-count:]

    def _here(self, status: WorkerStatus, held: Held | None) -> WorkerState:
        return WorkerState(
            **status.model_dump(exclude={"leaving"}),
            host=locks.host(status.worker_id),
            running=held.messages if held else 0,
            last_beat_at=self._beat(held) if held else None,
        )

    def _elsewhere(self, worker_id: str, held: Held, now: float) -> WorkerState:
        return WorkerState(
            worker_id=worker_id,
            host=locks.host(worker_id),
            pid=locks.process(worker_id),
            kind=None,
            started_at=None,
            alive=held.until > now,
            running=held.messages,
            last_beat_at=self._beat(held),
        )

    def _beat(self, held: Held) -> datetime:
        """A beat sets the lease to its whole length, but for the last ones before a deadline."""
        return _utc(held.until - self._config.timing.lease)

    @repeatable
    def _load(self, database: Database) -> Load:
        with database.read() as session:
            return progress.load(session, database.now(session))

    @repeatable
    def _queued(self) -> Sequence[UUID]:
        with self._database().read() as session:
            return progress.queued(session)

    @repeatable
    def _registered(self) -> list[Source]:
        with self._bare().read() as session:
            actor = identities.find_actor(session, user=self._config.user, organization=self._config.organization)
            return rows.everything(session, actor) if actor else []

    @repeatable
    def _ahead(self) -> tuple[float, float]:
        """By how many seconds the database's clock, and the newest ring in it, are ahead of this machine's clock."""
        database = self._bare()
        with database.read() as session:
            return database.now(session) - time.time(), progress.newest_ring(session) - time.time()

    def _look(self) -> Finding:
        database = self._bare()
        where = mask(database.url.render_as_string(hide_password=True))
        if database.path:
            if not self._is_there():
                return _ok("database", f"{where} is made when first needed")
            # First as every command does it, for what ails the disk is no damage.
            schema.revision(database)
            copies.check(database.path)
            if not os.access(database.path, os.W_OK):
                hint = "Check its rights, and whether its disk is mounted read-only."
                return _error("database", f"{where} is sound, but cannot be written", hint)
            return _ok("database", f"{where} is sound")
        server = schema.server(database)
        finding = f"{where} answers ({server.version}, {server.connections} of {server.most_connections} connections)"
        if server.read_only:
            return _error("database", f"{finding}, but can only be read", "Point CHATCTL_DATABASE_URL at the primary.")
        if server.connections > NEARLY_ALL * server.most_connections:
            hint = "Fewer workers, a larger max_connections or a pooler in front help."
            return _warning("database", f"{finding}: nearly all are taken", hint)
        return _ok("database", finding)

    def _is_there(self) -> bool:
        path = self._bare().path
        return path is None or path.exists()

    def _schema(self) -> Finding:
        database = self._bare()
        at = schema.revision(database) if self._is_there() else None
        schema.refuse_unknown(at)
        if at == schema.HEAD or not self._is_there():
            return _ok("schema", f"{at}, the newest" if at else "none yet")
        finding = f"{at or 'none'}, this version needs {schema.HEAD}"
        if database.is_sqlite:
            hint = "The next command that uses the database brings it up to date, after a backup."
            return _warning("schema", finding, hint)
        return _error("schema", finding, "Run `chatctl db upgrade`.")

    def _library(self) -> Finding:
        if not (self._bare().is_sqlite or self._config.queue_url.startswith("sqlite")):
            return _ok("sqlite", "not in use")
        version = sqlite3.sqlite_version
        if tuple(map(int, version.split("."))) < SAFE_SQLITE:
            hint = "pip install pysqlite3 where a wheel has a newer one."
            finding = f"SQLite {version} can, very rarely, corrupt a database in WAL mode"
            return _warning("sqlite", finding, hint)
        return _ok("sqlite", f"SQLite {version}")

    def _queue(self) -> Finding:
        return Queue(self._config.queue_url).check()

    def _workers(self) -> Finding:
        alive = [each for each in locks.statuses(locks.run_folder(self._config)) if each.alive]
        if alive:
            return _ok("workers", f"{len(alive)} alive on this machine")
        if self._config.starts_workers:
            return _ok("workers", "none alive; one is started when there is work")
        return _ok("workers", "none alive on this machine", "`chatctl worker run` is one.")

    def _messages(self) -> Finding:
        load = self._load(self._bare())
        hint = "`chatctl doctor --fix` rings them; `chatctl worker run` works on them."
        if (load.oldest_queued_age or 0) > STUCK_AFTER:
            finding = f"{load.queued} queued, the oldest for {load.oldest_queued_age:.0f} seconds"
            return _error("messages", finding, hint)
        if load.abandoned:
            return _warning("messages", f"{load.abandoned} held by workers that vanished", hint)
        running = sum(held.messages for held in load.held.values())
        finding = f"{load.queued} queued, {running} running, {load.failed_today} failed today"
        if load.failed_today:
            return _warning("messages", finding, "`chatctl list --status failed` shows where; `chatctl retry` repeats.")
        return _ok("messages", finding)

    def _sources(self) -> Finding:
        sources = self._registered()
        broken: list[str] = []
        for source in sources:
            try:
                self._reach(source)
            except ChatctlError as error:
                broken.append(f"{source.name}: {error.message}")
        if broken:
            hint = "`chatctl source move NAME PATH…` points a source elsewhere."
            return _error("sources", "; ".join(broken), hint)
        return _ok("sources", f"{len(sources)} registered, all there" if sources else "none registered")

    def _reach(self, source: Source) -> None:
        """Raises SourceError where the data cannot be had; files are looked at, not loaded."""
        resolve(source.locations)
        if source.kind in SERVERS:
            engine = open_engine(
                name=source.name, kind=source.kind, locations=source.locations, cache=self._config.cache
            )
            with closing(engine):
                engine.tables()

    def _disk(self) -> Finding:
        path = self._bare().path
        folders = {_existing(self._config.home), *([_existing(path.parent)] if path else [])}
        if closed := [str(folder) for folder in folders if not os.access(folder, os.W_OK | os.X_OK)]:
            hint = "Check the rights, and whether the disk is mounted read-only."
            return _error("disk", f"{' and '.join(closed)} cannot be written", hint)
        free = min(shutil.disk_usage(folder).free for folder in folders)
        if free > LITTLE_SPACE:
            return _ok("disk", f"{free / 2**30:.1f} GiB free")
        hint = "Free some space; commands are refused, not lost, while there is none."
        return _error("disk", f"only {free / 2**20:.0f} MiB free", hint)

    def _clock(self) -> Finding:
        apart, newest = self._ahead()
        hint = "Work goes on; check the time service."
        if abs(apart) > APART:
            return _warning("clock", f"differs from the database's by {apart:.0f} seconds", hint)
        if newest > APART:
            return _warning("clock", f"was set back by {newest:.0f} seconds or more", hint)
        return _ok("clock", "agrees with the database")


def _log_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in a log; a line that a kill or a full disk cut short is left out."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with suppress(ValueError):
            if isinstance(found := json.loads(line), dict):
                yield found


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    """A check that fails is a finding itself."""
    try:
        return check()
    except ChatctlError as error:
        return _error(name, error.message, error.hint)
    except OSError as error:
        return _error(name, str(error))


def _finding(verdict: str, check: str, finding: str, hint: str | None = None) -> Finding:
    return Finding.model_validate({"check": check, "verdict": verdict, "finding": finding, "hint": hint})


_ok, _warning, _error = (partial(_finding, verdict) for verdict in ("ok", "warning", "error"))


def _skipped(check: str, why: str = "it needs the database") -> Finding:
    return _finding("skipped", check, f"not looked at: {why}")


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
