"""Metric and dashboard files as text: YAML in, a checked value out, and back. What is wrong names its line and key."""

import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

import pydantic
from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString
from ruamel.yaml.tokens import AliasToken

from chatctl.domain.assets import FILES, AssetFile
from chatctl.domain.chats import FileType
from chatctl.domain.errors import AssetInvalid

LARGEST: Final = 1_000_000
"""Characters of a file: far above any dashboard's."""

Location = tuple[int | str, ...]
Problem = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A file that keeps the rules of its form; whether its SQL runs and its metrics are there is still to be seen.

    `data` is the text as it was read, which knows its lines.
    """

    file: AssetFile
    file_type: FileType
    origin: str = "the file"
    data: Any = None

    def refused(self, problems: Sequence[tuple[Location, str, str]]) -> AssetInvalid:
        """The error for what is wrong with it: where, what, and the rule's code."""
        found = [
            _rule(".".join(map(str, location)), message, code, _line(self.data, location) if self.data else None)
            for location, message, code in problems
        ]
        return _invalid(found, self.origin)


def parse(text: str, file_type: FileType, *, origin: str = "the file") -> Draft:
    """The file in a YAML (or JSON) text. Raises AssetInvalid with one problem for every broken rule."""
    model = FILES[file_type]
    data = _load(text, origin)
    try:
        return Draft(file=model.model_validate(data), file_type=file_type, origin=origin, data=data)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        problems = [_problem(model, data, each) for each in found]
        # A mistyped key is told before the key that is missing because of it.
        raise _invalid(sorted(problems, key=lambda each: each["code"] != "extra_forbidden"), origin) from None


def parse_bytes(content: bytes, file_type: FileType, *, origin: str = "the file") -> Draft:
    """The file in the bytes of one, which are UTF-8, with a byte order mark or without. Raises as `parse`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"not UTF-8: byte {content[error.start]:#04x}; save the file as UTF-8"
        raise _invalid([_rule("file", message, "encoding", line)], origin) from None
    return parse(text, file_type, origin=origin)


def problems_of(error: AssetInvalid) -> list[Problem]:
    """Every broken rule that the error tells of; each names its file in `path`."""
    problems: list[Problem] = error.details["validationErrors"]
    return problems


def dump(file: AssetFile) -> str:
    """The file as YAML that diffs well: keys in the order of the model, SQL as a block, nothing that is a default."""
    values = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if "sql" in values:
        values["sql"] = _block(values["sql"])
    out = io.StringIO()
    _yaml().dump(values, out)
    return out.getvalue()


def _rule(field: str, message: str, code: str, line: int | None = None) -> Problem:
    return {"field": field, "message": message, "code": code, "line": line}


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _block(sql: str) -> str:
    """As a block where YAML can hold it as one unchanged."""
    lines = sql.split("\n")
    tame = len(lines) > 1 and all(line.isprintable() and line == line.rstrip() for line in lines)
    return LiteralScalarString(sql) if tame else sql


def _load(text: str, origin: str) -> Any:
    if len(text) > LARGEST:
        raise _invalid([_rule("file", f"longer than {LARGEST:,} characters", "too_long")], origin)
    try:
        if any(isinstance(token, AliasToken) for token in _yaml().scan(text)):
            raise _invalid([_rule("file", "aliases (*name) are not supported", "alias")], origin)
        data = _yaml().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _invalid([_rule("file", f"not YAML: {_sentence(error)}", "yaml", line)], origin) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise _invalid([_rule("file", f"not YAML: {_sentence(error)}", "yaml")], origin) from None
    if not isinstance(data, dict):
        raise _invalid([_rule("file", "not a mapping of keys to values", "yaml", 1)], origin)
    return data


def _sentence(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).partition("\n")[0] or "it cannot be read"


def _invalid(problems: Sequence[Problem], origin: str) -> AssetInvalid:
    where = [f"line {each['line']}, " if each["line"] else "" for each in problems]
    told = [f"{place}{each['field']}: {each['message']}" for place, each in zip(where, problems, strict=True)]
    sentence = f"{origin[:1].upper()}{origin[1:]} is not valid: {told[0]}"
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return AssetInvalid(
        sentence + more,
        hint="`chatctl schema metric` and `chatctl schema dashboard` describe the files.",
        validationErrors=list(problems),
    )


def _problem(model: type[BaseModel], data: Any, found: Any) -> Problem:
    location: Location = tuple(part for part in found["loc"] if not _is_tag(part))
    field = ".".join(str(part) for part in location) or "file"
    message = found["msg"].removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        message = f"there is no such key{_nearest(str(location[-1]), _keys(model, location[:-1]))}"
    elif found["type"] == "missing":
        message = "is required"
    return _rule(field, message, found["type"], _line(data, location))


def _is_tag(part: int | str) -> bool:
    """Pydantic names the member of a union in a location; such names hold brackets or are types."""
    return isinstance(part, str) and (part in ("int", "str", "float", "bool", "none") or "[" in part)


def _nearest(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _line(data: Any, location: Location) -> int | None:
    """The line, from 1, of the deepest part of the location that the text has."""
    line: int | None = 1
    for part in location:
        try:
            position = data.lc.data[part]
            data = data[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = position[0] + 1
    return line


def _keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that may stand at a place in the file."""
    for part in location:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            fields |= model.model_fields
            inner = next(_models(fields[part].annotation), None) if part in fields else None
            if inner is None:
                continue
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation, however they are wrapped."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated, list, dict):
        for inner in get_args(annotation):
            yield from _models(cast(Any, inner))
