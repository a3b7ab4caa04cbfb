"""Long output goes through the user's pager, as git and gh do it."""

import subprocess
from typing import Final, TextIO

# A pager is a shell command by convention; the defaults are git's and gh's and give way to the user's own.
_DEFAULTS: Final = 'export LESS="${LESS-FRX}" LV="${LV--c}"\n'
_NOT_FOUND: Final = 127


def page(text: str, command: str, stream: TextIO) -> bool:
    """Show the text in the pager until the user leaves it; False if there is no such command.

    A pager left early is no error. Ctrl-C belongs to the pager while it runs.
    """
    stream.flush()
    process = subprocess.Popen(_DEFAULTS + command, shell=True, stdin=subprocess.PIPE, stdout=stream)
    try:
        process.communicate(text.encode("utf-8", "backslashreplace"))
    except KeyboardInterrupt:
        _outlast(process)
    return process.returncode != _NOT_FOUND


def _outlast(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
