"""The command. `--version` is answered before anything is imported: shells and CI ask for it often."""

import atexit
import gc
import os
import sys

_ALLOCATIONS_BEFORE_COLLECTION = 100_000  # Python's 700 has a fifth of a short command's time go into searching modules


def main() -> int:
    """Run the command line of this process; the exit status."""
    gc.set_threshold(_ALLOCATIONS_BEFORE_COLLECTION)
    _complete_streams()
    try:
        status = _version() if sys.argv[1:] in (["--version"], ["-V"]) else _run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported, or a second one
        status = 130
    _leave(status)
    return status


def _run(words: list[str]) -> int:
    from chatctl.cli.main import run

    return run(words, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)


def _version() -> int:
    from chatctl import __version__

    try:
        sys.stdout.write(f"chatctl {__version__}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return 0
    except OSError as error:
        sys.stderr.write(f"error: The version cannot be written: {error.strerror}\n")
        return 1
    return 0


def _complete_streams() -> None:
    """A stream that the caller closed reads as empty and swallows; what a terminal cannot spell is escaped."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115  for the life of the process
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _leave(status: int) -> None:
    """End the process without taking its modules down one by one, which costs a fifth of a short command's time."""
    import contextlib

    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # what nobody can take any more
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
