"""Time frames as conditions on a table's dates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from chatctl.analyst.builtin.forms import DayOf, GrainOf, Operand, Operator, Predicate, Term
from chatctl.analyst.builtin.scopes import Scope
from chatctl.analyst.builtin.spans import span
from chatctl.analyst.builtin.times import Frame, following

NUMBERED = {
    "month": "month_number",
    "quarter": "quarter_number",
    "day": "day_number",
    "year": "year",
    "weekday": "weekday",
}


def frame_predicates(scope: Scope, frames: tuple[Frame, ...], operator: Operator, day: DayOf | None) -> list[Predicate]:
    """The conditions that a time frame, or a span of two, puts on the anchor's date; empty where it has none.

    `day` is the date that the question names; without it the anchor's first date is meant.
    """
    if len(frames) == 2 and operator == ">=":
        return [*frame_predicates(scope, frames[:1], ">=", day), *frame_predicates(scope, frames[1:], "<=", day)]
    if len(frames) > 1:
        return _any_of(scope, frames)
    frame = frames[0]
    axis = day or scope.day()
    if (
        frame.start is None
        and axis
        and axis.date
        and "year" not in frame.values
        and frame.values.keys() & {"month", "quarter"}
    ):
        frame = _in_the_only_year(scope, axis, frame)
    if frame.start is None and (operator == "=" or len(frame.parts) == 1) and not _spans(frame, axis, operator):
        return list(_parts(scope, frame, operator, day))
    if axis is None:
        return []
    return list(_days(axis, frame, operator))


def settled(scope: Scope, frame: Frame, day: DayOf | None) -> tuple[Frame, str]:
    """A relative frame put where there are data, and the word that has to be said about it."""
    axis = day or scope.day()
    covered = span(scope.catalog, axis) if axis else None
    if frame.relative is None or covered is None or frame.start is None or frame.end is None:
        return frame, ""
    if frame.relative.mode == "first":
        start, end = frame.relative.bounds(covered.first)
        return replace(
            frame, start=start, end=end
        ), f'"{frame.text}" is counted from where the data begin, {covered.first}.'
    if frame.start <= covered.last or frame.relative.mode == "current":
        early = covered.last < frame.end - timedelta(days=1)
        said = f"; the data end on {covered.last}" if early else ""
        return frame, f'"{frame.text}" was read as {_from_to(frame.start, frame.end)}{said}.'
    last_day = frame.relative.mode == "previous" and frame.relative.unit == "day"
    start, end = frame.relative.bounds(following(covered.last, "day") if last_day else covered.last)
    moved = _from_to(start, end)
    said = f'The data end on {covered.last}: "{frame.text}" is counted from that day, not from today, as {moved}.'
    return replace(frame, start=start, end=end), said


def _from_to(start: date, end: date) -> str:
    last = end - timedelta(days=1)
    return f"{start} to {last}" if last > start else str(start)


def _spans(frame: Frame, axis: DayOf | None, operator: Operator) -> bool:
    """Whether the frame is one stretch of days on a real date, which an index can serve."""
    single = "weekday" not in frame.values and all(len(values) == 1 for values in frame.values.values())
    return bool(axis and axis.date and "year" in frame.values and single and operator != "!=")


def _any_of(scope: Scope, frames: tuple[Frame, ...]) -> list[Predicate]:
    units = {unit for frame in frames for unit in frame.values}
    if len(units) != 1:
        return []
    (unit,) = units
    operand = _part_operand(scope, unit, None)
    values = tuple(value for frame in frames for value in frame.values[unit])
    return [Predicate(term=Term(of=operand), operator="in", values=values)] if operand else []


def _in_the_only_year(scope: Scope, axis: DayOf, frame: Frame) -> Frame:
    """July of a table that covers one year is July of that year."""
    column = scope.catalog.column(axis.table, str(axis.date))
    years = {str(cell)[:4] for cell in (column.minimum, column.maximum) if cell is not None}
    if len(years) != 1 or not (year := years.pop()).isdigit():
        return frame
    return Frame(parts=(("year", (int(year),)), *frame.parts), text=frame.text)


def _parts(scope: Scope, frame: Frame, operator: Operator, day: DayOf | None) -> Iterator[Predicate]:
    for unit, values in frame.parts:
        operand = _part_operand(scope, unit, day)
        if operand is None:
            return
        if len(values) > 1:
            yield Predicate(term=Term(of=operand), operator="not in" if operator == "!=" else "in", values=values)
        else:
            yield Predicate(term=Term(of=operand), operator=operator, values=values)


def _part_operand(scope: Scope, unit: str, day: DayOf | None) -> Operand | None:
    part = None if day else scope.part(unit)
    if part:
        return part
    axis = day or scope.day()
    if axis is None:
        return None
    return GrainOf(unit=NUMBERED[unit], table=axis.table, date=axis.date, parts=axis.parts)


def _days(axis: DayOf, frame: Frame, operator: Operator) -> Iterator[Predicate]:
    start, end = bounds(frame)
    term = Term(of=axis)
    if operator in ("=", ">="):
        yield Predicate(term=term, operator=">=", values=(start.isoformat(),))
    if operator in ("=", "<="):
        yield Predicate(term=term, operator="<", values=(end.isoformat(),))
    if operator == ">":
        yield Predicate(term=term, operator=">=", values=(end.isoformat(),))
    if operator == "<":
        yield Predicate(term=term, operator="<", values=(start.isoformat(),))


def bounds(frame: Frame) -> tuple[date, date]:
    """From the first day of a frame that has a year to before its last."""
    if frame.start and frame.end:
        return frame.start, frame.end
    parts = {unit: values[0] for unit, values in frame.parts}
    year = parts.get("year", 1)
    if "quarter" in parts:
        first = date(year, 3 * parts["quarter"] - 2, 1)
        return first, following(first, "quarter")
    if "month" not in parts:
        return date(year, 1, 1), date(year + 1, 1, 1)
    first = date(year, parts["month"], 1)
    if "day" not in parts:
        return first, following(first, "month")
    day = min(first + timedelta(days=parts["day"] - 1), following(first, "month") - timedelta(days=1))
    return day, day + timedelta(days=1)
