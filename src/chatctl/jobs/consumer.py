"""Huey's consumer without its handling of signals."""

from huey.consumer import Consumer as HueyConsumer


class Consumer(HueyConsumer):  # type: ignore[misc]
    """Threads that take rings.

    Huey's own main loop answers SIGINT by dropping what runs and SIGHUP by starting the program again; the worker
    has a loop and handlers of its own.
    """

    def _set_signal_handlers(self) -> None:
        """Leave the worker's handlers in place."""
