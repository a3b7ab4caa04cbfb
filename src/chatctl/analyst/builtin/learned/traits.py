"""Features as short texts, which are hashed before weights are looked up: of a question, a column, a table, a value.

They follow what log-linear readers of questions use (Zettlemoyer and Collins 2005; Yin and Neubig 2018, on reranking):
words and cues around a span, how well a name is met and by what else it is met, what kind of column it is.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from chatctl.analyst.builtin.learned.cues import CLASSES, TURNS
from chatctl.analyst.builtin.learned.marks import HINT, NAMED, Marks, Span, ValueMark
from chatctl.analyst.builtin.learned.views import Field, Key
from chatctl.analyst.builtin.lexicon import STOP_WORDS
from chatctl.analyst.builtin.words import Token

AKIN, AKIN_SEEN = 0.45, 2
"""From which likeness on, and for how many names each, the words around a word of like meaning are looked at."""
WIDTH = 4
"""Tokens on either side that a span is seen with."""


def question(marks: Marks) -> list[str]:
    """What a question as a whole looks like."""
    words = ["<", *marks.words, ">"]
    tagged = _collapsed(["<", *(tag or token.stem or word for tag, token, word in _rows(marks)), ">"])
    cues = ["<", *(cue for _, cue in marks.cues), ">"]
    dense = [cue for cue in cues if cue != "_"]
    strong = [cue for cue in cues if cue.isupper() and cue != "SHOW"]
    found = ["bias", "all=" + "_".join(strong), "start=" + "_".join(words[1:4])]
    for name, sequence, longest in (
        ("t", tagged, 4),
        ("w", words, 3),
        ("c", cues, 5),
        ("d", dense, 5),
        ("s", strong, 5),
    ):
        found += (name + "_".join(sequence[at : at + n]) for n in range(1, longest + 1) for at in _starts(sequence, n))
    kinds = sorted(set(strong))
    found += ("2" + "_".join(pair) for pair in combinations(kinds, 2))
    found += ("3" + "_".join(it) for it in combinations([k for k in kinds if k not in ("COLUMN", "EITHER", "HINT")], 3))
    steering = [word for word in words if word in CLASSES or word in TURNS]
    found += (f"k{first}_{second}" for first, second in pairwise(steering))
    found += (f"K{first}_{second}" for first, second in combinations(sorted(set(steering)), 2))
    return [*found, *_counts(marks, tagged)]


def _counts(marks: Marks, tagged: Sequence[str]) -> Iterator[str]:
    counts = Counter(tagged)
    yield from (f"#{tag}{min(4, counts[tag])}" for tag in ("COLUMN", "TABLE", "VALUE", "NUMBER", "NAME", "EITHER"))
    yield f"#columns{min(6, counts['COLUMN'] + counts['EITHER'])}"
    yield f"#values{min(4, counts['VALUE'] + counts['NUMBER'] + counts['NAME'])}"
    yield f"#and{min(4, marks.words.count(',') + marks.words.count('and'))}"
    turn = next((at for at, word in enumerate(marks.words) if word in TURNS), len(marks.words))
    yield f"#before{min(5, sum(marks.tags[at] in ('COLUMN', 'EITHER') for at in range(turn)))}"


def column(marks: Marks, field: Field) -> list[str]:
    """What speaks for and against a column in each of its roles."""
    spans = marks.columns.get(field.key, ())
    owner = marks.tables.get(field.key[0], ())
    owned = _level(owner[0].score if owner else 0.0)
    kinds = field.kinds
    found = ["bias", *kinds, f"table{owned}", *(f"{kind}table{owned}" for kind in kinds)]
    found += (f"word={word}" for word in field.short)
    found.append(f"start={'_'.join(marks.words[:2])}{kinds[0]}{kinds[1]}{kinds[4]}")
    if owner and owner[0].score > 0.6 and _first(owner) == _first_table(marks):
        found += ("firsttable", *(f"first{kind}" for kind in kinds))
    if spans:
        found += _named(marks, field, spans, owner)
    else:
        found += ("unnamed", *(f"unnamed{kind}" for kind in kinds))
        found += (f"x{word}|{part}" for word in set(marks.words) for part in field.short)
        found += (f"unnamed_{word}" for word in _steering(marks.words))
    found += _akin(marks, field)
    held = [value for value in marks.values if field.key in value.cells]
    found += (f"holds={value.kind}{min(3, value.end - value.start)}" for value in held)
    found += () if held else ("holds=none",)
    found += _ranges(marks, field)
    found.append(f"values={min(4, sum(value.textual for value in marks.values))}")
    found.append(f"namesakes={min(3, marks.view.namesakes[field.key[1].lower()])}")
    return found


def _akin(marks: Marks, field: Field) -> Iterator[str]:
    """A word that means about what the column is called, where no word names it."""
    it, spans = marks.kin_columns.get(field.key), marks.columns.get(field.key, ())
    if it is None or (spans and spans[0].score >= NAMED):
        return
    how = f"akin{int(it.score * 10)}p{min(it.place, 3)}"
    yield how
    yield from (how + kind for kind in field.kinds)
    if it.place < AKIN_SEEN and it.score >= AKIN:
        yield from ("A" + each for each in around(marks, it.at, it.at + 1))


def _ranges(marks: Marks, field: Field) -> Iterator[str]:
    for value in marks.values:
        if value.number is not None and field.numeric:
            yield f"range{field.spans(value.number):d}{value.kind}"


def _named(marks: Marks, field: Field, spans: Sequence[Span], owner: Sequence[Span]) -> Iterator[str]:
    best = spans[0]
    level, rivals = _level(best.score), rivalry(marks, field.key)
    yield f"score={level}r{rivals}"
    yield f"length{best.end - best.start}{level}"
    yield f"rivals{rivals}{_level(owner[0].score if owner else 0.0)}"
    strength = "S" if best.score >= NAMED and rivals < 2 else ("M" if best.score >= HINT else "W")
    yield from (strength + it for it in around(marks, best.start, best.end))
    if owner:
        away = min((abs(span.start - best.start) for span in owner if span.score > 0.6), default=9)
        yield f"away{min(away, 9)}r{rivals}"
        if any(_overlap(span, best) for span in owner):
            yield f"intable{level}"
    if rivals == 1 and _other_table_near(marks, field.key, best):
        yield "othertable"
    yield from (f"left={word}" for word in _steering(marks.words[max(0, best.start - 6) : best.start]))
    yield f"times={min(3, sum(span.score >= best.score - 0.01 for span in spans))}"


def rivalry(marks: Marks, key: Key) -> int:
    """2 where another column meets the words better, 1 where one meets them as well, 0 where none does."""
    best, found = marks.columns[key][0], 0
    for other, spans in marks.columns.items():
        rival = spans[0]
        if other == key or not _overlap(rival, best) or rival.score < best.score - 0.05:
            continue
        longer = (rival.end - rival.start) - (best.end - best.start)
        if longer > 0 or (longer == 0 and rival.score > best.score + 0.05):
            return 2
        found = max(found, int(longer == 0))
    return found


def table(marks: Marks, name: str) -> list[str]:
    """What speaks for and against a table's being used."""
    spans = marks.tables.get(name, ())
    sure = "named" if spans and spans[0].score >= NAMED else "not"
    found = ["bias", *(_table_named(marks, name, spans) if spans else _table_unnamed(marks, name))]
    if (kin := marks.kin_tables.get(name)) and sure == "not":
        how = f"akin{int(kin.score * 10)}p{min(kin.place, 3)}"
        found += (how, *(("A" + each for each in around(marks, kin.at, kin.at + 1, 3)) if kin.score >= AKIN else ()))
    akin = [it.score for key, it in marks.kin_columns.items() if key[0] == name and it.place == 0]
    found.append(f"kin{min(3, sum(score >= AKIN for score in akin))}{sure}")
    scores = [spans[0].score for key, spans in marks.columns.items() if key[0] == name]
    found.append(f"exact{min(4, sum(score >= 0.9 for score in scores))}")
    found.append(f"hints{min(4, sum(score >= HINT for score in scores))}")
    found.append(f"own{min(3, _own_columns(marks, name))}{sure}")
    textual = [value for value in marks.values if value.textual and any(key[0] == name for key in value.cells)]
    own = [value for value in textual if all(key[0] == name for key in value.cells)]
    found += (f"values{min(2, len(textual))}", f"ownvalues{min(2, len(own))}{sure}")
    found.append(f"degree{min(4, len(marks.view.neighbours.get(name, ())))}")
    found.append(f"named{min(3, sum(it[0].score >= 0.9 for it in marks.tables.values()))}{sure}")
    found.append(f"tables{min(5, len(marks.view.tables))}")
    return found


