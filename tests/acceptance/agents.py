"""Another agent at a user's home: the official SDK's client with a server process, or bare lines on its pipes."""

import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp_types import CallToolResult

from .homes import COMMAND, Home


class Agent:
    """One that has connected; results are valid under the schemas of their tools, or the SDK raises."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """The tool's result, whatever it is."""
        return await self.session.call_tool(tool, arguments)

    async def get(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The tool's value, which it must have."""
        result = await self.call(tool, **arguments)
        assert not result.is_error, told(result)
        assert told(result)
        value: dict[str, Any] = result.structured_content
        return value

    async def refused(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The error that the tool must give, which is also told in words."""
        result = await self.call(tool, **arguments)
        assert result.is_error, told(result)
        error: dict[str, Any] = (result.meta or {})["chatctl/error"]
        assert told(result).startswith(f"{error['code']}: {error['error']}")
        assert result.structured_content is None
        return error


def told(result: CallToolResult) -> str:
    """A result as a model reads it."""
    return "\n".join(each.text for each in result.content if each.type == "text")


@asynccontextmanager
async def connected(home: Home, *words: str, **environment: str) -> AsyncIterator[Agent]:
    """An agent with a server of its own, which has ended when the block is over."""
    command, *first = COMMAND
    server = StdioServerParameters(
        command=command, args=[*first, "mcp", *words], env={**home.environment, **environment}
    )
    async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
        await session.initialize()
        yield Agent(session)


def play(home: Home, script: Callable[[Agent], Awaitable[None]], *words: str, **environment: str) -> None:
    """Run the script as one agent."""

    async def run() -> None:
        async with connected(home, *words, **environment) as agent:
            await script(agent)

    anyio.run(run)


async def together(*calls: Callable[[], Awaitable[Any]]) -> list[Any]:
    """What calls give that are made at once, in order."""
    found: list[Any] = [None] * len(calls)

    async def one(at: int) -> None:
        found[at] = await calls[at]()

    async with anyio.create_task_group() as group:
        for at in range(len(calls)):
            group.start_soon(one, at)
    return found


class Wire:
    """A server on bare pipes: bytes in, lines of JSON out."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._number = 0
        self._early: dict[int, dict[str, Any]] = {}

    def write(self, line: bytes) -> None:
        """Send a line, whatever it holds."""
        assert self.process.stdin
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def request(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._number += 1
        self.write(json.dumps({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}).encode())
        return self._number

    def response(self, number: int) -> dict[str, Any]:
        """The response to a request; what else the server says before it is JSON too."""
        assert self.process.stdout
        while number not in self._early:
            line = self.process.stdout.readline()
            assert line, "the server has ended"
            message: dict[str, Any] = json.loads(line)
            self._early[message.get("id", 0)] = message
        return self._early.pop(number)

    def initialize(self) -> None:
        """Shake hands."""
        client = {"name": "a test", "version": "1"}
        number = self.request("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        assert self.response(number)["result"]["serverInfo"]["name"] == "chatctl"
        self.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')

    def leave(self, within: float = 10) -> int:
        """Close the server's input; its exit status."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(within)


@contextmanager
def wire(home: Home) -> Iterator[Wire]:
    """A server on bare pipes, killed at the end if it is still there."""
    process = subprocess.Popen(
        [*COMMAND, "mcp"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=home.environment,
        start_new_session=True,
    )
    with process:
        try:
            yield Wire(process)
        finally:
            process.kill()
