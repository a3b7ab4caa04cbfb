"""The sketch of a question: its phrases by their role, before anything is tied to the schema."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatctl.analyst.builtin import analysing
from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.idioms import STATES
from chatctl.analyst.builtin.nodes import Mention, Node, Noun
from chatctl.analyst.builtin.phrases import (
    Amount,
    Comparison,
    Condition,
    Dimension,
    Growth,
    Limit,
    Ranking,
    Repeated,
    Sort,
)
from chatctl.analyst.builtin.phrasing import function_of

# An adjective that stands alone is a condition: "delayed flights" have a delay above 0.
ALONE = {"delayed": (">", 0.0), "late": (">", 0.0)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketch:
    """What was said, by role; `bare` are aggregates without a noun, `unknown` words that were not understood.

    `crowded` says that more is named than one question holds: nothing of it was read.
    """

    subjects: tuple[Noun, ...] = ()
    amounts: tuple[Amount, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    conditions: tuple[Condition, ...] = ()
    disjunctive: bool = False
    ranking: Ranking | None = None
    limit: Limit | None = None
    sort: Sort | None = None
    growth: Growth | None = None
    repeated: Repeated | None = None
    bare: tuple[str, ...] = ()
    existence: bool = False
    past: bool = False
    asks: str = ""
    lead: str = ""
    said: str = ""
    chart: str = ""
    tags: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    content: int = 0
    crowded: bool = False

    @property
    def nouns(self) -> tuple[Noun, ...]:
        """Every noun of the question."""
        amounts = [it.noun for it in self.amounts] + [it.noun for it in self.conditions]
        amounts += [it.amount.noun for it in self.conditions if it.amount]
        if self.ranking:
            amounts += [self.ranking.noun, self.ranking.amount.noun if self.ranking.amount else None]
        if self.sort:
            amounts += [self.sort.noun, self.sort.amount.noun if self.sort.amount else None]
        if self.growth:
            amounts += [*self.growth.nouns, *(it.noun for it in self.growth.amounts)]
        amounts += [it.other for it in self.amounts] + [self.repeated.noun if self.repeated else None]
        grouped = [noun for dimension in self.dimensions for noun in dimension.nouns]
        return (*self.subjects, *(noun for noun in amounts if noun), *grouped)

    @property
    def supposed(self) -> frozenset[str]:
        """Words for things that no name bears, taken for the rows of a table."""
        return frozenset(noun.text for noun in self.nouns if noun.supposed)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Every value of the question."""
        return tuple(mention for condition in self.conditions for mention in condition.mentions)

    @property
    def empty(self) -> bool:
        """Whether nothing of the schema or of an analysis was found."""
        said = self.nouns or self.conditions or self.ranking or self.limit or self.sort or self.bare
        return not (said or self.growth or self.repeated or self.running)

    @property
    def running(self) -> bool:
        """Whether totals are to run through time."""
        return "r" in self.tags

    @property
    def counts_rows(self) -> bool:
        """ "how many were cancelled": rows that meet a condition, without a word for them."""
        return self.bare == ("count",) and bool(self.conditions) and not self.subjects and not self.amounts

    @property
    def compares(self) -> bool:
        """Whether values are set against each other."""
        return self.asks == "compare" or "v" in self.tags

    @property
    def each_period(self) -> bool:
        """Whether figures are wanted for the average period: "revenue per day", "monthly revenue"."""
        units = [noun for it in self.dimensions for noun in it.nouns if any(reading.unit for reading in noun.readings)]
        return any(it.singly for it in self.dimensions) and bool(units)

    @property
    def rate(self) -> bool:
        """Whether the share of the rows that meet the conditions is asked for: "cancellation rate"."""
        return "e" in self.tags


def sketch(nodes: Sequence[Node], linked: Sequence[Node], *, past: bool = False) -> Sketch:
    """Sort the phrases by role; `linked` are the nodes before the grammar, for the tags that were seen.

    `past` says that the question is put in the past tense.
    """
    amounts: list[Amount] = []
    for node in nodes:
        if node.tag == "M":
            amounts += node.payload if isinstance(node.payload, tuple) else [node.payload]  # type: ignore[list-item]
    nodes, firsts = _firsts_apart(nodes)
    conditions, unknown = _conditions(nodes)
    conditions += firsts
    growths = [node.payload for node in nodes if isinstance(node.payload, Growth)]
    subjects = [node.payload for node in nodes if isinstance(node.payload, Noun)]
    bare = _bare(nodes)
    dimensions = [node.payload for node in nodes if isinstance(node.payload, Dimension)]
    if bare == ["avg"] and dimensions and amounts and all(it.function == "count" for it in amounts):
        amounts, bare = [replace(it, per=True) for it in amounts], []
    if len(bare) == 1 and subjects and not amounts and (bare[0] in ("count", "share") or _measured(subjects[0])):
        amounts.append(_parted(bare.pop(), subjects.pop(0)))
    ranking = next((node.payload for node in nodes if isinstance(node.payload, Ranking)), None)
    if ranking and not (ranking.amount or ranking.noun or ranking.nouns or ranking.counting):
        ranking = _ranking_before(ranking, amounts, subjects)
    if ranking and dimensions and (by := _ranked_by(ranking, dimensions)):
        ranking, dimensions = replace(ranking, noun=by, nouns=()), []
    return Sketch(
        subjects=tuple(subjects),
        amounts=tuple(amounts),
        dimensions=tuple(dimensions),
        conditions=tuple(conditions),
        disjunctive=_disjunctive(nodes),
        ranking=ranking,
        limit=next((node.payload for node in nodes if isinstance(node.payload, Limit)), None),
        sort=next((node.payload for node in nodes if isinstance(node.payload, Sort)), None),
        growth=_together(growths),
        repeated=next((node.payload for node in nodes if isinstance(node.payload, Repeated)), None),
        bare=tuple(bare),
        existence=not amounts and any(node.tag == "E" for node in nodes),
        past=past,
        asks=next((node.text.lower() for node in nodes if node.tag == "Q"), ""),
        lead=linked[0].tag if linked else "",
        said=" ".join(node.text.lower() for node in linked),
        chart=next((node.payload.value for node in nodes if node.tag == "c" and isinstance(node.payload, Cue)), ""),
        tags=frozenset(node.tag for node in linked),
        unknown=tuple(unknown),
        content=sum(node.end - node.start for node in linked),
    )


