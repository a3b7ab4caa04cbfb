"""One delimited text file into one table of the cache, whatever state the file is in.

DuckDB's own reader does the heavy work, with every column as text: some rows suggest what each column holds, one pass
over all rows tests that and finds the broken rows, and a last one writes the table. Staging the text in between would
save a parse but double the disk it needs.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import duckdb

from chatctl.domain.errors import SourceError
from chatctl.engines import encodings
from chatctl.engines.columns import NUMBERS, Kind, converted, filled, is_missing, kinds, likely, verdict
from chatctl.engines.dialects import Dialect, sniff
from chatctl.engines.names import literal, quoted, unglobbed

_SAMPLE_ROWS: Final = 1_000
_BEARABLE: Final = 0.01
"""The share of lines that an unclosed quote may swallow before quotes are taken for plain letters."""
_COLUMNS_AT_ONCE: Final = 100
"""Columns tested in one pass: DuckDB keeps some hundred kilobytes for each and thread."""
_SURPRISES: Final = 200
_FAULTS: Final = {
    "UNQUOTED VALUE": "a broken quote",
    "LINE SIZE OVER MAXIMUM": "more than 2 MB",
    "TOO MANY COLUMNS": "too many fields",
}
"""What is wrong with a line, the cause before what follows from it."""
_OTHER_FAULT: Final = "something that cannot be read"
_NAMED_LINES: Final = 5
_WORTH_A_WORD: Final = 0.9
"""From this share of numbers or dates on, a column of text is said to be nearly one of those."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scan:
    """How DuckDB is to read the file."""

    path: Path
    dialect: Dialect
    quotes: bool = True
    padded: bool = False

    def sql(self) -> str:
        """The scan as a table function; broken rows go to the tables of rejected ones."""
        columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in self.dialect.names)
        options = [
            f"read_csv({literal(unglobbed(self.path))}, auto_detect = false, header = false",
            f"skip = {self.dialect.skip}, delim = {literal(self.dialect.delimiter)}",
            f"quote = '\"', escape = {literal(self.dialect.escape)}" if self.quotes else "quote = '', escape = ''",
            # With ignore_errors alone DuckDB 2.0 drops the good row after a broken one as well.
            f"columns = {{{columns}}}, allow_quoted_nulls = false, store_rejects = true",
        ]
        if self.padded:
            # DuckDB can pad in parallel only where no quoted cell holds a newline.
            options.append("null_padding = true, parallel = false")
        return ", ".join(options) + ")"


@dataclass(kw_only=True, slots=True)
class _Column:
    """What is known so far of one column: some of its cells, the kinds they suggest, what all rows say of those."""

    name: str
    order: tuple[Kind, ...]
    cells: set[str] = field(default_factory=set)
    likely: list[tuple[Kind, float]] = field(default_factory=list)
    filled: int = 0
    misfits: dict[str, int] = field(default_factory=dict)

    def learn(self, cells: Iterable[str | None]) -> None:
        """Look at some more cells."""
        self.cells |= filled(cells)
        # A cell can look like a kind and not be it (February 30), so what was refuted is not suggested again.
        self.likely = likely(self.cells, [kind for kind in self.order if not self.misfits.get(kind.name)])

    @property
    def guess(self) -> Kind | None:
        """The kind that the cells looked at suggest most."""
        return self.likely[0][0] if self.likely else None

    @property
    def kind(self) -> Kind | None:
        """The guess if every filled cell bears it out; None for text."""
        return self.guess if self.guess and self.filled and self.misfits.get(self.guess.name) == 0 else None

    @property
    def open(self) -> bool:
        """Whether other cells may tell more: none has been looked at, or those that were all suggested a wrong kind."""
        misled = bool(self.likely) and self.likely[0][1] == 1 and self.kind is None
        return self.filled > 0 and (misled or not self.cells)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """What one way to read the file gives: its columns, its rows, and the lines with each kind of fault."""

    scan: _Scan
    columns: list[_Column]
    rows: int
    short: list[int]
    """Those with too few fields."""
    broken: dict[str, list[int]]
    """Those that give no row, by what is wrong with them."""
    runaway: bool
    """Whether a quote that is never closed swallowed other lines."""


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
    notes = [*encodings.notes(encoding), *dialect.notes]
    try:
        notes += _load(connection, _Scan(path=path, dialect=dialect), table, encoding, scratch)
    finally:
        scratch.unlink(missing_ok=True)
    return [f"{path.name}: {note}." for note in notes]


