"""One delimited text file into one table of the cache, whatever state the file is in.

DuckDB's own reader does the heavy work, with every column as text: some rows suggest what each column holds, one pass
over all rows tests that and finds the broken rows, and a last one writes the table. Staging the text in between would
save a parse but double the disk it needs.
"""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from chatctl.domain.errors import SourceError
from chatctl.engines import encodings
from chatctl.engines.columns import NUMBERS, Kind, cleaned, converted, kinds, likely, misfits
from chatctl.engines.dialects import Dialect, sniff
from chatctl.engines.names import literal, quoted, unglobbed

_SAMPLE_ROWS: Final = 2_000
_NAMED_LINES: Final = 5
_WORTH_A_WORD: Final = 0.9
"""From this share of numbers or dates on, a column of text is said to be nearly one of those."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scan:
    """How DuckDB is to read the file."""

    path: Path
    dialect: Dialect
    padded: bool = False

    def sql(self, *, rejects: bool = False) -> str:
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.dialect.names)
        options = [
            f"read_csv({literal(unglobbed(self.path))}, auto_detect = false, header = false",
            f"skip = {self.dialect.skip}",
            f"delim = {literal(self.dialect.delimiter)}, quote = '\"', escape = {literal(self.dialect.escape)}",
            f"columns = {{{columns}}}, allow_quoted_nulls = false",
            "store_rejects = true" if rejects else "ignore_errors = true",
        ]
        if self.padded:
            # DuckDB can pad in parallel only where no quoted cell holds a newline.
            options.append("null_padding = true, parallel = false")
        return ", ".join(options) + ")"


@dataclass(kw_only=True, slots=True)
class _Column:
    """What is known so far of one column: the kinds it may be, best first, and their misfits among all rows."""

    name: str
    likely: list[tuple[Kind, float]]
    filled: int = 0
    misfits: dict[str, int] = field(default_factory=dict)

    @property
    def kind(self) -> Kind | None:
        """The best kind that every filled cell is of, or None for text."""
        return next((kind for kind, _ in self.likely if self.filled and self.misfits.get(kind.name) == 0), None)

    @property
    def untried(self) -> list[Kind]:
        """What is to be tested next: the best guess alone, and if that is not true, all others that fit the sample."""
        if not self.misfits:
            return [kind for kind, _ in self.likely[:1]]
        return (
            [] if self.kind else [kind for kind, share in self.likely if share == 1 and kind.name not in self.misfits]
        )


def load_csv(connection: duckdb.DuckDBPyConnection, path: Path, table: str, scratch: Path) -> list[str]:
    """Load the file as `table` (a quoted, qualified name); `scratch` is a path that may be written.

    Gives what a user should know of it. Raises SourceError for a file that is empty, binary or cannot be parsed;
    duckdb.Error and OSError for a full disk and the like.
    """
    encoding = encodings.detect(path)
    head = encodings.head_text(path, encoding)
    try:
        dialect = sniff(head, tabs=".tsv" in path.name.lower())
    except csv.Error as error:
        raise SourceError(f"{path.name} cannot be read as delimited text: {error}.") from error
    spoken = encodings.spoken(encoding)
    notes = [*dialect.notes, *([f"it is {spoken} text and was converted to UTF-8"] if spoken else [])]
    try:
        notes += _load(connection, _Scan(path=path, dialect=dialect), table, encoding, scratch)
    finally:
        scratch.unlink(missing_ok=True)
    return [f"{path.name}: {note}." for note in notes]


def _load(connection: duckdb.DuckDBPyConnection, scan: _Scan, table: str, encoding: str, scratch: Path) -> list[str]:
    if encoding == "utf-8":
        try:
            return _load_scan(connection, scan, table)
        except duckdb.InvalidInputException:
            # DuckDB's strict parser gives up on mixed line ends; a copy with plain ones is as good as any file.
            pass
    encodings.rewrite(scan.path, encoding, scratch)
    try:
        return _load_scan(connection, replace(scan, path=scratch), table)
    except duckdb.InvalidInputException as error:
        raise SourceError(
            f"{scan.path.name} cannot be read as delimited text.", hint=str(error).splitlines()[0]
        ) from error


def _load_scan(connection: duckdb.DuckDBPyConnection, scan: _Scan, table: str) -> list[str]:
    columns = _guess(connection, scan)
    _test(connection, scan.sql(rejects=True), columns)
    short, broken = _rejected(connection)
    if short:
        scan = replace(scan, padded=True)
        columns = _guess(connection, scan)
        _test(connection, scan.sql(), columns)
    _settle(connection, scan, columns)
    rows = _create(connection, scan, table, columns)
    return [
        *_rejected_notes(short, broken),
        *([] if rows else ["it has a header but no rows"]),
        *(note for column in columns for note in _column_notes(connection, scan, column)),
    ]


def _guess(connection: duckdb.DuckDBPyConnection, scan: _Scan) -> list[_Column]:
    """What the first rows suggest."""
    rows = connection.execute(f"FROM {scan.sql()} LIMIT {_SAMPLE_ROWS}").fetchall()
    cells = zip(*rows, strict=True) if rows else ((),) * len(scan.dialect.names)
    order = kinds(scan.dialect.delimiter)
    return [
        _Column(name=name, likely=likely(column, order)) for name, column in zip(scan.dialect.names, cells, strict=True)
    ]


def _settle(connection: duckdb.DuckDBPyConnection, scan: _Scan, columns: list[_Column]) -> None:
    """Test on until each column's kind is known; one more pass for columns whose first rows were empty or misled."""
    for column in columns:
        if column.filled and not column.likely:
            column.likely = likely(_frequent(connection, scan, column.name), kinds(scan.dialect.delimiter))
    while open_ := [column for column in columns if column.filled and column.untried]:
        _test(connection, scan.sql(), open_)


