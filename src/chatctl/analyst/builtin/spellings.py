"""What a table or a column may be called: each of its names as stems, and how good a name it is."""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from chatctl.analyst.builtin import compounds
from chatctl.analyst.builtin.abbreviations import ABBREVIATIONS
from chatctl.analyst.builtin.catalog import CatalogColumn, CatalogTable
from chatctl.analyst.builtin.words import name_words, stem

TAILS = frozenset({"value", "amount", "id", "code", "key", "cd", "nm", "name", "abbr", "desc", "descr"})
"""Last words of columns' names that people leave out: "sales" for sales_value, "team" for TEAM_CD."""
_MEASURED_IN = """
    usd eur gbp dollars euros k mn bn km km2 sqkm sqmi mi miles m cm mm ft lb lbs kg gal hrs mins sec secs ms pct
    percent perc mph kmh mhz mb gb cc
"""
MEASURED_IN = frozenset(_MEASURED_IN.split())
"""Last words that say the unit alone: "budget" for BudgetUSD, "weight" for curb_weight_lbs."""
LASTING = frozenset({"runtime", "time", "duration", "length", "delay", "wait"})
"""What is measured in minutes where "min" follows; elsewhere that is the least: temp_min."""
AVERAGES = frozenset({"avg", "average", "mean", "median"})
"""First words that say how the figure was drawn together: "rating" for AvgRating."""
SIZES = frozenset({"total", "tot", "number", "num", "count", "cnt", "of", "nr"})
"""Words that say no more than that it is a quantity: "employees" for num_employees."""
TAIL_LEFT_OFF, UNIT_LEFT_OFF, AVERAGE_LEFT_OFF = 0.93, 0.97, 0.95
_EMPTY = (
    "raw data dataset table tbl list info information detail details all full main master clean cleaned final csv df"
)
EMPTY = frozenset(_EMPTY.split())
"""Words of tables' names that people leave out: "penguins" for penguins_raw, "cars" for Cars93."""
EMPTY_LEFT_OFF, TAKEN_APART, BEGUN = 0.97, 0.96, 0.94
ENDINGS = ("number", "name", "code", "type", "num", "nbr", "no", "id")
"""What columns' names end with that begin with the first letters of their table's."""

Stems = tuple[str, ...]
Spelling = tuple[Stems, float]
"""The stems of a name and its factor."""
Named = tuple[CatalogTable, CatalogColumn | None]
"""A table, or a column of it."""


class Name(NamedTuple):
    """A table's or column's name as stems; of `core` one must be met."""

    table: str
    column: str
    stems: Stems
    factor: float = 1.0
    core: Stems = ()


def named(table: CatalogTable) -> Iterator[Named]:
    """All of a table that has a name, in order."""
    yield table, None
    yield from ((table, column) for column in table.columns)


def spellings(
    table: CatalogTable, column: CatalogColumn | None, own: Stems, called: frozenset[Stems]
) -> Iterator[Name]:
    """The names of a table or a column; `own` are the table's stems, `called` those of all tables.

    What a table is called is no shorter name of a column.
    """
    if column is None:
        yield from (Name(table.name, "", *it) for it in _of_table(name_words(table.name)))
        yield from _key_name(table, own)
        return
    full = stems(column.words)
    spelt = (it for it in _full(column.words) if it[0] == full or it[0] not in called)
    yield from (Name(table.name, column.name, *it) for it in (*spelt, *_short(full, own)))
    for it in _begun(column.words, name_words(table.name)):
        yield Name(table.name, column.name, stems(it), BEGUN)
    if not set(own) & set(full):
        yield Name(table.name, column.name, own + full, 1.02, core=full)
    yield from (Name(table.name, column.name, *it) for it in _shorter(column.words) if it[0] not in called)


def parts(table: CatalogTable, column: CatalogColumn | None, own: Stems) -> frozenset[str]:
    """Every stem that may be enough to speak of a table or a column."""
    if column is None:
        return _parts(_of_table(name_words(table.name))) | {"id"}
    words = column.words
    begun = tuple((stems(it), BEGUN) for it in _begun(words, name_words(table.name)))
    found = _parts((*_full(words), *_shorter(words), *begun))
    return found | _parts(short) if (short := _short(stems(words), own)) else found


