"""Time frames in words: "July", "in 2013", "Q3 2013", "4 July", "2013-07-04", "last month", "on Mondays"."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from chatctl.analyst.builtin.lexicon import MONTH_NUMBERS, ORDINALS, WEEKDAYS
from chatctl.analyst.builtin.words import Token

_YEAR_LEADERS = """
    in during since before after from until of year for to and between through late early than by only just about both
    vs versus
"""
YEAR_LEADERS = frozenset(_YEAR_LEADERS.split())
HALVES = {"h1": 1, "h2": 2}
# Of the northern half of the world, as meteorologists count them.
SEASONS = {
    "spring": (3, 4, 5),
    "summer": (6, 7, 8),
    "autumn": (9, 10, 11),
    "fall": (9, 10, 11),
    "winter": (12, 1, 2),
}
VERBS = frozenset({"fall", "spring"})
"""Seasons that are verbs or things just as often."""
LENGTHS = {"day": 0, "week": 0, "month": 1, "quarter": 3, "year": 12}
"""Units of relative frames, with their length in months."""
COUNTED = {"last": "rolling", "past": "rolling", "previous": "rolling", "first": "first"}
CALENDAR = {"last": "previous", "previous": "previous", "past": "previous", "this": "current", "current": "current"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Relative:
    """A frame that hangs on a day.

    `rolling` ends with that day ("last 30 days"), `previous` is the calendar unit before ("last month"), `current` the
    one in which the day lies, `to_date` its part up to the day, `first` begins with the data.
    """

    mode: str
    unit: str
    count: int = 1
    back: int = 0

    def bounds(self, day: date) -> tuple[date, date]:
        """From the first day to before the last, seen from a day."""
        here, tomorrow = begin(day, self.unit), following(day, "day")
        match self.mode:
            case "rolling":
                return following(tomorrow, self.unit, -self.count), tomorrow
            case "previous":
                return following(here, self.unit, -1), here
            case "to_date":
                return here, tomorrow
            case "first":
                return here, following(here, self.unit, self.count)
            case _:
                start = following(here, self.unit, -self.back)
                return start, following(start, self.unit)


RELATIVE = {
    "today": Relative(mode="current", unit="day"),
    "yesterday": Relative(mode="current", unit="day", back=1),
    "year to date": Relative(mode="to_date", unit="year"),
    "ytd": Relative(mode="to_date", unit="year"),
    "quarter to date": Relative(mode="to_date", unit="quarter"),
    "qtd": Relative(mode="to_date", unit="quarter"),
    "month to date": Relative(mode="to_date", unit="month"),
    "mtd": Relative(mode="to_date", unit="month"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A span of time: parts that are equal (year, quarter, month, day, weekday), or days from start to end.

    A `relative` one hangs on today; where the data end before it, on their last day.
    """

    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    start: date | None = None
    end: date | None = None
    relative: Relative | None = None
    text: str = ""

    @property
    def values(self) -> dict[str, tuple[int, ...]]:
        """The parts by name."""
        return dict(self.parts)


def frame_at(tokens: Sequence[Token], at: int, today: date) -> tuple[Frame, int] | None:
    """The time frame that begins at a token, and the position behind it."""
    for read in (_iso, _relative, _month_and_day, _quarter, _half, _season, _weekday, _year):
        found = read(tokens, at, today)
        if found:
            frame, end = found
            text = " ".join(token.text for token in tokens[at:end])
            return replace(frame, text=text), end
    return None


def _parts(**parts: int | tuple[int, ...] | None) -> Frame:
    kept = {name: value if isinstance(value, tuple) else (value,) for name, value in parts.items() if value is not None}
    return Frame(parts=tuple(kept.items()))


