"""The names of a schema as definitions write them: `table.column`, quoted, in brackets, in other case, with spaces."""

import re
from collections import defaultdict
from collections.abc import Sequence

from chatctl.analyst.builtin.catalog import Catalog

Key = tuple[str, str]
"""A column: its table's name and its own."""
_NAME = r"`[^`\n]+`|\"[^\"\n]+\"|\[[^\]\n]+\]|\w+"
_WRITTEN = re.compile(
    rf"(?P<text>'[^'\n]*')|(?P<table>{_NAME})\s*\.\s*(?P<column>{_NAME})|(?P<name>`[^`\n]+`|\"[^\"\n]+\"|\[[^\]\n]+\])"
)
LISTED = re.compile(r"\s*(?:,|&|\band\b|\|\|\s*' '\s*\|\||\|\|)\s*", re.I)
_MARKS = '`"[]'


class References:
    """The columns and tables of a schema by their names."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._columns: dict[str, list[Key]] = defaultdict(list)
        self._tables = {_plain(name): name for name in catalog.tables}
        self._pointing = {(edge.table, edge.column) for edge in catalog.edges}
        for table in catalog.tables.values():
            for column in table.columns:
                self._columns[_plain(column.name)].append((table.name, column.name))
        self._spaced = sorted((it.name for table in catalog.tables.values() for it in table.columns
                               if not re.fullmatch(r"\w+", it.name)), key=len, reverse=True)  # fmt: skip

    def column(self, text: str) -> bool:
        """Whether a text is the name of a column, with its table's or without, or a list of such names."""
        return all(map(self.keys, LISTED.split(text)))

    def keys(self, text: str) -> list[Key]:
        """The columns of this name."""
        whole = self._columns.get(_plain(text), [])
        if whole or "." not in text:
            return whole
        table, _, name = text.rpartition(".")
        owner = self._tables.get(_plain(table.rpartition(".")[2]))
        return [key for key in self._columns.get(_plain(name), []) if key[0] == owner]

    def table(self, text: str) -> str | None:
        """The table of this name, also where it is said of one or several of its rows."""
        plain = _plain(text)
        return next(
            (found for it in (plain, f"{plain}s", plain.removesuffix("s")) if (found := self._tables.get(it))), None
        )

    def best(self, keys: Sequence[Key], near: Sequence[str]) -> Key:
        """Of columns of one name that of the nearest table; a key belongs to the table whose rows it tells apart."""
        places = {table: at for at, table in enumerate(near)}
        return min(keys, key=lambda key: (places.get(key[0], len(places)), key in self._pointing))

    def hidden(self, text: str) -> tuple[str, dict[str, list[Key]]]:
        """A text in which every name that needs quotes is a word, and the columns that these words stand for."""
        found: dict[str, list[Key]] = {}

        def word(keys: list[Key]) -> str:
            found[f"ref_{len(found)}"] = keys
            return f"ref_{len(found) - 1}"

        def written(match: re.Match[str]) -> str:
            if match["text"]:
                return match[0]
            keys = self.keys(match[0] if match["table"] else match["name"])
            if keys:
                return word(keys)
            name = (match["name"] or "").strip(_MARKS)
            return f"'{name}'" if match[0].startswith('"') else name or match[0]

        hidden = _WRITTEN.sub(written, text)
        lower = hidden.lower()
        for name in self._spaced:
            if name.lower() in lower:
                parts = re.split(r"('[^']*')", hidden)
                pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)
                parts[::2] = [
                    pattern.sub(lambda _, name=name: word(self._columns[_plain(name)]), it) for it in parts[::2]
                ]
                hidden = "".join(parts)
                lower = hidden.lower()
        return hidden, found


def _plain(name: str) -> str:
    """A name's letters and digits."""
    return re.sub(r"[\W_]+", "", name).lower()
