"""What the definitions give for one question: its words with the defined terms marked, and what these stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chatctl.analyst.builtin.expressions import Clause
from chatctl.analyst.builtin.forms import Term
from chatctl.analyst.builtin.references import Key
from chatctl.analyst.builtin.words import Token


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """The definitions that one question uses.

    `spoken` are its words, each defined term one token of kind "term"; in `plain` those that are conditions are left
    out, to be put on whatever is asked of the rest. A term's token in small letters is its key: in `columns` for the
    columns that it may mean, in `conditions` for what it asks of rows. `figures` and `lists` say what the columns that
    exist only by definition stand for. `remarks` tell the user what was taken from the definitions. `missed` are
    those that were given with just this question, and are not understood or not met in it. `brief` says that they were
    given with just this question.
    """

    asked: tuple[Token, ...] = ()
    spoken: tuple[Token, ...] = ()
    plain: tuple[Token, ...] = ()
    columns: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)
    conditions: Mapping[str, Clause] = field(default_factory=dict)
    figures: Mapping[Key, Term] = field(default_factory=dict)
    lists: Mapping[Key, tuple[Key, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    missed: int = 0
    brief: bool = False

    def marked(self, tokens: Sequence[Token]) -> list[Token]:
        """The words of the question with its terms marked; other words as they are."""
        return list(self.spoken if self and tuple(tokens) == self.asked else tokens)

    def __bool__(self) -> bool:
        return bool(self.columns or self.conditions)

    @property
    def clauses(self) -> Clause:
        """All that is asked of rows by definition, each once."""
        return tuple(dict.fromkeys(it for clause in self.conditions.values() for it in clause))


NOTHING = Given()
