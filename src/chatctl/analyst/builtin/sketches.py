"""The sketch of a question: its phrases by their role, before anything is tied to the schema."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatctl.analyst.builtin.cues import Cue, Degree
from chatctl.analyst.builtin.links import Mention, Node, Noun
from chatctl.analyst.builtin.phrases import Amount, Comparison, Condition, Dimension, Limit, Ranking, Sort
from chatctl.analyst.builtin.phrasing import function_of

# An adjective that stands alone is a condition: "delayed flights" have a delay above 0.
ALONE = {"delayed": (">", 0.0), "late": (">", 0.0)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketch:
    """What was said, by role; `bare` are aggregates without a noun, `unknown` words that were not understood."""

    subjects: tuple[Noun, ...] = ()
    amounts: tuple[Amount, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    conditions: tuple[Condition, ...] = ()
    disjunctive: bool = False
    ranking: Ranking | None = None
    limit: Limit | None = None
    sort: Sort | None = None
    bare: tuple[str, ...] = ()
    existence: bool = False
    asks: str = ""
    lead: str = ""
    chart: str = ""
    tags: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    content: int = 0

    @property
    def nouns(self) -> tuple[Noun, ...]:
        """Every noun of the question."""
        amounts = [it.noun for it in self.amounts] + [it.noun for it in self.conditions]
        amounts += [it.amount.noun for it in self.conditions if it.amount]
        if self.ranking:
            amounts += [self.ranking.noun, self.ranking.amount.noun if self.ranking.amount else None]
        if self.sort:
            amounts += [self.sort.noun, self.sort.amount.noun if self.sort.amount else None]
        grouped = [noun for dimension in self.dimensions for noun in dimension.nouns]
        return (*self.subjects, *(noun for noun in amounts if noun), *grouped)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Every value of the question."""
        return tuple(mention for condition in self.conditions for mention in condition.mentions)

    @property
    def empty(self) -> bool:
        """Whether nothing of the schema or of an analysis was found."""
        return not (self.nouns or self.conditions or self.ranking or self.limit or self.sort or self.bare)


def sketch(nodes: Sequence[Node], linked: Sequence[Node]) -> Sketch:
    """Sort the phrases by role; `linked` are the nodes before the grammar, for the tags that were seen."""
    amounts: list[Amount] = []
    for node in nodes:
        if node.tag == "M":
            amounts += node.payload if isinstance(node.payload, tuple) else [node.payload]  # type: ignore[list-item]
    conditions = [node.payload for node in nodes if isinstance(node.payload, Condition)]
    unknown = [node.text for node in nodes if node.tag in ("w", "#", "P")]
    for node in nodes:
        if node.tag == "J" and isinstance(node.payload, Degree):
            alone = _alone(node)
            if alone:
                conditions.append(alone)
            else:
                unknown.append(node.text)
    return Sketch(
        subjects=tuple(node.payload for node in nodes if isinstance(node.payload, Noun)),
        amounts=tuple(amounts),
        dimensions=tuple(node.payload for node in nodes if isinstance(node.payload, Dimension)),
        conditions=tuple(conditions),
        disjunctive=_disjunctive(nodes),
        ranking=next((node.payload for node in nodes if isinstance(node.payload, Ranking)), None),
        limit=next((node.payload for node in nodes if isinstance(node.payload, Limit)), None),
        sort=next((node.payload for node in nodes if isinstance(node.payload, Sort)), None),
        bare=tuple(_bare(nodes)),
        existence=not amounts and any(node.tag == "E" for node in nodes),
        asks=next((node.text.lower() for node in nodes if node.tag == "Q"), ""),
        lead=linked[0].tag if linked else "",
        chart=next((node.payload.value for node in nodes if node.tag == "c" and isinstance(node.payload, Cue)), ""),
        tags=frozenset(node.tag for node in linked),
        unknown=tuple(unknown),
        content=sum(node.end - node.start for node in linked),
    )


def _alone(node: Node) -> Condition | None:
    threshold = ALONE.get(node.text.lower())
    if not threshold or not isinstance(node.payload, Degree):
        return None
    comparison = Comparison(operator=threshold[0], numbers=(threshold[1],), nouns=node.payload.nouns)  # type: ignore[arg-type]
    return Condition(comparison=comparison, text=node.text)


def _bare(nodes: Sequence[Node]) -> list[str]:
    return ["share" if node.tag == "H" else function_of(node.payload) for node in nodes
            if node.tag in ("A", "H") and isinstance(node.payload, Cue)]  # fmt: skip


def _disjunctive(nodes: Sequence[Node]) -> bool:
    """Conditions with "or" between them."""
    places = [at for at, node in enumerate(nodes) if node.tag == "F"]
    return any(node.tag == "|" and places and places[0] < at < places[-1] for at, node in enumerate(nodes))
