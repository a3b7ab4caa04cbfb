"""What speaks for and against each form once all have run: the numbers that the ranker sees."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from itertools import combinations
from typing import TypeVar

from chatctl.analyst.builtin.forms import ColumnOf, Form, Operand, Predicate
from chatctl.analyst.builtin.learned.agreement import agreement
from chatctl.analyst.builtin.learned.kin import CLOSE
from chatctl.analyst.builtin.learned.marks import HINT, NAMED, Marks, Span
from chatctl.analyst.builtin.learned.models import UNSEEN, Scores
from chatctl.analyst.builtin.learned.outcomes import Outcome
from chatctl.analyst.builtin.learned.shapes import Shape, shape
from chatctl.analyst.builtin.learned.views import Key
from chatctl.analyst.builtin.words import normal
from chatctl.domain.results import Cell

NOT_PROPOSED = -60.0
NOTHING = -7.0
SAID = (
    "MORE", "LESS", "ATLEAST", "ATMOST", "MOST", "LEAST", "EST", "NOT", "BOTH", "OR", "HOWMANY", "NUMBER", "COMMON",
    "ALSO", "BUT", "LIKE", "BETWEEN", "DISTINCT", "EACH", "AVERAGE", "TOTAL", "SORTED", "UP", "DOWN", "and", "WHICH",
)  # fmt: skip
TAKEN = ("count", "distinct", "avg", "sum", "min", "max")
DONE = (">", "<", ">=", "<=", "!=", "like", "not in", "in", "=")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """A form that was run: its score as a proposal, and as a reading by rules with its place among those, if it is."""

    form: Form
    outcome: Outcome
    score: float | None = None
    rule: float | None = None
    place: int = 9


class Evidence:
    """The features of the forms tried for one question."""

    def __init__(self, marks: Marks, scores: Scores, tried: Sequence[Tried]) -> None:
        self._marks = marks
        self._scores = scores
        self._tried = tried
        self._best = max((it.score for it in tried if it.score is not None), default=0.0)

    def features(self) -> list[dict[str, float]]:
        """For each form its features by name, always the same names in the same order."""
        return [
            {
                **self._support(it),
                **_Form(it.form, self._marks, self._scores).features(),
                **agreement(self._marks, it.form),
                **_shown(it.outcome),
                **self._asked,
            }
            for it in self._tried
        ]

    def _support(self, it: Tried) -> dict[str, float]:
        ruled = [other for other in self._tried if other.rule is not None and other.outcome.rows == it.outcome.rows]
        return {
            "score": it.score if it.score is not None else self._best + NOT_PROPOSED,
            "behind": self._best - (it.score if it.score is not None else self._best + NOT_PROPOSED),
            "rule": it.rule if it.rule is not None else -1.0,
            "rule_place": float(it.place),
            "rules_alike": max((other.rule or 0.0 for other in ruled), default=-1.0),
            "rules_place": float(min((other.place for other in ruled), default=9)),
        }

    @cached_property
    def _asked(self) -> dict[str, float]:
        """What the question says, whatever the form."""
        cues = {cue for _, cue in self._marks.cues}
        said = {f"said_{cue}": float(cue in cues) for cue in SAID}
        unknown = self._marks.unknown
        return {
            **said,
            "words": float(len(self._marks.words)),
            "unknown": float(len(unknown)),
            "unknown_share": len(unknown) / max(1, len(self._marks.words)),
            "tables_there": float(len(self._marks.view.tables)),
        }


def _shown(outcome: Outcome) -> dict[str, float]:
    return {
        "rows": float(min(outcome.count, 30)),
        "columns": float(outcome.columns),
        "duplicates": float(outcome.duplicates),
        "void": float(outcome.void),
        "zero": float(outcome.zero),
    }


class _Form:
    """The features of one form against a marked and scored question."""

    def __init__(self, form: Form, marks: Marks, scores: Scores) -> None:
        self._form = form
        self._marks = marks
        self._scores = scores
        self._parts = list(form.parts)
        self._listed = [key for term in form.select if not term.function for key in _keys([term.of])]
        self._selected = [key for term in form.select for key in _keys([term.of])]
        self._tests = [it for part in self._parts for it in part.where]
        self._columns = {key for part in self._parts for key in _keys(_operands(part))}
        self._tables = {table for part in self._parts for table in part.tables}

    def features(self) -> dict[str, float]:
        """All of them by name."""
        return {
            **self._shape(),
            **self._roles(),
            **self._joins(),
            **self._covered(),
            **self._values(),
            **self._make(),
        }

    def _shape(self) -> dict[str, float]:
        found, heads = shape(self._form), self._scores.shape
        logs = {part: heads[part].get(code, UNSEEN - 2) for part, code in zip(Shape._fields, found, strict=True)}
        behind = {part: log - max(heads[part].values()) for part, log in logs.items()}
        plain = {part: logs[part] - heads[part].get("", UNSEEN - 2) for part in ("tail", "where", "combined")}
        return {
            **{f"shape_{part}": log for part, log in logs.items()},
            **{f"shape_behind_{part}": gap for part, gap in behind.items()},
            **{f"shape_plain_{part}": gap for part, gap in plain.items()},
            "shape": sum(logs.values()),
            "shape_behind": sum(behind.values()),
        }

    def _roles(self) -> dict[str, float]:
        form, found = self._form, dict[str, float]()
        used = {
            "select": self._listed,
            "measure": [key for it in form.select if it.function and not it.distinct for key in _keys([it.of])],
            "counted": [key for it in form.select if it.distinct for key in _keys([it.of])],
            "order": [key for it in form.order for key in _keys([it.term.of])],
            "group": [*_keys(form.group)],
            "where": [key for it in self._tests if it.operator not in ("in", "not in") for key in _keys([it.term.of])],
        }
        for role, keys in used.items():
            logits = self._scores.roles[role]
            own = [logits.get(key, NOTHING) for key in keys]
            found[f"{role}_sum"], found[f"{role}_least"] = sum(own), min(own, default=0.0)
            found[f"{role}_count"] = float(len(own))
            found[f"{role}_gap"] = sum(nlargest(len(own), logits.values())) - sum(own)
            found[f"{role}_missed"] = max((it for key, it in logits.items() if key not in self._columns), default=-9.0)
        return found

    def _joins(self) -> dict[str, float]:
        logits, own = self._scores.tables, {table for table, _ in self._columns}
        bare = [table for table in self._form.tables if table not in own]
        named = {table for table, spans in self._marks.tables.items() if spans[0].score >= 0.9}
        used = [logits.get(table, -6.0) for table in self._tables]
        first = min(self._marks.tables, key=lambda table: self._marks.tables[table][0].start, default="")
        return {
            "tables": float(len(self._form.tables)),
            "unlike": float(sum(self._unlike())),
            "all_tables": float(len(self._tables)),
            "tables_sum": sum(used),
            "tables_least": min(used, default=-6.0),
            "tables_missed": max((it for table, it in logits.items() if table not in self._tables), default=-9.0),
            "bare": float(len(bare)),
            "bare_named": float(sum(table in named for table in bare)),
            "bare_sum": sum(logits.get(table, -6.0) for table in bare),
            "first_used": float(first in self._tables),
            "first_selected": float(first in {table for table, _ in self._selected}),
            "first_anchor": float(first == self._form.tables[0]),
            "named_unused": float(len(named - self._tables)),
        }

    def _unlike(self) -> Iterator[bool]:
        """For each two columns that are joined, or of which one is looked for in the other, whether names differ."""
        yield from (it.column != it.to_column for part in self._parts for it in part.links)
        for it in self._tests:
            if it.inside and it.operator in ("in", "not in"):
                here, there = _keys([it.term.of]), _keys([it.inside.select[0].of])
                yield [name for _, name in here] != [name for _, name in there]

    def _covered(self) -> dict[str, float]:
        """Words that name something which the form does not use."""
        marks = self._marks
        columns = _places(marks.columns, self._columns)
        covered = columns | _places(marks.tables, self._tables) | self._value_places()
        quality = [marks.columns[key][0].score if key in marks.columns else 0.0 for key in self._columns]
        selected = [marks.columns[key][0].score if key in marks.columns else 0.0 for key in self._selected]
        spans = [marks.columns[key][0] for key in dict.fromkeys(self._listed) if key in marks.columns]
        open_ = {tag: [at for at, it in enumerate(marks.tags) if it in tag] for tag in (_NAMES, _TABLE, _VALUES)}
        return {
            "names_open": float(len(set(open_[_NAMES]) - covered)),
            "tables_open": float(len(set(open_[_TABLE]) - covered)),
            "quoted_open": float(sum(it.kind == "quoted" and it.start not in covered for it in marks.values)),
            "values_open": float(len(set(open_[_VALUES]) - covered)),
            **self._akin(covered),
            "hints_open": float(len(marks.hinted - covered)),
            "names_said": float(len(open_[_NAMES])),
            "values_said": float(len(open_[_VALUES])),
            "quality_least": min(quality, default=1.0),
            "quality_mean": sum(quality) / max(1, len(quality)),
            "selected_least": min(selected, default=1.0),
            "unnamed": float(sum(it < HINT for it in quality)),
            "clashes": float(sum(a.start < b.end and b.start < a.end for a, b in combinations(spans, 2))),
        }

    def _akin(self, covered: set[int]) -> dict[str, float]:
        """Words that mean about what a column or table is called."""
        marks = self._marks
        closest = [*marks.kin_columns.items(), *marks.kin_tables.items()]
        taken = {it.at for key, it in closest if key in self._columns or key in self._tables}
        bare = [key for key in self._columns if key not in marks.columns or marks.columns[key][0].score < NAMED]
        likeness = [marks.kin_columns[key].score if key in marks.kin_columns else 0.0 for key in bare]
        places = [marks.kin_columns[key].place if key in marks.kin_columns else 9 for key in bare]
        return {
            "kin_open": float(len({it.at for _, it in closest if it.score >= CLOSE} - taken - covered)),
            "kin_least": min(likeness, default=1.0),
            "kin_mean": sum(likeness) / max(1, len(likeness)),
            "kin_place": float(max(places, default=0)),
        }

    def _value_places(self) -> set[int]:
        used = {normal(str(cell)) for it in self._bounds() for cell in it}
        used |= {str(part.limit) for part in self._parts if part.limit and part.limit > 1}
        return {
            at
            for mark in self._marks.values
            if used & {normal(mark.text), *map(normal, mark.cells.values()), *_number(mark.number)}
            for at in range(mark.start, mark.end)
        }

    def _bounds(self) -> Iterator[Sequence[Cell]]:
        for part in self._parts:
            yield from (it.values for it in (*part.where, *part.having))

    def _values(self) -> dict[str, float]:
        """How well values fit their operators and columns, and which are left over."""
        scores, uses, pairs, bounds = self._scores, list[float](), list[float](), list[float]()
        taken: set[int] = set()
        for it in self._tests:
            at = self._place(it)
            if at is None:
                uses += [NOTHING] if it.values else []
                continue
            taken.add(at)
            uses.append(_use(scores.uses[at], f"w{it.operator}", "wbetween"))
            pairs += [scores.pairs[at].get(key, UNSEEN) - max(scores.pairs[at].values()) for key in _keys([it.term.of])]
        for it in (bound for part in self._parts for bound in part.having):
            at = self._place(it)
            taken |= {at} if at is not None else set()
            bounds.append(NOTHING if at is None else _use(scores.uses[at], f"h{it.operator}"))
        limits = [it.number for it in self._marks.values if it.number == self._form.limit]
        left = [it for at, it in enumerate(scores.uses) if at not in taken and not (limits and "limit" in it)]
        return {
            "uses_sum": sum(uses),
            "uses_least": min(uses, default=0.0),
            "pairs_sum": sum(pairs),
            "pairs_least": min(pairs, default=0.0),
            "bounds_sum": sum(bounds),
            "left_over": float(sum(it.get("none", UNSEEN) < -0.7 for it in left)),
            "left_sum": sum(it.get("none", UNSEEN) for it in left),
        }

    def _place(self, predicate: Predicate) -> int | None:
        """The place among the marked values of what a condition compares with."""
        if not predicate.values:
            return None
        text = normal(str(predicate.values[0]))
        for at, mark in enumerate(self._marks.values):
            if text in {normal(mark.text), *map(normal, mark.cells.values()), *_number(mark.number)}:
                return at
        return None

    def _make(self) -> dict[str, float]:
        """The make of the form."""
        form, fields = self._form, self._marks.view.fields
        operators = {it.operator for it in self._tests} | {it.operator for part in self._parts for it in part.having}
        selected = [fields[key] for key in self._selected if key in fields]
        equal = {key for it in form.where if it.operator == "=" for key in _keys([it.term.of])}
        sorting = form.order[0] if form.order else None
        taken = {it.function or "" for it in form.select} | {"distinct" for it in form.select if it.distinct}
        kinds = {"union": 1.0, "intersect": 2.0, "except": 3.0}
        return {
            **{f"does_{operator}": float(operator in operators) for operator in DONE},
            **{f"takes_{it}": float(it in taken) for it in TAKEN},
            "selects": float(len(form.select)),
            "lists": float(len(self._listed)),
            "aggregates": float(sum(bool(it.function) for it in form.select)),
            "tests": float(sum(bool(it.values) for it in self._tests)),
            "nested": float(len(self._parts) - 1),
            "combined": kinds[form.combined.operator] if form.combined else 0.0,
            "having": float(bool(form.having)),
            "grouped": float(bool(form.group)),
            "distinct": float(form.distinct),
            "limit": float(min(form.limit or 0, 10)),
            "or": float(form.connective == "or"),
            "order": 0.0 if sorting is None else (1.0 if sorting.descending else -1.0),
            "order_counts": float(sorting is not None and sorting.term.function == "count"),
            "ids": float(sum(it.identifying for it in selected)),
            "labels": float(sum(it.naming for it in selected)),
            "keys": float(sum(it.primary for it in selected)),
            "selects_tested": float(len(equal & set(self._selected))),
            "selects_sorted": float(bool(sorting and set(_keys([sorting.term.of])) & set(self._selected))),
            "group_listed": float(bool(set(_keys(form.group)) & set(self._selected))),
        }


_Named = TypeVar("_Named", Key, str)
_NAMES, _TABLE, _VALUES = ("COLUMN", "EITHER"), ("TABLE",), ("VALUE", "NUMBER", "NAME")


def _keys(operands: Sequence[Operand]) -> list[Key]:
    return [(it.table, it.column) for it in operands if isinstance(it, ColumnOf)]


def _operands(form: Form) -> list[Operand]:
    sorted_by = [it.term.of for it in form.order]
    terms = [*(it.of for it in form.select), *(it.term.of for it in (*form.where, *form.having)), *sorted_by]
    return [*terms, *form.group]


def _places(spans: Mapping[_Named, Sequence[Span]], used: Collection[_Named]) -> set[int]:
    """The tokens that name what is used."""
    return {
        at for key in used for span in spans.get(key, ()) if span.score >= HINT for at in range(span.start, span.end)
    }


def _number(number: float | None) -> list[str]:
    return [] if number is None else [normal(str(number)), *([str(int(number))] if number == int(number) else [])]


def _use(uses: Mapping[str, float], *names: str) -> float:
    return max(uses.get(name, UNSEEN) for name in names) - max(uses.values())
