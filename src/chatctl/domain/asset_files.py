"""Metric and dashboard files as text: YAML in, a checked value out, and back. What is wrong names its line and key."""

import difflib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

import pydantic
from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString
from ruamel.yaml.tokens import (
    AliasToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    DirectiveToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    TagToken,
)

from chatctl.domain.assets import FILES, AssetFile
from chatctl.domain.chats import FileType
from chatctl.domain.errors import AssetInvalid

LARGEST: Final = 1_000_000
"""Characters of a file: far above any dashboard's."""
DEEPEST: Final = 30
"""Levels of lists and keys in each other; the time that YAML takes grows with their square."""

_UNSUPPORTED: Final = {
    AliasToken: "aliases (*name) are not supported; write the value out",
    TagToken: "tags (!name) are not supported; leave it out, or quote the text",
    DirectiveToken: "directives (%NAME) are not supported; remove the line",
}

_WORDS: Final = {
    "missing": "is required",
    "string_type": "must be a text; put it in quotes if it is one",
    "string_unicode": "holds half of a character (a lone surrogate)",
    "string_too_short": "must not be empty",
    "too_short": "must be at least {min_length} long",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must be at most {max_length} long, not {actual_length}",
    "string_pattern_mismatch": "must be on one line and without control characters",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": "must be keys and values, such as {{a: 1}}",
    "model_type": "must be keys and values, such as {{a: 1}}",
    "model_attributes_type": "must be keys and values, such as {{a: 1}}",
    "invalid_key": "is no key: keys are texts; put it in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
}
"""Our words for pydantic's errors, by their types; with the values of their context."""
_ADVICE: Final = {
    "'\\t' that cannot": "indent with spaces",
    "mapping values are not allowed": "put a text that holds ': ' in quotes, and indent keys alike",
    "end of stream": "a quote or a bracket is never closed",
    "another document": "a file holds one asset; remove the line ---",
}
"""What to do about what ruamel says."""

_BEGINS: Final = (BlockMappingStartToken, BlockSequenceStartToken, FlowMappingStartToken, FlowSequenceStartToken)
_ENDS: Final = (BlockEndToken, FlowMappingEndToken, FlowSequenceEndToken)

_LINE_ENDS: Final = frozenset("\r\x85\u2028\u2029\ufeff")

Location = tuple[int | str, ...]
Problem = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A file that keeps the rules of its form; whether its SQL runs and its metrics are there is still to be seen.

    `data` is the text as it was read, which knows its lines.
    """

    file: AssetFile
    file_type: FileType
    origin: str = "The file"
    data: Any = None

    def refused(self, problems: Sequence[tuple[Location, str, str]]) -> AssetInvalid:
        """The error for what is wrong with it: where, what, and the rule's code.

        After `sql` a location may tell the line within the SQL.
        """
        found = [
            _rule(_field(location), message, code, line(self.data, location) if self.data else None)
            for location, message, code in problems
        ]
        return _invalid(found, self.origin)


def parse(text: str, file_type: FileType, *, origin: str = "The file") -> Draft:
    """The file in a YAML (or JSON) text. Raises AssetInvalid with one problem for every broken rule."""
    model = FILES[file_type]
    data = load(text, origin)
    if not isinstance(data, dict):
        message = "must begin with keys, such as `name: …`, and not be a list or a text"
        raise _invalid([_rule("file", message, "not_a_mapping", 1)], origin)
    try:
        file = model.model_validate(data, by_alias=True, by_name=False)
        return Draft(file=file, file_type=file_type, origin=origin, data=data)
    except pydantic.ValidationError as error:
        found = error.errors(include_url=False)
        problems = [_problem(model, data, each) for each in found]
        # A mistyped key is told before the key that is missing because of it.
        raise _invalid(sorted(problems, key=lambda each: each["code"] != "extra_forbidden"), origin) from None


def parse_bytes(content: bytes, file_type: FileType, *, origin: str = "The file") -> Draft:
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
    values = _escaped(file.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    if "sql" in values:
        values["sql"] = _block(values["sql"])
    out = io.StringIO()
    _yaml().dump(values, out)
    return out.getvalue()


def _escaped(value: Any) -> Any:
    """The value with texts in quotes that hold what YAML would take for the end of a line and make a space of."""
    match value:
        case dict():
            return {_escaped(key): _escaped(each) for key, each in value.items()}
        case list():
            return [_escaped(each) for each in value]
        case str() if _LINE_ENDS & set(value):
            return DoubleQuotedScalarString(value)
        case _:
            return value


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


def load(text: str, origin: str) -> Any:
    """What a YAML (or JSON) text holds; it knows its lines (see `line`). Raises AssetInvalid for what is not YAML."""

    def refused(message: str, code: str, line: int | None = None) -> AssetInvalid:
        return _invalid([_rule("file", message, code, line)], origin)

    if len(text) > LARGEST:
        raise refused(f"longer than {LARGEST:,} characters", "too_long", 1)
    try:
        depth = 0
        for token in _yaml().scan(text):
            depth += isinstance(token, _BEGINS) - isinstance(token, _ENDS)
            if depth > DEEPEST:
                raise refused(f"nested more than {DEEPEST} deep", "too_deep", token.start_mark.line + 1)
            if told := _UNSUPPORTED.get(type(token)):
                raise refused(told, "unsupported", token.start_mark.line + 1)
        data = _yaml().load(text)
    except DuplicateKeyError as error:
        raise _doubled(error, origin) from None
    except ReaderError as error:
        line = text[: error.position or 0].count("\n") + 1
        raise refused(f"the character U+{_code(error.character):04X} cannot be in YAML", "character", line) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise refused(f"not YAML: {_sentence(error)}", "yaml", mark.line + 1 if mark else 1) from None
    except (YAMLError, ValueError) as error:
        raise refused(f"not YAML: {_sentence(error)}", "yaml", 1) from None
    if data is None:
        raise refused("the file is empty", "empty", 1)
    return data


def _doubled(error: DuplicateKeyError, origin: str) -> AssetInvalid:
    """A key that is there twice; ruamel's own words would show both values."""
    key = re.search(r'duplicate key "(.*?)"', _sentence(error))
    line = error.problem_mark.line + 1 if error.problem_mark else None
    return _invalid([_rule(key[1] if key else "file", "is there twice; remove one", "duplicate", line)], origin)


