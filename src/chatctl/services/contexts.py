"""Assets pulled into a question: found and looked at before anything is written, checked once more where it is."""

from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from chatctl.domain.assets import KINDS, Asset, AssetReference, DashboardFile, MetricFile
from chatctl.domain.chats import FileEntry, ResultEntry, TextEntry
from chatctl.domain.errors import ChatctlError
from chatctl.services.assets import METRIC, Assets
from chatctl.services.sources import Sources, Wanted
from chatctl.storage import files
from chatctl.storage.database import Transaction

Entry = TextEntry | FileEntry | ResultEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """An asset with what comes along: the metrics of a dashboard that the actor may view, and all their sources.

    `entries` is what the asset shows today, where it is to be shown without a question.
    """

    asset: Asset
    metrics: tuple[Asset, ...]
    sources: tuple[Wanted, ...]
    entries: tuple[Entry, ...] = ()

    @property
    def every(self) -> tuple[Asset, ...]:
        """The asset and the metrics that come along."""
        return (self.asset, *(each for each in self.metrics if each.id != self.asset.id))

    @property
    def prefix(self) -> str:
        """What stands before the title of a chat that begins with it."""
        return f"{KINDS[self.asset.file_type].capitalize()} ({self.asset.name})"


class Contexts:
    """Pulls the assets of one actor into messages."""

    def __init__(self, assets: Assets, sources: Sources) -> None:
        self._assets = assets
        self._sources = sources

    def look(self, wanted: AssetReference, *, shown: bool) -> Context:
        """The asset that is meant; with `shown` its SQL is run, so no transaction may be open.

        Raises AssetNotFound, AssetDeleted, AssetTypeMismatch, AmbiguousId; SourceNotFound for data that is gone;
        QueryError, QueryTimeout and SourceError where it is to be shown and cannot be run.
        """
        asset = self._assets.show(wanted.file_type, wanted.reference)
        metrics = (asset,) if asset.file_type == METRIC else tuple(self._metrics(asset.content))
        named = list(dict.fromkeys(each.source for each in metrics if each.source))
        sources = tuple(map(self._sources.registered, named))
        context = Context(asset=asset, metrics=metrics, sources=sources)
        return replace(context, entries=self._entries(context)) if shown else context

    def link(self, session: Transaction, context: Context, chat_id: UUID, message_id: UUID, now: float) -> None:
        """Put the assets into a message of a chat; whether they may be used is asked again, for it may have changed."""
        self._assets.find(session, context.asset.file_type, str(context.asset.id))
        found = [(each.id, each.version_number) for each in context.every]
        files.link(session, message_id, found, "given", now)
        files.most_recent(session, chat_id, context.asset.file_type, *found[0], now)

    def _metrics(self, content: MetricFile | DashboardFile) -> list[Asset]:
        """Those of a dashboard that are still there to be seen."""
        found: list[Asset] = []
        for reference in content.metrics if isinstance(content, DashboardFile) else ():
            try:
                found.append(self._assets.show(METRIC, reference))
            except ChatctlError:
                continue
        return found

    def _entries(self, context: Context) -> tuple[Entry, ...]:
        metrics = [each.content for each in context.metrics if isinstance(each.content, MetricFile)]
        return (_told(context.asset), *map(self._assets.result, metrics), *map(_file, context.every))


def _told(asset: Asset) -> TextEntry:
    """What the asset says of itself."""
    content = asset.content
    frame = content.time_frame if isinstance(content, MetricFile) else ""
    parts = [f"**{asset.name}**", content.description, f"Time frame: {frame}" if frame else ""]
    return TextEntry(id=uuid4(), message="\n\n".join(filter(None, parts)), is_final_message=True)


def _file(asset: Asset) -> FileEntry:
    return FileEntry(
        id=uuid4(),
        file_type=asset.file_type,
        file_id=asset.id,
        file_name=asset.name,
        version_number=asset.version_number,
    )
