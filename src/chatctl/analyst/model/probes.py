"""Whether a model answers: one small request, that offers a tool, for a model must be able to take one."""

import time
from typing import Final

from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from chatctl.analyst.model import providers
from chatctl.analyst.model.lines import Line, Patience, connected
from chatctl.analyst.model.spending import Spending
from chatctl.domain.models import ModelLimits

LIMITS: Final = ModelLimits(steps=1, output_tokens=1_024, seconds=60.0)
"""Enough for a model that thinks before it says a word, and for a local one that is loaded first."""

TOOL: Final = ToolDefinition(
    name="ready", description="Say that you are ready.", parameters_json_schema={"type": "object", "properties": {}}
)


def ask(name: str, base_url: str | None) -> float:
    """Seconds until the model of `PROVIDER:NAME` has replied, whatever it said.

    Raises ModelError with what mends it where it does not, LimitExceeded where it takes longer than a minute.
    """
    begun = time.monotonic()
    model = providers.resolve(name, base_url)
    with connected(model) as loop:
        line = Line(name, model, Spending(model=name, limits=LIMITS), Patience(tries=1), loop)
        request = ModelRequest.user_text_prompt("Call the tool ready.")
        for _ in line.ask([request], ModelRequestParameters(function_tools=[TOOL], allow_text_output=True)):
            continue
    return time.monotonic() - begun