def _load(connection: duckdb.DuckDBPyConnection, scan: _Scan, table: str, encoding: str, scratch: Path) -> list[str]:
    if encoding == encodings.UTF8:
        try:
            return _load_scan(connection, scan, table)
        except duckdb.InvalidInputException:
            # DuckDB's strict parser gives up on mixed line ends; a copy with plain ones is as good as any file.
            pass
    encodings.rewrite(scan.path, encoding, scratch)
    try:
        return _load_scan(connection, replace(scan, path=scratch), table)
    except duckdb.InvalidInputException as error:
        sentence = str(error).splitlines()[0]
        raise SourceError(f"{scan.path.name} cannot be read as delimited text.", hint=sentence) from error


def _load_scan(connection: duckdb.DuckDBPyConnection, scan: _Scan, table: str) -> list[str]:
    reading = _read(connection, scan)
    if reading.runaway and _lost(reading) > reading.rows * _BEARABLE:
        literally = _read(connection, replace(scan, quotes=False))
        reading = literally if literally.rows > reading.rows else reading
    if reading.short:
        padded = _read(connection, replace(reading.scan, padded=True))
        reading = replace(padded, short=reading.short)
    _settle(connection, reading)
    _create(connection, reading, table)
    return [
        *_row_notes(reading),
        *(note for column in reading.columns for note in _column_notes(connection, reading.scan, column)),
    ]


