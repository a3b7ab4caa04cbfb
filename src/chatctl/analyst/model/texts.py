"""Texts of models as they can be kept: JSON may spell what is no character, and what no database takes."""

import re
from typing import Any, Final

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
"""The null character, which PostgreSQL refuses, and halves of characters, which no encoding knows."""


def fit(value: Any) -> Any:
    """A JSON value whose texts can be kept; what is unfit in them becomes U+FFFD."""
    match value:
        case str():
            return _UNFIT.sub("\ufffd", value)
        case dict():
            return {fit(key): fit(each) for key, each in value.items()}
        case list():
            return [fit(each) for each in value]
        case _:
            return value
