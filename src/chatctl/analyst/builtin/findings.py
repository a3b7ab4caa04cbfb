"""Analyses in words: growth, totals that run, distributions, correlations, what recurs, how many groups there are."""

from chatctl.analyst.builtin import wording
from chatctl.analyst.builtin.forms import BinOf, RowsOf, Term
from chatctl.analyst.builtin.told import NAMED_IN_PROSE, Told, size
from chatctl.analyst.builtin.wording import figure, safe, term
from chatctl.domain.results import Cell


def counted_groups(told: Told) -> str:
    """How many groups meet a condition."""
    count = told.result.rows[0][0]
    key = wording.things(told.catalog, told.form.group[0])
    conditions = [wording.condition(item) for item in told.form.having if not item.term.within]
    having = f" whose {' and '.join(conditions)}" if conditions else ""
    what = key.removesuffix("s") if count == 1 else key
    return f"There {told.are(count)} {count:,} {what}{told.where}{having}."


def recurring(told: Told) -> str:
    """What occurs more than once."""
    whole = len(told.form.group) > 1
    what = f"rows of {told.table}" if whole else f"values of {wording.operand(told.form.group[0])}"
    if told.form.counted or not told.result.rows:
        count = told.result.rows[0][0] if told.result.rows else 0
        return f"{count or 'No'} {what}{told.where} occur{'s' if count == 1 else ''} more than once."
    at = told.figures[0]
    more = "" if not told.result.truncated else "at least "
    first = told.result.rows[0]
    named = told.name(first) if not whole else "one of them"
    return f"{more}{len(told.result.rows):,} {what}{told.where} occur more than once; {named} {first[at]} times."


def recurs(told: Told) -> bool:
    having = told.form.having
    only = len(having) == 1 and having[0].operator == ">" and having[0].values == (1,)
    return only and isinstance(having[0].term.of, RowsOf) and not having[0].term.within and bool(told.form.group)


def _growth_of(told: Told, row: list[Cell]) -> str:
    """ "+12.5 % (from 200 in 2024 to 225 in 2025)"."""
    at = _growth_at(told)
    growth, before, after = row[at], row[at - 3], row[at - 2]
    base, now = told.form.select[at - 3], told.form.select[at - 2]
    moved = f"{safe(base.label)}: {figure(before, base)}, {safe(now.label)}: {figure(after, now)}"
    return f"{_signed(growth)} ({moved})"


def _signed(growth: Cell) -> str:
    if not isinstance(growth, int | float):
        return "no relative change"
    return f"{growth:+,.1f}%"


def _growth_at(told: Told) -> int:
    return next(at for at, item in enumerate(told.form.select) if item.window == "growth")


def compared_ends(told: Told) -> str:
    """One figure in two periods, or its change by group."""
    at = _growth_at(told)
    item = told.form.select[at - 3]
    name = term(item.model_copy(update={"label": "", "within": ()}))
    if not told.keys:
        return f"The {name} changed by {_growth_of(told, told.result.rows[0])}{told.where}."
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    if not rows:
        return f"No group has the {name} in both periods{told.where}."
    rising = not told.form.order or told.form.order[0].descending
    if not told.form.order or told.form.order[0].term.window != "growth":
        rows.sort(key=lambda row: -size(row[at]))
    first = size(rows[0][at])
    verb = ("grew most" if first > 0 else "fell least") if rising else "fell most" if first < 0 else "grew least"
    others = [f"{told.name(row)} {_signed(row[at])}" for row in rows[1:NAMED_IN_PROSE]]
    rest = f" Then {', '.join(others)}{', …' if len(rows) > NAMED_IN_PROSE else ''}." if others else ""
    return f"{told.name(rows[0])} {verb}, by the {name}{told.where}: {_growth_of(told, rows[0])}.{rest}"