def _iso(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    if tokens[at].kind != "date":
        return None
    try:
        day = date.fromisoformat(tokens[at].text)
    except ValueError:
        return None
    return _parts(year=day.year, month=day.month, day=day.day), at + 1


def _month(tokens: Sequence[Token], at: int) -> int | None:
    if at >= len(tokens):
        return None
    token = tokens[at]
    number = MONTH_NUMBERS.get(token.lower)
    if token.lower in ("may", "march", "mar", "jan", "dec", "sun", "sat") and token.text.islower():
        before = tokens[at - 1].lower if at else ""
        return number if before in YEAR_LEADERS | {"last", "this", "only"} else None
    return number


def _day(tokens: Sequence[Token], at: int) -> int | None:
    if at >= len(tokens):
        return None
    text = tokens[at].lower
    for ending in ("st", "nd", "rd", "th"):
        text = text.removesuffix(ending)
    return int(text) if text.isdecimal() and 1 <= int(text) <= 31 else None


def _year_number(tokens: Sequence[Token], at: int) -> int | None:
    text = tokens[at].text if at < len(tokens) else ""
    return int(text) if len(text) == 4 and text.isdecimal() and 1500 <= int(text) <= 2200 else None


def _month_and_day(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    day, position = None, at
    if _month(tokens, at) is None:
        day, position = _day(tokens, at), at + 1
        if position < len(tokens) and tokens[position].lower == "of":
            position += 1
        if day is None or _month(tokens, position) is None:
            return None
    month, position = _month(tokens, position), position + 1
    if day is None and _day(tokens, position) is not None:
        day, position = _day(tokens, position), position + 1
    ahead = position + 1 if position < len(tokens) and tokens[position].lower in (",", "of", "in") else position
    year = _year_number(tokens, ahead)
    return _parts(year=year, month=month, day=day), ahead + 1 if year else position


def _quarter(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    word = tokens[at].lower
    number, end = None, at + 1
    if len(word) == 2 and word[0] == "q" and word[1] in "1234":
        number = int(word[1])
    elif word in ORDINALS and at + 1 < len(tokens) and tokens[at + 1].lower == "quarter":
        number, end = ORDINALS[word], at + 2
    if number is None:
        return None
    year, end = _of_year(tokens, end)
    return _parts(year=year, quarter=number), end


def _half(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    """ "the first half of 2013", "H2"."""
    words = [token.lower for token in tokens[at : at + 2]]
    number, end = HALVES.get(words[0]), at + 1
    if number is None and words[1:] == ["half"]:
        number, end = ORDINALS.get(words[0]), at + 2
    if number not in (1, 2):
        return None
    year, end = _of_year(tokens, end)
    return _parts(year=year, quarter=(2 * number - 1, 2 * number)), end


def _season(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    """ "in summer 2013"; a winter lies in two years, so none is read behind it."""
    word = tokens[at].lower
    months = SEASONS.get(word)
    before = tokens[at - 1].lower if at else ""
    if months is None or (word in VERBS and before not in YEAR_LEADERS | {"the", "last", "this"}):
        return None
    year, end = _of_year(tokens, at + 1) if word != "winter" else (None, at + 1)
    return _parts(year=year, month=months), end


def _of_year(tokens: Sequence[Token], at: int) -> tuple[int | None, int]:
    """ "of 2013", "in 2013" or "2013" behind a part of a year, and the position behind it."""
    ahead = at + 1 if at < len(tokens) and tokens[at].lower in ("of", "in") else at
    year = _year_number(tokens, ahead)
    return (year, ahead + 1) if year else (None, at)


def _weekday(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    word = tokens[at].lower
    if word in ("weekend", "weekends"):
        return _parts(weekday=(0, 6)), at + 1
    if word in ("weekdays", "workdays"):
        return _parts(weekday=(1, 2, 3, 4, 5)), at + 1
    single = word.removesuffix("s")
    return (_parts(weekday=WEEKDAYS.index(single)), at + 1) if single in WEEKDAYS else None


def _year(tokens: Sequence[Token], at: int, _today: date) -> tuple[Frame, int] | None:
    year = _year_number(tokens, at)
    led = at > 0 and tokens[at - 1].lower in YEAR_LEADERS
    return (_parts(year=year), at + 1) if year and led else None


def _relative(tokens: Sequence[Token], at: int, today: date) -> tuple[Frame, int] | None:
    words = [token.lower for token in tokens[at : at + 3]] + ["", "", ""]
    for length in (3, 2, 1):
        known = RELATIVE.get(" ".join(words[:length]))
        if known:
            return _placed(known, today), at + length
    unit = words[2].removesuffix("s")
    if words[0] in COUNTED and words[1].isdecimal() and unit in LENGTHS:
        return _placed(Relative(mode=COUNTED[words[0]], unit=unit, count=min(int(words[1]), 3_000)), today), at + 3
    if words[0] in CALENDAR and words[1] in LENGTHS:
        return _placed(Relative(mode=CALENDAR[words[0]], unit=words[1]), today), at + 2
    return None


def _placed(relative: Relative, today: date) -> Frame:
    start, end = relative.bounds(today)
    return Frame(start=start, end=end, relative=relative)


def begin(day: date, unit: str) -> date:
    """The first day of the unit in which a day lies; weeks begin on Monday."""
    match unit:
        case "year":
            return date(day.year, 1, 1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "month":
            return day.replace(day=1)
        case "week":
            return day - timedelta(days=day.weekday())
        case _:
            return day


def following(day: date, unit: str, count: int = 1) -> date:
    """The day that lies some units later (earlier for a negative count); the end of a month stays one."""
    if unit in ("day", "week"):
        return date.fromordinal(max(1, day.toordinal() + count * (7 if unit == "week" else 1)))
    index = max(12, day.year * 12 + day.month - 1 + count * LENGTHS[unit])
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))
