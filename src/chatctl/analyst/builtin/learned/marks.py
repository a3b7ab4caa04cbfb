"""A question marked up: where its words name tables, columns and values, and the sequence of cues in it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from chatctl.analyst.builtin.catalog import Catalog, Value
from chatctl.analyst.builtin.codes import SHORTEST_CODED, codes
from chatctl.analyst.builtin.concepts import asked
from chatctl.analyst.builtin.cues import degrees
from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned.cues import CLASSES, CODES, KEPT, phrase
from chatctl.analyst.builtin.learned.kin import CLOSE, Kin, kin
from chatctl.analyst.builtin.learned.views import Key, View, near
from chatctl.analyst.builtin.lexicon import HARMLESS, MOTION_WORDS, NUMBER_WORDS, STOP_WORDS
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.words import Token, normal, spoken

NAMED = 0.8
"""From this score on a span names a table or column, below it only hints."""
HINT = 0.45
LONGEST_VALUE = 7
IDLE = STOP_WORDS | HARMLESS | MOTION_WORDS
TIMES = {"once": 1, "twice": 2, "thrice": 3, "single": 1}


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Tokens from start, before end, that name something, and how well."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueMark:
    """Tokens that are a value: its kind, its text, its number if it is one, and the cells that are it by column.

    Kinds: quoted, number, counted (a number word), date, text (a whole cell), coded (a cell that stands for the
    word), name (capitalised words that are no whole cell).
    """

    start: int
    end: int
    kind: str
    text: str
    number: float | None
    cells: dict[Key, str]

    @property
    def textual(self) -> bool:
        """Whether it can be compared with text."""
        return self.kind not in ("number", "counted")

    def cell(self, key: Key) -> str | int | float:
        """What is compared with a column."""
        if key in self.cells:
            return self.cells[key]
        if self.number is not None:
            return int(self.number) if self.number == int(self.number) else self.number
        return self.text


class Marks:
    """A marked question. `words` are in small letters, a quotation is one, "didn't" is "not"; spans: best first."""

    def __init__(self, tokens: Sequence[Token], catalog: Catalog, index: NameIndex) -> None:
        self.tokens = tokens
        self.words = [_word(token) for token in tokens]
        self.columns: dict[Key, tuple[Span, ...]] = {}
        self.tables: dict[str, tuple[Span, ...]] = {}
        self._name(catalog, index)
        self.values = tuple(sorted(self._values(catalog), key=lambda it: it.start))
        self.view = View(catalog, near(catalog, self._named_tables()), self._told())
        self.columns = {key: self.columns[key] for key in self.view.fields if key in self.columns}
        self.tables = {table: self.tables[table] for table in self.view.tables if table in self.tables}

    def _full_names(self, catalog: Catalog) -> Iterator[tuple[Key, Span]]:
        """ "The full names of all guests", where a given and a family name are kept."""
        for at, pair in enumerate(pairwise(self.words)):
            if pair[0] == "full" and pair[1] in ("name", "names"):
                span = Span(start=at, end=at + 2, score=1.0)
                persons = [table for table in catalog.tables.values() if len(table.called) > 1]
                yield from (((table.name, column.name), span) for table in persons for column in table.called)

    def _name(self, catalog: Catalog, index: NameIndex) -> None:
        columns: dict[Key, list[Span]] = defaultdict(list)
        tables: dict[str, list[Span]] = defaultdict(list)
        for (start, end), readings in index.spans(self.tokens).items():
            for reading in readings:
                span = Span(start=start, end=end, score=reading.score)
                if reading.column:
                    columns[reading.table, reading.column].append(span)
                elif reading.table:
                    tables[reading.table].append(span)
        for key, span in self._full_names(catalog):
            columns[key].append(span)
        self.columns = {key: _best_first(spans) for key, spans in columns.items()}
        self.tables = {table: _best_first(spans) for table, spans in tables.items()}

    def _told(self) -> dict[str | Key, float]:
        """How well tables and columns are named."""
        named: list[tuple[str | Key, tuple[Span, ...]]] = [*self.columns.items(), *self.tables.items()]
        return {name: spans[0].score for name, spans in named}

    def _named_tables(self) -> list[str]:
        """The tables spoken of, the most first."""
        weights: dict[str, float] = defaultdict(float)
        for table, spans in self.tables.items():
            weights[table] += 1.5 * spans[0].score
        for (table, _), spans in self.columns.items():
            weights[table] += 0.5 * spans[0].score ** 2
        for value in self.values:
            for table in {table for table, _ in value.cells}:
                weights[table] += 0.7
        return sorted(weights, key=lambda table: -round(weights[table], 6))

    def _values(self, catalog: Catalog) -> Iterator[ValueMark]:
        taken = [False] * len(self.tokens)
        for find in (self._literals, self._cells, self._names):
            for mark in list(find(catalog, taken)):
                taken[mark.start : mark.end] = [True] * (mark.end - mark.start)
                yield mark

    def _literals(self, catalog: Catalog, _taken: list[bool]) -> Iterator[ValueMark]:
        """Quotations, numbers, dates."""
        for at, token in enumerate(self.tokens):
            number = NUMBER_WORDS.get(token.lower, TIMES.get(token.lower)) if token.kind == "word" else None
            if token.kind == "number" and len(token.text) < 18:
                number = float(token.text)  # type: ignore[assignment]
            kind = token.kind if token.kind in ("quoted", "date", "number") else "counted"
            if number is not None or kind != "counted":
                found = catalog.values.whole(normal(token.text)) if kind != "counted" and normal(token.text) else []
                parts = [] if found or kind != "quoted" else _parted(catalog, at, token.text)
                whole = _value(at, at + 1, kind, token.text.strip(), found, None if number is None else float(number))
                yield from parts or [whole]

    def _cells(self, catalog: Catalog, taken: list[bool]) -> Iterator[ValueMark]:
        """Words that are a whole cell, longest first."""
        used = [token.kind not in ("word", "number") for token in self.tokens]
        for length in range(min(LONGEST_VALUE, len(self.tokens)), 0, -1):
            for start in range(len(self.tokens) - length + 1):
                end = start + length
                if any(used[start:end]) or all(taken[start:end]):
                    continue
                found = self._cell(catalog, start, end)
                if found:
                    used[start:end] = [True] * length
                    yield found

    def _cell(self, catalog: Catalog, start: int, end: int) -> ValueMark | None:
        text = " ".join(token.text for token in self.tokens[start:end])
        words = self.words[start:end]
        if all(word in STOP_WORDS for word in words) and not (text.isupper() and len(text) > 1):
            return None
        if text.islower() and (len(text) == 1 or text in CLASSES):
            return None
        found = catalog.values.whole(normal(text))
        coded = [it for other in codes().get(normal(text), ()) for it in catalog.values.whole(other)]
        if found:
            return _value(start, end, "text", text, [*found, *coded])
        if coded and len(text) > SHORTEST_CODED:
            return _value(start, end, "coded", text, coded)
        if end - start > 1 or self.tokens[start].kind != "word":
            return None
        others = (*CODES.get(words[0], ()), *([words[0][:-1]] if words[0].endswith("s") and len(words[0]) > 3 else ()))
        for other in others:
            found = catalog.values.whole(other)
            if found:
                return _value(start, end, "coded", text, found)
        return None

    def _names(self, _catalog: Catalog, taken: list[bool]) -> Iterator[ValueMark]:
        """Runs of capitalised words that are no cell and name nothing of the schema."""
        said = {
            at
            for spans in (*self.columns.values(), *self.tables.values())
            for span in spans[:2]
            if span.score > HINT
            for at in range(span.start, span.end)
        }
        at = 1
        while at < len(self.tokens):
            end = at
            while end < len(self.tokens) and self._proper(end) and end not in said and not taken[end]:
                end += 1
            if end > at:
                text = " ".join(token.text for token in self.tokens[at:end])
                yield _value(at, end, "name", text, [])
            at = max(end, at + 1)

    def _proper(self, at: int) -> bool:
        token = self.tokens[at]
        return token.kind == "word" and token.text[:1].isupper() and token.lower not in CLASSES

    @cached_property
    def kin_columns(self) -> dict[Key, Kin]:
        """The words that mean about what a column is called."""
        return kin(self._said, {key: field.spoken for key, field in self.view.fields.items()})

    @cached_property
    def kin_tables(self) -> dict[str, Kin]:
        """The words that mean about what a table is called."""
        return kin(self._said, {table: tuple(spoken(table).lower().split()) for table in self.view.tables})

    @cached_property
    def _said(self) -> dict[int, str]:
        """The words that name nothing themselves, by place."""
        return {
            at: token.lower
            for at, token in enumerate(self.tokens)
            if token.kind == "word"
            and len(token.lower) > 2
            and (token.lower not in STOP_WORDS or asked(token.lower))
            and not self._names_of[at]
            and not self._of_next(at)
        }

    def _of_next(self, at: int) -> bool:
        """Whether a word says how much of what comes next: "highest" in "the highest salary"."""
        return self._names_of[at + 1 : at + 2] == ["COLUMN"] and self.words[at] in degrees()

    @cached_property
    def tags(self) -> list[str]:
        """For each token what it stands for: see `_names_of`, and KIN of a name."""
        close = {it.at for it in (*self.kin_columns.values(), *self.kin_tables.values()) if it.score >= CLOSE}
        plain = {at for at in close if self.words[at] not in CLASSES and self.words[at] not in degrees()}
        return [tag or ("KIN" if at in plain else "") for at, tag in enumerate(self._names_of)]

    @cached_property
    def _names_of(self) -> list[str]:
        """For each token what it names: TABLE, COLUMN, both, VALUE, NUMBER, NAME, or nothing."""
        found = [""] * len(self.tokens)
        for spans in self.tables.values():
            _tag(found, spans, "TABLE", {"": "TABLE"})
        for spans in self.columns.values():
            _tag(found, spans, "COLUMN", {"": "COLUMN", "TABLE": "EITHER"})
        for mark in self.values:
            named = {"number": "NUMBER", "counted": "NUMBER", "date": "NUMBER", "name": "NAME"}.get(mark.kind, "VALUE")
            single = mark.end - mark.start == 1 and mark.kind in ("text", "coded")
            if single and (found[mark.start] or self.words[mark.start] in STOP_WORDS):
                continue
            found[mark.start : mark.end] = [named] * (mark.end - mark.start)
        return found

    @cached_property
    def hinted(self) -> frozenset[int]:
        """The tokens that are part of a column's name and name nothing fully."""
        return frozenset(
            at
            for spans in self.columns.values()
            for span in spans
            if HINT <= span.score < NAMED
            for at in range(span.start, span.end)
            if not self.tags[at]
        )

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The words that say something which neither the schema nor a cue takes up."""
        return tuple(token.text for at, token in enumerate(self.tokens) if self._unknown(at, token))

    def _unknown(self, at: int, token: Token) -> bool:
        idle = token.kind != "word" or len(token.lower) < 3 or token.lower in IDLE
        return not idle and not self.tags[at] and at not in self.hinted and token.lower not in CLASSES

    def left_out(self, form: Form) -> tuple[str, ...]:
        """The quotations and dates that a form does not use."""
        bounds = [it for part in form.parts for it in (*part.where, *part.having)]
        used = " ".join(normal(str(cell)) for it in bounds for cell in it.values)
        return tuple(
            it.text
            for it in self.values
            if it.kind in ("quoted", "date") and not any(normal(text) in used for text in (it.text, *it.cells.values()))
        )

    @cached_property
    def cues(self) -> list[tuple[int, str]]:
        """The question as a sequence of places and cues: classes of words, tags, small words, "_" for the rest."""
        found: list[tuple[int, str]] = []
        at = 0
        while at < len(self.words):
            several = phrase(self.words, at)
            cue, length = several or (self._cue(at), 1)
            repeated = found and found[-1][1] == cue and (cue in _TAGS or cue == "_")
            if not repeated:
                found.append((at, cue))
            at += length
        return found

    def _cue(self, at: int) -> str:
        word, tag = self.words[at], self.tags[at]
        kind = CLASSES.get(word)
        if tag in ("VALUE", "NAME", "NUMBER"):
            return tag
        if word == "to" and self.tags[at - 1 : at + 2 : 2] == ["NUMBER", "NUMBER"]:
            return "BETWEEN"
        if kind and not (tag in ("COLUMN", "EITHER") and kind in ("NUMBER", "SORTED", "TOTAL", "LIKE")):
            return kind
        if tag:
            return tag
        if word.endswith("est") and len(word) > 5:
            return "EST"
        if word.endswith("er") and self.words[at + 1 : at + 2] == ["than"]:
            return "ER"
        if at in self.hinted:
            return "HINT"
        return word if word in KEPT else "_"


def _word(token: Token) -> str:
    if token.kind == "quoted":
        return '"'
    return "not" if token.lower.endswith("n't") else token.lower or token.text


_TAGS = frozenset({"COLUMN", "TABLE", "VALUE", "NAME", "EITHER", "HINT"})


def _tag(tags: list[str], spans: Iterable[Span], otherwise: str, changes: dict[str, str]) -> None:
    for span in spans:
        if span.score >= NAMED:
            for at in range(span.start, span.end):
                tags[at] = changes.get(tags[at], tags[at] or otherwise)


def _best_first(spans: list[Span]) -> tuple[Span, ...]:
    return tuple(sorted(spans, key=lambda it: (-round(it.score, 6), it.start - it.end, it.start)))


def _parted(catalog: Catalog, at: int, text: str) -> list[ValueMark]:
    """A quotation of two words that one table keeps in two columns: "Jane Doe"."""
    words = text.split()
    if len(words) != 2:
        return []
    first, second = (catalog.values.whole(normal(word)) for word in words)
    pairs = [(a, b) for a in first for b in second if a.table == b.table and a.column != b.column]
    return [_value(at, at + 1, "quoted", word, [it[n] for it in pairs]) for n, word in enumerate(words) if pairs]


def _value(
    start: int, end: int, kind: str, text: str, found: Sequence[Value], number: float | None = None
) -> ValueMark:
    cells: dict[Key, str] = {}
    for value in found:
        cells.setdefault((value.table, value.column), value.text)
    return ValueMark(start=start, end=end, kind=kind, text=text, number=number, cells=cells)
