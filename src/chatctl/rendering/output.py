"""Everything the program prints."""

from chatctl.rendering.access_output import AccessOutput
from chatctl.rendering.asset_output import AssetOutput
from chatctl.rendering.chat_output import IdOf
from chatctl.rendering.check_output import CheckOutput
from chatctl.rendering.eval_output import EvalOutput
from chatctl.rendering.printer import Format
from chatctl.rendering.source_output import SourceOutput
from chatctl.rendering.upkeep_output import UpkeepOutput
from chatctl.rendering.usage_output import UsageOutput
from chatctl.rendering.views import ChatView

__all__ = ["ChatView", "Format", "IdOf", "Output"]


class Output(AssetOutput, CheckOutput, EvalOutput, SourceOutput, AccessOutput, UpkeepOutput, UsageOutput):
    """The two streams of a command and all that it can print on them."""
