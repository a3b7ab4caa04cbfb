"""What a proposal leaves open of a question: words that name columns, tables and values of which it makes no use."""

from collections.abc import Iterable, Iterator

from chatctl.analyst.builtin.learned.assembling import Part
from chatctl.analyst.builtin.learned.kin import CLOSE, Kin
from chatctl.analyst.builtin.learned.marks import HINT, Marks, Span
from chatctl.analyst.builtin.learned.views import Key

COLUMN, TABLE, VALUE, KIN = 3.2, 4.8, 2.4, 2.2
"""What each word that is left open takes from a proposal's score, by what it names."""
JOINED = 1.6
"""What each table beside the first takes. All as a log-linear fit to the proposals of the training cases has them."""


class Coverage:
    """Sets of words as bits, so that hundreds of proposals can be looked at."""

    def __init__(self, marks: Marks) -> None:
        tagged = [(tag, 1 << at) for at, tag in enumerate(marks.tags)]
        self._names = sum(bit for tag, bit in tagged if tag in ("COLUMN", "EITHER"))
        self._tables = sum(bit for tag, bit in tagged if tag == "TABLE")
        self._values = sum(bit for tag, bit in tagged if tag in ("VALUE", "NUMBER", "NAME"))
        akin: list[tuple[Key | str, Kin]] = [*marks.kin_columns.items(), *marks.kin_tables.items()]
        close = [(name, 1 << it.at) for name, it in akin if it.score >= CLOSE]
        self._kin = _union(bit for _, bit in close)
        self._of: dict[Key | str, int] = {key: _said(spans) for key, spans in marks.columns.items()}
        self._of |= {table: _said(spans) for table, spans in marks.tables.items()}
        self._of_kin = dict(close)
        self._of_value = [_bits(range(it.start, it.end)) for it in marks.values]
        self._numbers = [it.number is not None for it in marks.values]

    def worth(self, part: Part) -> float:
        """What is taken from the score of a proposal, zero or less."""
        named: list[Key | str] = [*(key for it in part.parts for key in it.keys), *part.all_tables]
        covered = _union(self._of.get(it, 0) for it in named) | _union(self._of_value[at] for at in self._places(part))
        kin = _union(self._of_kin.get(it, 0) for it in named)
        return -(
            COLUMN * (self._names & ~covered).bit_count()
            + TABLE * (self._tables & ~covered).bit_count()
            + VALUE * (self._values & ~covered).bit_count()
            + KIN * (self._kin & ~covered & ~kin).bit_count()
            + JOINED * (len(part.all_tables) - 1)
        )

    def _places(self, part: Part) -> Iterator[int]:
        for it in part.parts:
            yield from it.tail.uses
            for test in it.tests:
                yield test.value
                if test.operator == "between":
                    following = range(test.value + 1, len(self._numbers))
                    yield from [at for at in following if self._numbers[at] == self._numbers[test.value]][:1]


def _said(spans: Iterable[Span]) -> int:
    return _union(_bits(range(span.start, span.end)) for span in spans if span.score >= HINT)


def _bits(places: Iterable[int]) -> int:
    return _union(1 << at for at in places)


def _union(bits: Iterable[int]) -> int:
    found = 0
    for each in bits:
        found |= each
    return found
