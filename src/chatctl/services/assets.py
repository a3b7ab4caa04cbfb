"""Metrics and dashboards: made, changed, looked at and run; every change is a version, and access is asked first."""

import difflib
from collections.abc import Mapping, Sequence
from itertools import chain, count, pairwise
from uuid import UUID, uuid4

from chatctl.domain.access import Role
from chatctl.domain.asset_files import Draft, Location, dump
from chatctl.domain.assets import KINDS, Asset, AssetFile, AssetListing, AssetVersion, DashboardFile, MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import FileType, Message, ResultEntry
from chatctl.domain.errors import (
    AmbiguousId,
    AssetAccessDenied,
    AssetDeleted,
    AssetNotFound,
    AssetTypeMismatch,
    ChatctlError,
    QueryError,
    QueryTimeout,
    SourceNotFound,
    SqlNotReadOnly,
    ValidationError,
    VersionConflict,
)
from chatctl.domain.results import Cell
from chatctl.domain.titles import metric_name, numbered, shorten
from chatctl.engines import parameters
from chatctl.engines.engine import Engine, Limits
from chatctl.services import references
from chatctl.services.sources import Sources, opened
from chatctl.services.workspace import Workspace
from chatctl.storage import assets as rows
from chatctl.storage import chats, lookup
from chatctl.storage.assets import Seen
from chatctl.storage.database import Transaction
from chatctl.storage.faults import Collision
from chatctl.storage.retries import repeatable, settled

METRIC: FileType = "metric_file"
DASHBOARD: FileType = "dashboard_file"
LONGEST_DESCRIPTION = 1_000


