"""Look at a source once and keep what was seen: the catalog file of a fingerprint.

Bounds, so that a source of a thousand tables or a billion rows is surveyed in seconds: only the first tables are
profiled, only the most frequent values of a text column are kept, and a deadline stops looking closer. What was not
looked at is still known by name and type.
"""

import hashlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlglot import exp

from chatctl.analyst.builtin import catalog_files
from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn, CatalogTable
from chatctl.analyst.builtin.keys import infer_edges
from chatctl.analyst.builtin.narrowing import Focus
from chatctl.analyst.builtin.words import normal
from chatctl.domain.errors import SourceError
from chatctl.domain.sources import ColumnProfile, SourceColumn, Table
from chatctl.engines.engine import Engine, Limits
from chatctl.sqlite import sqlite3

FORMAT = 4
PROFILED_TABLES = 200
VALUES_PER_COLUMN = 2_000
VALUES_PER_SOURCE = 100_000
LOOKED_AT = 1_000_000
"""Rows of a table whose values are looked at; DuckDB, which keeps columns, reads one of any length quickly."""
LABELLED_ROWS = 2_000
LONGEST_VALUE = 60
SECONDS = 20.0
_LOOK = Limits(rows=VALUES_PER_COLUMN, seconds=10.0)


def open_catalog(source: str, engine: Engine, cache: Path, focus: Callable[[], Focus] | None = None) -> Catalog:
    """The catalog of a source, from the cache or surveyed now and cached; of a wide schema what a focus is about.

    Raises SourceError for unreadable data.
    """
    path = _path(engine.fingerprint, cache)
    opened = partial(
        catalog_files.load, path, source=source, dialect=engine.dialect, warnings=engine.warnings, focus=focus
    )
    if not path.exists():
        _write(path, engine)
    try:
        return opened()
    except (sqlite3.Error, ValueError, TypeError, KeyError):
        _write(path, engine)
        return opened()


def forget(fingerprints: Sequence[str], cache: Path) -> None:
    """Remove the catalogs of engines that are gone: they hold values of the data."""
    for fingerprint in fingerprints:
        _path(fingerprint, cache).unlink(missing_ok=True)


def _path(fingerprint: str, cache: Path) -> Path:
    return cache / f"catalog-{hashlib.sha256(f'{FORMAT}:{fingerprint}'.encode()).hexdigest()[:32]}.db"


def _write(path: Path, engine: Engine) -> None:
    survey = _Survey(engine)
    tables = survey.tables()
    values = list(survey.values(tables))
    kept = {(table, column) for table, column, _, _ in values}
    tables = [_indexed(table, kept) for table in tables]
    edges = infer_edges(survey.declared, tables, values)
    labels = list(survey.labels(tables))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="catalog-", suffix=".part")
    os.close(handle)
    try:
        catalog_files.save(Path(name), tables=tables, edges=edges, values=values, labels=labels)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


