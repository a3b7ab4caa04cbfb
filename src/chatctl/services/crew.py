"""Who does the work, seen from a command: ring, make sure of a worker, or work here where there is none."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from chatctl.config import Config, environment_for
from chatctl.domain.chats import Trigger
from chatctl.domain.errors import ChatctlError
from chatctl.domain.health import WorkerState
from chatctl.jobs import automatic, locks
from chatctl.jobs.queue import Queue
from chatctl.storage.ledger import Ledger

if TYPE_CHECKING:
    from chatctl.jobs.attempts import Attempt

log = logging.getLogger("chatctl.jobs")

LOGGED = 20
"""Ids in one line of the log."""

REHEARSAL = "chatctl.rehearsal"
"""What warms the processes of attempts; for the single one of a command that answers here it would not pay."""

WORKER = ("worker", "run", "--lock-descriptor")


class Crew:
    """The workers of one database on this machine."""

    def __init__(
        self,
        config: Config,
        *,
        ledger: Callable[[], Ledger],
        attempt: "Attempt",
        preload: Sequence[str],
        program: Sequence[str],
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._attempt = attempt
        self._preload = preload
        self._program = program
        self._queue = Queue(config.queue_url)

    def ring(self, message_ids: Sequence[UUID]) -> list[Trigger]:
        """Tell the workers of messages and make sure that there is one; never raises, never takes long."""
        begun = time.monotonic()
        triggers: list[Trigger] = []
        for message_id in message_ids:
            # One silent queue is enough to know that it is silent.
            silent = bool(triggers) and not triggers[-1].success
            triggers.append(triggers[-1] if silent else self._queue.ring(message_id))
        started, trouble = False, None
        try:
            started = self._started()
        except ChatctlError as error:
            trouble = error.message
            triggers = [Trigger(success=False, task_id=each.task_id, error=trouble) for each in triggers]
        log.info(
            "rung",
            extra={
                "messageIds": [str(each) for each in message_ids[:LOGGED]],
                "rings": len(message_ids),
                "success": all(each.success for each in triggers),
                "reason": next((each.error for each in triggers if each.error), trouble),
                "startedWorker": started,
                "durationMs": round((time.monotonic() - begun) * 1000, 1),
            },
        )
        return triggers

    def attend(self) -> bool:
        """Take back what dead workers hold, and start a worker where none is alive; False if there is to be none."""
        with locks.dead_workers(locks.run_folder(self._config)) as dead:
            for message_id in self._ledger().sweep(dead).due:
                self._queue.ring(message_id)
        self._started()
        # One that is only just starting, by this command or another, is not seen as alive yet.
        return self._config.starts_workers or self._alive()

    def work_here(self, message_id: UUID, patience: float | None) -> bool:
        """Run the message in this command's care, exactly as a worker would; False if nothing was due."""
        from chatctl.jobs import inline

        return inline.run_here(
            config=self._config,
            ledger=self._ledger(),
            attempt=self._attempt,
            preload=self._preload,
            message_id=message_id,
            patience=patience,
        )

    def run_worker(self, lock: int | None) -> None:
        """Be a worker until told to stop; `lock` is the inherited descriptor of an automatic one."""
        from chatctl.jobs import worker

        worker.run_worker(
            config=self._config,
            ledger=self._ledger,
            attempt=self._attempt,
            preload=[*self._preload, REHEARSAL],
            automatic_lock=lock,
        )

    def close(self) -> None:
        """Give back what ringing opened."""
        self._queue.close()

    def _started(self) -> bool:
        return self._config.starts_workers and automatic.ensure_worker(
            self._config, [*self._program, *WORKER], environment_for(self._config)
        )

    def _alive(self) -> bool:
        from chatctl.jobs import workers

        return workers.worker_alive(self._config)

    def stop(self, timeout: float) -> list[WorkerState]:
        """Ask this machine's workers to stop and wait until they have, or until `timeout` seconds are over."""
        from chatctl.jobs import workers

        return [
            WorkerState(**each.model_dump(exclude={"leaving"}), host=locks.host(each.worker_id), running=0)
            for each in workers.stop_workers(self._config, timeout)
        ]