class Assets:
    """The metrics and dashboards that one actor may use."""

    def __init__(self, workspace: Workspace, sources: Sources) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._actor = workspace.actor
        self._sources = sources

    def create(self, draft: Draft, *, note: str = "created") -> Asset:
        """Store a new asset at version 1, after its SQL has run and its metrics were found.

        Raises AssetInvalid for what does not hold, ValidationError for a name that the user's asset has already.
        """
        file, asset_id = self.checked(draft), uuid4()

        def store() -> Asset:
            with self._database.write() as session:
                self._refuse_taken(session, draft.file_type, file.name)
                now = self._database.now(session)
                row = rows.insert(
                    session, self._actor, file, asset_id=asset_id, file_type=draft.file_type, note=note, now=now
                )
                return _there(rows.value(session, row))

        return settled(store, found=lambda: self._stored(asset_id))

    def create_from(self, reference: str) -> Asset:
        """Make a metric of the last result of an answered message, named after its question.

        Raises MessageNotFound, AmbiguousId; ValidationError for a message without a result; else as `create`.
        """
        with self._database.read() as session:
            row, _ = references.message(session, self._workspace, reference)
            message = chats.message_values(session, [row])[0]
        result = _last_result(message)
        file = MetricFile(
            name=self._free_name(metric_name(message.request_message or "")),
            description=shorten(message.request_message or "", LONGEST_DESCRIPTION),
            source=result.source,
            sql=result.sql,
            chart_config=result.chart_config or ChartConfig(selected_chart_type="table"),
        )
        draft = Draft(file=file, file_type=METRIC, origin="The message's last result")
        return self.create(draft, note=f"made from message {message.id}")

    def _free_name(self, name: str) -> str:
        with self._database.read() as session:
            names = chain([name], (numbered(name, number) for number in count(2)))
            return next(each for each in names if not rows.own_named(session, self._actor, METRIC, each))

    @repeatable
    def all(self, file_type: FileType) -> list[AssetListing]:
        """Every asset of the type that the actor may view, by name."""
        with self._database.read() as session:
            return rows.listing(session, self._actor, file_type)

    @repeatable
    def whole(self, file_type: FileType, *, own: bool = False) -> list[Asset]:
        """Every asset of the type that the actor may view, or made, with its file, by name."""
        with self._database.read() as session:
            listed = rows.listing(session, self._actor, file_type)
            wanted = [each.id for each in listed if not own or each.created_by == self._actor.user_id]
            found = rows.current(session, self._actor, file_type, wanted)
        return [found[each] for each in wanted]

    @repeatable
    def show(self, file_type: FileType, reference: str, number: int | None = None) -> Asset:
        """The asset that a name, an id or a prefix of one means, at its current version or the one asked for.

        Raises AssetNotFound, AssetDeleted, AssetTypeMismatch, AmbiguousId; ValidationError for no such version.
        """
        with self._database.read() as session:
            return self._at(session, self.find(session, file_type, reference), number)

    @repeatable
    def history(self, file_type: FileType, reference: str) -> list[AssetVersion]:
        """Every version, newest first, each with the difference that it made to the file."""
        with self._database.read() as session:
            found = rows.versions(session, self.find(session, file_type, reference).row)
        texts = [dump(file) for _, file in found] + [""]
        return [
            version.model_copy(update={"diff": difference(before, after, *_numbered(version.version_number))})
            for (version, _), (after, before) in zip(found, pairwise(texts), strict=True)
        ]

    def change(self, draft: Draft, reference: str, *, if_version: int | None = None, note: str = "edited") -> Asset:
        """Make the next version of an asset; a file that changes nothing makes none.

        Raises as `create` and `show`; AssetAccessDenied for who may only view it, VersionConflict if it is not at the
        version `if_version` any more.
        """
        standing = self._standing(draft.file_type, reference)
        file, version_id = self.checked(draft, standing), uuid4()

        def store() -> Asset:
            with self._database.write() as session:
                seen = self.find(session, draft.file_type, reference, at_least=Role.CAN_EDIT)
                _refuse_conflict(seen, if_version)
                if file != self._at(session, seen, None).content:
                    self._write(session, seen, file, note, version_id)
                return self._at(session, seen, None)

        return settled(store, found=lambda: self._changed(draft.file_type, reference, version_id))

    def restore(self, file_type: FileType, reference: str, number: int, *, if_version: int | None = None) -> Asset:
        """Make a new version with the content of a former one: history only ever grows."""
        former = self.show(file_type, reference, number)
        draft = Draft(file=former.content, file_type=file_type, origin=f"Version {number}")
        return self.change(draft, str(former.id), if_version=if_version, note=f"restored version {number}")

    def delete(self, file_type: FileType, references: Sequence[str]) -> list[UUID]:
        """Put assets away, all or none."""

        def forget() -> list[UUID]:
            with self._database.write() as session:
                found = [self.find(session, file_type, each, at_least=Role.FULL_ACCESS).row.id for each in references]
                for asset_id in found:
                    rows.put_away(session, self._actor, asset_id, self._database.now(session))
                return found

        return settled(forget)

    def run(
        self,
        reference: str,
        *,
        number: int | None = None,
        values: Mapping[str, Cell] | None = None,
        limit: int | None = None,
    ) -> tuple[Asset, ResultEntry]:
        """A metric's current result. Raises as `show`, and QueryError, QueryTimeout, SourceError, SourceNotFound."""
        asset = self.show(METRIC, reference, number)
        return asset, self.result(metric_of(asset), values=values, limit=limit)

    def result(
        self, metric: MetricFile, *, values: Mapping[str, Cell] | None = None, limit: int | None = None
    ) -> ResultEntry:
        """Run a metric's SQL on its source, under the analyst's guard and limits."""
        config = self._workspace.config
        limits = Limits(rows=limit or config.row_limit, seconds=config.query_timeout)
        source = self._sources.registered(metric.source)
        with opened(source, config.cache, self._workspace.progress) as engine:
            return result_of(metric, engine, limits, source=source.name, values=values)

    def find(
        self, session: Transaction, file_type: FileType, reference: str, *, at_least: Role = Role.CAN_VIEW
    ) -> Seen:
        """The one live asset of the type that is meant: a name wins over an id, the actor's own over another's."""
        seen = rows.named(session, self._actor, reference)
        if not any(each.row.file_type == file_type and each.row.deleted_at is None for each in seen):
            seen += rows.matching(session, self._actor, reference) if lookup.is_reference(reference) else []
        fitting = [each for each in seen if each.row.file_type == file_type]
        live = [each for each in fitting if each.row.deleted_at is None]
        own = [each for each in live if each.row.created_by == self._actor.user_id]
        if len(own or live) > 1:
            raise _ambiguous(reference, own or live)
        if not live:
            raise _missing(file_type, reference, seen, fitting)
        found = (own or live)[0]
        if found.role < at_least:
            raise AssetAccessDenied(
                f"You may view this {KINDS[file_type]}, but not do this with it",
                hint="Its owner can share it with more rights: chatctl share.",
                role=found.role.word,
                needed=at_least.word,
            )
        return found

    @repeatable
    def _standing(self, file_type: FileType, reference: str) -> AssetFile:
        """The file that is to be changed; whether it may be is asked before any SQL is run for it."""
        with self._database.read() as session:
            return self._at(session, self.find(session, file_type, reference, at_least=Role.CAN_EDIT), None).content

    def checked(self, draft: Draft, standing: AssetFile | None = None) -> AssetFile:
        """The file, sure to work; a dashboard with its metrics by id. Raises AssetInvalid.

        Metrics that a `standing` dashboard has may stay, also where the actor cannot see them. No transaction is open
        while SQL runs.
        """
        if isinstance(draft.file, MetricFile):
            self._try(draft, draft.file)
            return draft.file
        kept = standing.metrics if isinstance(standing, DashboardFile) else []
        return self._resolved(draft, draft.file, kept)

    def _try(self, draft: Draft, metric: MetricFile) -> None:
        """Raises AssetInvalid if the SQL does not run, or if chart or checks name columns that it does not give."""
        try:
            result = self.result(metric)
        except SourceNotFound as error:
            raise draft.refused([(("source",), f"{error.message}. {error.hint}", "unknown")]) from None
        except (SqlNotReadOnly, QueryError, QueryTimeout) as error:
            line = error.details.get("line")
            where: Location = ("sql", line) if line else ("sql",)
            raise draft.refused([(where, f"{error.message} {error.hint or ''}".strip(), error.code)]) from None
        names = [column.name for column in result.columns]
        named: list[tuple[Location, str]] = [(("chartConfig",), each) for each in metric.chart_config.columns]
        for index, check in enumerate(metric.checks):
            named += [(("checks", index), each) for each in check.columns]
        told = f"; there are {', '.join(names)}"
        wrong = [(where, f"the result has no column {each!r}{told}") for where, each in named if each not in names]
        if wrong:
            raise draft.refused([(where, message, "unknown_column") for where, message in wrong])

    @repeatable
    def _resolved(self, draft: Draft, dashboard: DashboardFile, kept: Sequence[str]) -> DashboardFile:
        """The dashboard with its metrics by id. Raises AssetInvalid for those that are not there to be seen."""
        ids: dict[str, str] = {name: name for name in kept}
        problems: list[tuple[Location, str, str]] = []
        with self._database.read() as session:
            for index, row in enumerate(dashboard.rows):
                for place, item in enumerate(row.items):
                    if item.id in ids:
                        continue
                    try:
                        ids[item.id] = str(self.find(session, METRIC, item.id).row.id)
                    except ChatctlError as error:
                        where = ("rows", index, "items", place, "id")
                        problems.append((where, f"{item.id!r}: {error.message}", error.code))
        if problems:
            raise draft.refused(problems)
        return dashboard.with_metrics(ids)

    def _refuse_taken(self, session: Transaction, file_type: FileType, name: str) -> None:
        if taken := rows.own_named(session, self._actor, file_type, name):
            kind = KINDS[file_type]
            raise ValidationError.field(
                "name",
                f"There is a {kind} named {name!r} already",
                "taken",
                hint=f"`chatctl {kind} edit {taken.id} --file FILE` makes a new version of it.",
            )

    def _write(self, session: Transaction, seen: Seen, file: AssetFile, note: str, version_id: UUID) -> None:
        if file.name != seen.row.name and seen.row.created_by == self._actor.user_id:
            self._refuse_taken(session, seen.row.file_type, file.name)  # type: ignore[arg-type]
        now = self._database.now(session)
        if not rows.change(session, self._actor, seen.row, file, note=note, version_id=version_id, now=now):
            raise Collision("The asset was changed at the same time")  # done again, on what is there then
        session.refresh(seen.row)

    def _at(self, session: Transaction, seen: Seen, number: int | None) -> Asset:
        found = rows.value(session, seen.row, number)
        if found is None:
            raise ValidationError.field(
                "version",
                f"There is no version {number}; the newest is {seen.row.version_number}",
                "unknown",
                hint=f"`chatctl {KINDS[seen.row.file_type]} history {seen.row.id}` lists them.",  # type: ignore[index]
            )
        return found

    def _stored(self, asset_id: UUID) -> Asset | None:
        """What became of an asset whose COMMIT was not answered."""
        with self._database.read() as session:
            row = rows.by_id(session, asset_id)
            return rows.value(session, row) if row else None

    def _changed(self, file_type: FileType, reference: str, version_id: UUID) -> Asset | None:
        """What became of a version whose COMMIT was not answered."""
        with self._database.read() as session:
            return (
                self._at(session, self.find(session, file_type, reference), None)
                if rows.has_version(session, version_id)
                else None
            )


