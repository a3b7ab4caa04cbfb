"""What a metric's checks ask of its result, measured over all of its rows by aggregates that the engine computes.

The metric's own SQL stands unchanged in a WITH whose columns are numbered, so that ORDER BY, LIMIT, a WITH of its own
and columns of the same name do no harm; what is asked of it is made of sqlglot expressions in the engine's dialect.
NaN counts as missing, as it does wherever a result is shown.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from sqlglot import exp

from chatctl.domain.assets import Between, Check
from chatctl.domain.errors import QueryError, SourceError
from chatctl.domain.results import NUMERIC, Cell, Column
from chatctl.domain.verdicts import at, dated
from chatctl.engines import guard
from chatctl.engines.engine import Engine, Limits

Measured = list[Cell] | SourceError
"""The values that a check is judged by, or why there are none."""

_ROWS: Final = "_result"
_NAN: Final = {("duckdb", "number"): "DOUBLE", ("postgres", "number"): "DOUBLE", ("postgres", "decimal"): "DECIMAL"}
"""Engines whose numbers of a type may be NaN, and the type to compare with."""
_MOMENTS: Final = frozenset({"date", "timestamp"})
_WITHOUT_NUMBERS: Final = frozenset({"text", "date", "time", "timestamp"})


def measure(
    engine: Engine, sql: str, columns: Sequence[Column], checks: Sequence[Check], limits: Limits
) -> list[Measured]:
    """For each check the values that `verdicts.judge` needs; `columns` are those of the SQL's result.

    One query measures them all. If that fails, each is measured alone, so that one that cannot be costs no other.
    """
    asked = [_asked(each, columns, engine.dialect) for each in checks]
    wanted = [each for each in asked if not isinstance(each, SourceError)]
    try:
        found = iter(_answers(engine, sql, columns, wanted, limits))
        return [each if isinstance(each, SourceError) else next(found) for each in asked]
    except SourceError as error:
        if len(wanted) == 1:
            return [each if isinstance(each, SourceError) else error for each in asked]
        return [_alone(engine, sql, columns, each, limits) for each in asked]


def _alone(
    engine: Engine, sql: str, columns: Sequence[Column], asked: list[exp.Expr] | SourceError, limits: Limits
) -> Measured:
    if isinstance(asked, SourceError):
        return asked
    try:
        return _answers(engine, sql, columns, [asked], limits)[0]
    except SourceError as error:
        return error


def _answers(
    engine: Engine, sql: str, columns: Sequence[Column], asked: Sequence[list[exp.Expr]], limits: Limits
) -> list[list[Cell]]:
    if not asked:
        return []
    flat = [exp.alias_(each, f"v{place}") for place, each in enumerate(chain.from_iterable(asked))]
    query = exp.select(*flat).from_(_ROWS).sql(dialect=engine.dialect)
    bare = guard.without_semicolon(sql, dialect=engine.dialect)
    names = ", ".join(f"c{number}" for number in range(1, len(columns) + 1))
    found = engine.run(f"WITH {_ROWS}({names}) AS (\n{bare}\n) {query}", Limits(rows=1, seconds=limits.seconds))
    cells = iter(found.rows[0])
    return [[next(cells) for _ in each] for each in asked]


def _asked(check: Check, columns: Sequence[Column], dialect: str) -> list[exp.Expr] | SourceError:
    """The aggregates that a check needs."""
    try:
        places = [_place(name, columns) for name in check.columns]
        values = [_value(place, columns[place], dialect) for place in places]
        everything = exp.Count(this=exp.Star())
        match check.kind:
            case "row_count":
                return [everything]
            case "not_null":
                return [everything, *(exp.Count(this=value) for value in values)]
            case "unique":
                return _repetitions(values)
            case "between" if check.between:
                return _outside(check.between, values[0], columns[places[0]], dialect)
            case "fresh_within":
                return [exp.Max(this=values[0])]
            case _:
                return [exp.Sum(this=exp.cast(values[0], "DOUBLE"))]
    except SourceError as error:
        return error


def _place(name: str, columns: Sequence[Column]) -> int:
    places = [place for place, column in enumerate(columns) if column.name == name]
    if len(places) != 1:
        there = ", ".join(column.name for column in columns)
        several = f"the result has {len(places)} columns named {name!r}"
        raise QueryError(several if places else f"the result has no column {name!r}; there are {there}")
    return places[0]


def _value(place: int, column: Column, dialect: str) -> exp.Expr:
    value = exp.column(f"c{place + 1}")
    if native := _NAN.get((dialect, column.type)):
        return exp.Nullif(this=value, expression=exp.cast(exp.Literal.string("NaN"), native))
    return value


def _repetitions(values: Sequence[exp.Expr]) -> list[exp.Expr]:
    """How many rows have all the values, and how many different ones; as in SQL, a null is unlike any other."""
    filled = exp.and_(*(value.copy().is_(exp.null()).not_() for value in values))
    distinct = exp.select(*(exp.alias_(value.copy(), f"k{place}") for place, value in enumerate(values))).distinct()
    different = exp.select(exp.Count(this=exp.Star())).from_(distinct.from_(_ROWS).where(filled).subquery("d"))
    return [_how_many(filled), different.subquery()]


def _outside(bounds: Between, value: exp.Expr, column: Column, dialect: str) -> list[exp.Expr]:
    """How many values there are, how many of them lie outside, the lowest and the highest."""
    beyond: list[exp.Expr] = []
    if bounds.min is not None:
        beyond.append(exp.LT(**_sides(value, column, bounds.min, dialect)))
    if bounds.max is not None:
        beyond.append(exp.GT(**_sides(value, column, bounds.max, dialect)))
    return [exp.Count(this=value), _how_many(exp.or_(*beyond)), exp.Min(this=value), exp.Max(this=value)]


def _sides(value: exp.Expr, column: Column, bound: float | str, dialect: str) -> dict[str, exp.Expr]:
    """The value and the bound, made alike: a bound without a time of day is compared with the day alone."""
    if isinstance(bound, str) and column.type in NUMERIC:
        raise QueryError(f"the column {column.name!r} holds numbers, but its bounds are dates")
    if not isinstance(bound, str):
        # SQLite's columns have no types; elsewhere a text and a number cannot be compared.
        if column.type in _WITHOUT_NUMBERS and dialect != "sqlite":
            raise QueryError(f"the column {column.name!r} holds {column.type}s, but its bounds are numbers")
        return {"this": value.copy(), "expression": exp.convert(bound)}
    text = str(at(bound).date() if dated(bound) else at(bound))
    if column.type in _MOMENTS and dialect != "sqlite":
        native = "DATE" if dated(bound) else "TIMESTAMP"
        return {"this": exp.cast(value.copy(), native), "expression": exp.cast(exp.Literal.string(text), native)}
    spaced = exp.func("REPLACE", exp.cast(value.copy(), "TEXT"), exp.Literal.string("T"), exp.Literal.string(" "))
    shown = exp.func("SUBSTR", spaced, exp.Literal.number(1), exp.Literal.number(len(text)))
    return {"this": shown, "expression": exp.Literal.string(text)}


def _how_many(condition: exp.Expr) -> exp.Expr:
    counted = exp.Case().when(condition.copy(), exp.Literal.number(1)).else_(exp.Literal.number(0))
    return exp.func("COALESCE", exp.Sum(this=counted), exp.Literal.number(0))
