"""A project's definitions at hand for questions: which of them a question uses, and what they make of its words.

A defined term is met by its words in their order, compared by stems, with small words left out or put in between. The
longest terms come first, and no word is part of two. What no question uses costs no more than a look.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn
from chatctl.analyst.builtin.cues import phrases
from chatctl.analyst.builtin.definitions import Definition, definitions
from chatctl.analyst.builtin.expressions import Clause, negated
from chatctl.analyst.builtin.forms import ColumnOf, Term
from chatctl.analyst.builtin.givens import NOTHING, Given
from chatctl.analyst.builtin.meanings import Columns, Conditions, Extreme, Figure, Meaning, Meanings
from chatctl.analyst.builtin.references import Key, References
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import Token, name_words, stem, tokens

_SMALL = """
    a an the of in on at for to by with is are was were be been being that which who whose its their all have has had
    do does did from as s 's
"""
SMALL = frozenset(_SMALL.split())
"""Words of a term that may be missing, or stand between its others."""
NEGATIONS = frozenset(
    {"not", "non", "no", "isn't", "aren't", "wasn't", "weren't", "without", "except", "excluding", "never"}
)
LEADING = frozenset({"in", "on", "at", "during", "since", "before", "after", "is", "are", "was", "were", "be", "been"})
"""Words before a condition after which it names no rows by itself: "in 2012", "are active"."""
MOST_USED = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class _Use:
    """A definition met in a question: tokens from start, before end."""

    start: int
    end: int
    definition: Definition
    negated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Understood:
    """What a use comes to; `key` is its token's."""

    use: _Use
    meaning: Meaning
    key: str


def given(instructions: str, asked: Sequence[Token], catalog: Catalog) -> tuple[Given, Catalog]:
    """What the definitions give for a question, and the catalog with the columns that exist by definition."""
    if not instructions.strip():
        return NOTHING, catalog
    references = References(catalog)
    found = definitions(instructions, references.column)
    uses = list(_uses(found, asked, catalog))[:MOST_USED]
    if not uses:
        return NOTHING, catalog
    by_term = {" ".join(_stems(it.term)): it.meaning for it in reversed(found) if it.term}
    meanings = Meanings(references, _near(asked, catalog), lambda word: by_term.get(" ".join(_stems(word))))
    understood = [
        _Understood(use=use, meaning=meaning, key=f"«{use.definition.term.lower()}»")
        for use in uses
        if (meaning := meanings.read(use.definition.meaning, use.definition.term)) is not None
    ]
    return _Making(asked=list(asked), catalog=catalog).made(understood)


def _near(asked: Sequence[Token], catalog: Catalog) -> list[str]:
    """The tables that a question names, which come first where a name is in several."""
    said = {token.stem for token in asked}
    return [table for table in catalog.tables if {stem(word) for word in name_words(table)} <= said]


def _uses(found: Iterable[Definition], asked: Sequence[Token], catalog: Catalog) -> Iterator[_Use]:
    """The definitions that a question uses, in its order, none over another."""
    owners = {stem(word) for table in catalog.tables for word in name_words(table)}
    met = [use for it in found if it.term and (use := _met(it, asked, owners))]
    taken: set[int] = set()
    kept = []
    for use in sorted(met, key=lambda it: (it.start - it.end, it.start)):
        places = set(range(use.start, use.end))
        if not places & taken:
            taken |= places
            kept.append(use)
    yield from sorted(kept, key=lambda it: it.start)


def _met(definition: Definition, asked: Sequence[Token], owners: set[str]) -> _Use | None:
    """The place of a term in a question, without the name of a table at its end: that is said of the rows."""
    wanted = _stems(definition.term)
    rest = wanted[:-1] if len(wanted) > 1 and wanted[-1] in owners else []
    place = _place(wanted, asked)
    if place and rest and place[1] - place[0] > 1:
        place = _place(rest, asked[: place[1]]) or place
    place = place or (_place(rest, asked) if rest else None)
    if place is None or _steers(place, asked):
        return None
    start, end = place
    denied = start > 0 and asked[start - 1].lower in NEGATIONS
    return _Use(start=start - denied, end=end, definition=definition, negated=denied)


def _steers(place: tuple[int, int], asked: Sequence[Token]) -> bool:
    """Whether the one word of a term steers the question rather than names what is defined: "total number of"."""
    start, end = place
    if end - start > 1 or (asked[start].lower,) not in phrases():
        return False
    after = [token.lower for token in asked[end : end + 2]]
    return bool(after) and ((after[0],) in phrases() or tuple(after) in phrases())


