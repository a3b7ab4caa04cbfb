"""The same two tables for every back end, and how to open a source as the program does."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb

from chatctl.domain.results import Cell
from chatctl.domain.sources import SourceKind
from chatctl.engines.engine import Engine, Limits, Progress, silent
from chatctl.engines.sources import open_engine, resolve
from chatctl.sqlite import sqlite3
from servers import Postgres

CUSTOMERS = [(1, "Ada", "London"), (2, "Grace", "New York"), (3, "Drop in", None)]
ORDERS = [
    (1, 1, 10.5, "2024-01-31", "first"),
    (2, 1, 20.0, "2024-02-01", None),
    (3, 2, None, "2024-02-29", "naïve; \"quoted\" 'text'"),
    (4, 3, -3.25, "2024-03-01", ""),
]
SCHEMA = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, city VARCHAR);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), amount DOUBLE, placed DATE, note VARCHAR
    );
"""


Opening = Callable[[str, str | bytes], Engine]
OpeningAll = Callable[[Mapping[str, str | bytes]], Engine]


class OpeningPostgres(Protocol):
    """Run statements in an empty database as its owner, then open it, as another role or with these schemas only."""

    def __call__(self, *statements: str, role: str = "", schema: str = "") -> Engine: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A source of the two tables: its kind, where it is, and what must stay as it is."""

    kind: SourceKind
    locations: list[str]
    files: list[Path] = field(default_factory=list)
    held: Callable[[], bytes] = bytes
    """What a server holds."""

    def digest(self) -> str:
        """Of all that the source holds."""
        return hashlib.sha256(b"\0".join(path.read_bytes() for path in self.files) + self.held()).hexdigest()


def make(kind: str, folder: Path) -> Sample:
    """The two tables as a source of the kind, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return {"files": _files, "duckdb": _duckdb, "sqlite": _sqlite}[kind](folder)


def _files(folder: Path) -> Sample:
    _write_csv(folder / "customers.csv", "id,name,city", CUSTOMERS)
    _write_csv(folder / "orders.csv", "id,customer_id,amount,placed,note", ORDERS)
    return Sample(kind="files", locations=[str(folder)], files=sorted(folder.iterdir()))


def _write_csv(path: Path, header: str, rows: Sequence[Sequence[object]]) -> None:
    def cell(value: object) -> str:
        if value is None:
            return ""
        return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)

    path.write_text("\n".join([header, *(",".join(map(cell, row)) for row in rows)]) + "\n", encoding="utf-8")


def _duckdb(folder: Path) -> Sample:
    path = folder / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", CUSTOMERS)
        connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    return Sample(kind="duckdb", locations=[str(path)], files=[path])


def _sqlite(folder: Path) -> Sample:
    path = folder / "shop.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", CUSTOMERS)
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?)", ORDERS)
    connection.commit()
    connection.close()
    return Sample(kind="sqlite", locations=[str(path)], files=[path])


def on_server(server: Postgres, kind: SourceKind) -> Sample:
    """The two tables in a database of their own on the server, to be read as a source of the kind."""
    name = f"shop_{kind}"
    url = server.create(name)
    with server.connect(name) as connection:
        connection.execute(SCHEMA.replace("DOUBLE", "DOUBLE PRECISION").encode())
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO customers VALUES (%s, %s, %s)", CUSTOMERS)
            cursor.executemany("INSERT INTO orders VALUES (%s, %s, %s, %s, %s)", ORDERS)
    return Sample(kind=kind, locations=[url], held=lambda: _dumped(server, name))


def _dumped(server: Postgres, name: str) -> bytes:
    """Every relation of the database and every row of the two tables, as text."""
    parts = (
        "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
        "SELECT t::text FROM customers t ORDER BY id",
        "SELECT t::text FROM orders t ORDER BY id",
    )
    with server.connect(name) as connection:
        return repr([connection.execute(part).fetchall() for part in parts]).encode()


def opened(path: Path | str, cache: Path, progress: Progress = silent) -> Engine:
    """The source at a path, resolved and opened as the program does."""
    kind, locations = resolve([str(path)])
    return open_engine(name="sample", kind=kind, locations=locations, cache=cache, progress=progress)


def rows(engine: Engine, table: str | None = None, columns: str = "*") -> list[list[Cell]]:
    """The rows of the table, or of the only one."""
    name = table or engine.tables()[0].name
    return engine.run(f'SELECT {columns} FROM "{name}"', Limits()).rows  # noqa: S608


def types(engine: Engine, table: str | None = None) -> dict[str, str]:
    """The columns of the table, or of the only one, with our words for their types."""
    found = next(found for found in engine.tables() if table in (None, found.name))
    return {column.name: column.type for column in found.columns}


def reachable(folder: Path) -> None:
    """Let other users pass through the folder and those of ours above it, for a test that becomes one of them."""
    for part in (folder, *folder.parents):
        if part != Path("/") and part.stat().st_uid == os.getuid():
            part.chmod(part.stat().st_mode | 0o055)
