"""Processes that do the same thing at the same moment."""

import multiprocessing
from collections.abc import Callable
from typing import TypeVar

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["chatctl.services.identities", "chatctl.storage.ledger", "psycopg", "pytest"])

T = TypeVar("T")


def together(act: Callable[[int], T], count: int) -> list[T]:
    """What the act gives in so many processes that begin at the same moment, each with its number."""
    with SERVER.Pool(count) as pool:
        found = pool.map(act, range(count), chunksize=1)
        # They end by themselves: a server that an attempt started before forks what no SIGTERM reaches.
        pool.close()
        pool.join()
    return found
