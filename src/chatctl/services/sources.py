"""Registering sources, opening them, looking at them and querying them."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from chatctl.domain.chats import ResultEntry
from chatctl.domain.errors import SourceNotFound, ValidationError
from chatctl.domain.sources import Source, SourceDetails, SourceKind, TableProfile
from chatctl.engines import sources as engine_sources
from chatctl.engines.engine import Engine, Limits, Progress
from chatctl.engines.hands import Hands
from chatctl.services.workspace import Workspace
from chatctl.storage import identities
from chatctl.storage import sources as rows
from chatctl.storage.chats import utc
from chatctl.storage.database import Transaction
from chatctl.storage.retries import repeatable, settled
from chatctl.storage.tables import SourceRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A source that a user named: a registered one by `id`, or a path to register under `name`."""

    id: UUID | None
    name: str
    kind: SourceKind
    locations: tuple[str, ...]


@contextmanager
def opened(source: Source | Wanted, cache: Path, progress: Progress) -> Iterator[Engine]:
    """The source as an engine; files are loaded first where they are new or changed. Raises SourceError."""
    engine = engine_sources.open_engine(
        name=source.name,
        kind=source.kind,
        locations=list(source.locations),
        cache=cache,
        progress=progress,
    )
    try:
        yield engine
    finally:
        engine.close()