class _Survey:
    """One look at a source, with its deadline."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._deadline = time.monotonic() + SECONDS
        self.declared: list[Table] = engine.tables()
        self._last: tuple[str, dict[str, list[str]]] = ("", {})

    def _late(self) -> bool:
        return time.monotonic() > self._deadline

    def tables(self) -> list[CatalogTable]:
        """Every table; the first ones with profiles."""
        return [self._table(table, closely=at < PROFILED_TABLES) for at, table in enumerate(self.declared)]

    def _table(self, table: Table, *, closely: bool) -> CatalogTable:
        profiles: dict[str, ColumnProfile] = {}
        rows = table.row_count
        if closely and not self._late():
            try:
                profile = self._engine.profile(table.name)
                profiles, rows = {column.name: column for column in profile.columns}, profile.row_count
            except SourceError:
                profiles = {}
        columns = (_column(table, column, profiles.get(column.name), rows) for column in table.columns)
        return CatalogTable(name=table.name, columns=tuple(columns), key=tuple(table.primary_key), rows=rows)

    def values(self, tables: list[CatalogTable]) -> Iterator[tuple[str, str, str, str]]:
        """The text values worth finding: few-valued columns first, so that a bound cuts identifiers, not categories."""
        texts = [(table, column) for table in tables[:PROFILED_TABLES] for column in _categorical(table)]
        left = VALUES_PER_SOURCE
        for table, column in sorted(texts, key=lambda it: (it[1].distinct or 0) > 1_000):
            if left <= 0 or self._late():
                return
            for text in self._texts(table, column)[: min(left, VALUES_PER_COLUMN)]:
                words = normal(text)
                if words and len(text) <= LONGEST_VALUE:
                    left -= 1
                    yield table.name, column.name, text, words

    def _texts(self, table: CatalogTable, column: CatalogColumn) -> list[str]:
        """The values of a column, the most frequent first."""
        small = table.rows is not None and table.rows <= VALUES_PER_COLUMN
        held = self._held(table) if small else {}
        return held[column.name] if held else self._distinct(column, table.rows or 0)

    def _held(self, table: CatalogTable) -> dict[str, list[str]]:
        """The values of all text columns of a small table, by one look; the last ones are kept, for the next column."""
        if self._last[0] != table.name:
            names = [column.name for column in _categorical(table)]
            query = exp.select(*map(_quoted, names)).from_(exp.Table(this=exp.to_identifier(table.name, quoted=True)))
            columns = zip(*self._rows(query), strict=True)
            self._last = (table.name, dict(zip(names, map(_frequent, columns), strict=False)))
        return self._last[1]

    def _distinct(self, column: CatalogColumn, rows: int) -> list[str]:
        name = _quoted(column.name)
        for part in self._parts(column, rows):
            query = (
                exp.select(name, exp.Count(this=exp.Star()))
                .from_(part)
                .where(name.is_(exp.null()).not_())
                .group_by(name)
                .order_by(exp.Ordered(this=exp.Count(this=exp.Star()), desc=True), name)
                .limit(VALUES_PER_COLUMN)
            )
            if found := self._rows(query):
                return [row[0] for row in found if isinstance(row[0], str)]
        return []

    def _parts(self, column: CatalogColumn, rows: int) -> Iterator[exp.Expr]:
        """Where values are looked for: the table, or blocks from all over a large one, or its first rows."""
        table = exp.Table(this=exp.to_identifier(column.table, quoted=True))
        if self._engine.dialect == "duckdb" or rows <= LOOKED_AT:
            yield table
            return
        if self._engine.dialect == "postgres":
            percent = exp.Literal.number(f"{100 * LOOKED_AT / rows:.6f}")
            yield exp.Table(this=table.this, sample=exp.TableSample(method=exp.var("SYSTEM"), percent=percent))
        # A view has no blocks.
        beginning = exp.select(exp.to_identifier(column.name, quoted=True)).from_(table).limit(LOOKED_AT)
        yield beginning.subquery("beginning")

    def labels(self, tables: list[CatalogTable]) -> Iterator[tuple[str, str, str]]:
        """What the rows of small look-up tables are called, by their key."""
        for table in tables[:PROFILED_TABLES]:
            key = next((column for column in table.columns if column.unique), None)
            if not key or not table.label or key == table.label or not table.rows or table.rows > LABELLED_ROWS:
                continue
            names = [_quoted(key.name), _quoted(table.label.name)]
            query = exp.select(*names).from_(exp.to_identifier(table.name, quoted=True)).limit(LABELLED_ROWS)
            for code, label in self._rows(query):
                if code is not None and label:
                    yield table.name, str(code), str(label)

    def _rows(self, query: exp.Select) -> list[list[object]]:
        """The rows of a look that may fail: what cannot be read is not known, and no question fails for it."""
        if self._late():
            return []
        try:
            result = self._engine.run(query.sql(dialect=self._engine.dialect), _LOOK)
        except SourceError:
            return []
        return [list(row) for row in result.rows]


def _column(table: Table, column: SourceColumn, profile: ColumnProfile | None, rows: int | None) -> CatalogColumn:
    found = CatalogColumn(
        table=table.name, name=column.name, type=column.type, unique=table.primary_key == [column.name]
    )
    if profile is None:
        return found
    return replace(
        found,
        nulls=profile.null_count,
        distinct=profile.distinct_count,
        minimum=profile.minimum,
        maximum=profile.maximum,
        unique=found.unique or _unique(column, profile, rows),
    )


def _unique(column: SourceColumn, profile: ColumnProfile, rows: int | None) -> bool:
    """Distinct counts may be approximate, within a few percent; a quantity is no key even where it never repeats."""
    if not rows or profile.null_count or column.type not in ("text", "integer"):
        return False
    return rows > 1 and profile.distinct_count >= 0.93 * rows


def _categorical(table: CatalogTable) -> list[CatalogColumn]:
    return [it for it in table.columns if it.type == "text" and not it.temporal and it.distinct != 0]


def _frequent(cells: Iterable[object]) -> list[str]:
    """The texts among some cells, the most frequent first."""
    counts = Counter(cell for cell in cells if isinstance(cell, str))
    return sorted(counts, key=lambda it: (-counts[it], it))


def _quoted(column: str) -> exp.Column:
    return exp.column(exp.to_identifier(column, quoted=True))


def _indexed(table: CatalogTable, kept: set[tuple[str, str]]) -> CatalogTable:
    found = (replace(it, indexed=True) if (table.name, it.name) in kept else it for it in table.columns)
    return replace(table, columns=tuple(found))
