"""What a word asks for without naming it: "oldest" an age, "where" a place, "earns" a salary.

General English, a line per fact: the words, and what is looked for, the likeliest first.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from chatctl.analyst.builtin.cues import degrees
from chatctl.analyst.builtin.words import stem

LIKELIEST, STEP, LEAST = 0.9, 0.03, 0.66
"""How sure the first of several is, how much less each further one, and the last."""

# "where do they live" -> address, city
_ASKED = """
    where located based situated lies sits | location place address city venue country region headquarters site
    live lives lived living reside resides residing | address city residence country state home
    when | date time year day month
    old oldest older young youngest younger | age birth birthday dob born year date founded built
    born | birthday birth dob birthplace born nationality
    die died dies killed | death died deaths killed
    earn earns earned earning paid pays makes | salary wage income earnings pay
    weigh weighs weighing | weight
    cost costs costing priced | price cost fee
    spend spent spending | amount cost spent expense total
    founded established formed created | founded year established formed created creation date
    opened opening | opening open opened year date
    built constructed | built construction year date
    launched released published issued | release launch publication published issue year date
    joined hired | joined hire join date
    started starts began begins beginning | start begin from date
    ended ends finished finishes | end finish to date
    last lasts lasted lasting | duration length time
    hold holds seat seats accommodate accommodates fit | capacity seats seating occupancy
    called named titled | name title
    speak speaks spoken spoke | language
    study studies studying studied majoring | major subject course
    work works working occupation | job occupation profession position title
    scored scores scoring | points score goals
    own owns owned | owner
    affiliated | affiliation
    produced produces manufactured | maker manufacturer producer
    directed directs | director directed
    wrote written writes | author writer written
    sang sung sings | singer artist
    led leads run runs managed manages headed | manager head leader director
    won wins winning | winner wins won result
    travel travels fly flies cover covers | distance range
    recently lately | date time year
    inhabitants residents people live | population residents inhabitants
    aged | age
    sized | size
    reach contact | phone email telephone contact
    hail comes | hometown country nationality origin city
    sponsored | sponsor
    rated | rating rate score
    ranked | rank ranking
    graduated | graduation degree school
    married | marital spouse married
    much | price cost amount
"""


@cache
def _table() -> Mapping[str, Mapping[str, float]]:
    found = {word: dict(_rated(degree.nouns)) for word, (_, degree) in degrees().items() if degree.nouns}
    for line in _ASKED.strip().splitlines():
        words, _, nouns = line.partition("|")
        found |= {word: dict(_rated(tuple(nouns.split()))) for word in words.split()}
    return found


def _rated(nouns: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for place, noun in reversed(list(enumerate(nouns))):
        yield stem(noun), max(LEAST, LIKELIEST - STEP * place)


def asked(word: str) -> Mapping[str, float]:
    """The stems of what a small-letter word asks for, each with how sure that is (0..1); nothing for most words."""
    return _table().get(word, {})