def result_of(
    metric: MetricFile, engine: Engine, limits: Limits, *, source: str, values: Mapping[str, Cell] | None = None
) -> ResultEntry:
    """What a metric's SQL gives on its opened source. Raises SqlNotReadOnly, QueryError, QueryTimeout."""
    sql = parameters.bind(metric.sql, {**metric.params, **(values or {})}, engine.dialect)
    found = engine.run(sql, limits)
    return ResultEntry(
        id=uuid4(),
        source=source,
        sql=sql,
        row_count=len(found.rows),
        chart_config=metric.chart_config,
        **found.model_dump(),
    )


def metric_of(asset: Asset) -> MetricFile:
    """The content of an asset that is known to be a metric."""
    assert isinstance(asset.content, MetricFile)
    return asset.content


def _there(asset: Asset | None) -> Asset:
    assert asset is not None
    return asset


def _missing(file_type: FileType, reference: str, seen: Sequence[Seen], fitting: Sequence[Seen]) -> ChatctlError:
    kind = KINDS[file_type]
    if fitting:
        return AssetDeleted(f"The {kind} was deleted", assetId=str(fitting[0].row.id))
    if seen:
        other = KINDS[seen[0].row.file_type]  # type: ignore[index]
        return AssetTypeMismatch(f"{reference!r} is a {other}, not a {kind}", hint=f"Use `chatctl {other}`.")
    return AssetNotFound(
        "Asset not found or access denied", hint=f"`chatctl {kind} list` shows what there is.", reference=reference
    )