@lru_cache(maxsize=50_000)
def _begun(words: tuple[str, ...], table: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """A name that begins as its table's does, spelt out, with and without that: `flno` of Flight, `cName` of Course."""
    name, whole = "".join(words), table[0] if table else ""
    for ending in () if name in ABBREVIATIONS else ENDINGS:
        start = name.removesuffix(ending)
        if name != start and len(words) < 3 and start != whole and start and whole.startswith(start):
            told = ABBREVIATIONS.get(ending, (ending,))[0]
            return ((whole, told), (told,))
    return ()


@lru_cache(maxsize=50_000)
def stems(words: tuple[str, ...]) -> Stems:
    """The stems of words."""
    return tuple(stem(word) for word in words)


def telling(table: str) -> Stems:
    """The stems of a table's name that say what it is a table of."""
    return _telling(name_words(table))


def _telling(words: tuple[str, ...]) -> Stems:
    return stems(tuple(it for it in words if not (it.isdigit() or it in EMPTY)))


@lru_cache(maxsize=50_000)
def _parts(spelt: tuple[Spelling, ...]) -> frozenset[str]:
    return frozenset(part for name, _ in spelt for part in name)


@lru_cache(maxsize=10_000)
def _of_table(words: tuple[str, ...]) -> tuple[Spelling, ...]:
    told = _telling(words)
    shorter = _variants(told, EMPTY_LEFT_OFF) if told and told != stems(words) else ()
    return (*_variants(stems(words)), *shorter)


@lru_cache(maxsize=50_000)
def _full(words: tuple[str, ...]) -> tuple[Spelling, ...]:
    apart = stems(tuple(it for word in words for it in compounds.parts(word)))
    return (*_variants(stems(words)), *(_variants(apart, TAKEN_APART) if apart != stems(words) else ()))


def _short(full: Stems, own: Stems) -> tuple[Spelling, ...]:
    """The name of a column without what its table says already."""
    short = tuple(part for part in full if part not in own)
    return _variants(short, 0.97) if short and short != full else ()


@lru_cache(maxsize=50_000)
def _shorter(words: tuple[str, ...]) -> tuple[Spelling, ...]:
    """ "sales" for sales_value or total_sales, "baskets" for basket_id, "weight" for weight_in_lbs."""
    found: list[Spelling] = []
    plain = tuple(word for it in words for word in compounds.parts(it) if word not in SIZES)
    if plain and len(plain) < len(words) + (len(words) == 1):
        found += _variants(stems(plain), TAIL_LEFT_OFF)
    if "in" in words[1:-1]:
        found.append((stems(words[: words.index("in")]), UNIT_LEFT_OFF))
    elif len(words) > 1 and words[-1] in TAILS:
        found.append((stems(words[:-1]), TAIL_LEFT_OFF))
    measured = _unit_left_off(words)
    if measured != words:
        found += _variants(stems(measured), UNIT_LEFT_OFF)
    if len(measured) > 1 and measured[0] in AVERAGES:
        found += _variants(stems(measured[1:]), AVERAGE_LEFT_OFF)
    return tuple(found)


def _unit_left_off(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without the unit and the year behind them: "salary" of Salary1987_K."""
    end = len(words)
    while end > 1 and (_says_a_unit(words[end - 1], words[end - 2]) or words[end - 1].isdecimal()):
        end -= 1
    return words[:end]


def _says_a_unit(word: str, before: str) -> bool:
    return word in MEASURED_IN or (word == "min" and before in LASTING)


def _key_name(table: CatalogTable, own: Stems) -> Iterator[Name]:
    """ "the id of a customer", whatever the key's column is called."""
    unique = [column.name for column in table.columns if column.unique and not column.naming]
    key = list(table.key) if len(table.key) == 1 else unique
    if key:
        yield Name(table.name, key[0], (*own, "id"), 0.98, core=("id",))


@cache
def _spelt_out() -> dict[str, tuple[str, ...]]:
    """What a stem may be short for: "ctri", of ctry."""
    return {stem(short): full for short, full in ABBREVIATIONS.items()}


@lru_cache(maxsize=50_000)
def _variants(name: Stems, factor: float = 1.0) -> tuple[Spelling, ...]:
    """A name, the name with its abbreviations spelt out, and the name written as one word."""
    found = [(name, factor)]
    for at, part in enumerate(name):
        for full in _spelt_out().get(part, ()):
            found.append(((*name[:at], *stems(tuple(full.split())), *name[at + 1 :]), factor))
    if len(name) == 2 and len(name[0]) > 2:
        found.append((("".join(name),), factor))
    return tuple(found)
