"""How long readings may be tried before one is chosen: each alone may be quick, and all of them slow."""

import time
from dataclasses import replace

from chatctl.domain.errors import QueryTimeout
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Engine, Limits


class Allowance:
    """The seconds that statements tried on an engine may take in all."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._engine = engine
        self._left = seconds

    def run(self, sql: str, limits: Limits) -> ResultSet:
        """As the engine's, within what is left. Raises QueryTimeout too where nothing is."""
        if self._left <= 0:
            raise QueryTimeout("There is no time left to try it.")
        begun = time.monotonic()
        try:
            return self._engine.run(sql, replace(limits, seconds=min(limits.seconds, self._left)))
        finally:
            self._left -= time.monotonic() - begun