def _table_named(marks: Marks, name: str, spans: Sequence[Span]) -> Iterator[str]:
    best = spans[0]
    level = _level(best.score)
    rival = any(
        other != name and _overlap(it[0], best) and it[0].score > best.score + 0.05
        for other, it in marks.tables.items()
    )
    column = any(_overlap(it[0], best) and it[0].score >= 0.9 for it in marks.columns.values())
    yield f"score={level}"
    yield f"rival{rival:d}{column:d}{level}"
    yield from (("R" if rival else "N") + it for it in around(marks, best.start, best.end, 3))
    if len(spans) > 1:
        yield "several"


def _table_unnamed(marks: Marks, name: str) -> Iterator[str]:
    yield "unnamed"
    yield from (f"x{word}|{part}" for word in set(marks.words) for part in marks.view.stems[name])


def _own_columns(marks: Marks, name: str) -> int:
    """How many of a table's columns are met by words that meet no other table's column as well."""
    count = 0
    for key, spans in marks.columns.items():
        if key[0] == name and spans[0].score >= 0.9:
            count += not any(
                other[0] != name and it[0].score >= 0.85 and _overlap(it[0], spans[0])
                for other, it in marks.columns.items()
            )
    return count


def value(marks: Marks, at: int) -> list[str]:
    """What a value may be for: compared and how, a limit, a bound on groups, or nothing."""
    mark = marks.values[at]
    kind, start, end = mark.kind, mark.start, mark.end
    found = ["bias", f"kind={kind}", f"length{min(4, end - start)}", f"cells{min(3, len(mark.cells))}{kind}"]
    found += (kind[:2] + it for it in around(marks, start, end))
    capital = marks.tokens[start].text[:1].isupper()
    found += (f"capital{capital:d}{kind}", f"place{at}/{len(marks.values)}")
    over = max(
        (it[0].score for it in (*marks.columns.values(), *marks.tables.values()) if _overlap(it[0], mark)), default=0.0
    )
    found += (f"over{_level(over)}{kind}", f"stop{marks.words[start] in STOP_WORDS:d}{kind}")
    found += () if end - start > 1 else (f"word={marks.words[start]}",)
    if mark.number is not None:
        found += (f"year{_year(mark):d}", f"small{mark.number <= 10:d}")
    found += (f"said={word}" for word in _steering(marks.words))
    found += (f"left={word}" for word in marks.words[max(0, start - 6) : start])
    found += (f"right={word}" for word in marks.words[end : end + 4])
    return found


