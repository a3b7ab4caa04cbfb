"""Conditions proposed for a marked question: its values, each with the column and operator that it likely goes with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nlargest

from chatctl.analyst.builtin.learned.assembling import Test
from chatctl.analyst.builtin.learned.cues import PREFIXES, SUFFIXES
from chatctl.analyst.builtin.learned.marks import Marks, ValueMark
from chatctl.analyst.builtin.learned.models import Scores
from chatctl.analyst.builtin.learned.views import Key

SIZES = frozenset({"<", "<=", ">", ">="})


@dataclass(kw_only=True)
class Conditions:
    """Chooses tests; what several shapes share is worked out once."""

    marks: Marks
    scores: Scores
    _tests: dict[tuple[tuple[str, ...], bool], list[tuple[float, tuple[Test, ...]]]] = field(default_factory=dict)

    def chosen(self, operators: tuple[str, ...], *, same: bool) -> list[tuple[float, tuple[Test, ...]]]:
        """Values and columns for these operators; `same` says that they are compared with one column."""
        if (operators, same) not in self._tests:
            beam: list[tuple[float, tuple[Test, ...]]] = [(0.0, ())]
            for operator in operators:
                longer = [
                    (score + more - (2.5 if same and chosen and test.key != chosen[0].key else 0.0), (*chosen, test))
                    for score, chosen in beam
                    for more, test in self._options(operator)
                    if not any(test.value == it.value or test[:3] == it[:3] for it in chosen)
                ]
                unique = {
                    frozenset(chosen): (score, chosen) for score, chosen in reversed(nlargest(60, longer, key=_first))
                }
                beam = nlargest(5, unique.values(), key=_first)
            self._tests[operators, same] = beam
        return self._tests[operators, same]

    def _options(self, operator: str) -> Iterator[tuple[float, Test]]:
        """Each value with its likeliest columns under an operator."""
        for at, value in enumerate(self.marks.values):
            gain = self.scores.gain(at, f"w{operator}")
            for key, score in nlargest(4, self.scores.pairs[at].items(), key=lambda it: round(it[1], 6)):
                if operator == "between":
                    yield from self._ranges(at, key, gain + score)
                    continue
                cells: tuple[str | int | float, ...] = (value.cell(key),)
                if operator.endswith("like"):
                    cells = (self._pattern(value),)
                yield gain + score - self._misfit(value, key, operator), Test(key, operator, cells, at)

    def _ranges(self, at: int, key: Key, score: float) -> Iterator[tuple[float, Test]]:
        """The value as the lower end, with the next one of its kind as the upper end."""
        value = self.marks.values[at]
        following = range(at + 1, len(self.marks.values))
        other = next((it for it in following if (self.marks.values[it].number is None) == (value.number is None)), None)
        if other is not None:
            cells = (value.cell(key), self.marks.values[other].cell(key))
            yield score + self.scores.gain(other, "wbetween"), Test(key, "between", cells, at)

    def _misfit(self, value: ValueMark, key: Key, operator: str) -> float:
        """What speaks against comparing a value with a column in this way."""
        column = self.marks.view.fields[key]
        unordered = operator in SIZES and not (column.numeric or column.temporal)
        elsewhere = operator in ("=", "!=") and value.kind in ("text", "coded") and key not in value.cells
        return 3.0 * (unordered + elsewhere)

    def _pattern(self, value: ValueMark) -> str:
        """The pattern of a text that is contained, begins or ends."""
        before = set(self.marks.words[max(0, value.start - 5) : value.start])
        text = value.text.lower()
        return f"{text}%" if before & PREFIXES else f"%{text}" if before & SUFFIXES else f"%{text}%"


def _first(pair: tuple[float, tuple[Test, ...]]) -> float:
    return round(pair[0], 6)
