"""The stretch of time that a table covers, and the full periods in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn
from chatctl.analyst.builtin.forms import DayOf, Predicate, Term
from chatctl.analyst.builtin.lexicon import MONTHS
from chatctl.analyst.builtin.times import begin, following

PERIODS = ("year", "quarter", "month", "week", "day")
SLACK = 1.5
"""Usual gaps between dates that may be missing at either end of a full period."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From the first day to the last one; `gap` is the usual number of days from one date to the next."""

    first: date
    last: date
    gap: float = 1.0

    def within(self, start: date, end: date) -> "Span":
        """What of it lies from start to before end."""
        return Span(first=max(self.first, start), last=min(self.last, end - timedelta(days=1)), gap=self.gap)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """Days from start to before end, under a name: "Q2 2026"."""

    start: date
    end: date
    name: str


def span(catalog: Catalog, day: DayOf) -> Span | None:
    """The days that a table's dates cover, as far as the catalog knows."""
    table = catalog.tables[day.table]
    if day.date:
        column = table.by_name[day.date]
        first, last = _day(column.minimum), _day(column.maximum)
        if first is None or last is None or last < first:
            return None
        return Span(first=first, last=last, gap=(last - first).days / max(1, (column.distinct or 1) - 1))
    years, months = table.parts["year"], table.parts["month"]
    if not _whole(years) or not _whole(months):
        return None
    one_year = years.minimum == years.maximum
    low, high = (int(str(months.minimum)), int(str(months.maximum))) if one_year else (1, 12)
    last = following(date(int(str(years.maximum)), high, 1), "month") - timedelta(days=1)
    return Span(first=date(int(str(years.minimum)), low, 1), last=last)


def _whole(column: CatalogColumn) -> bool:
    return isinstance(column.minimum, int) and isinstance(column.maximum, int)


def _day(cell: object) -> date | None:
    try:
        return date.fromisoformat(str(cell)[:10])
    except ValueError:
        return None


def full_periods(covered: Span, unit: str) -> list[Period]:
    """The periods of a unit that the span covers from end to end."""
    return [it for it in periods(covered, unit) if is_full(covered, it)]


def is_full(covered: Span, period: Period) -> bool:
    """Whether nothing of a period lies outside a span, but for a usual gap."""
    slack = timedelta(days=SLACK * covered.gap)
    return covered.first - period.start <= slack and (period.end - timedelta(days=1)) - covered.last <= slack


def periods(covered: Span, unit: str) -> Iterator[Period]:
    """Every period of a unit that a span touches, at most some thousands."""
    start = begin(covered.first, unit)
    for _ in range(5_000):
        if start > covered.last:
            return
        end = following(start, unit)
        yield Period(start=start, end=end, name=name(start, unit))
        start = end


def ends(covered: Span) -> tuple[str, Period, Period] | None:
    """The first and the last full period of the longest unit that has two."""
    for unit in PERIODS:
        found = full_periods(covered, unit)
        if len(found) >= 2:
            return unit, found[0], found[-1]
    return None


def name(start: date, unit: str) -> str:
    """What a period is called."""
    return {
        "year": str(start.year),
        "quarter": f"Q{(start.month + 2) // 3} {start.year}",
        "month": f"{MONTHS[start.month - 1].capitalize()} {start.year}",
        "week": f"week of {start}",
    }.get(unit, str(start))


def inside(day: DayOf, period: Period) -> tuple[Predicate, ...]:
    """The conditions that a date lies in a period."""
    term = Term(of=day)
    return (
        Predicate(term=term, operator=">=", values=(period.start.isoformat(),)),
        Predicate(term=term, operator="<", values=(period.end.isoformat(),)),
    )
