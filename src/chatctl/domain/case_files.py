"""Files of cases: YAML, or JSON with one case a line. What is wrong with one is told with its line and key."""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pydantic

from chatctl.domain import asset_files
from chatctl.domain.errors import AssetInvalid, ValidationError
from chatctl.domain.evals import Case, CaseOutcome

Where = Callable[[asset_files.Location], int | None]
"""The line of a key within a case, or of what is nearest to it."""
_Written = tuple[int, Any, Where]

KEYS: Final = tuple(Case.model_fields)
LIKELY_MEANT: Final = 0.8
"""How near a key must come to a known one to be taken for a mistyped one; others are left to who wrote them."""
LARGEST_YAML: Final = asset_files.LARGEST
LONGEST_LINE: Final = 4_000_000

_WORDS: Final = {
    "missing": "is required",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "list_type": "must be a list",
    "model_type": "must be keys and values",
    "model_attributes_type": "must be keys and values",
    "date_from_datetime_parsing": "must be a date such as 2024-03-31",
    "date_parsing": "must be a date such as 2024-03-31",
}


def read(path: Path) -> list[Case]:
    """The cases in a file, in its order. Raises ValidationError with the line and the key of what is wrong first.

    YAML holds a list of cases, or keys that all of them have and the list under `cases`.
    """
    text = _text(path)
    written = _of_yaml(text, path) if path.suffix.lower() in (".yaml", ".yml") else _of_lines(text, path)
    cases: dict[str, Case] = {}
    for line, data, where in written:
        case = _case(data, line, where, path)
        if case.id in cases:
            raise _refused(path, line, "id", f"{case.id!r} is there twice")
        cases[case.id] = case
    if not cases:
        raise _refused(path, 1, "file", "there is no case in it")
    return list(cases.values())


def outcomes(path: Path) -> dict[str, CaseOutcome]:
    """The outcomes that an evaluation wrote, by their cases' ids, the last of each; a last line cut short is left out.

    Raises ValidationError for a file that is something else.
    """
    *lines, last = _text(path).split("\n")
    found = [_outcome(line, number, path) for number, line in enumerate(lines, start=1)]
    if last and (not found or _is_json(last)):
        found.append(_outcome(last, len(lines) + 1, path))
    return {each.id: each for each in found}


def mend(path: Path) -> None:
    """End the last line of such a file, if it exists, or drop it where it was cut short. Raises OSError."""
    content = path.read_bytes() if path.exists() else b""
    whole = content.rfind(b"\n") + 1
    if last := content[whole:]:
        path.write_bytes(content + b"\n" if _is_json(last) else content[:whole])


def _outcome(line: str, number: int, path: Path) -> CaseOutcome:
    try:
        return CaseOutcome.model_validate_json(line)
    except pydantic.ValidationError:
        raise _refused(path, number, "outcome", "is not what an evaluation writes; give another file") from None


def _is_json(line: str | bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValidationError.field("file", f"{path} cannot be read: {error.strerror}", "unreadable") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _refused(path, line, "file", "is not UTF-8; save it as UTF-8") from None


def _of_lines(text: str, path: Path) -> Iterator[_Written]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise _refused(path, number, "file", f"is longer than {LONGEST_LINE:,} characters")
        try:
            yield number, json.loads(line), lambda _: None
        except (ValueError, RecursionError) as error:
            raise _refused(path, number, "file", f"is not JSON: {error}") from None


def _of_yaml(text: str, path: Path) -> Iterator[_Written]:
    if len(text) > LARGEST_YAML:
        raise _refused(path, 1, "file", f"is longer than {LARGEST_YAML:,} characters; write one JSON object a line")
    try:
        data = asset_files.load(text, str(path))
    except AssetInvalid as error:
        problem = asset_files.problems_of(error)[0]
        raise _refused(path, problem["line"], problem["field"], problem["message"]) from None
    shared: Mapping[str, Any] = {}
    if isinstance(data, Mapping):
        shared = {key: value for key, value in data.items() if key != "cases"}
        data = data.get("cases")
    if not isinstance(data, list):
        raise _refused(path, 1, "cases", "must be a list of cases")
    for at, case in enumerate(data):
        line = asset_files.line(data, (at,)) or 1
        yield line, {**shared, **case} if isinstance(case, Mapping) else case, partial(asset_files.line, case)


def _case(data: Any, line: int, where: Where, path: Path) -> Case:
    if not isinstance(data, Mapping):
        raise _refused(path, line, "case", "must be keys and values, such as {id: 1, question: …}")
    for key in data:
        near = difflib.get_close_matches(str(key), KEYS, n=1, cutoff=LIKELY_MEANT) if key not in KEYS else []
        if near:
            raise _refused(
                path, max(where((key,)) or line, line), str(key), f"there is no such key; did you mean {near[0]}?"
            )
    try:
        return Case.model_validate(data)
    except pydantic.ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"])) or "case"
        message = _WORDS.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
        raise _refused(path, max(where(problem["loc"]) or line, line), key, message) from None


def _refused(path: Path, line: int | None, key: str, message: str) -> ValidationError:
    told = f"{path}, line {line or 1}, {key}: {message}"
    problem = {"field": key, "message": told, "code": "invalid", "line": line or 1, "path": str(path)}
    return ValidationError(told, hint="`chatctl schema case` describes a case.", validationErrors=[problem])