def _read(connection: duckdb.DuckDBPyConnection, scan: _Scan) -> _Reading:
    """Guess the columns from the first rows, then test the guesses and count what is broken over all rows."""
    columns = _guess(connection, scan)
    _forget_rejected(connection)
    rows = _test(connection, scan, columns)
    lines = connection.execute(
        "SELECT line, list(DISTINCT error_type),"
        " bool_or(error_type = 'UNQUOTED VALUE' AND contains(trim(csv_line, chr(10)), chr(10)))"
        " FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    _forget_rejected(connection)
    broken: dict[str, list[int]] = defaultdict(list)
    for line, faults, _ in lines:
        if faults != ["MISSING COLUMNS"]:
            broken[next((words for fault, words in _FAULTS.items() if fault in faults), _OTHER_FAULT)].append(line)
    return _Reading(
        scan=scan,
        columns=columns,
        rows=rows,
        short=[line for line, faults, _ in lines if faults == ["MISSING COLUMNS"]],
        broken=dict(broken),
        runaway=any(runaway for *_, runaway in lines),
    )


def _forget_rejected(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("DROP TABLE IF EXISTS reject_errors")
    connection.execute("DROP TABLE IF EXISTS reject_scans")


def _guess(connection: duckdb.DuckDBPyConnection, scan: _Scan) -> list[_Column]:
    """What the first rows suggest."""
    rows = connection.execute(f"FROM {scan.sql()} LIMIT {_SAMPLE_ROWS}").fetchall()
    order = kinds(scan.dialect.delimiter)
    columns = [_Column(name=name, order=order) for name in scan.dialect.names]
    for number, column in enumerate(columns):
        column.learn(row[number] for row in rows)
    return columns


def _settle(connection: duckdb.DuckDBPyConnection, reading: _Reading) -> None:
    """Look on until each column's kind is known: at the cells that bear a guess out not, then at all rows again.

    Each round refutes a guess for good, so this ends; most files need none of it.
    """
    while doubtful := [column for column in reading.columns if column.open]:
        for column in doubtful:
            column.learn(_surprises(connection, reading.scan, column))
        if guessed := [column for column in doubtful if column.guess]:
            _test(connection, reading.scan, guessed)


def _test(connection: duckdb.DuckDBPyConnection, scan: _Scan, columns: list[_Column]) -> int:
    """Count all rows, the columns' filled cells and the misfits of their guesses; gives the rows."""
    tested = [column for column in columns if column.guess or not column.cells]
    rows = 0
    for start in range(0, max(len(tested), 1), _COLUMNS_AT_ONCE):
        rows = _test_together(connection, scan, tested[start : start + _COLUMNS_AT_ONCE])
    return rows


def _test_together(connection: duckdb.DuckDBPyConnection, scan: _Scan, tested: list[_Column]) -> int:
    verdicts = [f"{verdict(column.guess, quoted(column.name))} AS v{number}" for number, column in enumerate(tested)]
    measures = ["count(*)", *(f"count(v{number}), count(*) FILTER (NOT v{number})" for number in range(len(verdicts)))]
    # All of it is fetched: the tables of rejected rows come with the end of the query.
    ((rows, *counts),) = connection.execute(
        f"SELECT {', '.join(measures)} FROM (SELECT {', '.join(['1', *verdicts])} FROM {scan.sql()})"  # noqa: S608
    ).fetchall()
    for column, filled_cells, misfits in zip(tested, counts[::2], counts[1::2], strict=True):
        column.filled = filled_cells
        if column.guess:
            column.misfits[column.guess.name] = misfits
    return int(rows)


def _surprises(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column) -> list[str]:
    """The most frequent cells that are not of the guessed kind; without a guess, of all."""
    cell = quoted(column.name)
    ((cells,),) = connection.execute(
        f"SELECT approx_top_k({cell}, {_SURPRISES}) FROM {scan.sql()} WHERE NOT {verdict(column.guess, cell)}"  # noqa: S608
    ).fetchall()
    _forget_rejected(connection)
    return list(cells or [])


def _create(connection: duckdb.DuckDBPyConnection, reading: _Reading, table: str) -> None:
    outputs = ", ".join(
        f"{converted(column.kind, name)} AS {name}" if column.kind else name
        for column, name in ((column, quoted(column.name)) for column in reading.columns)
    )
    ((rows,),) = connection.execute(
        f"CREATE TABLE {table} AS SELECT {outputs} FROM {reading.scan.sql()}"  # noqa: S608 our own names
    ).fetchall()
    _forget_rejected(connection)
    if rows != reading.rows:
        raise SourceError(
            f"{reading.scan.path.name} changed while it was loaded.", hint="Try again when it is complete."
        )


def _row_notes(reading: _Reading) -> list[str]:
    notes = []
    if reading.short:
        notes.append(f"{_rows(reading.short)} too few fields; the missing ones are NULL ({_where(reading.short)})")
    for words, lines in reading.broken.items():
        left = "was" if len(lines) == 1 else "were"
        notes.append(f"{_rows(lines)} {words} and {left} left out ({_where(lines)})")
    if reading.runaway:
        notes.append(f"a quote there is never closed, so about {_lost(reading):,} lines are missing")
    if not reading.rows:
        notes.append("it has a header but no rows")
    return notes


def _lost(reading: _Reading) -> int:
    """About how many lines gave no row; a newline inside a quoted cell counts as lost, too."""
    return encodings.count_lines(reading.scan.path) - reading.scan.dialect.skip - reading.rows


def _rows(lines: list[int]) -> str:
    return f"{len(lines):,} {'row has' if len(lines) == 1 else 'rows have'}"


def _where(lines: list[int]) -> str:
    shown = ", ".join(f"{line:,}" for line in lines[:_NAMED_LINES])
    return f"line{'s' if len(lines) > 1 else ''} {shown}{', …' if len(lines) > _NAMED_LINES else ''}"


def _column_notes(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column) -> list[str]:
    if column.kind:
        return _read_as(connection, scan, column, column.kind)
    close = [kind for kind in column.order if kind.name in column.misfits]
    return _nearly(connection, scan, column, min(close, key=lambda kind: column.misfits[kind.name])) if close else []


def _nearly(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column, kind: Kind) -> list[str]:
    """The word for a column that is text only because of a few cells; codes with leading zeros need none."""
    count = column.misfits[kind.name]
    if count > column.filled * (1 - _WORTH_A_WORD):
        return []
    example = _example(connection, scan, column.name, f"NOT {verdict(kind, quoted(column.name))}")
    if example.startswith("0") and example.isdecimal():
        return []
    what = "numbers" if kind.name in NUMBERS else f"of the kind {kind.name!r}"
    return [f"{column.name} stays text: {count:,} of its {column.filled:,} values are not {what}, such as {example!r}"]


def _read_as(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: _Column, kind: Kind) -> list[str]:
    sure = kind.rival and all(other.name != kind.rival or share < 1 for other, share in column.likely)
    if kind.note is None or sure:
        return []
    cell = quoted(column.name)
    example = _example(
        connection, scan, column.name, f"NOT {is_missing(cell)} AND NOT regexp_full_match({cell}, '[0-9]+')"
    )
    ((value,),) = connection.execute(f"SELECT CAST({converted(kind, '$v')} AS VARCHAR)", {"v": example}).fetchall()
    return [f"{column.name}: {kind.note.format(example=example, value=value)}"]


def _example(connection: duckdb.DuckDBPyConnection, scan: _Scan, column: str, condition: str) -> str:
    rows = connection.execute(
        f"SELECT trim({quoted(column)}) FROM {scan.sql()} WHERE {condition} LIMIT 1"  # noqa: S608 our own SQL
    ).fetchall()
    _forget_rejected(connection)
    return str(rows[0][0])[:40] if rows else ""