def pair(marks: Marks, at: int, field: Field) -> list[str]:
    """What speaks for comparing a value with a column."""
    mark = marks.values[at]
    kind = "n" if mark.number is not None else mark.kind[:1]
    hit = f"h{field.key in mark.cells:d}{kind}"
    kinds = field.kinds
    found = [
        "bias",
        hit,
        f"{hit}of{min(4, len(mark.cells))}",
        hit + kinds[4] + kinds[5] + kinds[2],
        hit + kinds[1] + kinds[0] + kinds[3],
    ]
    if mark.number is not None:
        found.append(f"range{field.spans(mark.number):d}{kinds[4]}{kinds[2]}")
    spans = marks.columns.get(field.key, ())
    if spans:
        found += _beside(marks, mark, spans, hit)
    else:
        found.append(f"unnamed{hit}")
        if kin := marks.kin_columns.get(field.key):
            away = min(6, mark.start - kin.at) if mark.start > kin.at else max(-6, mark.end - 1 - kin.at)
            found += (f"akin{int(kin.score * 10)}{hit}", f"akin{int(kin.score * 5)}away{away}{hit}")
        near = marks.words[max(0, mark.start - 5) : mark.end + 4]
        found += (f"x{word}|{part}" for word in set(near) for part in field.short)
    owner = marks.tables.get(field.key[0], ())
    found.append(f"table{_level(owner[0].score if owner else 0.0)}{hit}")
    if owner:
        found.append(f"tableaway{min(6, min(abs(span.start - mark.start) for span in owner))}{kind}")
    found += (f"word={word}{kind}" for word in field.short)
    before = marks.words[mark.start - 1] if mark.start else "#"
    found.append(f"before={before}|{field.short[-1]}")
    found.append(f"year{_year(mark):d}{kinds[5]}")
    told = [key for key in mark.cells if key in marks.columns and marks.columns[key][0].score >= NAMED]
    found.append(f"told{bool(told):d}{field.key in told:d}")
    return found


