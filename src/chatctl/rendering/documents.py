"""Values as JSON: camelCase, readable characters as they are, control characters escaped."""

import json
import re
from typing import Final

from pydantic_core import to_jsonable_python

# json escapes what lies below the space; these may only stand inside strings, so replacing them keeps JSON valid.
_RAW: Final = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def indented(value: object) -> str:
    """A JSON document to read, ending in a newline."""
    return _escaped(json.dumps(_plain(value), ensure_ascii=False, indent=2)) + "\n"


def line(value: object) -> str:
    """A JSON document on one line, ending in a newline."""
    return _escaped(json.dumps(_plain(value), ensure_ascii=False)) + "\n"


def _plain(value: object) -> object:
    return to_jsonable_python(value, by_alias=True, inf_nan_mode="null", fallback=str)


def _escaped(text: str) -> str:
    return _RAW.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
