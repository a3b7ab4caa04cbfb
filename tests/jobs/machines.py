"""Machines that share a database: homes of their own, and a line to the server that can be cut."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from .scripted import Desk


class Machine:
    """A home of its own beside the shared database and queue."""

    def __init__(self, desk: Desk, start: Callable[..., Any], settings: dict[str, str]) -> None:
        self.desk = desk
        self._start = start
        self._settings = settings

    def work(self, **settings: str) -> Any:
        """A worker of this machine."""
        return self._start("worker", **self._settings, **settings)


def completed(desk: Desk, *ids: UUID) -> bool:
    return all(desk.message(message_id).status == "completed" for message_id in ids)


class Line:
    """Carries connections to a local port; while it is cut, what is sent is held back and nobody is told."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Nothing gets through inside the block; all of it does afterwards, however late."""
        self._whole.clear()
        try:
            yield
        finally:
            self._whole.set()

    def serve(self) -> None:
        """Take connections until the line is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._server_port))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        # Closing alone would leave the thread that accepts asleep.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with source, suppress(OSError):
            while data := source.recv(65_536):
                self._whole.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line to this port of the machine, as long as the block lasts."""
    line = Line(port)
    carrier = threading.Thread(target=line.serve, daemon=True)
    carrier.start()
    try:
        yield line
    finally:
        line.close()
        carrier.join(5)
