"""The command. `--version` is answered before anything is imported: shells and CI ask for it often."""

import os
import sys


def main() -> int:
    """Run the command line of this process; the exit status."""
    _complete_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from chatctl import __version__

        sys.stdout.write(f"chatctl {__version__}\n")
        return 0
    from chatctl.cli.main import run

    status = run(sys.argv[1:], stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)
    _settle()
    return status


def _complete_streams() -> None:
    """A stream that the caller closed reads as empty and swallows; what a terminal cannot spell is escaped."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115  for the life of the process
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _settle() -> None:
    """Let go of narration that nobody can take any more: Python would end with 120 over it."""
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    sys.exit(main())
