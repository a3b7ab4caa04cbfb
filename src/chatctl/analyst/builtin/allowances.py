"""How long readings may be tried before one is chosen: each alone may be quick, and all of them slow."""

import time

from chatctl.domain.errors import QueryTimeout
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Engine, Limits

PATIENCE = 4.0
"""Seconds of waiting that count as one of work."""


class Allowance:
    """The seconds that statements tried on an engine may take in all."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._left = seconds

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """As the engine's. Raises QueryTimeout too where nothing is left."""
        if self._left <= 0:
            raise QueryTimeout("There is no time left to try it.")
        waited, worked = time.monotonic(), time.process_time()
        try:
            return self._engine.run(sql, limits)
        finally:
            # A busy machine should not change an answer, nor a slow server hold it up for long.
            self._left -= max(time.process_time() - worked, (time.monotonic() - waited) / PATIENCE)
