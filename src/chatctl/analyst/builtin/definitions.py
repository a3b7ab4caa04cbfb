"""The definitions in a project's instructions: which words are defined and by what, both still as they are written.

People write them in many ways, among prose and Markdown; each way is a line of a table here, with an example.
What a definition means in a schema is worked out by `meanings`, only for those that a question uses.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

MOST_STATEMENTS = 3_000
LONGEST_STATEMENT = 600
LONGEST_TERM = 10
"""Words."""

_MARKERS = re.compile(r"^\s*(?:[-*+•>]|\d{1,2}[.)]|#{1,6})\s+|\*\*|^\s*\||\|\s*$")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?P<text>[^*\s](?:[^*\n]{0,80}[^*\s])?)\*(?![\w*(])")
_QUOTED = re.compile(r"'[^'\n]{0,200}'(?!\w)|\"[^\"\n]{0,200}\"|`[^`\n]{0,200}`|\[[^\]\n]{0,80}\]|\([^()\n]{0,200}\)")
_BREAK = re.compile(r";|(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\betc)(?<!\bincl)(?<=[^\s.])\.(?:\s+|$)", re.I)
_ANOTHER = re.compile(
    r"(?:,\s*(?:and\s+)?|\s+and\s+)"
    r"(?=[^,;()=<>]{1,60}?\s(?:refers?\s+to|means?|stands?\s+for|(?:is|are)\s+(?:calculated|defined))\b)"
)
_ANOTHER_SAID = re.compile(r"\b(?:refers?\s+to|means?|stands?\s+for|calculated|defined)\b|=", re.I)
_LEAD = re.compile(r"^(?:note(?:\s+that)?|here|where|and|also|hint|evidence|definitions?|the\s+term|by)\b[\s,:]*", re.I)
_CODES = re.compile(r"(?P<column>[^:(=]{1,60}?)(?:\s+(?:values?|codes?))?\s*[:(]\s*(?P<codes>[^()]{4,}?)\)?")
_CODE = re.compile(
    r"['\"]?(?P<code>[\w+/-]{1,20})['\"]?\s*(?:=|:|->|→|\bis\b|\bmeans\b|\bstands for\b)\s*(?P<word>[A-Za-z].{0,60})"
)
_LITERAL = re.compile(r"'[^']*'|-?\d+(?:\.\d+)?")
_COMPARED = re.compile(r"[<>=]|\bbetween\b.*\band\b|\blike\b|\bin\s*\(|\bis\s+(?:not\s+)?null\b", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """Words and what they are defined by, as written; without words, a rule that is told alone."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Way:
    """A way to write a definition: what stands between the two sides, whether either may come first, an example."""

    between: str
    either: bool
    example: str


EQUALS = r"(?<![<>!=])={1,2}(?!=)"
# What says that something is defined, the surest first.
SAID = (
    Way(r"\b(?:refers?|referring|corresponds?|relates?)\s+to\b", True, "headcount refers to num_emp"),
    Way(r"\b(?:is|are|can\s+be)\s+(?:defined|calculated|computed|measured|determined|represented|denoted|identified|"
        r"indicated|found|given)\s+(?:as|by|from|with)\b", False, "margin is defined as revenue - cost"),
    Way(r"\b(?:stands?|is\s+short)\s+for\b", True, "'F' stands for female"),
    Way(r"\b(?:means?|denotes?|implies|indicates?|represents?|signifies|describes?)\b(?:\s+that\b)?", True,
        "active customers means status = 'A'"),
    Way(r"\b(?:calculation|formula)\s*[:=]", False, "profit margin calculation: (revenue - cost) / revenue"),
)  # fmt: skip
# What may stand elsewhere too: the first of them in a statement tells its sides apart.
PLAIN = (
    Way(r":=|→|->|=>|\|", False, "profit := revenue - cost"),
    Way(r":(?=\s)", False, "not paid: paid_at IS NULL"),
    Way(EQUALS, False, "client id = cust_no"),
    Way(r"\b(?:is|are)\s+(?:when|if|where|those\s+(?:whose|with|where)|the\s+same\s+as)\b", False,
        "a churned account is when closed_on is not null"),
    Way(r"\b(?:is|are)\b(?!\s+(?:not\s+)?null\b)", True, "`Free Meal Count` is the number of free meals"),
)  # fmt: skip


