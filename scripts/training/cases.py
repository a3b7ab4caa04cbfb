"""Training cases: questions over databases, split by database, with variants that leave names out or change them."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned.marks import NAMED, Marks
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.understanding import Opened
from chatctl.analyst.builtin.words import tokens
from chatctl.engines.sources import open_engine
from training.golds import Unread, gold_form

TRAINED = 118
"""Databases that are trained on; the others are held out."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A question, the SQL that answers it, and the database that both are about; `variant` says how it was changed."""

    id: str
    source: str
    question: str
    sql: str
    synonym: str = ""
    alternatives: tuple[str, ...] = ()
    bucket: str = ""
    variant: str = ""


def read(path: Path) -> list[Case]:
    """The cases of a JSONL file."""
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return [
        Case(
            id=row["id"],
            source=row["source"],
            question=row["question"],
            sql=row["sql"],
            synonym=row.get("question_synonym") or "",
            alternatives=tuple(row.get("alternatives") or ()),
            bucket=row.get("bucket", ""),
        )
        for row in rows
    ]


def split(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """The cases of the databases to train on, and those of the held-out ones."""
    sources = sorted({case.source for case in cases})
    random.Random(7).shuffle(sources)
    trained = set(sources[:TRAINED])
    return [case for case in cases if case.source in trained], [case for case in cases if case.source not in trained]


def folds(cases: Sequence[Case], count: int) -> list[set[str]]:
    """The databases in so many parts of about as many cases each."""
    parts: list[set[str]] = [set() for _ in range(count)]
    sources = sorted({case.source for case in cases})
    random.Random(11).shuffle(sources)
    for at, source in enumerate(sources):
        parts[at % count].add(source)
    return parts


class Sources:
    """The databases of a folder, opened once each."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self._folder = folder
        self._cache = cache
        self.opened = lru_cache(maxsize=None)(self._open)

    def _open(self, source: str) -> Opened:
        path = self._folder / source
        engine = open_engine(name="source", kind="sqlite", locations=[str(path)], cache=self._cache)
        catalog = open_catalog("source", engine, self._cache)
        return Opened(engine=engine, catalog=catalog, index=NameIndex(catalog))

    def marks(self, case: Case) -> Marks:
        """A case's question, marked."""
        opened = self.opened(case.source)
        return Marks(tokens(case.question), opened.catalog, opened.index)

    def gold(self, case: Case) -> Form | None:
        """A case's SQL as a form, or nothing where it says more than a form can."""
        try:
            return gold_form(case.sql, self.opened(case.source).catalog)
        except Unread:
            return None


def synonyms(cases: Sequence[Case]) -> Iterator[Case]:
    """The cases whose schema words are said otherwise."""
    for case in cases:
        if case.synonym and case.synonym != case.question:
            yield replace(case, question=case.synonym, variant="synonym")


def blanked(cases: Sequence[Case], sources: Sources, share: float = 0.5) -> Iterator[Case]:
    """The cases with that share of the columns' names left out; chosen by the id, so that it is always the same."""
    for case in cases:
        question = _blank(sources.marks(case), random.Random(crc32(case.id.encode())), share)
        if question != case.question:
            yield replace(case, question=question, variant="blank")


def _blank(marks: Marks, chance: random.Random, share: float) -> str:
    spans = {(it[0].start, it[0].end) for it in marks.columns.values() if it[0].score >= NAMED}
    left_out = {at for start, end in sorted(spans) if chance.random() < share for at in range(start, end)}
    left_out -= {at for spans_of in marks.tables.values() for at in range(spans_of[0].start, spans_of[0].end)}
    kept = [(token.text, token.kind) for at, token in enumerate(marks.tokens) if at not in left_out]
    return " ".join(f'"{text}"' if kind == "quoted" else text for text, kind in kept)
