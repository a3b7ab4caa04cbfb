"""What the cells of a text column are: kinds of value, each with the SQL that tests and that converts a cell.

Some rows suggest a kind; whether it is true is then tested over every row, so a conversion never loses a value.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chatctl.engines.names import literal

NULL_MARKERS: Final = (
    "", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nan", "-nan", "-", "--", "\\n", ".", "?",
)  # fmt: skip
"""What stands for a missing value in a column of numbers, dates or booleans, regardless of case."""

_LIKELY: Final = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of cell: a pattern that Python and RE2 read alike, and the SQL that makes a value of the cell `{v}`."""

    name: str
    pattern: re.Pattern[str]
    convert: str
    test: str
    written: str | None = None
    """The strptime format, where there is one."""
    note: str | None = None
    """What a user should know if a column was read so; `{example}` and `{value}` are a cell before and after."""
    rival: str | None = None
    """The kind that the same cells could be as well; the note is given only where that cannot be told."""

    def fits(self, cell: str) -> bool:
        """Whether a trimmed cell looks like this kind; SQL has the last word."""
        if not self.pattern.fullmatch(cell):
            return False
        if self.written is None:
            return True
        try:
            datetime.strptime(cell, self.written)
        except ValueError:
            return False
        return True


def _kind(name: str, pattern: str, convert: str, *, test: str | None = None, note: str | None = None) -> Kind:
    matches = f"(regexp_full_match({{v}}, {literal(pattern)}) AND {convert} IS NOT NULL)"
    return Kind(name=name, pattern=re.compile(pattern), convert=convert, test=test or matches, note=note)


def _dated(name: str, pattern: str, written: str, rival: str | None = None) -> list[Kind]:
    """A way to write dates, alone and with a time of day."""
    clock = r"\d{1,2}:\d\d"
    ways = (
        ("", "", "", "DATE"),
        (" and minute", f" {clock}", " %H:%M", "TIMESTAMP"),
        (" and second", rf" {clock}:\d\d", " %H:%M:%S", "TIMESTAMP"),
        (" and minute before or after noon", f" {clock} [AaPp][Mm]", " %I:%M %p", "TIMESTAMP"),
        (" and second before or after noon", rf" {clock}:\d\d [AaPp][Mm]", " %I:%M:%S %p", "TIMESTAMP"),
    )
    note = f"'{{example}}' was read as {name} ({{value}})" if rival else None
    return [
        Kind(
            name=name + more,
            pattern=re.compile(pattern + pattern_more),
            convert=(convert := f"CAST(try_strptime({{v}}, {literal(written + written_more)}) AS {type_})"),
            test=f"(regexp_full_match({{v}}, {literal(pattern + pattern_more)}) AND {convert} IS NOT NULL)",
            written=written + written_more,
            note=note,
            rival=rival and rival + more,
        )
        for more, pattern_more, written_more, type_ in ways
    ]


def _amount(symbol: str, *, comma: bool) -> Kind:
    """Numbers with thousands separators and, where `symbol` is given, that one currency; (1,200) is negative."""
    group, point = ("[. \u00a0\u202f]", ",") if comma else (",", "[.]")
    number = rf"((0|[1-9]\d{{0,2}}({group}\d{{3}})+|[1-9]\d*)({point}\d+)?|{point}\d+)"
    mark = f"([{symbol}] ?)?" if symbol else ""
    body = rf"{mark}-?{number}{f'( ?[{symbol}])?' if symbol else ''}"
    digits = "translate({v}, '.,', ',.')" if comma else "{v}"
    bare = f"TRY_CAST(regexp_replace({digits}, '[^0-9.]', '', 'g') AS DOUBLE)"
    signed = f"CASE WHEN {{v}} LIKE '%-%' OR {{v}} LIKE '(%' THEN -{bare} ELSE {bare} END"
    name = (f"amount in {symbol}" if symbol else "grouped number") + (" with a decimal comma" if comma else "")
    note = "values such as '{example}' were read as numbers ({value})"
    return _kind(name, rf"-?{body}|\({body}\)", signed, note=note)


_ISO: Final = r"\d{4}-\d\d?-\d\d?"
_ISO_TIME: Final = _ISO + r"[ T]\d{1,2}:\d\d(:\d\d([.]\d+)?)?"
_ZONE: Final = r" ?(Z|UTC|GMT|[+-]\d\d(:?\d\d)?)"

