"""A project's definitions at hand for questions: which of them a question uses, and what they make of its words.

What no question uses costs no more than a look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from chatctl.analyst.builtin.catalog import Catalog, CatalogColumn
from chatctl.analyst.builtin.cues import phrases
from chatctl.analyst.builtin.definitions import definitions
from chatctl.analyst.builtin.expressions import Clause, negated
from chatctl.analyst.builtin.forms import ColumnOf, DayOf, GrainOf, Operand, Predicate, Term, compared, operands
from chatctl.analyst.builtin.givens import NOTHING, Given
from chatctl.analyst.builtin.meanings import Columns, Conditions, Extreme, Figure, Meaning, Meanings, Rows
from chatctl.analyst.builtin.recasting import recast
from chatctl.analyst.builtin.references import Key, References
from chatctl.analyst.builtin.terms import SMALL, Use, brief, literals, stems, uses
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import Token, name_words, stem

LEADING = frozenset({"in", "on", "at", "during", "since", "before", "after", "is", "are", "was", "were", "be", "been"})
"""Words before a condition after which it names no rows by itself: "in 2012", "are active"."""
OPENINGS = frozenset({"name", "state", "mention", "indicate", "specify", "write", "identify", "describe", "provide"})
"""Verbs that open a question, and are not the columns that they sound like: "State the full name of"."""

ENDINGS = frozenset({"?", ",", "on", "in", "for", "at", "by", "during", "among", "from", "of", "and"})
BEFORE_OPENINGS = frozenset({",", "please", "then", "?"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Understood:
    """What a use comes to; `key` is its token's."""

    use: Use
    meaning: Meaning
    key: str


def given(instructions: str, asked: Sequence[Token], catalog: Catalog, today: date) -> tuple[Given, Catalog]:
    """What the definitions give for a question, and the catalog with the columns that exist by definition."""
    if not instructions.strip():
        return NOTHING, catalog
    references = References(catalog)
    found = definitions(instructions, references.column)
    freely = brief(found, instructions)
    owners = {stem(word) for table in catalog.tables for word in name_words(table)}
    owners |= {stems(it.term) for it in found if references.table(it.meaning)}
    used = uses(found, asked, owners.__contains__, freely=freely)
    by_term = {stems(it.term): it.meaning for it in reversed(found) if it.term}
    near = _near(asked, catalog)
    for _ in range(2):  # what is clear of one definition says which table another is about
        meanings = Meanings(references, near, lambda word: by_term.get(stems(word)), today)
        read = [(use, meanings.read(use.definition.meaning, use.definition.term)) for use in used]
        near = list(dict.fromkeys([*near, *(it for _, meaning in read for it in _clear(meaning, references))]))
    understood = [
        _Understood(use=use, meaning=meaning, key=f"«{(use.definition.term or use.definition.meaning).lower()}»")
        for use, meaning in read
        if meaning is not None
    ]
    if freely:
        understood = [_numbered(it, asked, catalog) for it in understood]
    missed = len(found) - len(understood) if freely and 2 * len(understood) >= len(found) else 0
    made, extended = (
        _Making(asked=list(asked), catalog=catalog, brief=freely).made(understood) if understood else (NOTHING, catalog)
    )
    return replace(made, missed=missed, brief=freely), extended


def _numbered(it: _Understood, asked: Sequence[Token], catalog: Catalog) -> _Understood:
    """A column that tells rows apart with its number behind it: "account number 12" stands for that one row."""
    at = it.use.places[-1] + 1
    behind = asked[at : at + 1]
    match it.meaning:
        case Columns(keys=((table, name),)) if behind and behind[0].kind == "number" and _telling(table, name, catalog):
            cell = float(behind[0].text)
            term = Term(of=ColumnOf(table=table, column=name))
            clause = Predicate(term=term, operator="=", values=(int(cell) if cell.is_integer() else cell,))
            use = replace(it.use, places=(*it.use.places, at))
            return replace(it, use=use, meaning=Conditions(clauses=(clause,)))
        case _:
            return it


def _telling(table: str, name: str, catalog: Catalog) -> bool:
    """Whether a column is a number that tells rows apart, or that others point to."""
    column = catalog.column(table, name)
    pointed = any((edge.to_table, edge.to_column) == (table, name) for edge in catalog.edges)
    return column.numeric and (pointed or column.unique)


def _near(asked: Sequence[Token], catalog: Catalog) -> list[str]:
    """The tables that a question names, which come first where a name is in several."""
    said = {token.stem for token in asked}
    return [table for table in catalog.tables if {stem(word) for word in name_words(table)} <= said]


def _clear(meaning: Meaning | None, references: References) -> Iterator[str]:
    """The tables of the columns of a meaning that bear a name of their own."""
    match meaning:
        case Columns(keys=keys):
            found = list(keys)
        case Conditions(clauses=clauses):
            found = [_column(it) for clause in clauses for it in compared(clause)]
        case Figure(term=term) | Extreme(term=term):
            found = list(map(_column, operands(term)))
        case _:
            found = []
    yield from (table for table, column in found if column and len(references.keys(column)) == 1)


def _column(operand: Operand) -> Key:
    match operand:
        case ColumnOf():
            return operand.table, operand.column
        case GrainOf(date=str(name)) | DayOf(date=str(name)):
            return operand.table, name
        case _:
            return "", ""


