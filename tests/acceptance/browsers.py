"""Debian's Chromium, driven over its own protocol through a pair of pipes: what a page asks for, says and shows.

The protocol: https://chromedevtools.github.io/devtools-protocol/, JSON messages that end in a zero byte.
"""

import base64
import json
import os
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from support import eventually

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"),
    "--remote-debugging-pipe",
)
COLOURFUL = 40
"""How far apart the channels of a pixel are, at least, that is none of ink, grid and ground."""


def found() -> str | None:
    """The browser on this machine."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser(profile: Path) -> Iterator["Browser"]:
    """A browser of its own, ended with all its processes."""
    asked, ask = os.pipe()
    answer, answered = os.pipe()
    # The browser reads from descriptor 3 and writes to 4, whatever ours are.
    script = f'exec "$0" "$@" 3<&{asked} 4>&{answered}'
    command = ["bash", "-c", script, found() or "chromium", *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        command, pass_fds=(asked, answered), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(asked)
    os.close(answered)
    with open(ask, "wb", buffering=0) as requests, open(answer, "rb") as answers:
        opened = Browser(requests, answers)
        try:
            yield opened
        finally:
            opened.call("Browser.close")
            process.wait(timeout=30)


class Browser:
    """One tab, and what happened in it since its page was opened."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._count = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = next(each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What a method gives; events that come before its answer are kept."""
        self._count += 1
        session = {"sessionId": self._session} if self._session else {}
        self._requests.write(
            json.dumps({"id": self._count, "method": method, "params": params, **session}).encode() + b"\0"
        )
        while True:
            told = self._next()
            if told.get("id") == self._count:
                assert "error" not in told, (method, told["error"])
                result: dict[str, Any] = told["result"]
                return result
            self.events.append(told)

    def open(self, path: Path, *, width: int = 1000, height: int = 800, dark: bool = False, medium: str = "") -> None:
        """Show a page of ours at this size until its charts are drawn."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=medium, features=[scheme])
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        eventually(lambda: self.tells("document.documentElement?.dataset.drawn") == "true", within=30)

    def tells(self, expression: str) -> Any:
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def shot(self, selector: str) -> "Picture":
        """An element as it is seen, at half its size."""
        box = "(({x, y, width, height}) => ({x: x + scrollX, y: y + scrollY, width, height}))"
        clip = self.tells(f"{box}(document.querySelector({json.dumps(selector)}).getBoundingClientRect())")
        shown = self.call("Page.captureScreenshot", clip={**clip, "scale": 0.5}, captureBeyondViewport=True)
        return Picture.decoded(base64.b64decode(shown["data"]))

    def requested(self) -> list[str]:
        """The addresses that the page asked for."""
        sent = [each["params"] for each in self.events if each.get("method") == "Network.requestWillBeSent"]
        return [each["request"]["url"] for each in sent]

    def complaints(self) -> list[Any]:
        """Errors and warnings, those of its policy too."""
        methods = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}
        return [each["params"] for each in self.events if each.get("method") in methods]

    def _next(self) -> dict[str, Any]:
        found = bytearray()
        while (byte := self._answers.read(1)) != b"\0":
            assert byte, "the browser has gone"
            found += byte
        told: dict[str, Any] = json.loads(found)
        return told


@dataclass(frozen=True, slots=True)
class Picture:
    """The pixels of a PNG, row by row, each of three or four bytes."""

    rows: list[bytes]
    channels: int

    @classmethod
    def decoded(cls, png: bytes) -> "Picture":
        """Of eight bits a channel, not interlaced (https://www.w3.org/TR/png-3/, sections 9 and 10)."""
        chunks = dict(_chunks(png))
        width, channels = int.from_bytes(chunks[b"IHDR"][:4]), {2: 3, 6: 4}[chunks[b"IHDR"][9]]
        data, size = zlib.decompress(b"".join(part for name, part in _chunks(png) if name == b"IDAT")), width * channels
        rows, before = [], bytes(size)
        for start in range(0, len(data), size + 1):
            before = _unfiltered(data[start], data[start + 1 : start + 1 + size], before, channels)
            rows.append(before)
        return cls(rows, channels)

    def colourful(self) -> int:
        """How many pixels are of a colour, as only marks are."""
        pixels = (row[at : at + 3] for row in self.rows for at in range(0, len(row), self.channels))
        return sum(max(pixel) - min(pixel) > COLOURFUL for pixel in pixels)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        length = int.from_bytes(png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, line: bytes, above: bytes, channels: int) -> bytes:
    if kind == 0:
        return line
    row = bytearray(line)
    for at, byte in enumerate(line):
        left = row[at - channels] if at >= channels else 0
        corner = above[at - channels] if at >= channels else 0
        row[at] = (byte + (left, above[at], (left + above[at]) // 2, _paeth(left, above[at], corner))[kind - 1]) & 255
    return bytes(row)


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))
