"""Whether a reading is sure enough to be answered."""

from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.lexicon import HARMLESS
from chatctl.analyst.builtin.slots import Pick
from chatctl.analyst.builtin.understanding import Understanding

LEAST_SCORE = 0.5
"""A reading below this is not answered."""
TIE = 0.04


def verdict(found: Understanding) -> str:
    """Why a question is not answered: `nothing`, `unknown`, `unsure` or `tie`; empty where it can be."""
    best = found.best
    if best is None:
        return "nothing"
    unknown = [word for word in found.sketch.unknown if word.lower() not in HARMLESS]
    if unknown or best.draft.lost:
        return "unknown"
    if best.score < LEAST_SCORE:
        return "unsure"
    return "tie" if tied(best.draft) else ""


def tied(draft: Draft) -> Pick | None:
    """A value that two columns of one table hold, with nothing said to tell them apart."""
    for pick in draft.picks:
        if pick.slot == "value" and len(pick.choices) > 1:
            first, second = pick.choices[:2]
            if second.score >= first.score - TIE and first.operand.table == second.operand.table:
                return pick
    return None
