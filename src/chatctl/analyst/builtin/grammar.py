"""From nodes to phrases: a finite-state cascade (Abney, Partial parsing via finite-state cascades, 1996).

Each rule is a pattern over the tags of neighbouring nodes; what it matches becomes one node with a new tag. Rules run
in order, each as often as it fits, so that later ones see the phrases of earlier ones. New tags: M amount, F condition,
P comparison waiting for its subject, K ranking, G dimensions, L limit, s sorting, h growth, t what is repeated.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from chatctl.analyst.builtin import analysing, phrasing, restricting
from chatctl.analyst.builtin.nodes import Node
from chatctl.analyst.builtin.phrasing import Nodes


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern over tags, the tag it gives, what builds the phrase (None refuses), and an example."""

    pattern: str
    tag: str
    build: Callable[[Nodes], object | None]
    example: str


def parse(nodes: Nodes) -> list[Node]:
    """The phrases of a question, in order, beside the nodes that no rule took."""
    row = list(nodes)
    for rule in RULES:
        row = _apply(rule, row)
    return row


def _apply(rule: Rule, row: list[Node]) -> list[Node]:
    at = 0
    while at < len(row):
        tags = "".join(node.tag for node in row)
        match = re.compile(rule.pattern).search(tags, at)
        if not match:
            break
        start, end = match.span()
        payload = rule.build(row[start:end]) if end > start else None
        if payload is None:
            at = start + 1
            continue
        first, last = row[start], row[end - 1]
        text = " ".join(node.text for node in row[start:end])
        row[start:end] = [Node(tag=rule.tag, start=first.start, end=last.end, text=text, payload=payload)]
        at = start + 1
    return row


