"""Whether metrics keep what their files promise: for a person's look, and for a build that must fail if not."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from chatctl.domain.access import Role
from chatctl.domain.asset_files import parse_bytes
from chatctl.domain.assets import KINDS, Asset, Check, CheckOutcome, CheckStatus, DashboardFile, MetricFile
from chatctl.domain.chats import FileType, ResultEntry
from chatctl.domain.errors import AssetInvalid, ChatctlError, NotFound, PermissionDenied, QueryError, SourceError
from chatctl.domain.results import Cell
from chatctl.domain.verdicts import expectation, judge, total
from chatctl.engines import parameters, promises
from chatctl.engines.engine import Limits
from chatctl.engines.hands import Hands
from chatctl.engines.promises import Measured
from chatctl.services.assets import DASHBOARD, METRIC, Assets, metric_of
from chatctl.services.folders import asset_files, content, metrics_beside
from chatctl.services.sources import Sources
from chatctl.services.threads import at_once
from chatctl.services.workspace import Workspace
from chatctl.storage import assets as rows
from chatctl.storage.retries import repeatable, settled

AT_ONCE: Final = 4
"""Metrics that run at the same time; more would only wait for the same processors, disks and connections."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A metric that is checked; `baseline` is the stored one whose last result counts, `asset` the one it is."""

    metric: MetricFile
    asset: Asset | None = None
    baseline: UUID | None = None
    dashboard: str | None = None
    path: str | None = None

    def outcome(
        self, check: str, status: CheckStatus, expected: str, found: str, columns: Sequence[str] = ()
    ) -> CheckOutcome:
        """How a check of this metric went."""
        return CheckOutcome(
            metric=self.metric.name,
            check=check,
            columns=list(columns),
            status=status,
            expected=expected,
            found=found,
            asset_id=self.asset.id if self.asset else None,
            version_number=self.asset.version_number if self.asset else None,
            dashboard=self.dashboard,
            path=self.path,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What running a metric gave: the names of its columns, its rows counted, and its checks measured."""

    columns: list[str] = field(default_factory=list)
    told: str = ""
    measured: list[Measured] = field(default_factory=list)
    error: ChatctlError | None = None
    elapsed_ms: float = 0.0


class Checks:
    """Checks of the metrics and dashboards that one actor may view."""

    def __init__(self, workspace: Workspace, sources: Sources, assets: Assets) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._sources = sources
        self._assets = assets

    def of_all(self, file_type: FileType) -> list[CheckOutcome]:
        """Check every asset of the type that the actor may view."""
        return self._of(file_type, self._assets.whole(file_type))

    def of_named(self, file_type: FileType, references: Sequence[str]) -> list[CheckOutcome]:
        """Check assets; the sums of those that pass are kept for the next time. Raises as `Assets.show`."""
        return self._of(file_type, [self._assets.show(file_type, each) for each in references])

    def of_files(self, file_type: FileType, folder: Path) -> list[CheckOutcome]:
        """Check the files of a folder (or one file) as they are, without storing anything.

        What is compared with the last result is compared with that of the actor's own asset of the same name.
        """
        paths = asset_files(folder, file_type)
        if file_type == METRIC:
            return self._outcomes([self._subject(path) for path in paths])
        return self._outcomes([part for path in paths for part in self._parts_in(path)])

    def run(
        self,
        reference: str,
        *,
        number: int | None = None,
        values: Mapping[str, Cell] | None = None,
        limit: int | None = None,
    ) -> tuple[Asset, ResultEntry]:
        """Run a metric as `Assets.run` does; what its next result is compared with, if anything is, is kept.

        Not that of a former version or of other values: those are other results.
        """
        asset, result = self._assets.run(reference, number=number, values=values, limit=limit)
        metric = metric_of(asset)
        if number is None and not values and any(map(_compares, metric.checks)):
            (looked,) = self._look([_stored(asset)])
            if not looked.error:
                self._keep([(asset, sums(metric.checks, looked.measured))])
        return asset, result

    def _of(self, file_type: FileType, found: Sequence[Asset]) -> list[CheckOutcome]:
        if file_type == METRIC:
            return self._outcomes([_stored(each) for each in found])
        return self._outcomes([part for each in found for part in self._parts(each)])

    def _subject(self, path: Path) -> Subject | CheckOutcome:
        try:
            file = parse_bytes(content(path), METRIC, origin=str(path)).file
        except ChatctlError as error:
            return _invalid(path, METRIC, error)
        assert isinstance(file, MetricFile)
        return Subject(metric=file, baseline=self._namesake(file.name), path=str(path))

    def _parts_in(self, path: Path) -> list[Subject | CheckOutcome]:
        """The metrics of a dashboard's file: those of the files beside it, else stored ones."""
        try:
            file = parse_bytes(content(path), DASHBOARD, origin=str(path)).file
        except ChatctlError as error:
            return [_invalid(path, DASHBOARD, error)]
        assert isinstance(file, DashboardFile)
        beside = [self._subject(each) for each in metrics_beside(path)]
        there = {each.metric.name: each for each in beside if isinstance(each, Subject)}
        return self._parts_of(file, str(path), there)

    def _namesake(self, name: str) -> UUID | None:
        try:
            return self._assets.show(METRIC, name).id
        except ChatctlError:
            return None

    def _parts(self, dashboard: Asset) -> list[Subject | CheckOutcome]:
        assert isinstance(dashboard.content, DashboardFile)
        return self._parts_of(dashboard.content, None, {})

    def _parts_of(
        self, dashboard: DashboardFile, path: str | None, there: Mapping[str, Subject]
    ) -> list[Subject | CheckOutcome]:
        """A dashboard's metrics, each once; one that is not there is an outcome already."""
        found: list[Subject | CheckOutcome] = []
        for reference in dashboard.metrics:
            if reference in there:
                found.append(replace(there[reference], dashboard=dashboard.name))
                continue
            try:
                found.append(_stored(self._assets.show(METRIC, reference), dashboard=dashboard.name, path=path))
            except ChatctlError as error:
                found.append(
                    CheckOutcome(
                        metric=reference,
                        check="exists",
                        status="error",
                        expected="a metric that you may view",
                        found=error.message,
                        dashboard=dashboard.name,
                        path=path,
                    )
                )
        return found

    def _outcomes(self, asked: Sequence[Subject | CheckOutcome]) -> list[CheckOutcome]:
        subjects = [each for each in asked if isinstance(each, Subject)]
        looked = iter(self._look(subjects))
        now, last = self._known(subjects)
        found: list[CheckOutcome] = []
        passed: list[tuple[Asset, dict[str, float]]] = []
        for each in asked:
            if isinstance(each, CheckOutcome):
                found.append(each)
                continue
            seen = next(looked)
            judged = list(_judged(each, seen, now, last.get(each.baseline, {}) if each.baseline else {}))
            found += [outcome.model_copy(update={"elapsed_ms": round(seen.elapsed_ms, 1)}) for outcome in judged]
            if each.asset and all(outcome.status == "passed" for outcome in judged):
                passed.append((each.asset, sums(each.metric.checks, seen.measured)))
        self._keep([(asset, kept) for asset, kept in passed if kept])
        return found

    def _look(self, subjects: Sequence[Subject]) -> list[Looked]:
        """Run the metrics, several at once. Sources are found before: threads have no business with the database."""
        hands = {name: self._hands(name) for name in {each.metric.source for each in subjects}}
        work = range(len(subjects))
        found: dict[int, Looked] = {}
        for at, looked in at_once(lambda at: self._run(subjects[at].metric, hands), work, most=AT_ONCE):
            found[at] = looked
            self._workspace.progress("Checking the metrics", len(found) / len(work))
        for each in hands.values():
            if isinstance(each, Hands):
                each.close()
        return [found[at] for at in work]

    def _hands(self, name: str) -> Hands | ChatctlError:
        try:
            return self._sources.hands(name)
        except ChatctlError as error:
            return error

    def _run(self, metric: MetricFile, sources: Mapping[str, Hands | ChatctlError]) -> Looked:
        config, begun, source = self._workspace.config, time.perf_counter(), sources[metric.source]
        if isinstance(source, ChatctlError):
            return Looked(error=source)
        limits = Limits(rows=config.row_limit, seconds=config.query_timeout)
        try:
            with source.one() as engine:
                sql = parameters.bind(metric.sql, metric.params, engine.dialect)
                result = engine.run(sql, limits)
                measured = promises.measure(engine, sql, result.columns, metric.checks, limits)
        except ChatctlError as error:
            return Looked(error=error)
        more = "more than " if result.truncated else ""
        return Looked(
            columns=[column.name for column in result.columns],
            told=f"{more}{len(result.rows):,} row{'' if len(result.rows) == 1 else 's'}",
            measured=measured,
            elapsed_ms=(time.perf_counter() - begun) * 1000,
        )

    @repeatable
    def _known(self, subjects: Sequence[Subject]) -> tuple[float, dict[UUID, dict[str, float]]]:
        """The time, and the sums of the last results that something is compared with."""
        compared = {each.baseline for each in subjects if each.baseline and any(map(_compares, each.metric.checks))}
        with self._database.read() as session:
            last = {asset_id: rows.last_sums(session, asset_id) for asset_id in compared}
            return self._database.now(session), last

    def _keep(self, results: Sequence[tuple[Asset, Mapping[str, float]]]) -> None:
        """Store the sums of results; those of metrics that the actor may only view are not theirs to replace."""

        def store() -> None:
            with self._database.write() as session:
                for asset, kept in results:
                    try:
                        self._assets.find(session, METRIC, str(asset.id), at_least=Role.CAN_EDIT)
                    except (NotFound, PermissionDenied):
                        continue
                    rows.keep_sums(session, asset.id, asset.version_number, dict(kept), self._database.now(session))

        if results:
            settled(store)


def sums(checks: Sequence[Check], measured: Sequence[Measured]) -> dict[str, float]:
    """The sums of columns among what was measured."""
    return {
        check.columns[0]: total(values[0])
        for check, values in zip(checks, measured, strict=True)
        if _compares(check) and not isinstance(values, SourceError)
    }


def _compares(check: Check) -> bool:
    return check.no_change_over is not None


def _stored(asset: Asset, dashboard: str | None = None, path: str | None = None) -> Subject:
    return Subject(metric=metric_of(asset), asset=asset, baseline=asset.id, dashboard=dashboard, path=path)


def _judged(subject: Subject, looked: Looked, now: float, last: Mapping[str, float]) -> Iterable[CheckOutcome]:
    """Every check of a metric; that it runs is told where it does not, or where there is no other check."""
    metric = subject.metric
    if looked.error:
        yield subject.outcome("runs", "error", "the SQL runs", looked.error.message)
        return
    missing = [each for each in metric.chart_config.columns if each not in looked.columns]
    if missing:
        there = ", ".join(looked.columns)
        found = f"no column {', '.join(map(repr, missing))}; there are {there}"
        yield subject.outcome("chart", "failed", "the chart's columns in the result", found, missing)
    if not metric.checks and not missing:
        yield subject.outcome("runs", "passed", "the SQL runs", looked.told)
    for check, measured in zip(metric.checks, looked.measured, strict=True):
        before = last.get(check.columns[0]) if _compares(check) else None
        if isinstance(measured, SourceError):
            yield subject.outcome(check.kind, "error", expectation(check, before), _words(measured), check.columns)
        else:
            verdict = judge(check, measured, now=now, last=before)
            yield subject.outcome(check.kind, verdict.status, verdict.expected, verdict.found, check.columns)


def _words(error: SourceError) -> str:
    return error.message if isinstance(error, QueryError) else f"it could not be measured: {error.message}"


def _invalid(path: Path, file_type: FileType, error: ChatctlError) -> CheckOutcome:
    problems = error.details.get("validationErrors", []) if isinstance(error, AssetInvalid) else []
    told = [f"line {each['line']}, {each['field']}: {each['message']}" for each in problems if each.get("line")]
    return CheckOutcome(
        metric=path.stem,
        check="file",
        status="error",
        expected=f"a valid {KINDS[file_type]} file",
        found="; ".join(told) or error.message,
        path=str(path),
    )
