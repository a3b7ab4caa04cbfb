"""Terms, conditions and cells in plain words, safe to stand in Markdown."""

import re
from datetime import date

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.forms import (
    BinOf,
    CalculatedOf,
    ColumnOf,
    DayOf,
    Form,
    GrainOf,
    Operand,
    PieceOf,
    Predicate,
    RowsOf,
    Term,
)
from chatctl.analyst.builtin.lexicon import MONTHS, UNITS, WEEKDAYS
from chatctl.analyst.builtin.words import name_words, spoken
from chatctl.domain.results import Cell

AGGREGATES = {
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
    "median": "median",
    "count": "number of",
    "deviation": "standard deviation of",
}
EXTREMES = {"min": "earliest", "max": "latest"}
"""Of time."""
OPERATORS = {
    "=": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "in": "is one of",
    "not in": "is none of",
    "null": "is missing",
    "not null": "is there",
    "like": "contains",
    "not like": "does not contain",
    "outlier": "is an outlier",
}
DATE_OPERATORS = {">=": "is from", "<": "is before", ">": "is after", "<=": "is until"}
WINDOWS = {
    "running": "running total of the",
    "change": "change of the",
    "growth": "growth of the",
    "ratio": "ratio of the",
}
UNIT_WORDS = {"month_number": "month", "quarter_number": "quarter", "day_number": "day", "weekday": "weekday"}
OWNED = frozenset({"name", "title", "id", "code", "type", "description"})
"""Names of columns that say nothing without their table's."""
LONGEST_CELL = 80
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def safe(text: object) -> str:
    """Text of users and data as plain words: no Markdown, no control characters, not endless."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)).split())
    cut = line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"
    return _SPECIAL.sub(r"\\\1", cut)


def operand(item: Operand) -> str:
    """What an operand is called."""
    match item:
        case ColumnOf():
            owner = f"{spoken(item.table).removesuffix('s')} " if item.column.lower() in OWNED else ""
            return safe(f"{owner}{spoken(item.column)}")
        case GrainOf():
            return UNIT_WORDS.get(item.unit, item.unit)
        case DayOf():
            return safe(spoken(item.date)) if item.date else "date"
        case BinOf() | PieceOf():
            return safe(spoken(item.column))
        case CalculatedOf():
            return safe(item.name)
        case RowsOf():
            return safe(spoken(item.table))


def term(item: Term) -> str:
    """What a term is called: "average departure delay", "number of flights"."""
    name = operand(item.of)
    if item.window:
        return f"{WINDOWS[item.window]} {term(item.model_copy(update={'window': None, 'base': (), 'within': ()}))}"
    if item.label:
        return f"{term(item.model_copy(update={'label': '', 'within': ()}))} ({safe(item.label)})"
    if item.within:
        return f"{term(item.model_copy(update={'within': ()}))} where {' and '.join(map(condition, item.within))}"
    if item.function == "correlation" and item.other is not None:
        return f"correlation of {name} and {operand(item.other)}"
    if item.fraction is not None:
        return f"{_ordinal(round(100 * item.fraction, 3))} percentile of {name}"
    if item.share:
        return f"share of {name if isinstance(item.of, RowsOf) else term(item.model_copy(update={'share': False}))}"
    if item.per is not None:
        if isinstance(item.per, ColumnOf) and item.function == "sum":
            return f"total {name} per {operand(item.per)}"
        of = f"number of {name}" if item.function == "count" else f"total {name}"
        return f"average {of} per {operand(item.per)}"
    if item.function is None:
        return name
    dated = isinstance(item.of, ColumnOf) and bool({"date", "day"} & set(name_words(item.of.column)))
    aggregate = EXTREMES.get(item.function) if dated or isinstance(item.of, GrainOf | DayOf) else None
    return f"{aggregate or AGGREGATES[item.function]} {'different ' if item.distinct else ''}{name}"


def _ordinal(number: float) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(int(number) % 10, "th") if int(number) not in (11, 12, 13) else "th"
    return f"{number:g}{ending}"


def unit(item: Term) -> str:
    """The unit of a term with a space before it, where the column's name says it."""
    if item.share or item.window == "growth":
        return "%"
    if item.function == "correlation":
        return ""
    if not isinstance(item.of, ColumnOf) or item.function == "count":
        return ""
    found = next((UNITS[word] for word in name_words(item.of.column) if word in UNITS), "")
    return f"{'' if found == '%' else ' '}{found}" if found else ""


def figure(cell: Cell, item: Term) -> str:
    """A cell in prose: thousands separated, sensibly rounded, months and weekdays by name, with its unit."""
    if cell is None:
        return "nothing"
    named = _named(cell, item)
    if named:
        return named
    number = _number(cell)
    if number is None:
        return safe(cell)
    if not item.function and _plain(item.of):
        return str(cell)
    return f"{_rounded(number)}{unit(item)}"


def _number(cell: Cell) -> float | int | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return None
    if isinstance(cell, str):
        return float(cell) if re.fullmatch(r"-?\d{1,300}(\.\d+)?", cell) else None
    return cell


