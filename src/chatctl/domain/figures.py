"""Figures in a text: where they stand and what they may mean.

A figure is a quantity that somebody claims: `1,234.5`, `12 %`, `1.2 million`, `$5`, `-3`. None are dates, times,
years, ordinals, ranks, the numbers of a list, constants of the calendar, parts of words (`A320`, `Q1`) and code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import count
from math import inf, isfinite
from operator import attrgetter
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a figure may mean: its size without the sign, and the unit of its last digit (0.1 in `1.2`)."""

    value: float
    step: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure of a text, from `start` to `end`.

    There are several `readings` where separators or suffixes leave doubt: `1.234` may be over a thousand. A number that
    is called so lies at most `below` steps under or `above` steps over it: half a step where it was rounded, a whole
    one on the side that "nearly" or "over" names. `unit` is the word or sign after it; a `rate` is per something.
    """

    start: int
    end: int
    text: str
    readings: tuple[Reading, ...]
    negative: bool
    percent: bool
    unit: str
    rate: bool
    below: float = 0.5
    above: float = 0.5


def find(text: str) -> Iterator[Figure]:
    """The figures of a text (Markdown or plain), in order; takes time in proportion to its length."""
    masked = _CODE.sub(_blank_code, _LISTED.sub(_blank, _TABLE.sub(_blank_ranks, text)))
    spans = [_time_span(match) for match in _TIME_SPAN.finditer(masked)]
    masked = _OTHER.sub(_blank, _TIME_SPAN.sub(_blank, masked))
    plain = filter(None, (_figure(masked, match) for match in _FIGURE.finditer(masked)))
    return merge(spans, plain, key=attrgetter("start"))


def values(text: str) -> Iterator[float]:
    """What every number of a text may mean, be it a figure or not: for texts that claim nothing."""
    for match in _NUMBERS.finditer(text):
        yield from (reading.value for reading in _readings(match[0]))


_NUMBER: Final = (
    r"(?:[1-9]\d{0,2}(?:[ ]\d{3})+(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,'’\u00a0\u202f]\d+)*(?:[eE][+-]?\d{1,3}(?!\w))?)"
)
_NUMBERS: Final = re.compile(_NUMBER)
_SCALES: Final = {
    "k": 1e3,
    "thousand": 1e3,
    "tausend": 1e3,
    "tsd": 1e3,
    "mil": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "millionen": 1e6,
    "millones": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "mrd": 1e9,
    "billion": 1e9,
    "milliarden": 1e9,
    "milliards": 1e9,
    "t": 1e12,
    "trillion": 1e12,
}
_UNSURE: Final = frozenset({"m", "b", "t"})
"""These may be metres, bytes or tons as well."""
_SCALE: Final = (
    rf"(?:\s?(?P<word>{'|'.join(name for name in _SCALES if len(name) > 1)})(?![^\W_])"
    r"|(?P<letter>[kmbt])(?![^\W_]))"
)
_PERCENT: Final = r"\s?(?:%|percent\b|per\s?cent\b|pct\b|percentage points?\b|pp\b|prozent|pour cent\b|por ciento\b)"
_MONEY: Final = "[$€£¥₹]"
_FIGURE: Final = re.compile(
    rf"(?P<minus>(?<![\w)\]%])[-−](?={_MONEY}?\d))?(?P<money>{_MONEY}\s?)?"
    rf"(?P<number>{_NUMBER})(?:{_SCALE})?(?P<percent>{_PERCENT})?",
    re.IGNORECASE,
)
_RANGE: Final = re.compile(
    rf"\s?(?:[-–—]|to|and)\s?{_MONEY}?{_NUMBER}(?:{_SCALE})?(?P<percent>{_PERCENT})?", re.IGNORECASE
)
"""What makes a number the lower end of a range, whose unit it shares."""
_UNIT: Final = re.compile(r"[\s-]?([^\W\d_]+|[×°])")
_HOURS, _MINUTES, _SECONDS = r"\s?(?:h|hrs?|hours?)", r"\s?(?:m|mins?|minutes?)", r"\s?(?:s|secs?|seconds?)"
_TIME_SPAN: Final = re.compile(
    rf"(?<![\w.,])(?:(?P<hours>\d{{1,4}}){_HOURS}|\d{{1,4}}{_MINUTES})(?:,|\sand)?\s?\d{{1,2}}"
    rf"(?(hours){_MINUTES}|{_SECONDS})(?![^\W_])",
    re.IGNORECASE,
)
"""A time in two units, each sixty of the next: `2 h 58 min`."""
_RATE: Final = re.compile(r"\s?[^\W\d_]*\s?(?:per\b|each\b|/)")
_GLUED: Final = re.compile(
    r"(?:x|×|h|hrs?|min|mins|s|secs?|ms|d|km|kg|mi|lbs?|cm|mm|g|[kmgt]b|pts?|-?fold|-(?:percent|point)s?)(?![^\W_])",
    re.IGNORECASE,
)
"""Units that may stand right after a number; other letters there make it part of a word."""
_WORD: Final = re.compile(r"[^\W\d]|[-.][^\W\d_]")
_IN_WORD: Final = re.compile(r"(?:[\w#@]|[^\W\d_][-‑/&.+'’])$")

_MONTH: Final = (
    r"(?:Jan(?:uary?)?|Feb(?:ruary?)?|Mar(?:ch)?|März|Apr(?:il)?|Ma[iy]|June?|Juni|July?|Juli|Aug(?:ust)?"
    r"|Sept?(?:ember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?"
    r"|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
)
_DAY: Final = r"\d{1,2}(?:st|nd|rd|th)?(?:\s?[-–]\s?\d{1,2}(?:st|nd|rd|th)?)?"
_LABELS: Final = (
    "top|bottom|first|last|next|rank(?:ed)?|no|nos|number|step|line|page|table|figure|version|level|tier|group"
    "|category|cluster|bin|week|month|quarter|day|hour|year|question|message|section"
)
_OTHER: Final = re.compile(
    "|".join(
        (
            r"\b(?:https?|file)://\S+",
            r"\b\d{4}-(?:\d{2}|W\d{2}|Q\d)(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?\b",
            r"\b\d{1,2}([./])\d{1,2}\1\d{2,4}\b",
            r"\b\d{4}/\d{1,2}(?:/\d{1,2})?\b",
            r"\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b)?",
            r"\b\d{1,2}\s?[ap]\.?m\b",
            rf"\b{_MONTH}\.?,?\s(?:{_DAY}(?:,\s?\d{{4}})?|(?:de\s)?\d{{4}})(?![\d.,]*\d)",
            rf"\b{_DAY}\.?\s(?:of\s|de\s)?{_MONTH}\b(?:,?\s(?:de\s)?\d{{4}}\b)?",
            r"\b\d+(?:st|nd|rd|th)\b",
            r"\b\d+(?:\.\d+){2,}\b",
            r"\b(?:24 hours|7 days|12 months|36[56] days|60 (?:minutes|seconds)|52 weeks|4 quarters)\b",
            r"(?:\bper\s|/\s?)1(?:00|,?000|0,?000|00,?000)\b",
            rf"(?i:\b(?:{_LABELS})\.?[\s-]#?\d{{1,3}}(?![\d.,]*\d)(?!\s?%))",
        )
    )
)
_CODE: Final = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_LETTER: Final = re.compile(r"[^\W\d_]")
_LISTED: Final = re.compile(r"^[ \t]*(?:[-*+>][ \t]+)*(?:\*\*)?\d{1,3}[.)](?=\s|\*\*)", re.MULTILINE)
_TABLE: Final = re.compile(r"(?:^\|[^\n]*(?:\n|\Z))+", re.MULTILINE)
_RANK: Final = re.compile(r"^\|[ \t]*(\d{1,3})[ \t]*(?=\|)", re.MULTILINE)

_YEAR: Final = re.compile(r"(?:19|20)\d{2}")
_IN_TIME: Final = re.compile(
    r"(?:\b(?:in|since|during|until|years?|calendar|fiscal|the|mid|early|late|spring|summer|autumn|fall|winter)[\s-]"
    r"|[-–/(])$",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(r"\s(?!was|is|has|does)[a-z]{2,}s\b")
_GROUPED: Final = re.compile(r"[1-9]\d{0,2}(?:([.,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*|[1-9]\d{0,2}(?:,\d{2})*,\d{3}")

_OVER: Final = re.compile(
    r"(?:\b(?:over|above|exceed(?:s|ed|ing)?|(?:more|greater|higher|longer) than|at least|über|mehr als|plus de|más de)"
    r"|[>≥])\s?$",
    re.IGNORECASE,
)
_UNDER: Final = re.compile(
    r"(?:\b(?:nearly|almost|under|below|up to|at most|(?:less|fewer|lower|shorter) than|close to|short of"
    r"|knapp|fast|weniger als|moins de|presque|menos de|casi)|[<≤])\s?$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|circa|ca\.|some|etwa|rund|environ|unos|cerca de)|[~≈])\s?$",
    re.IGNORECASE,
)
_SEEN: Final = 24
"""Characters before and after a number that tell what it is."""


def _figure(text: str, match: re.Match[str]) -> Figure | None:
    start, end = match.span()
    before, after = text[max(0, start - _SEEN) : start], text[end : end + _SEEN]
    if _is_in_word(match, before, after) or _is_year(match, before, after):
        return None
    spread = _RANGE.match(text, end)
    readings = [
        Reading(value=each.value * scale, step=each.step * scale)
        for scale in _scales(match) or (spread and [*_scales(spread), 1.0]) or [1.0]
        for each in _readings(match["number"])
    ]
    if not readings:
        return None
    below, above = _leeway(before)
    unit = _UNIT.match(after)
    return Figure(
        start=start,
        end=end,
        text=text[start:end],
        readings=tuple(map(_coarse, readings) if (below, above) != (0.5, 0.5) or _ABOUT.search(before) else readings),
        negative=bool(match["minus"]),
        percent=bool(match["percent"] or (spread and spread["percent"])),
        unit=unit[1].lower() if unit else "",
        rate=bool(_RATE.match(after)),
        below=below,
        above=above,
    )


def _time_span(match: re.Match[str]) -> Figure:
    """One figure, in the smaller unit."""
    large, small = (float(digits) for digits in re.findall(r"\d+", match[0]))
    return Figure(
        start=match.start(),
        end=match.end(),
        text=match[0],
        readings=(Reading(value=large * 60 + small, step=1.0),),
        negative=False,
        percent=False,
        unit="minute" if match["hours"] else "second",
        rate=False,
    )


def _readings(number: str) -> list[Reading]:
    """What the digits may mean; none where their separators make no number (`1.2.3`), or one beyond all bounds."""
    mantissa, _, exponent = number.lower().partition("e")
    scale = float(f"1e{exponent or 0}")
    found = []
    if mantissa.isdigit() or _GROUPED.fullmatch(mantissa):
        found.append(Reading(value=float(_digits(mantissa)) * scale, step=scale))
    at = max(map(mantissa.rfind, ".,"))
    whole, decimals = mantissa[:at], mantissa[at + 1 :]
    if at > 0 and decimals.isdigit() and (whole.isdigit() or (_GROUPED.fullmatch(whole) and mantissa[at] not in whole)):
        value = float(f"{_digits(whole)}.{decimals}")
        found.append(Reading(value=value * scale, step=float(f"1e-{len(decimals)}") * scale))
    return [each for each in found if isfinite(each.value) and 0 < each.step < inf]


def _digits(grouped: str) -> str:
    return re.sub(r"\D", "", grouped)


def _scales(match: re.Match[str]) -> list[float]:
    suffix = match["word"] or match["letter"] or ""
    return [_SCALES[suffix.lower()], *([1.0] if suffix in _UNSURE else [])] if suffix else []


def _is_in_word(match: re.Match[str], before: str, after: str) -> bool:
    if not match["money"] and _IN_WORD.search(before):
        return True
    complete = match["percent"] or match["word"] or match["letter"]
    return not complete and bool(_WORD.match(after)) and not _GLUED.match(after)


def _is_year(match: re.Match[str], before: str, after: str) -> bool:
    """A year stands alone; `2013 flights` counts something, unless it is "in" or "the" 2013."""
    if match[0] != match["number"] or not _YEAR.fullmatch(match[0]):
        return False
    return bool(_IN_TIME.search(before)) or not _COUNTED.match(after)


def _leeway(before: str) -> tuple[float, float]:
    if _OVER.search(before):
        return 0.0, 1.0
    return (1.0, 0.0) if _UNDER.search(before) else (0.5, 0.5)


def _coarse(reading: Reading) -> Reading:
    """A number that is called approximate is rounded at its last digit that is not zero."""
    step = reading.step
    while step >= 1 and 0 < reading.value < 1e15 and reading.value % (step * 10) == 0:
        step *= 10
    return Reading(value=reading.value, step=step)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _blank_code(match: re.Match[str]) -> str:
    """Code says nothing; a number that merely stands between backticks does."""
    return _blank(match) if match[0].startswith("```") or _LETTER.search(match[0]) else match[0]


def _blank_ranks(table: re.Match[str]) -> str:
    """A Markdown table without a first column that numbers its rows."""
    expected = count(1)

    def blank(match: re.Match[str]) -> str:
        return _blank(match) if int(match[1]) == next(expected) else match[0]

    return _RANK.sub(blank, table[0])