def _code(character: int | str | bytes) -> int:
    return character if isinstance(character, int) else ord(character)


def _sentence(error: Exception) -> str:
    told = str(getattr(error, "problem", None) or error).partition("\n")[0] or "it cannot be read"
    return told + next((f"; {advice}" for words, advice in _ADVICE.items() if words in told), "")


def _invalid(problems: Sequence[Problem], origin: str) -> AssetInvalid:
    where = [f"line {each['line']}, " if each["line"] else "" for each in problems]
    told = [f"{place}{each['field']}: {each['message']}" for place, each in zip(where, problems, strict=True)]
    sentence = f"{origin} is not valid: {told[0]}"
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return AssetInvalid(
        sentence + more,
        hint="`chatctl schema metric` and `chatctl schema dashboard` describe the files.",
        validationErrors=[{**each, "path": origin} for each in problems],
    )


def _problem(model: type[BaseModel], data: Any, found: Any) -> Problem:
    location: Location = tuple(part for part in found["loc"] if not _is_tag(part))
    field = ".".join(str(part) for part in location) or "file"
    kind: str = found["type"]
    if kind == "extra_forbidden":
        message = f"there is no such key{_nearest(str(location[-1]), _keys(model, location[:-1]))}"
    elif kind == "literal_error":
        message = _instead(found["input"], found["ctx"]["expected"])
    elif kind == "string_pattern_mismatch" and "x00" not in found["ctx"]["pattern"]:
        message = f"must fit the pattern {found['ctx']['pattern']}"
    elif kind in _WORDS:
        message = _WORDS[kind].format(**found.get("ctx", {}))
    else:
        message = found["msg"].removeprefix("Value error, ")
    return _rule(field, message, kind, line(data, location))


def _is_tag(part: int | str) -> bool:
    """Pydantic names the member of a union in a location; such names hold brackets or are types."""
    return isinstance(part, str) and (part in ("int", "str", "float", "bool", "none") or "[" in part)


def _nearest(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"


def _instead(written: object, expected: str) -> str:
    """The choices, and the one that was probably meant; pydantic writes them as 'a', 'b' or 'c'."""
    near = difflib.get_close_matches(str(written), re.findall("'(.*?)'", expected), n=1, cutoff=0.5)
    return f"must be {expected}" + (f"; did you mean {near[0]}?" if near else "")


def _field(location: Location) -> str:
    return "sql" if location[:1] == ("sql",) else ".".join(map(str, location))


def line(data: Any, location: Location) -> int | None:
    """The line, from 1, of the deepest part of the location that the text has."""
    found: int | None = 1
    for part in location:
        if isinstance(data, LiteralScalarString) and isinstance(part, int) and found:
            return found + part
        try:
            position = data.lc.data[part]
            data = data[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        found = position[0] + 1
    return found


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