def definitions(text: str, column: Callable[[str], bool]) -> tuple[Definition, ...]:
    """The definitions in instructions, in order, each once; `column` tells whether words are a column's name."""
    found = [it for statement in islice(_statements(text), MOST_STATEMENTS) for it in _read(statement, column)]
    return tuple(dict.fromkeys(found))


def _statements(text: str) -> Iterator[str]:
    """Lines, parts between semicolons, sentences; what is quoted or in brackets is left whole."""
    for line in text.splitlines():
        plain = _EMPHASIS.sub(r"\g<text>", _MARKERS.sub("", _MARKERS.sub("", line)))
        hidden = _hidden(plain)
        others = [it for it in _ANOTHER.finditer(hidden) if _ANOTHER_SAID.search(hidden[: it.start()])]
        ends = sorted((it.start(), it.end()) for it in (*_BREAK.finditer(hidden), *others))
        start = 0
        for before, after in [*ends, (len(plain), len(plain))]:
            statement = _LEAD.sub("", plain[start:before].strip(" \t,."))
            start = max(start, after)
            if 3 <= len(statement) <= LONGEST_STATEMENT:
                yield statement


def _hidden(text: str) -> str:
    """A text in which nothing that is quoted or in brackets can be taken for more than that."""
    return _QUOTED.sub(lambda match: "\x01" * len(match.group()), text)


def _read(statement: str, column: Callable[[str], bool]) -> Iterator[Definition]:
    coded = _coded(statement, column)
    if coded:
        yield from coded
        return
    hidden = _hidden(statement)
    for way, start, end in _ways(hidden):
        left, right = statement[:start].strip(" ,"), statement[end:].strip(" ,")
        if not left or not right:
            continue
        if way.between == EQUALS and (_COMPARED.search(left) or (column(left) and not column(right))):
            break
        if way.either and (_condition(left) or (column(left) and not column(right) and not _COMPARED.search(right))):
            left, right = _prose(right), left
        if len(left.split()) <= LONGEST_TERM and not _COMPARED.search(left):
            yield Definition(term=bare(left), meaning=right)
            return
        break
    if _COMPARED.search(hidden):
        yield Definition(term="", meaning=statement)


def _ways(hidden: str) -> Iterator[tuple[Way, int, int]]:
    """The ways in which a statement can be read, with the place of what stands between its sides."""
    said, plain = (
        [(way, it.start(), it.end()) for way in ways if (it := re.search(way.between, hidden, re.I))]
        for ways in (SAID, PLAIN)
    )
    yield from said
    yield from sorted(plain, key=lambda it: (it[1], -it[2]))


def _coded(statement: str, column: Callable[[str], bool]) -> list[Definition]:
    """ "status: A = active, C = closed", "type (1 = urban, 2 = rural)"."""
    match = _CODES.fullmatch(statement)
    if not match or not column(bare(match["column"])):
        return []
    pairs = [_CODE.fullmatch(part.strip(" '\"")) for part in re.split(r"[,;/|]|\band\b", match["codes"])]
    name = bare(match["column"])
    return (
        [Definition(term=bare(it["word"]), meaning=f"`{name}` = '{it['code']}'") for it in pairs if it]
        if all(pairs)
        else []
    )


def _condition(text: str) -> bool:
    """Whether a side is itself a condition or a code."""
    return bool(_LITERAL.fullmatch(text) or _COMPARED.search(text))


def bare(text: str) -> str:
    """Words without quotes, articles and marks around them."""
    stripped = text.strip(" \t.,:`'\"[]*_()")
    if stripped.count("(") > stripped.count(")"):
        stripped += ")"
    return re.sub(r"^(?:the|a|an)\s+", "", stripped, flags=re.I)


def _prose(text: str) -> str:
    """The first words of prose that explains a column: "the number of free meals (K-12)"."""
    return re.split(r"[(,;.]|\s+(?:that|which|where)\s+", text, maxsplit=1)[0].strip()