def _test(connection: duckdb.DuckDBPyConnection, source: str, columns: list[_Column]) -> None:
    """Count the filled cells of the columns and the misfits of their untried kinds, in one pass."""
    tried = [(column, column.untried) for column in columns]
    cells = ", ".join(f"{cleaned(quoted(column.name))} AS v{number}" for number, column in enumerate(columns))
    measures = ", ".join(
        measure
        for number, (_, some) in enumerate(tried)
        for measure in (f"count(v{number})", *(misfits(kind, f"v{number}") for kind in some))
    )
    # All of it is fetched: the tables of rejected rows come with the end of the query.
    ((*counts,),) = connection.execute(f"SELECT {measures} FROM (SELECT {cells} FROM {source})").fetchall()  # noqa: S608
    results = iter(counts)
    for column, some in tried:
        column.filled = next(results)
        column.misfits |= {kind.name: next(results) for kind in some}


def _frequent(connection: duckdb.DuckDBPyConnection, scan: _Scan, name: str) -> list[str]:
    ((cells,),) = connection.execute(
        f"SELECT approx_top_k({cleaned(quoted(name))}, 200) FROM {scan.sql()}"  # noqa: S608 our own names
    ).fetchall()
    return list(cells or [])


def _rejected(connection: duckdb.DuckDBPyConnection) -> tuple[list[int], list[int]]:
    """The numbers of the lines that have too few fields, and of those that are broken in another way."""
    lines = connection.execute(
        "SELECT line, bool_and(error_type = 'MISSING COLUMNS') FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DROP TABLE reject_errors")
    connection.execute("DROP TABLE reject_scans")
    return [line for line, short in lines if short], [line for line, short in lines if not short]


def _create(connection: duckdb.DuckDBPyConnection, scan: _Scan, table: str, columns: list[_Column]) -> int:
    """Write the table and give its number of rows."""
    outputs = ", ".join(
        f"{converted(column.kind, f'v{number}') if column.kind else quoted(column.name)} AS {quoted(column.name)}"
        for number, column in enumerate(columns)
    )
    cells = ", ".join(
        f"{cleaned(quoted(column.name))} AS v{number}" for number, column in enumerate(columns) if column.kind
    )
    source = f"(SELECT *, {cells} FROM {scan.sql()})" if cells else scan.sql()  # noqa: S608 our own names
    ((rows,),) = connection.execute(f"CREATE TABLE {table} AS SELECT {outputs} FROM {source}").fetchall()  # noqa: S608
    return int(rows)


def _rejected_notes(short: list[int], broken: list[int]) -> list[str]:
    notes = [f"{_rows(short)} too few fields; the missing ones are NULL ({_where(short)})"] if short else []
    if broken:
        left = "was" if len(broken) == 1 else "were"
        notes.append(f"{_rows(broken)} too many fields or a broken quote and {left} left out ({_where(broken)})")
    return notes


def _rows(lines: list[int]) -> str:
    return f"{len(lines):,} {'row has' if len(lines) == 1 else 'rows have'}"


def _where(lines: list[int]) -> str:
    shown = ", ".join(f"{line:,}" for line in lines[:_NAMED_LINES])
    return f"line{'s' if len(lines) > 1 else ''} {shown}{', …' if len(lines) > _NAMED_LINES else ''}"


def _column_notes(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column) -> list[str]:
    if column.kind:
        return _read_as(connection, scan, column, column.kind)
    return _nearly(connection, scan, column, column.likely[0][0]) if column.misfits else []


def _nearly(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column, kind: Kind) -> list[str]:
    """The word for a column that is text only because of a few cells; codes with leading zeros need none."""
    count = column.misfits[kind.name]
    if count > column.filled * (1 - _WORTH_A_WORD):
        return []
    example = _example(connection, scan, column.name, f"({kind.test}) IS NOT TRUE")
    if example.startswith("0") and example.isdecimal():
        return []
    what = "numbers" if kind.name in NUMBERS else f"of the kind {kind.name!r}"
    return [f"{column.name} stays text: {count:,} of its {column.filled:,} values are not {what}, such as {example!r}"]


def _read_as(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column, kind: Kind) -> list[str]:
    sure = kind.rival and all(other.name != kind.rival or share < 1 for other, share in column.likely)
    if kind.note is None or sure:
        return []
    example = _example(connection, scan, column.name, "NOT regexp_full_match({v}, '[0-9]+')")
    ((value,),) = connection.execute(
        f"SELECT CAST({converted(kind, '$v')} AS VARCHAR)",
        {"v": example},
    ).fetchall()
    return [f"{column.name}: {kind.note.format(example=example, value=value)}"]


def _example(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: str, condition: str) -> str:
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT v FROM (SELECT {cleaned(quoted(column))} AS v FROM {scan.sql()})"  # noqa: S608 our own SQL
        f" WHERE v IS NOT NULL AND {condition.replace('{v}', 'v')} LIMIT 1"
    ).fetchall()
    return str(rows[0][0])[:40] if rows else ""
