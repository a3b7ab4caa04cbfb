"""From a marked question to readings: forms proposed and given by rules, all run, and ranked by the evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from chatctl.analyst.builtin.forms import Form
from chatctl.analyst.builtin.learned.evidence import Evidence, Tried
from chatctl.analyst.builtin.learned.marks import Marks
from chatctl.analyst.builtin.learned.models import Model, Scores
from chatctl.analyst.builtin.learned.outcomes import outcome
from chatctl.analyst.builtin.learned.proposals import proposals
from chatctl.domain.results import ResultSet

PROPOSED = 48
"""Proposals that are run."""
RULED = 3
"""Readings by rules that are run with them."""

Run = Callable[[Form], ResultSet]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A form, how probable it is that it is what was asked, and its rows as one text."""

    form: Form
    probability: float
    rows: str


def readings(marks: Marks, model: Model, rules: Sequence[tuple[Form, float]], run: Run, most: int) -> list[Reading]:
    """The readings of a question, the best first.

    `rules` are forms that rules gave, with their scores; `most` proposals are run with them. Without a ranker, none.
    """
    if model.ranker is None or not marks.view.fields:
        return []
    scores = model.scores(marks)
    tried = attempts(marks, scores, model, rules, run, most)
    if not tried:
        return []
    evidence = np.array(
        [list(features.values()) for features in Evidence(marks, scores, tried).features()], dtype=float
    )
    ranked = model.ranker.ranked(evidence, [it.outcome.rows for it in tried])
    return [Reading(form=tried[at].form, probability=p, rows=tried[at].outcome.rows) for at, p in ranked]


def attempts(
    marks: Marks, scores: Scores, model: Model, rules: Sequence[tuple[Form, float]], run: Run, most: int = PROPOSED
) -> list[Tried]:
    """Every proposal and reading by rules with what running it showed, each form once."""
    worth = {it.form: it.score for it in proposals(marks, scores, model, most)}
    ruled = {form: (score, place) for place, (form, score) in reversed(list(enumerate(rules[:RULED])))}
    found = []
    for form in dict.fromkeys(it for it in (*worth, *ruled) if not contradictory(it)):
        rule, place = ruled.get(form, (None, 9))
        shown = outcome(partial(run, form))
        found.append(Tried(form=form, outcome=shown, score=worth.get(form), rule=rule, place=place))
    return found


def contradictory(form: Form) -> bool:
    """Whether a condition sets one column equal to two values at once."""
    for part in form.parts:
        equal = [it.term for it in part.where if it.operator == "=" and it.values and not it.inside]
        if part.connective == "and" and len(set(equal)) < len(equal):
            return True
    return False