def _rounded(number: float) -> str:
    if float(number).is_integer():
        return f"{int(number):,}"
    size = abs(number)
    places = 0 if size >= 10_000 else 1 if size >= 1 else 3 if size >= 0.001 else 9
    return f"{number:,.{places}f}"


def _plain(item: Operand) -> bool:
    """Years, codes and numbers that name a thing are written as they are."""
    if isinstance(item, GrainOf):
        return True
    words = name_words(item.column) if isinstance(item, ColumnOf) else ()
    return bool({"year", "id", "code", "number", "no", "zip", "hour", "day", "month", "week", "quarter"} & set(words))


def _named(cell: Cell, item: Term) -> str | None:
    if item.function is not None:
        return None
    column = item.of.column.lower() if isinstance(item.of, ColumnOf) else ""
    grain = item.of.unit if isinstance(item.of, GrainOf) else ""
    if (column == "month" or grain == "month_number") and isinstance(cell, int) and 1 <= cell <= 12:
        return MONTHS[cell - 1].capitalize()
    if grain == "weekday" and isinstance(cell, int) and 0 <= cell <= 6:
        return WEEKDAYS[cell].capitalize()
    if grain in ("month", "quarter") and isinstance(cell, str):
        return _month(cell, grain)
    return None


def _month(cell: str, grain: str) -> str | None:
    try:
        day = date.fromisoformat(cell[:10])
    except ValueError:
        return None
    return (
        f"Q{(day.month + 2) // 3} {day.year}"
        if grain == "quarter"
        else f"{MONTHS[day.month - 1].capitalize()} {day.year}"
    )


def condition(item: Predicate) -> str:
    """A condition as a clause: "origin is JFK"."""
    if item.others:
        return " or ".join(map(_clause, (item, *item.others)))
    return _clause(item)


def _clause(item: Predicate) -> str:
    words = (DATE_OPERATORS if isinstance(item.term.of, DayOf) else {}).get(item.operator) or OPERATORS[item.operator]
    name = term(item.term)
    if item.against:
        return f"{name} {words} the {term(item.against)}"
    if item.inside:
        return f"{name} {words} {_found(item.inside)}"
    if item.than:
        return f"{name} {words} {term(item.than)}"
    values = [str(value).strip("%") if "like" in item.operator else value for value in item.values]
    return f"{name} {words} {_listed([figure(value, item.term) for value in values])}".rstrip()


def _found(form: Form) -> str:
    """What a form within a condition finds: "the average of age", "those of orders where status is open"."""
    selected = form.select[0]
    what = f"the {term(selected)}" if selected.function else f"those of {safe(spoken(form.tables[0]))}"
    said = [it for it in form.where if it.operator != "not null"]
    return f"{what} where {' and '.join(map(condition, said))}" if said else what


def conditions(form: Form, catalog: Catalog) -> str:
    """All conditions of a form as one clause, or nothing."""
    said = [it for it in form.where if it.operator != "not null" or it.term.of not in form.group]
    clauses = [_labelled(item, catalog) for item in said]
    joined = f" {form.connective} ".join(clauses)
    counted = [item for item in form.having if item.term.within]
    joined = " and ".join([*([joined] if joined else []), *map(_existing, counted)])
    absent = [f"there is {'a' if it.present else 'no'} row in {safe(spoken(it.link.to_table))}" for it in form.absent]
    return " and ".join([*([joined] if joined else []), *dict.fromkeys(absent)])


def _existing(item: Predicate) -> str:
    """ "has rows where origin is JFK", "has none where …"."""
    has = "some" if item.operator == ">" else "no"
    return f"there are {has} {operand(item.term.of)} where {' and '.join(map(condition, item.term.within))}"


def _labelled(item: Predicate, catalog: Catalog) -> str:
    clause = condition(item)
    if item.operator == "=" and item.values and isinstance(item.term.of, ColumnOf):
        label = name_of(catalog, item.term.of, item.values[0])
        return f"{clause} ({safe(label)})" if label else clause
    return clause


def name_of(catalog: Catalog, column: ColumnOf, key: Cell) -> str | None:
    """What a code stands for, where its column points to a look-up table that says it."""
    for edge in catalog.edges:
        if (edge.table, edge.column) == (column.table, column.column):
            label = catalog.values.label(edge.to_table, key)
            if label:
                return label
    column_of = catalog.tables[column.table].by_name.get(column.column)
    return catalog.values.label(column.table, key) if column_of and column_of.unique else None


def things(catalog: Catalog, key: Operand) -> str:
    """What the groups of a key are called: the table that it points to, or its own name in the plural."""
    pair = (key.table, key.column) if isinstance(key, ColumnOf) else None
    table = next((it.to_table for it in catalog.edges if (it.table, it.column) == pair), None)
    name = safe(spoken(table)) if table else operand(key)
    return name if name.endswith("s") else f"{name}s"


def _listed(words: list[str]) -> str:
    shown = words[:6] + (["…"] if len(words) > 6 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + (f" or {shown[-1]}" if shown else "")
