"""What a definition means in a schema: columns, conditions, a figure or an order."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from chatctl.analyst.builtin.expressions import Clause, Expressions, Unreadable, is_condition
from chatctl.analyst.builtin.forms import CalculatedOf, ColumnOf, Predicate, Term
from chatctl.analyst.builtin.references import LISTED, Key, References
from chatctl.analyst.builtin.words import normal

MOST_ATTEMPTS = 12
LONGEST = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """What is to be listed, or the one column that is meant."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The rows of a table."""

    table: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """What rows must meet, all of it."""

    clauses: Clause


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """Something calculated, of each row or of rows drawn together."""

    term: Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Extreme:
    """What comes first: the rows at an end of an order."""

    term: Term
    descending: bool
    limit: int = 1


Meaning = Columns | Rows | Conditions | Figure | Extreme

# Words for signs, the longest first: "is at least 5", "status equals 'A'".
SIGNS = (
    (r"\b(?:is\s+|are\s+)?(?:greater|larger|more|higher|bigger|later)\s+than\s+or\s+equals?\s+to\b", ">="),
    (r"\b(?:is\s+|are\s+)?(?:less|smaller|lower|fewer|earlier)\s+than\s+or\s+equals?\s+to\b", "<="),
    (r"\b(?:is\s+|are\s+)?(?:greater|larger|more|higher|bigger|later|older)\s+than\b", ">"),
    (r"\b(?:is\s+|are\s+)?(?:less|smaller|lower|fewer|earlier|younger)\s+than\b", "<"),
    (r"\b(?:is\s+|are\s+)?(?:above|over|after|exceeds)\b", ">"),
    (r"\b(?:is\s+|are\s+)?(?:below|under|before)\b", "<"),
    (r"\b(?:is\s+|are\s+)?(?:at\s+least|no\s+less\s+than|since)\b", ">="),
    (r"\b(?:is\s+|are\s+)?(?:at\s+most|no\s+more\s+than|until)\b", "<="),
    (r"\b(?:is|are)\s+(?:one\s+of|in|among)\b", "in"),
    (r"\b(?:is|are|was|were)\s+(?:not\s+empty|given|present|known|set)\b", "is not null"),
    (r"\b(?:is|are|was|were)\s+(?:empty|missing|blank|unknown)\b", "is null"),
    (r"\b(?:is\s+not|isn't|not|does\s+not|doesn't)\s+equals?(?:\s+to)?\b|\bis\s+not\s+(?=['\d])|≠", "<>"),
    (r"\b(?:is\s+|are\s+)?equals?(?:\s+to)?\b|\b(?:is|are)\s+(?=['\d-]|[A-Z0-9]+$)", "="),
    (r"≥", ">="),
    (r"≤", "<="),
    (r"&&", " and "),
    (r"×", "*"),
    (r"÷", "/"),
    (r"(?<=\d)\s*%", ""),
)
_COUNTED = re.compile(
    r"\bcount\s*\(\s*(?P<what>[^()]*?)\s+(?:where|when|if|with)\s+(?P<test>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.I
)
_SUMMED = re.compile(r"\b(?P<function>sum|avg)\s*\(\s*(?P<what>[^()]*?)\s+(?:where|when|if)\s+(?P<test>[^()]*)\)", re.I)
_BESIDE = re.compile(
    r"\s*(?P<function>\w+)\((?P<what>[^()]+)\)\s+(?:where|when|if|for)\s+(?P<test>[^()]+[<>=][^()]+)", re.I
)
_TOP = re.compile(r"(?:the\s+)?(?:top|first|highest|largest)\s+(?P<count>\d+)\s+(?:by|of|in)\s+(?P<by>.+)", re.I)
_SORTED = re.compile(
    r"(?:.*\b)?(?:order|sort(?:ed)?)\s+by\s+(?P<by>.+?)(?:\s+(?P<way>asc|desc)\w*)?(?:\s+limit\s+(?P<count>\d+))?", re.I
)
_MOST = re.compile(
    r"(?:the\s+)?(?:(?P<up>highest|largest|biggest|maximum|greatest|most|latest|max)|lowest|smallest|minimum|least|earliest|min)"
    r"\s+(?:value\s+(?:of|in)\s+)?(?P<by>.+)", re.I,
)  # fmt: skip
_TAIL = re.compile(r"\s+(?:in|of|for|from|which|that|with|within|on|by)\s+|,|\(|\.\s", re.I)
_START = re.compile(r"\b(?:where|when|whose|if|having|with|by|is|are|=|as)\b\s*", re.I)