class Sources:
    """The organization's sources."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor

    def add(self, name: str, locations: Sequence[str]) -> SourceDetails:
        """Register a source and load it, so that what is wrong with it is said now.

        Raises ValidationError for a name that is taken or cannot be one, SourceError for data that cannot be read.
        """
        _check_name(name)
        kind, absolute = engine_sources.resolve(locations)
        self._refuse_taken(name)
        details = self._look(Wanted(id=None, name=name, kind=kind, locations=tuple(absolute)))
        source_id = uuid4()

        def store() -> Source:
            with self._database.write() as session:
                if rows.named(session, self._actor, name):
                    raise _taken(name)
                row = rows.insert(
                    session,
                    self._actor,
                    name=name,
                    kind=kind,
                    locations=absolute,
                    now=self._database.now(session),
                    source_id=source_id,
                )
                return rows.value(row)

        return details(settled(store, found=lambda: self._stored(source_id)))

    @repeatable
    def all(self) -> list[Source]:
        """Every source of the organization, by name."""
        with self._database.read() as session:
            return rows.everything(session, self._actor)

    def show(self, name: str) -> SourceDetails:
        """The source with its tables and what was odd when it was loaded."""
        source = self.find(name)
        return self._look(source)(source)

    def sample(self, name: str, table: str | None) -> TableProfile:
        """A look at one table's data; the only table, if there is one only."""
        source = self.find(name)
        with self._opened(source) as engine:
            tables = [each.name for each in engine.tables()]
            if table is None and len(tables) != 1:
                raise ValidationError.field(
                    "table",
                    f"The source {name!r} has {len(tables)} tables",
                    hint=f"Name one: {', '.join(tables[:20])}.",
                )
            return engine.profile(table or tables[0])

    def move(self, name: str, locations: Sequence[str]) -> SourceDetails:
        """Point a source at other files; chats that use it go on with those."""
        source = self.find(name)
        kind, absolute = engine_sources.resolve(locations)
        details = self._look(Wanted(id=source.id, name=name, kind=kind, locations=tuple(absolute)))

        def store() -> Source:
            with self._database.write() as session:
                row = self._row(session, str(source.id))
                row.kind, row.locations = kind, absolute
                row.updated_at, row.updated_by = utc(self._database.now(session)), self._actor.user_id
                session.add(row)
                return rows.value(row)

        moved = settled(store)
        if moved.locations != source.locations:
            self._drop(source)
        return details(moved)

    def _drop(self, former: Source) -> None:
        """Remove what was loaded of a source that is gone, unless another one reads the same files."""
        if any(each.locations == former.locations for each in self.all()):
            return
        if gone := engine_sources.forget(former.kind, former.locations, cache := self._workspace.config.cache):
            from chatctl.analyst.builtin import surveys

            surveys.forget(gone, cache)

    def remove(self, name: str) -> int:
        """Forget a source and what was loaded of it; its files stay. Returns how many chats had used it."""
        source = self.find(name)

        def forget() -> int:
            with self._database.write() as session:
                # Found before, so that it is missing now only where an unanswered COMMIT took it away.
                if row := rows.by_id(session, self._actor, source.id):
                    row.deleted_at, row.live = utc(self._database.now(session)), None
                    session.add(row)
                return rows.chats_with(session, source.id)

        chats = settled(forget)
        self._drop(source)
        return chats

    def query(self, sql: str, reference: str | None, rows_wanted: int | None) -> ResultEntry:
        """Run one read-only statement on a source, under the analyst's guard and limits.

        Raises ValidationError without a source, SqlNotReadOnly, QueryError, QueryTimeout, SourceError.
        """
        config = self._workspace.config
        chosen = reference or config.source
        if chosen is None:
            raise ValidationError.field(
                "source", "A source is required", "required", hint="Give --source NAME or PATH."
            )
        limits = Limits(rows=rows_wanted or config.row_limit, seconds=config.query_timeout)
        wanted = self.resolve([chosen])[0]
        with self._opened(wanted) as engine:
            for warning in engine.warnings:
                self._workspace.note(warning)
            result = engine.run(sql, limits)
        return ResultEntry(id=uuid4(), source=wanted.name, sql=sql, row_count=len(result.rows), **result.model_dump())

    @repeatable
    def find(self, name: str) -> Source:
        """The source of this name or id. Raises SourceNotFound."""
        with self._database.read() as session:
            return rows.value(self._row(session, name))

    @repeatable
    def resolve(self, references: Sequence[str]) -> list[Wanted]:
        """What each reference means: a registered name or id, else a path. Looks at files, so no transaction is open.

        Raises SourceNotFound for what is neither, SourceError for a path that cannot be read.
        """
        with self._database.read() as session:
            known = {reference: self._known(session, reference) for reference in references}
        return [_registered(row) if row else self._from_path(name) for name, row in known.items()]

    @repeatable
    def registered(self, name: str) -> Wanted:
        """The source of this name or id; never a path or a URL: the asset that names it may be another user's."""
        with self._database.read() as session:
            return _registered(self._row(session, name))

    def hands(self, name: str) -> Hands:
        """A registered source for several queries at once, opened when first needed. Raises SourceNotFound."""
        wanted, config = self.registered(name), self._workspace.config
        return Hands(
            lambda: engine_sources.open_engine(
                name=wanted.name,
                kind=wanted.kind,
                locations=list(wanted.locations),
                cache=config.cache,
                progress=self._workspace.progress,
            )
        )

    def register(self, session: Transaction, wanted: Wanted, now: float) -> UUID:
        """The id of a wanted source; a path gets the name of its stem, numbered where that is taken."""
        if wanted.id:
            return wanted.id
        name, number = wanted.name, 2
        while row := rows.named(session, self._actor, name):
            if tuple(row.locations) == wanted.locations:
                return row.id
            name, number = f"{wanted.name}_{number}", number + 1
        row = rows.insert(session, self._actor, name=name, kind=wanted.kind, locations=wanted.locations, now=now)
        return row.id

    @repeatable
    def _refuse_taken(self, name: str) -> None:
        with self._database.read() as session:
            if rows.named(session, self._actor, name):
                raise _taken(name)

    def _stored(self, source_id: UUID) -> Source | None:
        """What became of a source whose COMMIT was not answered."""
        with self._database.read() as session:
            row = rows.by_id(session, self._actor, source_id)
            return rows.value(row) if row else None

    def _from_path(self, reference: str) -> Wanted:
        if not _is_pathlike(reference):
            names = [source.name for source in self.all()]
            raise SourceNotFound(
                f"There is no source named {reference!r}, and no file of that name",
                hint=f"Known sources: {', '.join(names[:20])}."
                if names
                else "`chatctl source add NAME PATH` makes one.",
            )
        kind, locations = engine_sources.resolve([reference])
        return Wanted(id=None, name=engine_sources.suggest_name(reference), kind=kind, locations=tuple(locations))

    def _known(self, session: Transaction, reference: str) -> SourceRow | None:
        if row := rows.named(session, self._actor, reference):
            return row
        return rows.by_id(session, self._actor, UUID(reference)) if identities.is_id(reference) else None

    def _row(self, session: Transaction, name: str) -> SourceRow:
        if row := self._known(session, name):
            return row
        names = [source.name for source in rows.everything(session, self._actor)]
        raise SourceNotFound(
            f"There is no source named {name!r}",
            hint=f"Known sources: {', '.join(names[:20])}." if names else "`chatctl source add NAME PATH` makes one.",
        )

    def _opened(self, source: Source | Wanted) -> AbstractContextManager[Engine]:
        return opened(source, self._workspace.config.cache, self._workspace.progress)

    def _look(self, source: Source | Wanted) -> Callable[[Source], SourceDetails]:
        """Open the data once; what was seen, to be joined with the source's row."""
        with self._opened(source) as engine:
            tables, warnings = engine.tables(), list(engine.warnings)
        return lambda row: SourceDetails(**row.model_dump(), tables=tables, warnings=warnings)


def _registered(row: SourceRow) -> Wanted:
    value = rows.value(row)
    return Wanted(id=value.id, name=value.name, kind=value.kind, locations=tuple(value.locations))


def _taken(name: str) -> ValidationError:
    return ValidationError.field(
        "name",
        f"There is a source named {name!r} already",
        "taken",
        hint=f"`chatctl source move {name} PATH…` points it elsewhere, `source remove {name}` frees it.",
    )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"\w[\w.-]{0,63}", name):
        raise ValidationError.field(
            "name", f"{name!r} cannot be a source's name", hint="Use up to 64 letters, digits, '_', '-' and '.'."
        )


def _is_pathlike(reference: str) -> bool:
    return any(sign in reference for sign in "/\\.*?~:") or Path(reference).exists()