_PLAIN: Final = (
    _kind("boolean", "[Tt]rue|TRUE|[Ff]alse|FALSE", "TRY_CAST({v} AS BOOLEAN)"),
    # A cast to a number and back is cheaper than a pattern, and tells 7 from 007 as well.
    _kind("integer", r"-?(0|[1-9]\d{0,17})", "TRY_CAST({v} AS BIGINT)", test="TRY_CAST({v} AS BIGINT)::VARCHAR = {v}"),
    _kind(
        "long integer",
        r"-?(0|[1-9]\d{0,37})",
        "TRY_CAST({v} AS HUGEINT)",
        test="TRY_CAST({v} AS HUGEINT)::VARCHAR = {v}",
    ),
    _kind("number", r"-?(0|[1-9]\d*)?([.]\d*)?([eE][+-]?\d{1,3})?", "nullif(TRY_CAST({v} AS DOUBLE), 'nan'::DOUBLE)"),
    _kind("date", r"\d{4}[-/]\d\d?[-/]\d\d?", "TRY_CAST({v} AS DATE)"),
    _kind("timestamp", _ISO_TIME, "TRY_CAST({v} AS TIMESTAMP)"),
    _kind("timestamp with zone", _ISO_TIME + _ZONE, "(TRY_CAST({v} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')"),
    _kind("date or timestamp", f"{_ISO}|{_ISO_TIME}", "TRY_CAST({v} AS TIMESTAMP)"),
    _kind("time", r"\d{1,2}:\d\d(:\d\d([.]\d+)?)?", "TRY_CAST({v} AS TIME)"),
    _kind(
        "percentage",
        r"-?(0|[1-9]\d*)([.]\d+)? ?%",
        "TRY_CAST(rtrim({v}, ' %') AS DOUBLE)",
        note="percentages such as '{example}' were read as numbers ({value})",
    ),
)
_DATED: Final = (
    *_dated("month/day/year", r"\d\d?/\d\d?/\d{4}", "%m/%d/%Y", "day/month/year"),
    *_dated("day/month/year", r"\d\d?/\d\d?/\d{4}", "%d/%m/%Y", "month/day/year"),
    *_dated("month/day/yy", r"\d\d?/\d\d?/\d\d", "%m/%d/%y", "day/month/yy"),
    *_dated("day/month/yy", r"\d\d?/\d\d?/\d\d", "%d/%m/%y", "month/day/yy"),
    *_dated("day.month.year", r"\d\d?[.]\d\d?[.]\d{4}", "%d.%m.%Y"),
    *_dated("day-month-year", r"\d\d?-\d\d?-\d{4}", "%d-%m-%Y", "month-day-year"),
    *_dated("month-day-year", r"\d\d?-\d\d?-\d{4}", "%m-%d-%Y", "day-month-year"),
    *_dated("day-month name-year", r"\d\d?-[A-Za-z]{3}-\d{4}", "%d-%b-%Y"),
    *_dated("day month name year", r"\d\d? [A-Za-z]{3} \d{4}", "%d %b %Y"),
    *_dated("month name day, year", r"[A-Za-z]{3} \d\d?, \d{4}", "%b %d, %Y"),
    *_dated("full month name day, year", r"[A-Za-z]{3,9} \d\d?, \d{4}", "%B %d, %Y"),
)
_CURRENCIES: Final = ("", "$", "€", "£", "¥", "₹")
_POINTS: Final = tuple(_amount(symbol, comma=False) for symbol in _CURRENCIES)
_COMMAS: Final = tuple(_amount(symbol, comma=True) for symbol in _CURRENCIES)

NUMBERS: Final = frozenset({"integer", "long integer", "number"})


def kinds(delimiter: str) -> tuple[Kind, ...]:
    """Every kind, in the order of preference; where semicolons part the cells, a comma is first a decimal one."""
    amounts = (*_COMMAS, *_POINTS) if delimiter == ";" else (*_POINTS, *_COMMAS)
    return (*_PLAIN, *_DATED, *amounts)


def filled(cells: Iterable[str | None]) -> set[str]:
    """The distinct cells, trimmed, without what is missing."""
    trimmed = {cell.strip(" ") for cell in cells if cell is not None}
    return {cell for cell in trimmed if cell.lower() not in NULL_MARKERS}


def likely(cells: Set[str], order: Sequence[Kind]) -> list[tuple[Kind, float]]:
    """The kinds that at least half of the filled cells look like, best first, each with its share of them.

    After one that all of them look like there is nothing to look for but its rival.
    """
    found: list[tuple[Kind, float]] = []
    for kind in order:
        if (share := _share(cells, kind)) >= _LIKELY:
            found.append((kind, share))
        if share == 1 and kind.rival is None:
            break
    # Sorting is stable: of equal shares the preferred kind stays first.
    return sorted(found, key=lambda pair: -pair[1])


def _share(cells: Set[str], kind: Kind) -> float:
    misses = 0
    for cell in cells:
        misses += not kind.fits(cell)
        if misses > len(cells) * (1 - _LIKELY):
            return 0.0
    return 1 - misses / len(cells) if cells else 0.0


_MARKER_PATTERN: Final = f"(?i) *({'|'.join(re.escape(marker) for marker in NULL_MARKERS)}) *"


def is_missing(column: str) -> str:
    """SQL: whether the cell is NULL or a null marker.

    One pattern instead of a list: DuckDB keeps a vector for every constant, which adds up over hundreds of columns.
    """
    return f"coalesce(regexp_full_match({column}, {literal(_MARKER_PATTERN)}), true)"


def verdict(kind: Kind | None, column: str) -> str:
    """SQL: whether the cell is of the kind; NULL where it is missing, false for no kind.

    Most cells fit as they are, so what costs more is asked only of those that do not.
    """
    if kind is None:
        return f"(CASE WHEN {is_missing(column)} THEN NULL ELSE false END)"
    plain, bare = kind.test.replace("{v}", column), kind.test.replace("{v}", f"trim({column})")
    return f"(CASE WHEN {plain} THEN true WHEN {is_missing(column)} THEN NULL ELSE coalesce({bare}, false) END)"


def converted(kind: Kind, column: str) -> str:
    """SQL: the cell as the kind's value; every null marker becomes NULL in each of the conversions."""
    return kind.convert.replace("{v}", f"trim({column})")