def _firsts_apart(nodes: Sequence[Node]) -> tuple[list[Node], list[Condition]]:
    """ "the largest city in the biggest state", "sales of the oldest shop": a superlative that only says which one.

    It stands behind what is asked for, at the end.
    """
    if len(nodes) < 3:
        return list(nodes), []
    *before, ranked, thing = nodes
    if not (isinstance(ranked.payload, Ranking) and isinstance(thing.payload, Noun)):
        return list(nodes), []
    tags = [node.tag for node in before]
    behind = "K" in tags or ("M" in tags and not {"G", "Q"} & set(tags[tags.index("M") :]))
    best, found = thing.payload.readings[0], ranked.payload
    plain = bool(found.nouns) and not (found.amount or found.noun or found.counting)
    if not (behind and plain) or best.column or best.unit or thing.payload.supposed:
        return list(nodes), []
    return before, [Condition(noun=thing.payload, first=found, text=f"{ranked.text} {thing.text}")]


def _conditions(nodes: Sequence[Node]) -> tuple[list[Condition], list[str]]:
    """What the rows must meet, degrees and states ("late", "cancelled") included, and the words that say nothing."""
    conditions = [node.payload for node in nodes if isinstance(node.payload, Condition)]
    unknown = [node.text for node in nodes if node.tag in ("w", "#", "P")]
    for node in nodes:
        if node.tag == "J" and isinstance(node.payload, Degree):
            alone = _alone(node)
            if alone:
                conditions.append(alone)
            else:
                unknown.append(node.text)
    conditions += [
        analysing.state(node.text, *STATES[node.payload.value])
        for node in nodes
        if node.tag == "j" and isinstance(node.payload, Cue)
    ]
    return conditions, unknown


def _together(growths: list[Growth]) -> Growth | None:
    """ "How did revenue change, year over year" says one thing in two places."""
    if not growths:
        return None
    return Growth(
        nouns=tuple(noun for it in growths for noun in it.nouns),
        amounts=tuple(amount for it in growths for amount in it.amounts),
        unit=next((it.unit for it in growths if it.unit), ""),
        descending=next((it.descending for it in growths if it.descending is not None), None),
        text=" ".join(it.text for it in growths),
    )


def _ranking_before(ranking: Ranking, amounts: list[Amount], subjects: list[Noun]) -> Ranking:
    """ "in which month was the average delay highest": a superlative behind what it ranks."""
    if amounts:
        return replace(ranking, amount=amounts.pop())
    if subjects and _measured(subjects[-1]):
        return replace(ranking, noun=subjects.pop())
    return ranking


def _ranked_by(ranking: Ranking, dimensions: list[Dimension]) -> Noun | None:
    """ "the largest company by assets": what largest means, where it could be grouped by nothing else."""
    nouns = [noun for dimension in dimensions for noun in dimension.nouns]
    if ranking.amount or ranking.noun or ranking.counting or len(nouns) != 1 or not _measured(nouns[0]):
        return None
    return None if any(it.unit or it.temporal for it in nouns[0].readings) else nouns[0]


def _alone(node: Node) -> Condition | None:
    threshold = ALONE.get(node.text.lower())
    if not threshold or not isinstance(node.payload, Degree):
        return None
    comparison = Comparison(operator=threshold[0], numbers=(threshold[1],), nouns=node.payload.nouns)  # type: ignore[arg-type]
    return Condition(comparison=comparison, text=node.text, claims=True, state=True)


def _measured(noun: Noun) -> bool:
    return noun.readings[0].measure


def _parted(function: str, noun: Noun) -> Amount:
    """An aggregate and its noun with other words between: "percentage of late flights"."""
    if function == "share":
        return Amount(function="count", noun=noun, share=True, text=f"share of {noun.text}")
    return Amount(function=function, noun=noun, text=f"{function} {noun.text}")  # type: ignore[arg-type]


def _bare(nodes: Sequence[Node]) -> list[str]:
    return ["share" if node.tag == "H" else function_of(node.payload) for node in nodes
            if node.tag in ("A", "H") and isinstance(node.payload, Cue)]  # fmt: skip


def _disjunctive(nodes: Sequence[Node]) -> bool:
    """Conditions with "or" between them."""
    places = [at for at, node in enumerate(nodes) if node.tag == "F"]
    return any(node.tag == "|" and places and places[0] < at < places[-1] for at, node in enumerate(nodes))
