"""The composition root: every part as a lazy property. The only module that imports across layers."""

import logging
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID, uuid4

from chatctl import logs
from chatctl.config import Config
from chatctl.domain.errors import ChatctlError
from chatctl.domain.jobs import Claim
from chatctl.engines.engine import Progress, silent

if TYPE_CHECKING:
    from chatctl.analyst.contract import Analyst
    from chatctl.domain.access import Actor
    from chatctl.domain.chats import ResultEntry, Written
    from chatctl.domain.models import ModelSetup
    from chatctl.services.access import Access
    from chatctl.services.analysis import Analysis
    from chatctl.services.assets import Assets
    from chatctl.services.changes import Changes
    from chatctl.services.chats import Chats
    from chatctl.services.checks import Checks
    from chatctl.services.contexts import Contexts
    from chatctl.services.crew import Crew
    from chatctl.services.dashboards import Dashboards
    from chatctl.services.evals import Evals, Examiner
    from chatctl.services.exchange import Exchange
    from chatctl.services.health import Health
    from chatctl.services.maintenance import Maintenance
    from chatctl.services.models import Models
    from chatctl.services.sources import Sources
    from chatctl.services.usages import Usages
    from chatctl.services.waiting import Waiting
    from chatctl.services.workspace import Workspace
    from chatctl.storage.database import Database
    from chatctl.storage.ledger import Ledger

log = logging.getLogger("chatctl.command")

Say = Callable[[str], None]


def encode_parquet(result: "ResultEntry") -> bytes:
    """A result as a Parquet file."""
    from chatctl.engines import parquet

    return parquet.encode(result)


def write_file(path: str, text: str) -> None:
    """Put a whole file in place, or leave what is there. Raises ValidationError where that cannot be done."""
    from pathlib import Path

    from chatctl.services import folders

    folders.write(Path(path), text)


