"""The base of every value: frozen, keyword-only, camelCase in JSON, unknown fields refused."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """A frozen value whose JSON form has camelCase names."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        # A command uses a few of the values: those that it does not use cost it no schema.
        defer_build=True,
    )