RULES = (
    Rule(r"AIA", "A", phrasing.rather, "average instead of total"),
    Rule(r"NIN", "N", phrasing.rather, "air time instead of distance"),
    Rule(r"QBN", "N", phrasing.every_one, "list every carrier"),
    Rule(r"W#[&,]?#", "P", restricting.between, "between 5 and 10"),
    Rule(r"##", "P", restricting.span, "100 to 500 miles"),
    Rule(r"N!?l[VwN]", "F", restricting.partly, "name contains \"Air\""),
    Rule(r"DvD", "F", analysing.contrast, "this year compared to last year"),
    Rule(r"DD", "F", restricting.stretch, "January to March"),
    Rule(r"[CG]#", "P", restricting.comparison, "more than 60 minutes"),
    Rule(r"#G", "P", restricting.comparison, "2 or more"),
    Rule(r"N?WD[&,]?D", "F", restricting.framed, "between March and May"),
    Rule(r"N?!?[CG]D", "F", restricting.framed, "since March"),
    Rule(r"DG", "F", restricting.framed, "2013 or later"),
    Rule(r"!D", "F", restricting.framed, "not in July"),
    Rule(r"D(?:[&|,]D)+", "F", restricting.framed, "in June or July"),
    Rule(r"D", "F", restricting.framed, "in July"),
    Rule(r"A(?:[&,]+A)+N", "M", phrasing.several, "max and min delay"),
    Rule(r"A[&,]?AN", "M", phrasing.amount, "average number of flights"),
    Rule(r"[AU]*UA?N", "M", phrasing.distinct_amount,
         "how many different carriers"),
    Rule(r"UN", "N", phrasing.distinct, "the distinct carriers"),
    Rule(r"AN(?:[&,]N)+(?![AM])", "M", phrasing.shared_aggregate, "average departure delay and arrival delay"),
    Rule(r"NC[AM]N?|C[AM]N?", "F", restricting.against, "distance greater than the average"),
    Rule(r"AN", "M", phrasing.amount, "average delay"),
    Rule(r"HM|HAN|HN", "M", phrasing.share, "share of flights"),
    Rule(r"qN|Nq", "M", analysing.quartiles, "quartiles of revenue"),
    Rule(r"xN", "M", analysing.statistics, "statistics of revenue"),
    Rule(r"kN[&,]?N|NkN", "M", analysing.correlation, "correlation between units and revenue"),
    Rule(r"fN[&,]?N", "M", analysing.ratio, "ratio of cost to revenue"),
    Rule(r"iN|Ni", "G", analysing.distribution, "distribution of revenue"),
    Rule(r"oE?N|No", "F", analysing.outliers, "outliers in revenue"),
    Rule(r"uN|Nu|u", "t", analysing.repeated, "duplicate emails"),
    Rule(r"S[NM]?p*g[pg]*|[NM]?[pg]+S(?![NM])", "h", analysing.growth, "the largest drop in revenue"),
    Rule(r"[NM]?[pg]+", "h", analysing.growth, "revenue growth"),
    Rule(r"JP|PJ", "F", restricting.compared, "more than 60 minutes late"),
    Rule(r"M!?P(?!N)|N!?P", "F", restricting.compared, "average delay above 10"),
    Rule(r"PN", "F", restricting.counted, "more than 5 engines"),
    Rule(r"P", "F", restricting.compared, "longer than 1000 miles"),
    Rule(r"V(?:[&|,v]+V)+N|N!?C?V(?:[&|,v]+V)+", "F", restricting.named_value, "carriers UA and AA"),
    Rule(r"N!?C?V|!?VN|NwV", "F", restricting.named_value, "origin JFK"),
    Rule(r"!?V(?:[&|,v]+V)+", "F", restricting.valued, "JFK or LGA"),
    Rule(r"[!X]V", "F", restricting.valued, "not from JFK"),
    Rule(r"V", "F", restricting.valued, "from JFK"),
    Rule(r"!?XN", "F", restricting.missing, "without a tail number"),
    Rule(r"N!?X", "F", restricting.missing, "tail number is missing"),
    Rule(r"(?<=R)N(?![NMPV#])", "F", restricting.flagged, "houses with a garage"),
    Rule(r"nF", "F", analysing.excluded, "but not from LGA"),
    Rule(r"TN#|T#", "L", phrasing.limit, "top 5"),
    Rule(r"(?<!Q)#N(?=N)", "F", restricting.having, "6 cylinder cars"),
    Rule(r"a#", "L", phrasing.limit, "make it 10"),
    Rule(r"(?<=[FRVY])#N", "F", restricting.having, "planes from Boeing that have 4 engines"),
    Rule(r"#(?=[SNK])", "L", phrasing.limit, "the 10 most delayed flights"),
    Rule(r"O[NM]d?", "s", phrasing.sort, "sorted by name descending"),
    Rule(r"SJ", "K", phrasing.ranking, "most delayed"),
    Rule(r"S(?=N)", "K", phrasing.common,
         "the most common origin"),
    Rule(r"S[MN]", "K", phrasing.ranking, "highest average delay"),
    Rule(r"S", "K", phrasing.ranking, "the longest flight"),
    Rule(r"B(?=N)", "G", phrasing.over_time, "the trend of flights"),
    Rule(r"B+M", "G", phrasing.by_number, "cars by number of cylinders"),
    Rule(r"B+M", "K", phrasing.by_amount,
         "carriers by average delay"),
    Rule(r"(?<=LN)B+N", "K", phrasing.by_measure, "top 3 products by price"),
    Rule(r"(?<=LF)B+N|(?<=LFN)B+N", "K", phrasing.by_measure, "top 3 comedies by rating"),
    Rule(r"(?<=LNBN)B+N", "K", phrasing.by_measure, "top 3 products of each region by price"),
    Rule(r"B+N(?:[&,]+B?N)*m?", "G", phrasing.dimension, "by origin and month"),
    Rule(r"Gy#", "G", analysing.stretched, "orders by amount in bins of 100"),
    Rule(r"B(?!N)", "G", phrasing.over_time, "over time"),
    Rule(r"N(?=[MN])", "G", phrasing.period, "monthly flights"),
    Rule(r"N#", "F", restricting.equal_number, "month 7"),
    Rule(r"Od?", "s", phrasing.sort, "sorted descending"),
    Rule(r"[NM]d", "s", phrasing.sort, "by delay descending"),
    Rule(r"d", "s", phrasing.sort, "descending"),
    Rule(r"T", "L", phrasing.limit, "the top carriers"),
)  # fmt: skip
