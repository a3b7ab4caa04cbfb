"""Users at one database, each with the services as they have them."""

from chatctl import config
from chatctl.domain.access import Actor
from chatctl.domain.asset_files import Draft
from chatctl.domain.assets import MetricFile
from chatctl.domain.charts import ChartConfig
from chatctl.domain.chats import Trigger
from chatctl.services.access import Access
from chatctl.services.assets import METRIC, Assets
from chatctl.services.changes import Changes
from chatctl.services.chats import Chats
from chatctl.services.contexts import Contexts
from chatctl.services.sources import Sources
from chatctl.services.workspace import Workspace
from chatctl.storage.database import Database


class Person:
    """The services as one user has them."""

    def __init__(self, database: Database, settings_: config.Config, actor: Actor) -> None:
        self.workspace = Workspace(
            config=settings_,
            database=database,
            actor=actor,
            ring=lambda ids: [Trigger(success=True) for _ in ids],
            note=lambda _text: None,
        )
        self.sources = Sources(self.workspace)
        self.assets = Assets(self.workspace, self.sources)
        self.chats = Chats(self.workspace, self.sources, lambda: Contexts(self.assets, self.sources))
        self.changes = Changes(self.workspace)
        self.access = Access(self.workspace)


def metric(name: str, number: int) -> Draft:
    """A metric with SQL of its own for every number."""
    chart = ChartConfig(selected_chart_type="table")
    sql = f"SELECT x + {number} AS x FROM numbers"  # noqa: S608
    file = MetricFile(name=name, source="numbers", sql=sql, chart_config=chart)
    return Draft(file=file, file_type=METRIC, origin="a test")
