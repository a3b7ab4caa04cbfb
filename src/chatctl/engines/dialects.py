"""How a delimited text file is laid out: its delimiter, where its table begins, and what its columns are called."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from chatctl.engines.names import unique

_DELIMITERS: Final = (",", ";", "\t", "|")
_LOOKED_AT: Final = 500
_LONGEST_PREAMBLE: Final = 20
_DATA_LIKE: Final = re.compile(r"[-+]?[$€£]?\d[\d.,:/\-TZ +%]*")
_NULL_LIKE: Final = frozenset({"na", "n/a", "null", "nan", "-"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """The layout: `skip` counts records and empty lines before the first row of data, `notes` say what was odd."""

    delimiter: str
    escape: str
    skip: int
    names: list[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    cells: list[str]
    end: int
    """The number of records up to and with this one, empty lines counted: what DuckDB skips by."""


def sniff(head: str, *, tabs: bool = False) -> Dialect:
    """The layout of a file that begins with `head`; `tabs` is what its name promises."""
    escape = "\\" if '\\"' in head and '""' not in head else '"'
    delimiter = _delimiter(head, escape, tabs)
    records = _records(head, delimiter, escape)
    width = _usual_width(records)
    preamble = _preamble(records, width)
    table = records[preamble:]
    notes = [f"the first {_lines(table[0].end - 1)} before its header were skipped"] if preamble else []
    header = _has_header([record.cells for record in table])
    cells = table[0].cells if header else []
    names, odd = _names(cells, max(width, len(cells)))
    notes += odd if header else ["it has no header, so its columns are named column_1, column_2, …"]
    start = table[0].end if header else records[preamble - 1].end if preamble else 0
    return Dialect(delimiter=delimiter, escape=escape, skip=start, names=names, notes=tuple(notes))


def _lines(count: int) -> str:
    return "line" if count == 1 else f"{count} lines"


def _records(head: str, delimiter: str, escape: str) -> list[_Record]:
    doubled = escape == '"'
    reader = csv.reader(
        io.StringIO(head, newline=""),
        delimiter=delimiter,
        skipinitialspace=True,
        doublequote=doubled,
        escapechar=None if doubled else escape,
    )
    found: list[_Record] = []
    for number, cells in enumerate(reader, start=1):
        found.append(_Record(cells=cells, end=number))
        if len(found) == _LOOKED_AT:
            break
    return [record for record in found if record.cells] or found


def _delimiter(head: str, escape: str, tabs: bool) -> str:
    def fit(delimiter: str) -> tuple[bool, float, int]:
        widths = [len(record.cells) for record in _records(head, delimiter, escape)]
        (usual, count), *_ = Counter(widths).most_common(1)
        return tabs and delimiter == "\t" and usual > 1, round(count / len(widths), 1) if usual > 1 else 0.0, usual

    return max(_DELIMITERS, key=fit)


def _usual_width(records: list[_Record]) -> int:
    (usual, _), *_ = Counter(len(record.cells) for record in records).most_common(1)
    return usual


def _preamble(records: list[_Record], width: int) -> int:
    """How many records stand before the table: titles, remarks, lines with one cell where the table has several."""
    for number, record in enumerate(records[:_LONGEST_PREAMBLE]):
        filled = sum(1 for cell in record.cells if cell.strip())
        remark = record.cells[0].startswith("#") and len(record.cells) < width
        if not remark and (filled > 1 or len(record.cells) == width or width == 1):
            return number
    return 0


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: none of its cells looks like data, unless they count up (2019, 2020)."""
    first = [cell.strip() for cell in rows[0]]
    data_like = [
        number for number, cell in enumerate(first) if _DATA_LIKE.fullmatch(cell) or cell.lower() in _NULL_LIKE
    ]
    if not data_like:
        return True
    named = any(cell for number, cell in enumerate(first) if number not in data_like)
    below = rows[1:6]
    return (
        named and _counts_up(first, data_like) and bool(below) and not all(_counts_up(row, data_like) for row in below)
    )


def _counts_up(row: list[str], columns: list[int]) -> bool:
    cells = [row[column].strip() for column in columns if column < len(row)]
    if len(cells) < max(2, len(columns)) or not all(cell.isdecimal() for cell in cells):
        return False
    return all(int(after) - int(before) == 1 for before, after in pairwise(cells))


def _names(cells: list[str], width: int) -> tuple[list[str], list[str]]:
    cleaned = [" ".join(cell.split()) for cell in cells] + [""] * (width - len(cells))
    filled = [cell or f"column_{number}" for number, cell in enumerate(cleaned, start=1)]
    names = unique(filled)
    empty = sum(1 for cell in cleaned if not cell) if cells else 0
    doubled = [name for name, before in zip(names, filled, strict=True) if name != before]
    notes = [f"{empty} of its columns {'has' if empty == 1 else 'have'} no header; named by position"] if empty else []
    notes += [f"doubled headers were renamed: {', '.join(doubled)}"] if doubled else []
    return names, notes
