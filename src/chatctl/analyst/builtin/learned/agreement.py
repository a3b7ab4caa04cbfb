"""How a form agrees with the order of a question's words, and whether each of its cues is answered by something."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from chatctl.analyst.builtin.forms import ColumnOf, Form, Operand
from chatctl.analyst.builtin.learned.kin import CLOSE
from chatctl.analyst.builtin.learned.marks import HINT, NAMED, Marks, ValueMark
from chatctl.analyst.builtin.learned.views import Key
from chatctl.domain.results import Cell

FAR = 20.0
"""The distance in words of what is not said."""
_CLAUSES = "whose where with that who which having sorted ordered order sort ranked"
CLAUSES = frozenset(_CLAUSES.split())
"""Words behind which nothing is listed any more."""
SUPERLATIVES = frozenset({"MOST", "LEAST", "EST", "COMMON"})
SORTERS = SUPERLATIVES | {"SORTED", "UP", "DOWN"}
SIZES = frozenset({"<", "<=", ">", ">="})
NEGATIONS = frozenset({"!=", "not in", "not like", "null", "not null"})

# What answers cues: cues -> how it is counted in a form (see `_answers`).
BALANCES: Mapping[str, Collection[str]] = {
    "superlative": SUPERLATIVES,
    "comparative": {"MORE", "LESS", "ATLEAST", "ATMOST", "ER", "BETWEEN"},
    "count": {"HOWMANY", "NUMBER"},
    "avg": {"AVERAGE"},
    "sum": {"TOTAL"},
    "negation": {"NOT", "BUT"},
    "distinct": {"DISTINCT"},
    "group": {"EACH"},
    "or": {"OR"},
}


def agreement(marks: Marks, form: Form) -> dict[str, float]:
    """Always the same features in the same order."""
    cues = Counter(cue for _, cue in marks.cues)
    answers = _answers(form)
    balance = {name: sum(cues[cue] for cue in asked) - answers[name] for name, asked in BALANCES.items()}
    return {**{f"balance_{name}": float(left) for name, left in balance.items()}, **_order(marks, form)}


def passed_over(marks: Marks, form: Form) -> set[str]:
    """The words that only mean about what some names are called, where the form uses none of those."""
    close = [(key, it.at) for key, it in marks.kin_columns.items() if it.score >= CLOSE]
    tables = [(key, it.at) for key, it in marks.kin_tables.items() if it.score >= CLOSE]
    used = {key for part in form.parts for operand in _operands(part) for key in _key(operand)}
    named = {table for part in form.parts for table in part.tables}
    met = {at for key, at in close if key in used} | {at for table, at in tables if table in named}
    return {marks.tokens[at].text for _, at in (*close, *tables) if at not in met and marks.tags[at] == "KIN"}


def _operands(part: Form) -> Iterator[Operand]:
    yield from (it.of for it in part.select)
    yield from (it.term.of for it in (*part.where, *part.having))
    yield from (it.term.of for it in part.order)
    yield from part.group


def _answers(form: Form) -> Counter[str]:
    """How often a form does what cues ask for."""
    found: Counter[str] = Counter()
    for part in form.parts:
        tests = [*part.where, *part.having]
        terms = [*part.select, *(it.term for it in part.having), *(it.term for it in part.order)]
        functions = Counter(it.function for it in terms)
        found["superlative"] += functions["max"] + functions["min"] + (part.limit is not None)
        found["comparative"] += sum(it.operator in SIZES for it in tests)
        found["negation"] += sum(it.operator in NEGATIONS for it in tests)
        found["distinct"] += part.distinct + sum(it.distinct for it in part.select)
        found["group"] += bool(part.group)
        found["or"] += part.connective == "or" and len(part.where) > 1
        found.update({name: functions[name] for name in ("count", "avg", "sum")})
    combined = form.combined.operator if form.combined else ""
    return found + Counter({"negation": combined == "except", "or": combined == "union"})


def _order(marks: Marks, form: Form) -> dict[str, float]:
    turn = next((at for at, word in enumerate(marks.words) if at > 1 and word in CLAUSES), len(marks.words))
    listed = [key for term in form.select for key in _key(term.of)]
    used = {at for key in listed for span in marks.columns.get(key, ()) for at in range(span.start, span.end)}
    ahead = [at for at, tag in enumerate(marks.tags[:turn]) if tag in ("COLUMN", "EITHER")]
    firsts = {key: spans[0].start for key, spans in marks.columns.items() if spans[0].score >= NAMED}
    first = min(firsts.values(), default=-1)
    sorting = [key for part in form.parts if part.order for key in _key(part.order[0].term.of)]
    sorters = [at for at, cue in marks.cues if cue in SORTERS]
    return {
        "ahead": float(len(ahead)),
        "ahead_open": float(len(set(ahead) - used)),
        "listed_behind": float(sum(firsts.get(key, 0) >= turn for key in listed)),
        "first_listed": float(any(firsts.get(key) == first for key in listed)),
        "sorting_away": max((_away(marks, key, sorters) for key in sorting), default=-1.0),
        "compared_away": max(_compared(marks, form, SIZES), default=-1.0),
        "equal_away": max(_compared(marks, form, {"="}), default=-1.0),
        "links": float(sum(len(part.links) for part in form.parts)),
    }


def _compared(marks: Marks, form: Form, operators: Collection[str]) -> Iterator[float]:
    """How far the compared columns are said from the values."""
    for it in (test for part in form.parts for test in part.where):
        if it.operator in operators and it.values:
            places = [mark.start for mark in marks.values if _is(mark, it.values[0])]
            yield from (_away(marks, key, places) for key in _key(it.term.of))


def _is(mark: ValueMark, cell: Cell) -> bool:
    """Whether a value is what a condition compares with."""
    return cell == mark.number if isinstance(cell, int | float) else cell in (mark.text, *mark.cells.values())


def _away(marks: Marks, key: Key, places: Collection[int]) -> float:
    """The least distance in words between where a column is said and one of the places."""
    spans = [span for span in marks.columns.get(key, ()) if span.score >= HINT]
    kin = marks.kin_columns.get(key)
    said = [span.start for span in spans] or ([kin.at] if kin else [])
    return float(min((abs(at - place) for at in said for place in places), default=FAR))


def _key(operand: Operand) -> list[Key]:
    return [(operand.table, operand.column)] if isinstance(operand, ColumnOf) else []
