"""Dashboards with their results: every metric run at the same time, and each failing for itself alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from chatctl.domain.assets import KINDS, Asset, DashboardFile, DashboardRow
from chatctl.domain.chats import MessageError, ResultEntry
from chatctl.domain.dashboards import Board, Panel, PanelRow
from chatctl.domain.errors import AssetNotFound, ChatctlError
from chatctl.domain.results import Cell
from chatctl.engines.engine import Limits
from chatctl.engines.hands import Hands
from chatctl.services.assets import DASHBOARD, METRIC, Assets, metric_of, result_of
from chatctl.services.sources import Sources
from chatctl.services.threads import at_once
from chatctl.services.workspace import Workspace
from chatctl.storage import assets as rows
from chatctl.storage.database import Transaction
from chatctl.storage.identities import is_id
from chatctl.storage.retries import repeatable

AT_ONCE: Final = 4
"""Queries that run at the same time; more would only wait for the same processors, disks and connections."""
FULL_ROW: Final = [12]
HEIGHT: Final = 420


class Dashboards:
    """Metrics and dashboards with the results of this moment, for one actor."""

    def __init__(self, workspace: Workspace, sources: Sources, assets: Assets) -> None:
        self._workspace = workspace
        self._database = workspace.database
        self._sources = sources
        self._assets = assets

    def show(self, reference: str, number: int | None = None) -> Board:
        """A dashboard, each of its metrics with a result or with the error that it met.

        Raises as `Assets.show`, and for no fault of a metric.
        """
        asset = self._assets.show(DASHBOARD, reference, number)
        assert isinstance(asset.content, DashboardFile)
        found = self._metrics(asset.content.metrics)
        told = self._run({item: each for item, each in found.items() if isinstance(each, Asset)})
        panels = {item: told.get(item) or _refused(item, each) for item, each in found.items()}
        return _board(asset, [_row(row, panels) for row in asset.content.rows])

    def metric(self, reference: str, *, number: int | None = None, values: Mapping[str, Cell] | None = None) -> Board:
        """A metric alone. Raises as `Assets.run`: here its fault is the whole answer's."""
        asset, result = self._assets.run(reference, number=number, values=values)
        panel = _panel(asset, result=result)
        return _board(asset, [PanelRow(panels=[panel], column_sizes=FULL_ROW, row_height=HEIGHT)])

    @repeatable
    def _metrics(self, items: Sequence[str]) -> dict[str, Asset | ChatctlError]:
        """The metric that each item means, or why it cannot be seen."""
        with self._database.read() as session:
            ids = {item: UUID(item) for item in items if is_id(item)}
            known = rows.current(session, self._workspace.actor, METRIC, ids.values())
            return {item: known[ids[item]] if ids.get(item) in known else self._metric(session, item) for item in items}

    def _metric(self, session: Transaction, item: str) -> Asset | ChatctlError:
        try:
            asset = rows.value(session, self._assets.find(session, METRIC, item).row)
        except ChatctlError as error:
            return error
        return asset or AssetNotFound("Asset not found or access denied", reference=item)

    def _run(self, metrics: Mapping[str, Asset]) -> dict[str, Panel]:
        """A panel for each metric, several run at once; progress is told as they are done."""
        hands = self._hands({metric_of(asset).source for asset in metrics.values()})
        panels: dict[str, Panel] = {}
        for item, panel in at_once(lambda item: self._panel(metrics[item], hands), list(metrics), most=AT_ONCE):
            panels[item] = panel
            self._workspace.progress("Running the metrics", len(panels) / len(metrics))
        # Not after Ctrl-C: it would wait for the queries that run.
        for each in hands.values():
            if isinstance(each, Hands):
                each.close()
        return panels

    def _hands(self, names: Iterable[str]) -> dict[str, Hands | ChatctlError]:
        """The sources, to be opened when first needed, or why one cannot be."""
        return {name: self._source(name) for name in names}

    def _source(self, name: str) -> Hands | ChatctlError:
        try:
            return self._sources.hands(name)
        except ChatctlError as error:
            return error

    def _panel(self, asset: Asset, hands: Mapping[str, Hands | ChatctlError]) -> Panel:
        metric, config = metric_of(asset), self._workspace.config
        limits = Limits(rows=config.row_limit, seconds=config.query_timeout)
        source = hands[metric.source]
        if isinstance(source, ChatctlError):
            return _panel(asset, error=_told(source))
        try:
            with source.one() as engine:
                return _panel(asset, result=result_of(metric, engine, limits, source=metric.source))
        except ChatctlError as error:
            return _panel(asset, error=_told(error))


def _board(asset: Asset, found: list[PanelRow]) -> Board:
    return Board(
        id=asset.id,
        name=asset.name,
        kind=KINDS[asset.file_type],
        version_number=asset.version_number,
        description=asset.content.description,
        made_at=datetime.now(UTC),
        rows=found,
    )


def _row(row: DashboardRow, panels: Mapping[str, Panel]) -> PanelRow:
    return PanelRow(
        panels=[panels[item.id] for item in row.items], column_sizes=row.column_sizes, row_height=row.row_height
    )


def _panel(asset: Asset, *, result: ResultEntry | None = None, error: MessageError | None = None) -> Panel:
    return Panel(
        id=str(asset.id),
        name=asset.name,
        version_number=asset.version_number,
        metric=metric_of(asset),
        result=result,
        error=error,
    )


def _refused(item: str, found: Asset | ChatctlError) -> Panel:
    """The panel of a metric that may not be seen, or is not there any more."""
    assert isinstance(found, ChatctlError)
    return Panel(id=item, name=f"Metric {item[:8]}", error=_told(found))


def _told(error: ChatctlError) -> MessageError:
    return MessageError(code=error.code, message=error.message, hint=error.hint)
