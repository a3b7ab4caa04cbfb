"""Names in SQL that can be pasted anywhere."""

from sqlglot import exp

_RESERVED = """
    all analyse analyze and any array as asc asymmetric between both by case cast check collate column constraint
    create cross current_date current_time current_timestamp current_user default deferrable delete desc describe
    distinct do drop else end except exists false fetch for foreign freeze from full glob grant group having ilike in
    index inner insert intersect into is isnull join key lateral leading left like limit localtime localtimestamp match
    natural not notnull null off offset on only or order outer overlaps over partition pivot placing primary qualify
    references regexp returning right row rows select session_user set show similar some summarize symmetric table then
    to trailing transaction trigger true union unique unpivot update user using values variadic view when where window
    with"""
RESERVED = frozenset(_RESERVED.split())


def identifier(name: str) -> exp.Identifier:
    """A name, quoted only where it must be."""
    return exp.to_identifier(name, quoted=not _plain(name))


def _plain(name: str) -> bool:
    """Whether a name is safe without quotes in every dialect: lower-case letters, no reserved word."""
    return bool(exp.SAFE_IDENTIFIER_RE.match(name)) and name == name.lower() and name not in RESERVED