def _ambiguous(reference: str, seen: Sequence[Seen]) -> AmbiguousId:
    return AmbiguousId(
        f"{reference!r} fits {len(seen)} assets",
        hint="Give the id, or more digits of it.",
        candidates=[{"id": str(each.row.id), "kind": each.row.file_type, "title": each.row.name} for each in seen[:20]],
    )


def _refuse_conflict(seen: Seen, if_version: int | None) -> None:
    if if_version is not None and seen.row.version_number != if_version:
        raise _conflict(seen, if_version)


def _conflict(seen: Seen, if_version: int) -> VersionConflict:
    kind, current = KINDS[seen.row.file_type], seen.row.version_number  # type: ignore[index]
    return VersionConflict(
        f"The {kind} was changed since version {if_version}; it is at version {current}",
        hint=f"`chatctl {kind} show {seen.row.id}` has the newest; nothing of it was overwritten.",
        currentVersion=current,
    )


def difference(before: str, after: str, former: str, latter: str) -> str:
    """What changed from one text to the other, as a unified diff under their two names."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), former, latter, lineterm="")
    return "\n".join(lines)


def _numbered(number: int) -> tuple[str, str]:
    return f"version {number - 1}", f"version {number}"


def _last_result(message: Message) -> ResultEntry:
    results = [each for each in message.response_messages.messages if isinstance(each, ResultEntry)]
    if not results:
        raise ValidationError.field(
            "from",
            "The message has no result to make a metric of",
            "no_result",
            hint=f"`chatctl show {message.id}` shows what it has.",
        )
    return results[-1]
