"""Ctrl-C at any moment: what was stored has an id, and it is told."""

import fcntl
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from support import eventually

from .homes import COMMAND, Home


@contextmanager
def full_pipe() -> Iterator[int]:
    """The writing end of a pipe that takes nothing more, as a reader leaves it that does not read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(fcntl.fcntl(writing, fcntl.F_GETPIPE_SZ)))
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x")
    os.set_blocking(writing, True)
    try:
        yield writing
    finally:
        os.close(reading)
        os.close(writing)


@pytest.mark.skipif(not hasattr(fcntl, "F_GETPIPE_SZ"), reason="the size of a pipe is only told on Linux")
@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["", "-q"])
def test_ctrl_c_after_the_commit_tells_the_id(own: Home, quiet: tuple[str, ...]) -> None:
    chats = len(own.run("list", "--json").json())
    with full_pipe() as stdout:
        command = subprocess.Popen(
            [*COMMAND, "new", "x", *quiet],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=own.environment,
            start_new_session=True,
        )
        eventually(lambda: len(own.run("list", "--json").json()) == chats + 1)
        command.send_signal(signal.SIGINT)
        _, told = command.communicate(timeout=30)
    assert command.returncode == 130
    assert f"`chatctl wait {own.message()['id']}` takes it up again." in told
    assert "Traceback" not in told


def test_ctrl_c_before_anything_is_stored_says_nothing(own: Home, tmp_path: Path) -> None:
    fifo = tmp_path / "prompt"
    os.mkfifo(fifo)
    command = own.start("request", str(fifo))
    writing = os.open(fifo, os.O_WRONLY)  # opens once the command reads
    command.send_signal(signal.SIGINT)
    stdout, told = command.communicate(timeout=30)
    os.close(writing)
    assert (command.returncode, stdout, told) == (130, "", "")
