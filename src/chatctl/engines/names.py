"""Names of sources, tables and columns: made safe, made unique, and the ones nearest to a wrong one."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path


def identifier(text: str, fallback: str = "data") -> str:
    """The text as a name that SQL takes without quotes: letters of any script, digits and underscores."""
    name = re.sub(r"\W+", "_", text.strip()).strip("_")
    if not name:
        return fallback
    return f"{fallback[0]}_{name}" if name[0].isdigit() else name


def unique(names: Iterable[str]) -> list[str]:
    """The names in their order, a later double (regardless of case) with the first free suffix _2, _3, …"""
    wanted = list(names)
    taken = {name.casefold() for name in wanted}
    seen: set[str] = set()
    result = []
    for name in wanted:
        chosen, number = name, 2
        while chosen.casefold() in seen or (chosen != name and chosen.casefold() in taken):
            chosen, number = f"{name}_{number}", number + 1
        seen.add(chosen.casefold())
        result.append(chosen)
    return result


def nearest(word: str, known: Collection[str], count: int = 3) -> list[str]:
    """Up to `count` of the known names that look like `word`, best first, regardless of case."""
    from difflib import get_close_matches

    by_folded = {name.casefold(): name for name in known}
    return [by_folded[match] for match in get_close_matches(word.casefold(), list(by_folded), n=count, cutoff=0.5)]


def quoted(name: str) -> str:
    """The name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def unglobbed(path: Path) -> str:
    """The path with those characters escaped that DuckDB would take for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
