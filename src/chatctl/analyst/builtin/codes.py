"""Words and the codes or names that cells hold for them: Ohio is OH, Japanese is Japan, women are F."""

from collections.abc import Iterator
from functools import cache

SHORTEST_CODED = 2
"""Letters up to which a word is a code only in capitals: "us" is seldom the USA."""

_US_STATES = """
    AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware, FL Florida,
    GA Georgia, HI Hawaii, ID Idaho, IL Illinois, IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine,
    MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska,
    NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio,
    OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee,
    TX Texas, UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming,
    DC District of Columbia
"""

# A people or its language, and how its country is written.
_PEOPLES = """
    american: usa, us, united states, united states of america, u s a
    argentine: argentina, arg, ar
    argentinian: argentina, arg, ar
    australian: australia, aus, au
    austrian: austria, aut, at
    belgian: belgium, bel, be
    brazilian: brazil, bra, br
    british: united kingdom, uk, great britain, gbr, gb, britain
    bulgarian: bulgaria, bul, bg
    canadian: canada, can, ca
    chilean: chile, chi, cl
    chinese: china, chn, cn
    colombian: colombia, col, co
    croatian: croatia, cro, hr
    cuban: cuba, cub
    czech: czech republic, czechia, cze, cz
    danish: denmark, den, dk
    dutch: netherlands, the netherlands, holland, ned, nl
    egyptian: egypt, egy, eg
    english: england, eng
    finnish: finland, fin, fi
    french: france, fra, fr
    german: germany, ger, deu, de
    greek: greece, gre, gr
    hungarian: hungary, hun, hu
    indian: india, ind
    indonesian: indonesia, ina
    iranian: iran, iri
    irish: ireland, irl, ie
    israeli: israel, isr, il
    italian: italy, ita, it
    japanese: japan, jpn, jp
    kenyan: kenya, ken, ke
    korean: south korea, korea, kor, kr
    malaysian: malaysia, mas
    mexican: mexico, mex, mx
    moroccan: morocco, mar
    nigerian: nigeria, ngr
    norwegian: norway, nor
    pakistani: pakistan, pak
    peruvian: peru, per
    polish: poland, pol, pl
    portuguese: portugal, por, pt
    romanian: romania, rou, ro
    russian: russia, rus, ru, russian federation
    scottish: scotland, sco
    serbian: serbia, srb
    spanish: spain, esp, es
    swedish: sweden, swe, se
    swiss: switzerland, sui, ch
    thai: thailand, tha, th
    turkish: turkey, tur, tr
    ukrainian: ukraine, ukr, ua
    vietnamese: vietnam, vie, vn
    welsh: wales, wal
"""

# A word for a kind of person, or for yes and no, and what stands for it.
_KINDS = """
    male: m, man, men
    males: m, male
    men: m, male, man
    man: m, male
    boys: m, male, boy
    female: f, w, woman, women
    females: f, female
    women: f, female, woman, w
    woman: f, female
    girls: f, female, girl
    us: usa, united states
    usa: us, united states
    uk: united kingdom, great britain
    america: usa, us, united states
    england: united kingdom, uk
"""


@cache
def codes() -> dict[str, tuple[str, ...]]:
    """What may stand in cells for a phrase in small letters, the likeliest first, in small letters too."""
    return dict(_lines(_KINDS)) | dict(_lines(_PEOPLES)) | dict(_states())


def _lines(table: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in table.strip().splitlines():
        word, _, meant = line.strip().partition(": ")
        yield word, tuple(meant.split(", "))


def _states() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each state by its name and by its code."""
    for line in " ".join(_US_STATES.split()).split(", "):
        code, _, name = line.partition(" ")
        yield name.lower(), (code.lower(),)
        yield code.lower(), (name.lower(),)