class Runtime:
    """The parts of one process, on its settings. `note` and `progress` narrate to the person, if there is one;
    `accepted` hears of every message that was committed.

    A subclass composes the same program of other parts.
    """

    program: ClassVar[Sequence[str]] = (sys.executable, "-P", "-m", "chatctl")
    """The command line, as a command that starts a worker calls it."""
    preload: ClassVar[Sequence[str]] = (
        "chatctl.runtime",
        "chatctl.services.analysis",
        "chatctl.analyst.builtin",
        "chatctl.analyst.builtin.learned.ready",
        "chatctl.engines.duckdb",
    )
    """What every attempt needs, imported once by the server that attempts are forked from."""

    def __init__(
        self,
        config: Config,
        *,
        note: Say = lambda _text: None,
        progress: Progress = silent,
        accepted: Callable[["Written"], None] = lambda _written: None,
        request_id: UUID | None = None,
        patience: float | None = None,
        process: str = "command",
    ) -> None:
        self.config = config
        self._note = note
        self._progress = progress
        self._accepted = accepted
        self._patience = patience
        self._begun = time.monotonic()
        logs.configure(config.logs, request_id=str(request_id or uuid4()), process=process)

    @cached_property
    def bare_database(self) -> "Database":
        """The database as it is, at whatever schema."""
        from chatctl.storage.database import COMMAND_PATIENCE, Database

        return Database(self.config.database, patience=self._patience or COMMAND_PATIENCE)

    @cached_property
    def database(self) -> "Database":
        """The database at this version's schema."""
        from chatctl.storage import schema

        schema.ensure(self.bare_database)
        return self.bare_database

    @cached_property
    def actor(self) -> "Actor":
        """Who acts; made on first use, and said where the user named them."""
        from chatctl.services.identities import identify

        return identify(self.database, self.config, self._note)

    @cached_property
    def workspace(self) -> "Workspace":
        """What every service is given."""
        from chatctl.services.workspace import Workspace

        return Workspace(
            config=self.config,
            database=self.database,
            actor=self.actor,
            ring=self.crew.ring,
            note=self._note,
            progress=self._progress,
            accepted=self._accepted,
        )

    @cached_property
    def sources(self) -> "Sources":
        """Registered data."""
        from chatctl.services.sources import Sources

        return Sources(self.workspace)

    @cached_property
    def chats(self) -> "Chats":
        """Asking and looking."""
        from chatctl.services.chats import Chats

        return Chats(self.workspace, self.sources, lambda: self.contexts)

    @cached_property
    def changes(self) -> "Changes":
        """Changing chats and messages."""
        from chatctl.services.changes import Changes

        return Changes(self.workspace)

    @cached_property
    def access(self) -> "Access":
        """Sharing."""
        from chatctl.services.access import Access

        return Access(self.workspace)

    @cached_property
    def assets(self) -> "Assets":
        """Metrics and dashboards."""
        from chatctl.services.assets import Assets

        return Assets(self.workspace, self.sources)

    @cached_property
    def dashboards(self) -> "Dashboards":
        """Metrics and dashboards with their results."""
        from chatctl.services.dashboards import Dashboards

        return Dashboards(self.workspace, self.sources, self.assets)

    @cached_property
    def contexts(self) -> "Contexts":
        """Assets in questions."""
        from chatctl.services.contexts import Contexts

        return Contexts(self.assets, self.sources)

    @cached_property
    def checks(self) -> "Checks":
        """Whether metrics keep their promises."""
        from chatctl.services.checks import Checks

        return Checks(self.workspace, self.sources, self.assets)

    @cached_property
    def evals(self) -> "Evals":
        """Measuring an analyst."""
        from chatctl.services.evals import Evals

        return Evals(
            self.config,
            sources=lambda: self.sources,
            analyst=self.analyst,
            elsewhere=partial(self.examiner, self.config),
            note=self._note,
            progress=self._progress,
        )

    @cached_property
    def exchange(self) -> "Exchange":
        """Metrics and dashboards as files in a folder."""
        from chatctl.services.exchange import Exchange

        return Exchange(self.workspace, self.assets)

    @cached_property
    def usages(self) -> "Usages":
        """What language models have cost."""
        from chatctl.services.usages import Usages

        return Usages(self.workspace)

    @cached_property
    def waiting(self) -> "Waiting":
        """Following messages to their end."""
        from chatctl.services.waiting import Waiting

        return Waiting(self.workspace, self.crew)

    @cached_property
    def crew(self) -> "Crew":
        """Who does the work."""
        from chatctl.services import analysts
        from chatctl.services.crew import Crew

        return Crew(
            self.config,
            ledger=lambda: self.ledger,
            attempt=self.answer_claim,
            preload=(*self.preload, *analysts.modules(self.config)),
            program=self.program,
        )

    @cached_property
    def ledger(self) -> "Ledger":
        """The state of the work."""
        from chatctl.storage.ledger import Ledger

        return Ledger(self.database, self.config.timing)

    @cached_property
    def analysis(self) -> "Analysis":
        """Answering claimed messages."""
        from chatctl.services.analysis import Analysis

        return Analysis(self.config, self.database, self.ledger, self.analyst)

    def analyst(self, name: str, how: "ModelSetup | None" = None) -> "Analyst":
        """Who answers, by the name that a message has in `model`; a language model is asked as it says."""
        from chatctl.services import analysts

        return analysts.called(how or self.config.model_setup, name)

    @cached_property
    def health(self) -> "Health":
        """How the work gets on, and what is wrong."""
        from chatctl.services.health import Health

        return Health(
            self.config,
            bare=lambda: self.bare_database,
            database=lambda: self.database,
            ledger=lambda: self.ledger,
            ring=lambda message_ids: self.crew.ring(message_ids),
            models=lambda: self.models,
        )

    @cached_property
    def models(self) -> "Models":
        """Who can answer."""
        from chatctl.services.models import Models

        return Models(self.config)

    @cached_property
    def maintenance(self) -> "Maintenance":
        """Looking after the database."""
        from chatctl.services.maintenance import Maintenance

        return Maintenance(self.config, self.bare_database)

    def run_worker(self, lock: int | None) -> None:
        """Be a worker, patient with the database and with a log of its own."""
        from chatctl.storage.database import WORKER_PATIENCE

        worker = type(self)(self.config, patience=WORKER_PATIENCE, process="worker")
        try:
            worker.crew.run_worker(lock)
        finally:
            worker.close()

    @classmethod
    def answer_claim(cls, config: Config, claim: Claim) -> None:
        """Work on one claim, in a process of its own: the one door by which jobs come back up."""
        from chatctl.storage.database import WORKER_PATIENCE

        runtime = cls(config, patience=WORKER_PATIENCE, process="worker")
        # The worker has looked at the schema before it claimed anything.
        runtime.database = runtime.bare_database
        try:
            runtime.analysis.answer(claim)
        finally:
            runtime._give_back()

    @classmethod
    def examiner(cls, config: Config, model: str) -> "Examiner":
        """Who asks the cases of an evaluation, in a process of its own."""
        from chatctl.services.evals import Examiner

        return Examiner(config, model, cls(config, process="eval").analyst(model))

    def log_failure(self, error: ChatctlError, cause: BaseException) -> None:
        """Put an error that ends the command into the log."""
        extra = {"code": error.code, "durationMs": self._elapsed()}
        trace = (type(cause), cause, cause.__traceback__) if error.code == "INTERNAL_ERROR" else None
        log.error("command failed", extra=extra, exc_info=trace)

    def close(self) -> None:
        """Give back what was opened, and tell how long the command took."""
        self._give_back()
        log.info("command ended", extra={"durationMs": self._elapsed()})

    def _give_back(self) -> None:
        if "crew" in self.__dict__:
            self.crew.close()
        if "bare_database" in self.__dict__:
            self.bare_database.close()

    def _elapsed(self) -> int:
        return round((time.monotonic() - self._begun) * 1000)
