"""Time frames in words: "July", "in 2013", "Q3 2013", "4 July", "2013-07-04", "last month", "on Mondays"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chatctl.analyst.builtin.lexicon import MONTH_NUMBERS, ORDINALS, WEEKDAYS
from chatctl.analyst.builtin.words import Token

YEAR_LEADERS = frozenset({"in", "during", "since", "before", "after", "from", "until", "of", "year", "for", "to", "and",
                          "between", "through", "late", "early", "than", "by"})  # fmt: skip
RELATIVE_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7}


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A span of time: parts that are equal (year, quarter, month, day, weekday), or days from start to end."""

    parts: tuple[tuple[str, tuple[int, ...]], ...] = ()
    start: date | None = None
    end: date | None = None
    text: str = ""

    @property
    def values(self) -> dict[str, tuple[int, ...]]:
        """The parts by name."""
        return dict(self.parts)


def frame_at(tokens: Sequence[Token], at: int, today: date) -> tuple[Frame, int] | None:
    """The time frame that begins at a token, and the position behind it."""
    for read in (_iso, _relative, _month_and_day, _quarter, _weekday, _year):
        found = read(tokens, at, today)
        if found:
            frame, end = found
            text = " ".join(token.text for token in tokens[at:end])
            return Frame(parts=frame.parts, start=frame.start, end=frame.end, text=text), end
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
    ahead = end + 1 if end < len(tokens) and tokens[end].lower in ("of", "in") else end
    year = _year_number(tokens, ahead)
    return _parts(year=year, quarter=number), ahead + 1 if year else end


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
    if words[0] in ("today", "yesterday"):
        start = today if words[0] == "today" else today - timedelta(days=1)
        return Frame(start=start, end=start + timedelta(days=1)), at + 1
    if words[:3] == ["year", "to", "date"]:
        return Frame(start=date(today.year, 1, 1), end=today + timedelta(days=1)), at + 3
    if words[0] in ("last", "past") and words[1].isdecimal() and words[2] in RELATIVE_UNITS:
        days = min(int(words[1]) * RELATIVE_UNITS[words[2]], 365_000)
        return Frame(
            start=today - timedelta(days=min(days, today.toordinal() - 1)), end=today + timedelta(days=1)
        ), at + 3
    if words[0] in ("last", "this", "previous", "current"):
        back = 1 if words[0] in ("last", "previous") else 0
        return _calendar(words[1], back, today, at + 2)
    return None


def _calendar(unit: str, back: int, today: date, end: int) -> tuple[Frame, int] | None:
    if unit == "year":
        return Frame(start=date(today.year - back, 1, 1), end=date(today.year - back + 1, 1, 1)), end
    if unit == "month":
        return Frame(start=_months_on(today, -back), end=_months_on(today, 1 - back)), end
    if unit == "quarter":
        first = today.replace(month=(today.month - 1) // 3 * 3 + 1)
        return Frame(start=_months_on(first, -3 * back), end=_months_on(first, 3 - 3 * back)), end
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return Frame(start=monday, end=monday + timedelta(days=7)), end
    return None


def _months_on(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