def _beside(marks: Marks, mark: ValueMark, spans: Sequence[Span], hit: str) -> Iterator[str]:
    best = min(spans, key=lambda it: (-round(it.score, 3), abs(it.start - mark.start)))
    level = _level(best.score)
    yield f"score={level}{hit}"
    away = f"a{min(8, best.start - mark.end)}" if best.start >= mark.end else f"b{min(8, mark.start - best.end)}"
    yield f"away={away}{'S' if best.score >= NAMED else 'M'}{hit}"
    nearest = min(
        (abs(it.start - mark.start) for other in marks.columns.values() for it in other if it.score >= 0.6), default=99
    )
    if best.score >= 0.6 and min(abs(it.start - mark.start) for it in spans if it.score >= 0.6) == nearest:
        yield f"nearest{hit}"


def around(marks: Marks, start: int, end: int, width: int = WIDTH) -> list[str]:
    """The words, tags and cues on both sides of a span."""
    words, tags = marks.words, marks.tags

    def seen(at: int) -> str:
        return (tags[at] or marks.tokens[at].stem or words[at]) if 0 <= at < len(words) else "#"

    left, right = [seen(start - n) for n in range(1, width + 1)], [seen(end + n) for n in range(width)]
    found = [f"L{n}={it}" for n, it in enumerate(left)] + [f"R{n}={it}" for n, it in enumerate(right)]
    found += [f"l={words[at]}" for at in range(max(0, start - 3), start)] + [f"r={it}" for it in words[end : end + 3]]
    found += [f"LL={left[1]}_{left[0]}", f"RR={right[0]}_{right[1]}", f"LR={left[0]}_{right[0]}"]
    found += [f"LLL={left[2]}_{left[1]}_{left[0]}", f"RRR={right[0]}_{right[1]}_{right[2]}"]
    before = [cue for at, cue in marks.cues if at < start and cue != "_"][-3:]
    after = [cue for at, cue in marks.cues if at >= end and cue != "_"][:3]
    for n in (1, 2, 3):
        found += ["CL" + "_".join(before[-n:]), "CR" + "_".join(after[:n])]
    found += ["CLR" + "_".join(before[-1:] + after[:1]), "CLR2" + "_".join(before[-2:] + after[:2])]
    found += ["in=" + cue for cue in {cue for _, cue in marks.cues} if cue.isupper()]
    return [*found, f"place{min(9, start // 2)}", f"end{min(5, len(words) - end)}"]


def _rows(marks: Marks) -> Iterator[tuple[str, Token, str]]:
    return zip(marks.tags, marks.tokens, marks.words, strict=True)


def _collapsed(tags: Sequence[str]) -> list[str]:
    """Tags without those that only repeat the one before."""
    return [tag for at, tag in enumerate(tags) if not (at and tag == tags[at - 1] and tag.isupper())]


def _starts(sequence: Sequence[str], length: int) -> range:
    return range(len(sequence) - length + 1)


def _steering(words: Sequence[str]) -> list[str]:
    return sorted({word for word in words if word in CLASSES or word in TURNS})


def _level(score: float) -> str:
    return str(round(score * 5))


def _overlap(first: Span | ValueMark, second: Span | ValueMark) -> bool:
    return first.start < second.end and second.start < first.end


def _first(spans: Sequence[Span]) -> int:
    return min(span.start for span in spans if span.score > 0.6)


def _first_table(marks: Marks) -> int:
    return min((spans[0].start for spans in marks.tables.values() if spans[0].score > 0.6), default=99)


def _other_table_near(marks: Marks, key: Key, best: Span) -> bool:
    return any(
        name != key[0] and spans[0].score > 0.6 and abs(spans[0].start - best.start) <= 3
        for name, spans in marks.tables.items()
    )


def _year(mark: ValueMark) -> bool:
    return mark.number is not None and 1500 < mark.number < 2100