class Meanings:
    """Reads what definitions mean over one schema.

    `near` are the tables that come first where a name is in several, `defined` gives what other words are defined by.
    """

    def __init__(
        self, references: References, near: Sequence[str], defined: Callable[[str], str | None], today: date
    ) -> None:
        self._references = references
        self._near = tuple(near)
        self._defined = defined
        self._today = today
        self._depth = 0

    def read(self, text: str, name: str = "") -> Meaning | None:
        """The meaning of a definition's text, as far as it has one; a figure gets this name."""
        hidden, named = self._references.hidden(text[:LONGEST])
        for attempt in islice(_attempts(hidden), MOST_ATTEMPTS):
            found = self._meant(attempt, named)
            if found is not None:
                return self._told_of(found, name)
        column = self._only_column(text)
        return self._told_of(column, name) if column else None

    def _told_of(self, found: Meaning, name: str) -> Meaning:
        """A meaning for these words: a calculation is called by them, and a cell by its column stands for its rows."""
        match found:
            case Figure(term=Term(of=CalculatedOf() as of, function=None) as term):
                return Figure(term=term.model_copy(update={"of": of.model_copy(update={"name": name})}))
            case Columns(keys=(key,)) if normal(name):
                cells = self._references.catalog.values.whole(normal(name))
                text = next((it.text for it in cells if (it.table, it.column) == key), None)
                return _equal(key, text) if text else found
            case _:
                return found

    def _meant(self, hidden: str, named: dict[str, list[Key]]) -> Meaning | None:
        expressions = Expressions(self._references, named, self._near, self._conditions_of, self._today)
        table = self._references.table(hidden)
        try:
            return (
                _ordered(hidden, expressions)
                or self._listed(hidden, named)
                or (Rows(table=table) if table else _expressed(hidden, expressions))
            )
        except Unreadable:
            return None

    def _listed(self, hidden: str, named: dict[str, list[Key]]) -> Columns | None:
        keys = [named.get(part) or self._references.keys(part) for part in LISTED.split(hidden.strip(" .'\""))]
        if not all(keys):
            return None
        near, chosen = list(self._near), list[Key]()
        for options in keys:
            chosen.append(self._references.best(options, [*(table for table, _ in chosen), *near]))
        return Columns(keys=tuple(chosen))

    def _conditions_of(self, word: str) -> Clause:
        """What else a word is defined by: "women" in "count(women) / count(*)"."""
        text = self._defined(word.replace("_", " "))
        if text is None or self._depth:
            return ()
        self._depth += 1
        found = self.read(text)
        self._depth -= 1
        return found.clauses if isinstance(found, Conditions) else ()

    def _only_column(self, text: str) -> Columns | Conditions | None:
        """The one column that prose names in quotes or by a name that no prose has; or the one that holds a code."""
        _, named = self._references.hidden(text)
        words = [it for it in re.findall(r"\b\w*_\w*\b", text) if self._references.column(it)]
        options = [*named.values(), *map(self._references.keys, words)]
        computed = re.search(r"[<>=*/]|\w\(", text)
        if options and not computed and all(it == options[0] for it in options):
            return Columns(keys=(self._references.best(options[0], self._near),))
        return None if named else self._code(text)

    def _code(self, text: str) -> Conditions | None:
        bare = text.strip(" .'\"`")
        if not bare or len(bare.split()) > 4:
            return None
        found = (
            [it for it in self._references.catalog.values.whole(normal(bare)) if it.text.lower() == bare.lower()]
            if normal(bare)
            else []
        )
        exact = [it for it in found if it.text == bare] or found
        if not exact:
            return None
        table, column = self._references.best([(it.table, it.column) for it in exact], self._near)
        text = next(it.text for it in exact if (it.table, it.column) == (table, column))
        return _equal((table, column), text)


def _equal(key: Key, text: str) -> Conditions:
    term = Term(of=ColumnOf(table=key[0], column=key[1]))
    return Conditions(clauses=(Predicate(term=term, operator="=", values=(text,)),))


def _attempts(text: str) -> Iterator[str]:
    """The text, with signs for words, and its parts that may be all that counts."""
    yield text
    signed = _signed(text)
    if signed != text:
        yield signed
    yield from re.findall(r"\(([^()]{2,}(?:\([^()]*\)[^()]*)*)\)\s*$", signed)
    yield from (signed[match.end() :] for match in _START.finditer(signed))
    for match in list(_TAIL.finditer(signed))[:3]:
        yield signed[: match.start()]


def _signed(text: str) -> str:
    """Signs for words; an aggregate with a condition beside it or in it, as SQL has it."""
    for words, sign in SIGNS:
        text = re.sub(words, f" {sign} " if sign else "", text, flags=re.I)
    text = _BESIDE.sub(r"\g<function>(\g<what> where \g<test>)", text)
    text = _COUNTED.sub(r"COUNT(CASE WHEN \g<test> THEN \g<what> END)", text)
    return _SUMMED.sub(r"\g<function>(CASE WHEN \g<test> THEN \g<what> END)", text)


def _ordered(text: str, expressions: Expressions) -> Extreme | None:
    """ "ORDER BY score DESC LIMIT 1", "top 5 by X", "the highest X"."""
    if match := _SORTED.fullmatch(text.strip()):
        down = (match["way"] or "").lower() == "desc"
        return Extreme(term=expressions.term(_parsed(match["by"])), descending=down, limit=int(match["count"] or 1))
    if match := _TOP.fullmatch(text.strip()):
        return Extreme(term=expressions.term(_parsed(match["by"])), descending=True, limit=int(match["count"]))
    if match := _MOST.fullmatch(text.strip()):
        return Extreme(term=expressions.term(_parsed(match["by"])), descending=bool(match["up"]))
    return None


def _expressed(text: str, expressions: Expressions) -> Meaning | None:
    parsed = _parsed(text)
    percent = isinstance(parsed, exp.Alias) and parsed.alias.lower().startswith("percent")
    while isinstance(parsed, exp.Paren | exp.Cast | exp.Alias):
        parsed = parsed.this
    if percent and "100" not in text:
        parsed = exp.Mul(this=parsed, expression=exp.Literal.number(100))
    if isinstance(parsed, exp.Max | exp.Min) and not isinstance(parsed.this, exp.Case):
        return Extreme(term=expressions.term(parsed.this), descending=isinstance(parsed, exp.Max))
    if is_condition(parsed):
        return Conditions(clauses=expressions.conditions(parsed))
    if isinstance(parsed, exp.Column):
        return None
    return Figure(term=expressions.term(parsed))


def _parsed(text: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(text, dialect="sqlite")
    except (SqlglotError, RecursionError) as error:
        raise Unreadable from error