@dataclass(kw_only=True)
class _Making:
    """What is given, in the making."""

    asked: list[Token]
    catalog: Catalog
    brief: bool
    columns: dict[str, tuple[Key, ...]] = field(default_factory=dict)
    conditions: dict[str, Clause] = field(default_factory=dict)
    figures: dict[Key, Term] = field(default_factory=dict)
    lists: dict[Key, tuple[Key, ...]] = field(default_factory=dict)

    def made(self, understood: Sequence[_Understood]) -> tuple[Given, Catalog]:
        """All of it, and the catalog with the columns that exist by definition."""
        marks = {it.use.places[0]: (it, self._marks(it)) for it in understood}
        taken = {at for it in understood for at in (*it.use.places, *self._restated(it))} | self._repeated(understood)
        spoken, plain = list[Token](), list[Token]()
        for at, token in enumerate(self.asked):
            if at in marks:
                it, own = marks[at]
                spoken += own
                plain += self._owner(it) if it.key in self.conditions else own
            elif at not in taken:
                opens = at == 0 or self.asked[at - 1].lower in BEFORE_OPENINGS
                word = _opening(token) if opens else token
                spoken.append(word)
                plain.append(word)
        remarks = [
            f'"{safe(it.use.definition.term)}" as defined: {safe(it.use.definition.meaning)}.' for it in understood
        ]
        made = Given(
            asked=tuple(self.asked),
            spoken=recast(spoken) if self.brief else tuple(spoken),
            plain=recast(plain) if self.brief else tuple(plain),
            columns=self.columns,
            conditions=self.conditions,
            figures=self.figures,
            lists=self.lists,
            remarks=tuple(remarks),
        )
        return made, self._extended()

    def _restated(self, it: _Understood) -> list[int]:
        """The places in and behind a term that only repeat its meaning: "the produce department", "spent the most"."""
        first, at = it.use.places[0], it.use.places[-1] + 1
        following = [token.lower for token in self.asked[at : at + 3]]
        if self._ranked(it):
            return list(range(at, at + following.index(self._ranked(it)) + 1))
        if not isinstance(it.meaning, Conditions):
            return []
        columns = {_column(it.term.of) for it in it.meaning.clauses}
        rows = {stem(word) for table in self.catalog.tables for word in name_words(table)}
        named = {stem(word) for _, column in columns for word in name_words(column)} - rows
        inside = [place for place in range(first, at) if self.asked[place].stem in named]
        small = next((n for n, word in enumerate(following) if word not in SMALL), 0)
        behind = range(at, at + small + 1) if self.brief or not small else ()
        return [
            *inside,
            *(behind if self.asked[at + small : at + small + 1] and self.asked[at + small].stem in named else ()),
        ]

    def _ranked(self, it: _Understood) -> str:
        """ "most" or "least" behind a figure of rows drawn together, with nothing of its own to count."""
        words = [token.lower for token in self.asked[it.use.places[-1] + 1 :]]
        words = words[1:] if words[:1] == ["the"] else words
        alone = len(words) == 1 or (words[1:2] and words[1] in ENDINGS)
        figure = isinstance(it.meaning, Figure) and it.meaning.term.aggregated
        return words[0] if figure and alone and words[0] in ("most", "least") else ""

    def _repeated(self, understood: Sequence[_Understood]) -> set[int]:
        """The places of numbers and dates that the meanings hold already: "born after 1980" by "year(dob) > 1980"."""
        held = {it for one in understood for it in literals(one.use.definition.meaning)}
        return {at for at, token in enumerate(self.asked) if token.kind in ("number", "date") and token.text in held}

    def _marks(self, it: _Understood) -> list[Token]:
        """The tokens that take the place of a term's words."""
        text = it.use.definition.term or it.use.definition.meaning
        own = Token(kind="term", text=text, lower=it.key, stem=it.key)
        match it.meaning:
            case Conditions(clauses=clauses):
                self.conditions[it.key] = negated(clauses) if it.use.negated else clauses
            case Columns(keys=(key,)):
                self.columns[it.key] = (key, *self._namesakes(key))
            case Columns(keys=keys):
                self.columns[it.key] = (self._defined(keys[0][0], it),)
                self.lists[self.columns[it.key][0]] = keys
            case Figure(term=Term(of=ColumnOf(), function=str(), within=(), distinct=False)) if self._said(it):
                return [self.asked[at] for at in it.use.places]
            case Figure(term=term):
                self.columns[it.key] = (self._figure(term, it),)
                if ranked := self._ranked(it):
                    return [_word("highest" if ranked == "most" else "lowest"), own]
            case Rows(table=table):
                self.columns[it.key] = ((table, ""),)
            case Extreme():
                self.columns[it.key] = (self._figure(it.meaning.term, it),)
                return [_word("highest" if it.meaning.descending else "lowest"), own]
        return [own]

    def _said(self, it: _Understood) -> bool:
        """Whether a plain aggregate's own word is all of the term: "average = AVG(amount)" for "the average amount"."""
        words = tuple(self.asked[at].lower for at in it.use.places)
        return words in phrases() and len(self.asked) > it.use.places[-1] + 1

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
        first = it.use.places[0]
        before = self.asked[first - 1].lower if first else ""
        if named & {token.stem for token in self.asked} or before in LEADING:
            return []
        return list(map(_word, name_words(table)))

    def _extended(self) -> Catalog:
        """The catalog with the columns that exist by definition, each with its table's own."""
        added = {**dict.fromkeys(self.figures, "number"), **dict.fromkeys(self.lists, "text")}
        tables = dict(self.catalog.tables)
        for (table, name), kind in added.items():
            column = CatalogColumn(table=table, name=name, type=kind)  # type: ignore[arg-type]
            tables[table] = replace(tables[table], columns=(*tables[table].columns, column))
        return replace(self.catalog, tables=tables) if added else self.catalog


def _opening(token: Token) -> Token:
    return replace(token, text="List", lower="list", stem="list") if token.lower in OPENINGS else token


def _word(word: str) -> Token:
    return Token(kind="word", text=word, lower=word, stem=stem(word))
