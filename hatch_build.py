"""Puts the scripts that draw charts in pages into the package: no file of theirs is kept in the repository."""

from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SCRIPT = "src/chatctl/rendering/vega.js"
NOTICE = """\
/* Vega, Vega-Lite and Vega-Embed, as bundled by vl-convert-python {version}.
   Copyright (c) University of Washington Interactive Data Lab and contributors, BSD-3-Clause: https://vega.github.io */
"""


class ChartScripts(BuildHookInterface[Any]):
    """Writes one script with Vega, Vega-Lite and Vega-Embed, taken from vl-convert-python, unless it is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Hatchling calls this before it builds a wheel, an editable one too."""
        del version
        path = Path(self.root, SCRIPT)
        notice = NOTICE.format(version=version_of("vl-convert-python"))
        if not (path.is_file() and path.read_text(encoding="utf-8").startswith(notice)):
            path.write_text(notice + _bundle(), encoding="utf-8")
        build_data["artifacts"].append(SCRIPT)


def _bundle() -> str:
    """The script. Raises ValueError for one that could not stand in a page."""
    # Bundling takes seconds, and an installation that is up to date does not need it.
    import vl_convert

    script: str = vl_convert.javascript_bundle()
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("the bundle would end the element that it stands in")
    return script
