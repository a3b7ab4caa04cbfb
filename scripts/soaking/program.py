"""The command line with the soak's composition: `python -m soaking.program` in the place of `chatctl`."""

import sys

import chatctl.runtime
from chatctl.__main__ import main
from soaking.composition import Soak, bend_command

if __name__ == "__main__":
    chatctl.runtime.Runtime = Soak  # type: ignore[misc]
    bend_command()
    sys.exit(main())
