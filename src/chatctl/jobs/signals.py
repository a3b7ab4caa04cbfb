"""The signals that stop a worker, and how it waits for them."""

import os
import select
import signal
from typing import Final, Self

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class StopSignals:
    """Stop signals as something to wait for: the handler only wakes a pipe, so no lock is taken inside it."""

    def __enter__(self) -> Self:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: None)
        return self

    def __exit__(self, *_: object) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        os.close(self._read)
        os.close(self._write)

    def received(self, within: float) -> bool:
        """Whether a stop signal came, waiting up to so many seconds for it; each is reported once."""
        ready, _, _ = select.select([self._read], [], [], within)
        return bool(ready) and bool(os.read(self._read, 1))
