"""The command. `--version` is answered before anything is imported: shells and CI ask for it often."""

import sys


def main() -> int:
    """Run the command line of this process; the exit status."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from chatctl import __version__

        sys.stdout.write(f"chatctl {__version__}\n")
        return 0
    from chatctl.cli.main import run

    return run(sys.argv[1:], stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