def _stems(term: str) -> list[str]:
    """What is compared of a term."""
    return [
        it.stem or it.text.lower() for it in tokens(term) if it.kind not in ("mark", "sign") and it.lower not in SMALL
    ]


def _place(wanted: Sequence[str], asked: Sequence[Token]) -> tuple[int, int] | None:
    """Where words stand in order, with nothing but small words between them."""
    for start, token in enumerate(asked):
        if not wanted or (token.stem or token.text.lower()) != wanted[0]:
            continue
        at, met = start + 1, 1
        while met < len(wanted) and at < len(asked):
            if (asked[at].stem or asked[at].text.lower()) == wanted[met]:
                met += 1
            elif asked[at].lower not in SMALL:
                break
            at += 1
        if met == len(wanted):
            return start, at
    return None


@dataclass(kw_only=True)
class _Making:
    """What is given, in the making."""

    asked: list[Token]
    catalog: Catalog
    columns: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    conditions: dict[str, Clause] = field(default_factory=dict)
    figures: dict[Key, Term] = field(default_factory=dict)
    lists: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    def made(self, understood: Sequence[_Understood]) -> tuple[Given, Catalog]:
        """All of it, and the catalog with the columns that exist by definition."""
        spoken, plain, at = list[Token](), list[Token](), 0
        for it in understood:
            between = self.asked[at : it.use.start]
            marks = self._marks(it)
            spoken += [*between, *marks]
            kept = self._owner(it) if it.key in self.conditions else marks
            plain += [*between, *kept]
            at = it.use.end
        rest = self.asked[at:]
        remarks = [
            f'"{safe(it.use.definition.term)}" as defined: {safe(it.use.definition.meaning)}.' for it in understood
        ]
        made = Given(
            asked=tuple(self.asked),
            spoken=(*spoken, *rest),
            plain=(*plain, *rest),
            columns=self.columns,
            conditions=self.conditions,
            figures=self.figures,
            lists=self.lists,
            remarks=tuple(remarks),
        )
        return made, self._extended()

    def _marks(self, it: _Understood) -> list[Token]:
        """The tokens that take the place of a term's words."""
        own = Token(kind="term", text=it.use.definition.term, lower=it.key, stem=it.key)
        match it.meaning:
            case Conditions(clauses=clauses):
                self.conditions[it.key] = negated(clauses) if it.use.negated else clauses
            case Columns(keys=(key,)):
                self.columns[it.key] = (key, *self._namesakes(key))
            case Columns(keys=keys):
                self.columns[it.key] = (self._defined(keys[0][0], it),)
                self.lists[self.columns[it.key][0]] = keys
            case Figure(term=term):
                self.columns[it.key] = (self._figure(term, it),)
            case Extreme():
                self.columns[it.key] = (self._figure(it.meaning.term, it),)
                word = "highest" if it.meaning.descending else "lowest"
                return [Token(kind="word", text=word, lower=word, stem=word), own]
        return [own]

    def _figure(self, term: Term, it: _Understood) -> Key:
        if isinstance(term.of, ColumnOf) and not term.aggregated:
            return term.of.table, term.of.column
        key = self._defined(term.of.table or next(iter(self.catalog.tables)), it)
        self.figures[key] = term
        return key

    def _defined(self, table: str, it: _Understood) -> Key:
        return table, it.key

    def _namesakes(self, key: Key) -> tuple[Key, ...]:
        """Columns of other tables that bear the same name."""
        name = key[1].lower()
        return tuple(
            (table.name, column.name)
            for table in self.catalog.tables.values()
            for column in table.columns
            if column.name.lower() == name and table.name != key[0]
        )

    def _owner(self, it: _Understood) -> list[Token]:
        """The name of the rows that a condition is about, where no other word says it."""
        table = self.conditions[it.key][0].term.of.table
        named = {stem(word) for word in name_words(table)}
        before = self.asked[it.use.start - 1].lower if it.use.start else ""
        if named & {token.stem for token in self.asked} or before in LEADING:
            return []
        return [Token(kind="word", text=word, lower=word, stem=stem(word)) for word in name_words(table)]

    def _extended(self) -> Catalog:
        """The catalog with the columns that exist by definition, each with its table's own."""
        added = {**dict.fromkeys(self.figures, "number"), **dict.fromkeys(self.lists, "text")}
        tables = dict(self.catalog.tables)
        for (table, name), kind in added.items():
            column = CatalogColumn(table=table, name=name, type=kind)  # type: ignore[arg-type]
            tables[table] = replace(tables[table], columns=(*tables[table].columns, column))
        return replace(self.catalog, tables=tables) if added else self.catalog
