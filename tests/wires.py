"""A wire to a PostgreSQL server that breaks where a test wants it to: before a COMMIT gets there or is answered."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, Literal

import servers

Break = Literal["before the commit", "after the commit", "at a question"]

_WRITE: Final = re.compile(rb"(INSERT INTO|UPDATE|DELETE FROM) (chat|message|source|user_account|permission)\b")
_QUESTION: Final = re.compile(rb"FROM (chat|message|source)\b")
_COMMIT: Final = re.compile(rb"COMMIT\0")


class Wire:
    """Passes on what clients and the server say to each other; breaks as often as it was told to, then no more.

    "before the commit" and "after the commit" are about transactions that wrote: the server does not hear of the
    COMMIT, or the client does not hear of its success. "at a question" breaks off the first look at chats.
    """

    def __init__(self, server: servers.Postgres) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.kind: Break = "at a question"
        self._left = 0
        self.broken = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self, database: str) -> str:
        """The database of this name, seen through the wire."""
        port = str(self._listener.getsockname()[1])
        return self._server.url(database, tcp=True).replace(f":{self._server.port}/", f":{port}/")

    def break_(self, kind: Break, times: int = 1) -> None:
        """Break the next so many connections that come to this point."""
        self.kind, self._left, self.broken = kind, times, 0

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self._server.port)) as server, suppress(OSError):
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()
            wrote = False
            while said := client.recv(2**16):
                wrote = wrote or bool(_WRITE.search(said))
                if self._breaks(said, wrote):
                    if self.kind == "after the commit":
                        # The answer must not come through, yet the server must have heard of the question.
                        client.shutdown(socket.SHUT_RDWR)
                        server.sendall(said)
                        self._await_end(server)
                    # Closing alone would not do while the other thread listens: the server would keep its locks.
                    server.shutdown(socket.SHUT_RDWR)
                    return
                wrote = wrote and not _COMMIT.search(said)
                server.sendall(said)

    def _await_end(self, server: socket.socket) -> None:
        """Say goodbye and wait until the server has done what it was told."""
        server.sendall(b"X\0\0\0\4")
        server.settimeout(5)
        while server.recv(2**16):
            pass

    def _breaks(self, said: bytes, wrote: bool) -> bool:
        there = _QUESTION.search(said) if self.kind == "at a question" else wrote and _COMMIT.search(said)
        if not there or not self._left:
            return False
        self._left -= 1
        self.broken += 1
        return True


@contextmanager
def wire(server: servers.Postgres) -> Iterator[Wire]:
    """A wire for as long as the block takes."""
    strung = Wire(server)
    try:
        yield strung
    finally:
        strung.close()


def _pass_on(origin: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while said := origin.recv(2**16):
            target.sendall(said)
        target.shutdown(socket.SHUT_WR)
