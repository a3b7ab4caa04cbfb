"""The command line with the soak's composition: `python -m soaking.program` in the place of `chatctl`."""

import sys

import chatctl.runtime
from chatctl.__main__ import main
from soaking import oracle
from soaking.composition import Soak, bend_command

if __name__ == "__main__":
    chatctl.runtime.Runtime = Soak  # type: ignore[misc]
    bend_command()
    status = main()
    # By its own clock: whoever waits for it may have to wait for a core first.
    oracle.note("exit", detail=str(int(status)))
    sys.exit(status)
