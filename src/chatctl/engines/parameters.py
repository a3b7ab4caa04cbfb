"""Values for the `:name` placeholders of a statement, written into it as literals of the engine's SQL."""

import re
from collections.abc import Mapping
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from chatctl.domain.errors import QueryError
from chatctl.domain.results import Cell

_PLACEHOLDER: Final = re.compile(r"(?<![:\w]):[A-Za-z_]\w*")


def bind(sql: str, values: Mapping[str, Cell], dialect: str) -> str:
    """The statement with its placeholders filled; one without any comes back as it is.

    Raises QueryError for a placeholder without a value and for a value that no placeholder asks for.
    """
    if not values and not _PLACEHOLDER.search(sql):
        return sql
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except SqlglotError:
        return sql  # the guard says what is wrong with it
    found = [each for each in tree.find_all(exp.Placeholder) if isinstance(each.this, str)]
    names = {each.this for each in found}
    if missing := sorted(names - set(values)):
        raise QueryError(
            f"The SQL asks for {', '.join(missing)}, which has no value",
            hint=f"Give it: --param {missing[0]}=VALUE, or a default under `params:` in the file.",
        )
    if unknown := sorted(set(values) - names):
        asked = f"it asks for {', '.join(sorted(names))}" if names else "it asks for nothing"
        raise QueryError(f"The SQL has no placeholder :{unknown[0]}", hint=f"Of values, {asked}.")
    for each in found:
        each.replace(exp.convert(values[each.this]))
    return tree.sql(dialect=dialect) if found else sql
