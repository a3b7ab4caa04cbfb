"""One run of the command: its streams, its flags, and what is made of them when it is first needed."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, cast
from uuid import UUID, uuid4

import typer

from chatctl.cli import options
from chatctl.domain.errors import ChatctlError

if TYPE_CHECKING:
    from chatctl.domain.chats import ResultEntry
    from chatctl.rendering.output import Output
    from chatctl.runtime import Runtime


class Unfailing:
    """A stream for narration: what cannot be said there, on a closed pipe or a full disk, must not stop the work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write as far as that goes."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush as far as that goes."""
        with suppress(OSError):
            self._stream.flush()


class Invocation:
    """Streams and flags of one run; `output` and `runtime` come into being when first used."""

    def __init__(self, args: list[str], *, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> None:
        self.request_id: UUID = uuid4()
        self.stdin = stdin
        self._stdout = stdout
        self._stderr = cast(TextIO, Unfailing(stderr))
        self._flags: dict[str, Any] = {"output": options.asked_for(args), "debug": "--debug" in args}
        self._settings: dict[str, object] = {}
        self._untold: UUID | None = None
        self._narrator: tuple[Callable[[str], None], Callable[[str, float | None], None]] | None = None

    def take(self, shared: Mapping[str, Any], own: Mapping[str, Any], also: Sequence[str]) -> None:
        """The parsed flags: the shared ones, and those of the command that are settings too.

        Raises BadParameter for a format that is neither common nor among those that the command can print `also`.
        """
        self._flags = dict(shared)
        self._settings = {name: shared[name] for name in ("home", "database", "user", "organization")}
        self._settings |= {name: own[name] for name in ("wait", "query_timeout") if name in own}
        asked, known = shared["output"], (*options.FORMATS, *also)
        if asked in options.SPECIAL and asked not in also:
            raise typer.BadParameter(f"{asked} is for {options.SPECIAL[asked]}", param_hint="--output")
        if asked and asked not in known:
            raise typer.BadParameter(f"{asked!r} is not a format; there are {', '.join(known)}", param_hint="--output")

    @property
    def debug(self) -> bool:
        """Whether tracebacks are wanted."""
        return bool(self._flags.get("debug"))

    def speak(self, format: str) -> None:
        """The output format where none is asked for."""
        self._flags["output"] = self.format or format

    @property
    def format(self) -> str | None:
        """The output format asked for, or None."""
        return "json" if self._flags.get("json") else self._flags.get("output")

    @cached_property
    def output(self) -> "Output":
        """Where everything is printed."""
        from chatctl.config import colour_wanted, pager
        from chatctl.rendering.output import Output

        return Output(
            stdout=self._stdout,
            stderr=self._stderr,
            format=self.format,  # type: ignore[arg-type]
            quiet=bool(self._flags.get("quiet")),
            colour=colour_wanted(),
            pager=None if self._flags.get("no_pager") else pager(),
            parquet=_parquet,
        )

    @cached_property
    def runtime(self) -> "Runtime":
        """The services, on the settings of this run."""
        from chatctl import config
        from chatctl.runtime import Runtime

        note, progress = self._narrator or (self.output.note, self.output.progress)
        return Runtime(
            config.load(self._settings),
            note=note,
            progress=progress,
            accepted=lambda written: self.expect(written.message_id),
            request_id=self.request_id,
        )

    def narrate(self, *, note: Callable[[str], None], progress: Callable[[str, float | None], None]) -> None:
        """Let the services tell these what they else say on stderr; to be said before `runtime` is used."""
        self._narrator = (note, progress)

    def text(self, argument: str | None) -> str | None:
        """A prompt: the argument, or standard input for `-` or for no argument with piped input; None for neither.

        Bytes of an argument that are not UTF-8 stay in it as lone surrogates, which validation refuses.
        """
        if argument is not None and argument != "-":
            return argument
        if argument is None and self.stdin.isatty():
            return None
        return self.piped()

    def piped(self) -> str:
        """Standard input as text; what is not UTF-8 is kept as lone surrogates, which validation refuses."""
        stream = getattr(self.stdin, "buffer", None)
        text = stream.read().decode("utf-8-sig", errors="surrogateescape") if stream else self.stdin.read()
        return str(text).rstrip("\r\n")

    def ids(self, values: Sequence[object]) -> None:
        """Print ids, a line each; as records where a format for machines is asked for."""
        if self._flags.get("quiet") or self.format is None:
            self.output.ids(values)
        else:
            self.output.records([{"id": value} for value in values])

    def expect(self, message_id: UUID) -> None:
        """A message is on its way whose id or answer is still to be printed."""
        self._untold = message_id

    def told(self) -> None:
        """What was expected is printed, and taken by whoever reads it."""
        self._stdout.flush()
        self._untold = None

    def left(self) -> str | None:
        """Where what was accepted is found again, if it is not printed yet."""
        return f"It is stored: `chatctl show {self._untold}` prints it." if self._untold else None

    def detach(self) -> None:
        """After Ctrl-C: the work goes on, and the id of what is not printed yet is said, even with -q."""
        self.output.done()
        if self._untold is None:
            return
        left = "Stored."
        with suppress(KeyboardInterrupt, ChatctlError):
            left = "Detached; the work goes on." if self.runtime.waiting.goes_on() else "Given back to the queue."
        self.output.note(f"{left} `chatctl wait {self._untold}` takes it up again.", always=True)

    def silence(self) -> None:
        """After Ctrl-C, or when a reader went away: what is left for stdout is not waited for."""
        if self._stdout is sys.stdout:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stdout.fileno())

    def close(self) -> None:
        """Give back what was used."""
        if "output" in self.__dict__:
            self.output.done()
        if "runtime" in self.__dict__:
            self.runtime.close()


def _parquet(result: "ResultEntry") -> bytes:
    from chatctl.runtime import encode_parquet

    return encode_parquet(result)


def of(context: typer.Context) -> Invocation:
    """The invocation that a command runs in."""
    invocation: Invocation = context.obj
    return invocation
