"""Catalogs as files: written whole, opened whole or, of a wide schema, for what a question may be about.

A catalog is a small SQLite file, not one parsed text: what an answer needs is looked up by an index, the values that
its question names and, where there are a thousand tables, the few that it speaks of. So opening it costs about the same
for any source.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable, Edge, ValueIndex
from chatctl.analyst.builtin.narrowing import Focus, Names, chosen
from chatctl.analyst.builtin.spellings import named, parts, stems
from chatctl.analyst.builtin.words import name_words
from chatctl.sqlite import sqlite3

WIDE = 1_000
"""Columns from which on a question is given the part of the schema that it may be about."""
_COLUMN = ("name", "type", "nulls", "distinct", "minimum", "maximum", "unique", "indexed")
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE "table" (id INTEGER PRIMARY KEY, name TEXT UNIQUE, columns INTEGER, body TEXT);
    CREATE TABLE edge (id INTEGER PRIMARY KEY, tbl TEXT, col TEXT, to_tbl TEXT, to_col TEXT);
    CREATE TABLE place (owners BLOB, lengths BLOB);
    CREATE TABLE stem (part TEXT PRIMARY KEY, places BLOB) WITHOUT ROWID;
    CREATE TABLE value (id INTEGER PRIMARY KEY, tbl TEXT, col TEXT, "text" TEXT, normal TEXT);
    CREATE TABLE word (word TEXT, value INTEGER, PRIMARY KEY (word, value)) WITHOUT ROWID;
    CREATE TABLE label (tbl TEXT, key TEXT, label TEXT, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
"""
_INDEXES = """
    CREATE INDEX edge_from ON edge (tbl);
    CREATE INDEX edge_to ON edge (to_tbl);
    CREATE INDEX value_normal ON value (normal);
    CREATE INDEX value_column ON value (tbl, col);
"""


def save(
    path: Path,
    *,
    tables: Sequence[CatalogTable],
    edges: Iterable[Edge],
    values: Iterable[tuple[str, str, str, str]],
    labels: Iterable[tuple[str, str, str]],
) -> None:
    """Write a catalog file whole: `values` are (table, column, text, its words), `labels` (table, key, label)."""
    with sqlite3.connect(path) as connection:
        connection.executescript(_TABLES)
        rows = ((at, table.name, len(table.columns), _body(table)) for at, table in enumerate(tables))
        connection.executemany('INSERT INTO "table" VALUES (?, ?, ?, ?)', rows)
        ends = ((it.table, it.column, it.to_table, it.to_column) for it in edges)
        connection.executemany("INSERT INTO edge (tbl, col, to_tbl, to_col) VALUES (?, ?, ?, ?)", ends)
        if _width(connection) > WIDE:
            _save_names(connection, tables)
        connection.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", labels)
        for at, value in enumerate(values):
            connection.execute("INSERT INTO value VALUES (?, ?, ?, ?, ?)", (at, *value))
            connection.executemany(
                "INSERT OR IGNORE INTO word VALUES (?, ?)", ((word, at) for word in value[3].split())
            )
        connection.executescript(_INDEXES)
    connection.close()


def _body(table: CatalogTable) -> str:
    columns = [[getattr(column, name) for name in _COLUMN] for column in table.columns]
    return json.dumps({"columns": columns, "key": table.key, "rows": table.rows}, ensure_ascii=False)


def _save_names(connection: sqlite3.Connection, tables: Sequence[CatalogTable]) -> None:
    """An inverted index: which names each stem is part of. A place is a table or column, by its number in order."""
    places: dict[str, array[int]] = defaultdict(lambda: array("I"))
    owners, lengths = array("I"), array("I")
    for at, table in enumerate(tables):
        own = stems(name_words(table.name))
        for each, column in named(table):
            words = own if column is None else [it for it in stems(column.words) if it not in own]
            for part in parts(each, column, own):
                places[part].append(len(owners))
            owners.append(at)
            lengths.append(max(1, len(words)))
    connection.execute("INSERT INTO place VALUES (?, ?)", (owners.tobytes(), lengths.tobytes()))
    connection.executemany("INSERT INTO stem VALUES (?, ?)", ((part, it.tobytes()) for part, it in places.items()))


def load(
    path: Path, *, source: str, dialect: str, warnings: tuple[str, ...] = (), focus: Callable[[], Focus] | None = None
) -> Catalog:
    """Open a catalog file; of a wide schema what a focus is about.

    Raises sqlite3.Error or ValueError when it is not one.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
    (count,) = connection.execute('SELECT count(*) FROM "table"').fetchone()
    narrow = chosen(focus(), Names(connection)) if focus and _width(connection) > WIDE else ()
    return Catalog(
        source=source,
        dialect=dialect,
        tables={table.name: table for table in _tables(connection, narrow)},
        edges=tuple(_edges(connection, narrow)),
        count=count,
        warnings=warnings,
        values=ValueIndex(connection, narrow),
    )


def _width(connection: sqlite3.Connection) -> int:
    (columns,) = connection.execute('SELECT coalesce(sum(columns), 0) FROM "table"').fetchone()
    return int(columns)


def _tables(connection: sqlite3.Connection, narrow: Sequence[str]) -> Iterator[CatalogTable]:
    among = f" WHERE name IN ({', '.join('?' * len(narrow))})" if narrow else ""
    for name, body in connection.execute(f'SELECT name, body FROM "table"{among} ORDER BY id', narrow):  # noqa: S608
        found = json.loads(body)
        columns = (dict(zip(_COLUMN, cells, strict=True)) for cells in found["columns"])
        known = tuple(CatalogColumn(table=name, **column) for column in columns)
        yield CatalogTable(name=name, columns=known, key=tuple(found["key"]), rows=found["rows"])


def _edges(connection: sqlite3.Connection, narrow: Sequence[str]) -> Iterator[Edge]:
    marks = ", ".join("?" * len(narrow))
    among = f" WHERE tbl IN ({marks}) AND to_tbl IN ({marks})" if narrow else ""
    query = f"SELECT tbl, col, to_tbl, to_col FROM edge{among} ORDER BY id"  # noqa: S608
    for table, column, to_table, to_column in connection.execute(query, (*narrow, *narrow)):
        yield Edge(table=table, column=column, to_table=to_table, to_column=to_column)
