"""Each attempt in a process of its own: cancel and deadline are a kill, a death has one culprit, a hang harms nobody.

The processes come from a fork server that has imported everything once (7 ms each instead of 700). They hold no
lock of their worker and die with it: each watches a pipe whose other end only the worker has.
"""

import fcntl
import gc
import logging
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.popen_forkserver import Popen
from pathlib import Path
from typing import Final, Self

from chatctl.config import Config, hand_down
from chatctl.domain.jobs import Claim
from chatctl.jobs.signals import STOP_SIGNALS

Attempt = Callable[[Config, Claim], None]
"""Works on one claim to its end in the database; must be importable by name, for it is run in another process."""

_CONTEXT: Final = get_context("forkserver")
_ORPHANED: Final = 70
_OOM_SCORE: Final = Path("/proc/self/oom_score_adj")
_FIRST_TO_GO: Final = "800"

_log = logging.getLogger("chatctl.jobs")


def prepare(config: Config, preload: Sequence[str]) -> None:
    """Start the fork server, which imports these modules while the worker goes on with its own start.

    They find the settings in the environment.
    """
    hand_down(config)
    # Attempts are found by their own modules, so no process need run a console script again to have its main module:
    # one of this name is left alone (multiprocessing.spawn). 5 ms each.
    sys.modules["__main__"].__spec__ = ModuleSpec("chatctl.__main__", loader=None)
    _CONTEXT.set_forkserver_preload([__name__, *preload])
    # By itself and first: it unblocks the signals.
    resource_tracker.ensure_running()
    with _stop_signals_blocked():
        forkserver.ensure_running()


class AttemptProcess:
    """The process of one attempt, from entering the block; leaving it kills what is still there."""

    def __init__(self, attempt: Attempt, config: Config, claim: Claim) -> None:
        self._theirs, self._ours = _CONTEXT.Pipe(duplex=False)
        # Where each setting came from is of no use there, and most of what would have to be carried over.
        told = replace(config, origins=())
        self._process = _CONTEXT.Process(target=_run, args=(attempt, told, claim, self._theirs))

    def __enter__(self) -> Self:
        try:
            with _stop_signals_blocked():
                # Not by Process.start(), which polls every other process it knows of: whoever polls takes the exit
                # status away from the thread that waits for it, so that all would have to take turns.
                self._child = Popen(self._process)
        except BaseException:
            self._ours.close()
            raise
        finally:
            self._theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        if not self.ended(within=0):
            self._child.kill()
            wait([self._child.sentinel])
        self._child.poll()
        self._child.close()
        self._ours.close()

    def ended(self, within: float) -> bool:
        """Whether the process is gone, waiting up to so many seconds for it."""
        return bool(wait([self._child.sentinel], within))

    def failure(self) -> str | None:
        """Why an ended process is to be called dead rather than done, or None."""
        status = self._child.poll()
        if not status:
            return None
        if status > 0:
            return f"The attempt's process ended with status {status}"
        return f"The attempt's process was killed by {signal.Signals(-status).name}"


def _run(attempt: Attempt, config: Config, claim: Claim, worker: Connection) -> None:
    # What was imported before the fork stays shared: a collection that looked at it would copy every page (gc.freeze).
    gc.freeze()
    # The output of an inline attempt's command is its result: nothing that a library prints may get into it.
    os.dup2(2, 1)
    _bound_memory(config.attempt_memory)
    _be_killed_with(worker)
    status = 1
    try:
        attempt(config, claim)
        status = 0
    finally:
        if status:
            known = {"messageId": str(claim.message_id), "attempt": claim.attempt}
            _log.error("the attempt broke", exc_info=True, extra=known)
        logging.shutdown()
        # At once: threads that the attempt left behind would keep the process alive.
        os._exit(status)


def _bound_memory(megabytes: int) -> None:
    """On data (setrlimit(2)), not on addresses, of which databases reserve far more than they use.

    The stacks of threads count, so that threads without end meet the limit too. Where the machine's memory runs out
    all the same, the attempt goes before its worker (proc_pid_oom_score_adj(5)).
    """
    limit = megabytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    if sys.platform == "linux":
        with suppress(OSError):
            _OOM_SCORE.write_text(_FIRST_TO_GO, encoding="utf-8")


def _be_killed_with(worker: Connection) -> None:
    """End this process when the pipe does: by the kernel where it can (fcntl(2), F_SETSIG), else by a thread.

    Code that never lets go of the interpreter would keep a thread from running.
    """
    if sys.platform != "linux":
        threading.Thread(target=_die_with, args=(worker,), name="die-with-worker", daemon=True).start()
        return
    fcntl.fcntl(worker, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(worker, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(worker, fcntl.F_SETFL, fcntl.fcntl(worker, fcntl.F_GETFL) | os.O_ASYNC)
    if worker.poll():
        # It ended before the kernel was asked to tell.
        os._exit(_ORPHANED)


def _die_with(worker: Connection) -> None:
    """Nothing is ever sent: the pipe ends when the worker does, however that comes about."""
    try:
        worker.recv_bytes()
    except (EOFError, OSError):
        os._exit(_ORPHANED)


@contextmanager
def _stop_signals_blocked() -> Iterator[None]:
    """What is started inside never sees these signals, which a terminal sends to every process of its group.

    Only the worker answers them; it finishes its attempts or kills them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
