"""A server on this machine that speaks OpenAI's wire format and answers by a script, faults included.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

Body = dict[str, Any]
PIECE, MOST_PIECES = 7, 500
"""Letters in a chunk, and chunks of a reply: no tool call and few words come in one."""


class Exchange:
    """One request at the server, and the means to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, body: Body, released: threading.Event) -> None:
        self.body = body
        self.released = released
        self._handler = handler

    def refuse(self, status: int, message: str, headers: Mapping[str, str]) -> None:
        """An error as OpenAI words it."""
        self.send(status, json.dumps({"error": {"message": message, "type": "error", "code": None}}), headers)

    def send(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        """A whole response."""
        raw = text.encode()
        self._handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.wfile.write(raw)

    def begin(self) -> None:
        """The head of a stream."""
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", "text/event-stream")
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()

    def event(self, data: str) -> None:
        """One event of a stream."""
        raw = f"data: {data}\n\n".encode()
        self._handler.wfile.write(b"%x\r\n%s\r\n" % (len(raw), raw))
        self._handler.wfile.flush()

    def chunk(self, delta: Mapping[str, Any] | None = None, finish: str | None = None, **more: Any) -> None:
        """A piece of a reply."""
        choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
        told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "test", "choices": choices}
        self.event(json.dumps(told | more))

    def end(self, finish: str, *, counted: bool = True) -> None:
        """The last pieces: why it ends, and what it cost."""
        self.chunk({}, finish)
        if counted:
            self.chunk(usage={"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110})
        self.event("[DONE]")
        self._handler.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """Reset the connection, as a crash of the other side does."""
        linger = struct.pack("ii", 1, 0)
        self._handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        for end in (self._handler.wfile, self._handler.rfile, self._handler.connection):
            end.close()


Reply = Callable[[Exchange], None]


def say(text: str, *, finish: str = "stop") -> Reply:
    """A reply in words."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for piece in _pieces(text):
            exchange.chunk({"role": "assistant", "content": piece})
        exchange.end(finish)

    return reply


def call(tool: str, /, **arguments: Any) -> Reply:
    """A reply that calls a tool."""
    return calls((tool, arguments))


def calls(*wanted: tuple[str, Mapping[str, Any] | str]) -> Reply:
    """A reply that calls several tools; arguments that are a text go out as they are."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for at, (name, arguments) in enumerate(wanted):
            head = {
                "index": at,
                "id": f"call_{uuid4().hex}",
                "type": "function",
                "function": {"name": name, "arguments": ""},
            }
            exchange.chunk({"role": "assistant", "tool_calls": [head]})
            for piece in _pieces(arguments if isinstance(arguments, str) else json.dumps(arguments)):
                exchange.chunk({"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
        exchange.end("tool_calls")

    return reply


def answer(text: str, *results: str, **more: Any) -> Reply:
    """A reply that ends the work."""
    return call("answer", text=text, results=list(results), **more)


def sql(statement: str, **more: Any) -> Reply:
    """A reply that runs a statement."""
    return call("run_sql", sql=statement, **more)


def refuse(status: int, message: str = "no", **headers: str) -> Reply:
    """An error; `Retry_After="1"` is a header."""
    return lambda exchange: exchange.refuse(
        status, message, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def raw(text: str, status: int = 200) -> Reply:
    """Whatever a broken server might send."""
    return lambda exchange: exchange.send(status, text, {})


def events(*data: str) -> Reply:
    """A stream of whatever events."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        for each in data:
            exchange.event(each)
        exchange.cut()

    return reply


def cut(text: str = "I was about to say") -> Reply:
    """A stream that breaks off."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk({"role": "assistant", "content": text})
        exchange.cut()

    return reply


def stall(text: str = "Let me think") -> Reply:
    """A stream that begins and then says nothing, until the server is released."""

    def reply(exchange: Exchange) -> None:
        exchange.begin()
        exchange.chunk({"role": "assistant", "content": text})
        exchange.released.wait(60)
        exchange.cut()

    return reply


class Provider:
    """The server: its address, its script, and every request that it had."""

    def __init__(self, address: str) -> None:
        self.url = address
        self.script: list[Reply] = []
        self.otherwise: Reply = refuse(400, "the script has ended")
        self.requests: list[Body] = []
        self.released = threading.Event()
        self._lock = threading.Lock()

    def take(self, handler: BaseHTTPRequestHandler, body: Body) -> None:
        """Answer a request by the next line of the script."""
        with self._lock:
            self.requests.append(body)
            reply = self.script.pop(0) if self.script else self.otherwise
        # Who asked may be gone: killed, or tired of waiting.
        with suppress(OSError):
            reply(Exchange(handler, body, self.released))

    def heard(self, at: int = -1) -> list[str]:
        """The texts of one request's messages, tool results included."""
        return [str(message.get("content")) for message in self.requests[at]["messages"]]


@contextmanager
def serving() -> Iterator[Provider]:
    """A provider inside the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            provider.take(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, *_: object) -> None:
            """Nobody listens."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A connection that was cut on purpose is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider = Provider(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _pieces(text: str) -> list[str]:
    size = max(PIECE, len(text) // MOST_PIECES)
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]
