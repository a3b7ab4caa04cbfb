"""What a metric's checks expect and what was found, in words, and whether the one keeps the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chatctl.domain.assets import Between, Bounds, Check, CheckOutcome, CheckStatus, FreshWithin, NoChangeOver
from chatctl.domain.errors import CheckFailed
from chatctl.domain.results import Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """How one check went; `expected` and `found` in words."""

    status: CheckStatus
    expected: str
    found: str


def judge(check: Check, values: Sequence[Cell], *, now: float, last: float | None) -> Verdict:
    """Judge what was measured for a check (`engines.promises.measure`).

    `now` is in seconds since the epoch, `last` the sum of the column in the last stored result, if there is one.
    """
    promise = getattr(check, check.kind)
    match check.kind:
        case "row_count":
            kept, found = _counted(promise, _whole(values[0]))
        case "not_null":
            kept, found = _filled(check.columns, [_whole(each) for each in values])
        case "unique":
            kept, found = _different(*(_whole(each) for each in values))
        case "between":
            kept, found = _bounded(values)
        case "fresh_within":
            kept, found = _fresh(promise, values[0], now)
        case _:
            kept, found = _changed(promise, total(values[0]), last)
    return Verdict(status="passed" if kept else "failed", expected=expectation(check, last), found=found)


def expectation(check: Check, last: float | None = None) -> str:
    """What a check expects, in words."""
    promise, named = getattr(check, check.kind), ", ".join(check.columns)
    match promise:
        case Bounds():
            low, high = promise.min, promise.max
            return _plural(low, "row") if low is not None and low == high else f"{_span(low, high)} rows"
        case Between():
            return f"{named} {_span(promise.min, promise.max)}"
        case FreshWithin():
            return f"a time in {named} of the last {_age(_allowed(promise))}"
        case NoChangeOver():
            before = "that of the last result" if last is None else _number(last)
            return f"a sum of {named} within {promise.percent:g} % of {before}"
        case _:
            return f"no nulls in {named}" if check.kind == "not_null" else f"no two rows with the same {named}"


def total(value: Cell) -> float:
    """A sum as a number: none of no rows is 0."""
    return float(value or 0)


def dated(text: str) -> bool:
    """Whether an ISO text is a date without a time of day."""
    return len(text.strip()) <= len("2013-01-01")


def at(text: str) -> datetime:
    """The moment in an ISO text, in UTC and without a zone; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def refuse_failed(outcomes: Sequence[CheckOutcome]) -> None:
    """Raises CheckFailed if any check failed or could not be made."""
    failed = [each for each in outcomes if each.status == "failed"]
    broken = [each for each in outcomes if each.status == "error"]
    if failed or broken:
        told = [f"{len(failed)} failed"] if failed else []
        told += [f"{len(broken)} could not be made"] if broken else []
        raise CheckFailed(
            f"Of {_plural(len(outcomes), 'check')} {' and '.join(told)}", failed=len(failed), errors=len(broken)
        )


def _counted(bounds: Bounds, rows: int) -> tuple[bool, str]:
    low, high = bounds.min or 0, rows if bounds.max is None else bounds.max
    return low <= rows <= high, _plural(rows, "row")


def _filled(columns: Sequence[str], counts: Sequence[int]) -> tuple[bool, str]:
    rows, *filled = counts
    missing = {name: rows - count for name, count in zip(columns, filled, strict=True) if count < rows}
    told = ", ".join(f"{_plural(count, 'null')} in {name}" for name, count in missing.items())
    return not missing, f"{told} (of {_plural(rows, 'row')})" if missing else "no null"


def _different(rows: int, distinct: int) -> tuple[bool, str]:
    repeated = rows - distinct
    found = f"{repeated:,} of {_plural(rows, 'row')} {'repeats' if repeated == 1 else 'repeat'} another"
    return repeated == 0, found if repeated else "no repetition"


def _bounded(values: Sequence[Cell]) -> tuple[bool, str]:
    count, outside, low, high = _whole(values[0]), _whole(values[1]), values[2], values[3]
    span = f"from {_shown(low)} to {_shown(high)}" if count else "no value"
    return outside == 0, f"{outside:,} of {_plural(count, 'value')} outside: {span}" if outside else span


def _fresh(promise: FreshWithin, newest: Cell, now: float) -> tuple[bool, str]:
    if newest is None:
        return False, "no time at all"
    try:
        moment = at(str(newest)) if isinstance(newest, str) else None
    except ValueError:
        moment = None
    if moment is None:
        return False, f"{newest!r}, which is neither a date nor a time"
    # A day is as fresh as its last moment: yesterday's figures are of the last 24 hours.
    end = moment + timedelta(days=1) if dated(str(newest)) else moment
    age = datetime.fromtimestamp(now, UTC).replace(tzinfo=None) - end
    return age <= _allowed(promise), f"{newest}, {_age(age)} ago" if age > timedelta(0) else str(newest)


def _changed(promise: NoChangeOver, found: float, last: float | None) -> tuple[bool, str]:
    if last is None:
        return True, f"{_number(found)}; there was no result before it"
    if found == last:
        return True, f"{_number(found)}, as before"
    if last == 0:
        return False, f"{_number(found)} after 0"
    percent = abs(found - last) / abs(last) * 100
    return percent <= promise.percent, f"{_number(found)}, {percent:.3g} % {'more' if found > last else 'less'}"


def _allowed(promise: FreshWithin) -> timedelta:
    return timedelta(days=promise.days, hours=promise.hours)


def _age(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    number, unit = (hours / 24, "day") if hours >= 48 else (hours, "hour")
    return f"{number:.3g} {unit}{'' if f'{number:.3g}' == '1' else 's'}"


def _span(low: float | str | None, high: float | str | None) -> str:
    if low is None:
        return f"at most {_shown(high)}"
    return f"at least {_shown(low)}" if high is None else f"from {_shown(low)} to {_shown(high)}"


def _shown(value: Cell | date) -> str:
    return _number(value) if isinstance(value, int | float) else "null" if value is None else str(value)


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.10g}"


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _whole(value: Cell) -> int:
    return int(value or 0)
