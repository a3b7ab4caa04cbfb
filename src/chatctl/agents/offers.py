"""Tools as they are offered: made of functions, whose signatures say what they take, whose docstrings what for."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import pydantic
from pydantic import BaseModel, ConfigDict, TypeAdapter, create_model

from chatctl.domain.errors import ValidationError
from chatctl.domain.values import Value
from chatctl.rendering.output import Output

Given = TypeVar("Given", bound=Value)


@dataclass(frozen=True, slots=True)
class Reply(Generic[Given]):
    """What a tool gives: the value for programs, and how it is printed to be read."""

    value: Given
    show: Callable[[Output], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A tool: its arguments and its value as JSON Schemas, whether it changes anything, and whether it may wait for
    work that others do.
    """

    name: str
    description: str
    takes: dict[str, Any]
    gives: dict[str, Any]
    changes: bool
    waits: bool
    call: Callable[[Mapping[str, object]], Reply[Any]]


def offer(function: Callable[..., Reply[Any]], *, changes: bool = False) -> Offer:
    """The function as a tool; one that takes `wait_seconds` may wait.

    Its call raises ValidationError for arguments that do not fit, and what the function raises.
    """
    hints = get_type_hints(function, include_extras=True)
    arguments = _arguments(function, hints)

    def call(given: Mapping[str, object]) -> Reply[Any]:
        try:
            fitting = arguments.model_validate(given)
        except pydantic.ValidationError as error:
            raise _refused(error) from error
        return function(**{name: getattr(fitting, name) for name in arguments.model_fields})

    return Offer(
        name=function.__name__,
        description=inspect.getdoc(function) or "",
        takes=arguments.model_json_schema(),
        gives=TypeAdapter(get_args(hints["return"])[0]).json_schema(mode="serialization"),
        changes=changes,
        waits="wait_seconds" in arguments.model_fields,
        call=call,
    )


def _arguments(function: Callable[..., Any], hints: Mapping[str, Any]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        name: (hints[name], ... if each.default is each.empty else each.default)
        for name, each in inspect.signature(function).parameters.items()
    }
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def _refused(error: pydantic.ValidationError) -> ValidationError:
    return ValidationError.of(
        [
            {
                "field": ".".join(map(str, found["loc"])),
                "message": f"{'.'.join(map(str, found['loc']))}: {found['msg']}",
                "code": found["type"],
            }
            for found in error.errors(include_url=False, include_context=False, include_input=False)
        ]
    )
