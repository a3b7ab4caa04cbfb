"""Text as the analyst reads it: tokens, stems, and the words that a schema's names are made of."""

import re
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from chatctl.analyst.builtin.abbreviations import ABBREVIATIONS

_TOKEN = re.compile(
    r"""
    "(?P<double>[^"\n]{1,200})" | (?<![^\W_])'(?P<single>[^'\n]{1,200})'(?![^\W_])
    | (?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}(?!\w))
    | (?P<number>(?:(?<!\w)-)?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?!\w))
    | (?P<word>\w+(?:'(?!s\b)\w+)?)
    | (?P<sign><>|!=|[<>]=?|==?)
    | (?P<mark>[,?!%;:()])
    """,
    re.VERBOSE,
)
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'"})
_NUMERO = re.compile(r"\bno\.\s?(?=[0-9])|№\s?", re.IGNORECASE)
"""Before a number no refusal: "cup no. 45"."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|[\W_]+")
_INITIALS = re.compile(r"\b([flm]) name\b")
"""The first, last or middle name: `LName`."""
# Forms that no stemmer takes back: the form that names have, and the others.
_IRREGULAR = """
    become became | begin began begun | break broke broken | breed bred | bring brought | build built | buy bought
    catch caught | child children | choose chose chosen | deal dealt | draw drew drawn | drink drank drunk
    drive drove driven | eat ate eaten | feed fed | fight fought | fly flew flown | foot feet | give gave given
    grow grew grown | hold held | keep kept | know knew known | lead led | lend lent | lose lost | make made
    man men | meet met | mouse mice | pay paid | person people persons | ride rode ridden | rise rose risen
    run ran | sell sold | send sent | shoot shot | sing sang sung | speak spoke spoken | spend spent | swim swam swum
    take took taken | teach taught | throw threw thrown | wear wore worn | wife wives | win won | woman women
    write wrote written
"""
IRREGULAR = {
    form: base
    for base, *forms in (it.split() for line in _IRREGULAR.strip().splitlines() for it in line.split("|"))
    for form in forms
}
_STEMMER = snowballstemmer.stemmer("english")


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word, number, date, sign (such as ">="), quotation or mark of a question; a quotation has no `lower`.

    A term is one that the project defines: several words, with a key of its own in `lower`.
    """

    kind: str
    text: str
    lower: str
    stem: str


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of one lower-case English word (Snowball): "taught" has that of "teaches"."""
    return str(_STEMMER.stemWord(IRREGULAR.get(word, word)))


def singular(word: str) -> str:
    """A small-letter plural as one of it is called; the word itself where it is none: comedies, comedy."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def tokens(text: str) -> list[Token]:
    """The tokens of a text in order; white space and unknown marks fall away."""
    return [_token(match) for match in _TOKEN.finditer(_NUMERO.sub("number ", text.translate(_CURLY)))]


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    text = match.group(kind)
    if kind in ("double", "single"):
        return Token(kind="quoted", text=text, lower="", stem="")
    if kind == "date":
        text = "-".join(part.zfill(2) for part in re.split(r"[-/]", text))
    if kind == "number":
        text = text.replace(",", "")
    lower = text.lower()
    return Token(kind=kind, text=text, lower=lower, stem=stem(lower) if kind == "word" else lower)


@lru_cache(maxsize=50_000)
def name_words(name: str) -> tuple[str, ...]:
    """The lower-case words of a table's or column's name: `depDelay`, `dep_delay` give dep, delay."""
    return tuple(_INITIALS.sub(r"\1name", " ".join(part.lower() for part in _CAMEL.split(name) if part)).split())


@lru_cache(maxsize=50_000)
def spoken(name: str) -> str:
    """A name as a person says it: `dep_delay` is "dep delay", `qty` is "quantity"."""
    return " ".join(ABBREVIATIONS.get(word, (word,))[0] for word in name_words(name)) or name


def normal(value: str) -> str:
    """A cell's text as it is looked up: lower case, words and digits only, single spaces."""
    return " ".join(re.findall(r"\w+", value.lower()))