def series_growth(told: Told) -> str:
    """The change from each period to the next."""
    at = _growth_at(told)
    name = term(told.form.select[at - 2])
    rows = [row for row in told.result.rows if isinstance(row[at], int | float)]
    if not rows:
        return f"There are no two periods of the {name}{told.where} to compare."
    high, low = max(rows, key=lambda row: size(row[at])), min(rows, key=lambda row: size(row[at]))
    if high is low:
        return f"The {name}{told.where} changed by {_signed(high[at])} in {told.name(high)}."
    if told.form.limit is not None and told.form.order:
        end, row = ("most", rows[0]) if told.form.order[0].descending else ("least", rows[0])
        return f"The {name}{told.where} grew {end} in {told.name(row)}: {_signed(row[at])} against the period before."
    return (
        f"The {name}{told.where} grew most in {told.name(high)} ({_signed(high[at])}) and least in "
        f"{told.name(low)} ({_signed(low[at])}), each against the period before."
    )


def running(told: Told) -> str:
    """Where the running total ends."""
    at = next(at for at, item in enumerate(told.form.select) if item.window == "running")
    name = term(told.form.select[at])
    if len(told.keys) > 1 or told.result.truncated:
        return f"Here is the {name}{told.where}."
    last = told.result.rows[-1]
    return f"The {name}{told.where} reaches {told.value(last, at)} in {told.name(last)}."


def first_of_each(told: Told) -> str:
    """What comes first in some of the groups."""
    keys = [at for at in told.keys if told.form.select[at].of in told.form.each]
    rest = [at for at in told.keys if at not in keys]
    by = term(told.form.order[0].term)
    order = "highest" if told.form.order[0].descending else "lowest"
    grouped = " and ".join(term(told.form.select[at]) for at in keys)
    groups: dict[str, list[str]] = {}
    for row in told.result.rows:
        first = ", ".join(told.cell(row, at) for at in keys)
        groups.setdefault(first, []).append(", ".join(told.cell(row, at) for at in rest))
    listed = [f"{first}: {', '.join(found)}" for first, found in list(groups.items())[:NAMED_IN_PROSE]]
    more = "; …" if len(groups) > NAMED_IN_PROSE else ""
    return f"By {by}, {order} first, for each {grouped}{told.where}: {'; '.join(listed)}{more}."


def distribution(told: Told) -> str:
    """The most usual stretch of numbers, and its share."""
    at = told.figures[0]
    rows = [row for row in told.result.rows if isinstance(row[at], int | float) and row[0] is not None]
    if not rows:
        return f"There are no numbers{told.where}."
    most = max(rows, key=lambda row: size(row[at]))
    total = sum(size(row[at]) for row in rows) or 1.0
    item = told.form.select[0]
    name, counted = term(item), wording.operand(told.form.select[at].of)
    share = f"{100 * size(most[at]) / total:.1f}% of those with a figure"
    return (
        f"{name[0].upper()}{name[1:]}{told.where} is most often {_stretch(most[0], item)}: "
        f"{told.value(most, at)} {counted}, {share}."
    )


def _stretch(cell: Cell, item: Term) -> str:
    bin_of = item.of
    if not isinstance(bin_of, BinOf) or bin_of.width is None:
        return figure(cell, item)
    if bin_of.width == 1.0:
        more = " or more" if bin_of.high is not None and size(cell) >= bin_of.high else ""
        return f"{figure(cell, item)}{more}"
    start, end = figure(cell, item), figure(size(cell) + bin_of.width, item)
    if bin_of.low is not None and size(cell) <= bin_of.low:
        return f"below {end}"
    if bin_of.high is not None and size(cell) >= bin_of.high:
        return f"{start} or more"
    return f"from {start} to below {end}"


def correlation(told: Told) -> str:
    """A coefficient with its usual word."""
    item = told.form.select[0]
    cell = told.result.rows[0][0]
    if not isinstance(cell, int | float):
        return f"The {term(item)} cannot be computed{told.where}."
    size = abs(cell)
    strength = next(word for least, word in STRENGTHS if size >= least)
    way = "" if size < STRENGTHS[-2][0] else ", positive" if cell > 0 else ", negative"
    return f"The {term(item)}{told.where} is {cell:.3f} (Pearson; {strength}{way})."


# The least absolute coefficient of each word (Evans, Straightforward Statistics for the Behavioral Sciences, 1996).
STRENGTHS = ((0.8, "very strong"), (0.6, "strong"), (0.4, "moderate"), (0.2, "weak"), (0.0, "very weak or none"))


def windowed(told: Told, *windows: str) -> bool:
    return any(item.window in windows for item in told.form.select)
