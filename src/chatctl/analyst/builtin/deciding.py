"""Which reading of a question is taken: that of the rules, or the one that the learned weights find most probable.

The rules know analyses that no example teaches (growth, shares, grains of time); the weights know more ways to put a
plain question. Where the rules see an analysis, or the data is large, their reading stands if it is sure.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from chatctl.analyst.builtin.allowances import Allowance
from chatctl.analyst.builtin.candidates import Candidate
from chatctl.analyst.builtin.carrying import bare, carried, left_out, resolved, standing_alone
from chatctl.analyst.builtin.demands import kept
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.entities import INHABITANTS
from chatctl.analyst.builtin.forms import ColumnOf, Form, RowsOf, Term
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.trials import tried
from chatctl.analyst.builtin.understanding import Opened, Understanding
from chatctl.analyst.builtin.verdicts import no_percentage, verdict
from chatctl.analyst.builtin.words import Token
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Limits

if TYPE_CHECKING:
    from chatctl.analyst.builtin.learned.marks import Marks
    from chatctl.analyst.builtin.learned.readings import Reading

TRIES = 3
LEFT_OUT, MISSED = 0.4, 0.8
"""How much less probable a reading is for each given term that it leaves out, and each given one that is not met."""
LARGE = 100_000
"""Rows of all tables from which on a sure reading by rules is taken as it is."""
HUGE = 2_000_000
PROPOSED, PROPOSED_LARGE, PROPOSED_HUGE = 48, 12, 4
"""Proposals that are run, by the size of the data."""
PROBABLE, AGREED = 0.72, 0.65
"""From this probability on a reading is answered, and from the lower one if it is the sure reading of the rules too.

Chosen so that nine of ten answers are right on databases like those learned from, and nearly as many on others: fitted
anew with the weights, by the curves that `chatctl eval` prints for databases of several makes.
"""
PROBABLE_GIVEN, UNKNOWN_GIVEN = 0.5, 2
"""The same, and the words that need not be understood, where all that was given by definition is made use of."""
LEAST, AHEAD = 0.1, 0.6
"""There a reading of this probability may be answered too, if it is five times that of any with another result."""
CLEAR, CLEARLY_AGREED = 0.93, 0.3
"""From this score of the rules on, this probability is enough where both say the same."""
SURE = 0.9
"""A reading by rules of this score, if it is not a faint one, stands against one that is not probable."""
FAINT = 0.3
"""Below this probability the rules' reading is the better guess to show."""
DOUBTFUL = 0.6
"""An idiom that the rules see is not taken against another reading of this probability."""
WORDS_A_GAP = 9
"""In so many words one may go without a meaning, where the reading is probable all the same."""
NEAR = 0.1
"""Readings whose probabilities differ by no more are as good: then the sure one of the rules is taken."""
IDIOMS = frozenset("DJXjo")
"""Tags of times, adjectives and states, missing cells and outliers: the rules know these best."""
_OPENINGS = """
    what which who whose whom how when where why in on at for from of to among is are was were do does did can could
    show list find give return display tell get name count please select provide compute calculate report retrieve
    identify describe sort order
"""
OPENINGS = frozenset(_OPENINGS.split())
"""Words that begin a whole sentence; what begins otherwise ("orders by status") is an analyst's shorthand."""
PLAIN = frozenset({None, "count", "sum", "avg", "min", "max"})
_TRIAL = Limits(rows=200, seconds=1.0)
TRYING = 2.5
"""Seconds for all that is tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Readings to run until one runs, and why none is answered, if so (see `verdicts`)."""

    drafts: tuple[Draft, ...]
    confidence: float
    reason: str = ""
    learned: bool = False


def decide(found: Understanding, words: list[Token]) -> Decision:
    """What to make of a question that rules understood in this way."""
    decision = _decided(found, words)
    if any(no_percentage(it.form, words, found.opened.catalog) for it in decision.drafts[:1]):
        decision = replace(decision, reason=decision.reason or "unsure")
    return replace(decision, drafts=tuple(_meant(it, found.opened, decision) for it in decision.drafts))


def _meant(draft: Draft, opened: Opened, decision: Decision) -> Draft:
    """A reading with all that is given by definition, and said to be."""
    put = carried if decision.learned else resolved
    form = put(draft.form, opened.given, opened.catalog)
    return replace(draft, form=form, remarks=(*opened.given.remarks, *draft.remarks))


def _decided(found: Understanding, words: list[Token]) -> Decision:
    reason = verdict(found)
    size = _size(found.opened)
    known = size > LARGE or _shorthand(found, words)
    allowance = Allowance(found.opened.engine, TRYING)
    sure = (_analysis(found) and not (reason and found.opened.given)) or (known and not reason)
    if sure and _fitting(found):
        return _by_rules(found, reason, allowance)
    return _by_weights(found, words, reason, size, allowance) or _by_rules(found, reason, allowance)


def _fitting(found: Understanding) -> bool:
    """Whether the rules' best reading goes against nothing that the wording of a question with definitions demands."""
    opened, best = found.opened, found.best
    return best is None or not opened.given.brief or kept(best.draft.form.asked, opened.given, opened.catalog) == 1.0


def _shorthand(found: Understanding, words: list[Token]) -> bool:
    """ "orders by status", "average delay by carrier", "orders per customer": as analysts, but few examples, put it."""
    said = [word.lower for word in words]
    by = any(word == "by" and not before.endswith(("ed", "en")) for before, word in pairwise(said))
    grouped = by and found.best is not None and bool(found.best.draft.form.group)
    return grouped or "per" in said or not OPENINGS & set(said[:1])


def _idiomatic(found: Understanding) -> bool:
    """Whether the rules saw an idiom, or supplied the aggregate of a bare quantity: "the revenue of laptops"."""
    asked = found.best.draft.form.asked.select if found.best else ()
    supplied = "A" not in found.sketch.tags and any(term.function in ("sum", "avg") for term in asked)
    inhabitants = any(it.function == "count" and it.noun and it.noun.text in INHABITANTS for it in found.sketch.amounts)
    return supplied or inhabitants or bool(IDIOMS & found.sketch.tags)


def _by_rules(found: Understanding, reason: str, allowance: Allowance) -> Decision:
    complete = tuple(it for it in found.candidates if not it.draft.lost) or found.candidates
    drafts = tried(complete, found.opened, allowance)[: 1 if reason else TRIES]
    return Decision(drafts=tuple(it.draft for it in drafts), confidence=found.score, reason=reason)


def _by_weights(
    found: Understanding, words: list[Token], reason: str, size: int, allowance: Allowance
) -> Decision | None:
    """The most probable readings; nothing where no form can be proposed."""
    from chatctl.analyst.builtin.learned import models
    from chatctl.analyst.builtin.learned.marks import Marks
    from chatctl.analyst.builtin.learned.readings import readings

    opened = found.opened
    given = opened.given
    marks = Marks(list(given.plain) if given else words, opened.catalog, opened.index)
    rules = [(bare(form, given), score) for form, score in plain_forms(found.candidates)]
    rules = [*rules[:2], *((form, found.score) for form in standing_alone(given, opened.catalog))] if given else rules
    most = PROPOSED_HUGE if size > HUGE else PROPOSED_LARGE if size > LARGE else PROPOSED

    def run(form: Form) -> ResultSet:
        meant = carried(form, given, opened.catalog)
        return allowance.run(to_sql(meant, opened.catalog, pretty=False), _TRIAL)

    likely = _using(readings(marks, models.load(), rules, run, most), opened)
    if not likely:
        return None
    if not reason and rules and _fitting(found):
        own = next((it for it in likely if it.form == rules[0][0]), likely[-1])
        confidence = _agreed(found, own, likely[0])
        if confidence is not None:
            return _first(_by_rules(found, reason, allowance), found, confidence)
    probability, told = _confidence(likely, opened), bool(given) and not given.missed
    if probability < FAINT and found.candidates and not told:
        return replace(_by_rules(found, reason or "unsure", allowance), confidence=probability)
    if probability < (PROBABLE_GIVEN if told else PROBABLE):
        reason = "unsure" if told else reason or "unsure"
    elif reason != "tie":
        supposed = frozenset() if reason == "unknown" else found.sketch.supposed
        gaps = UNKNOWN_GIVEN if told else len(words) // WORDS_A_GAP
        reason = "unknown" if _leaves_out(likely[0].form, marks, supposed, gaps) else ""
    drafts = tuple(_draft(it.form, found) for it in likely[:TRIES])
    return Decision(drafts=drafts, confidence=probability, reason=reason, learned=True)


def _agreed(found: Understanding, own: "Reading", best: "Reading") -> float | None:
    """How sure the rules' own reading is, where it stands beside the most probable one; nothing where it does not."""
    same = own.rows == best.rows
    if _idiomatic(found) and (same or best.probability < DOUBTFUL):
        return found.score
    if same and best.probability >= (CLEARLY_AGREED if found.score >= CLEAR else AGREED):
        return best.probability
    near = own.probability >= max(best.probability - NEAR, AGREED)
    sure = found.score >= SURE and best.probability < PROBABLE
    sure = sure and (own.probability >= FAINT or _unlearned(own.form))
    return own.probability if near or sure else None


def _unlearned(form: Form) -> bool:
    """Whether no example teaches the like: "list all airlines", "the longest flight of each carrier"."""
    listed = all(isinstance(it.of, RowsOf) and not it.function for it in form.select)
    return bool(form.each) or (listed and not form.where)


def _leaves_out(form: Form, marks: "Marks", supposed: Collection[str], gaps: int) -> bool:
    """Whether a form makes nothing of more words than may be, or of a quotation or date."""
    from chatctl.analyst.builtin.learned.agreement import passed_over

    unknown = {*marks.unknown, *passed_over(marks, form)} - set(supposed)
    return len(unknown) > gaps or bool(marks.left_out(form))


def _first(decision: Decision, found: Understanding, confidence: float) -> Decision:
    """The decision with the rules' best plain reading first, for it was weighed, before what trying others suggests."""
    own = next((it.draft for it in found.candidates if _plain(it.draft.form)), None)
    drafts = dict.fromkeys((*((own,) if own else ()), *decision.drafts))
    return replace(decision, drafts=tuple(drafts), confidence=confidence)


def _confidence(likely: "list[Reading]", opened: Opened) -> float:
    """How sure the best reading is: its probability; where it makes use of all that was given, how far it is ahead.

    Questions with definitions are longer than those that the weights were learned from, and their probabilities low.
    """
    best, given = likely[0], opened.given
    complete = given.brief and given and not given.missed and not left_out(best.form, given)
    if not complete or best.probability < LEAST or kept(best.form, given, opened.catalog) < 1.0:
        return best.probability
    rival = max((it.probability for it in likely if it.rows != best.rows), default=0.0)
    return max(best.probability, AHEAD * best.probability / (best.probability + rival))


def _using(likely: "list[Reading]", opened: Opened) -> "list[Reading]":
    """The readings, those that leave out what is given by definition or said plainly the less probable for it."""
    given = opened.given
    if not (given or given.missed):
        return likely

    def worth(form: Form) -> float:
        said = kept(form, given, opened.catalog) if given.brief else 1.0
        return said * LEFT_OUT ** left_out(form, given) * MISSED**given.missed

    weighed = [replace(it, probability=it.probability * worth(it.form)) for it in likely]
    return sorted(weighed, key=lambda it: -round(it.probability, 9))


def plain_forms(candidates: Iterable[Candidate]) -> list[tuple[Form, float]]:
    """The readings by rules that are plain queries, as they would be asked, with their scores."""
    return [(it.draft.form.asked, it.score) for it in candidates if _plain(it.draft.form)]


def _draft(form: Form, found: Understanding) -> Draft:
    """The rules' own draft of a form, with all that it tells, or a bare one."""
    for it in found.candidates:
        if bare(it.draft.form.asked, found.opened.given) == form:
            return replace(it.draft, lost=())
    return Draft(
        form=_supported(form),
        anchor=form.tables[0],
        picks=(),
        lost=(),
        remarks=(),
        fanning=False,
        mentioned=frozenset(),
    )


def _supported(form: Form) -> Form:
    """The form with the figure by which its rows were chosen: an answer shows what it rests on."""
    by = [it.term for it in form.order if form.limit is not None and it.term not in form.select]
    if (
        not by
        or form.distinct
        or form.combined
        or any(isinstance(it.of, RowsOf) and not it.function for it in form.select)
    ):
        return form
    return form.model_copy(update={"select": (*form.select, *by), "supporting": len(by)})


def _analysis(found: Understanding) -> bool:
    """Whether the rules read an analysis that is beyond plain queries."""
    sketch = found.sketch
    said = sketch.growth or sketch.repeated or sketch.running or sketch.compares or sketch.rate or sketch.chart
    return bool(said) or (found.best is not None and not _plain(found.best.draft.form))


def _plain(form: Form) -> bool:
    """Whether a form says nothing that a plain query over columns does not."""
    if form.counted or form.share_of or form.chart:
        return False
    return all(_plain_term(term) for term in _terms(form))


def _terms(form: Form) -> Iterator[Term]:
    yield from form.select
    yield from (it.term for it in (*form.where, *form.having))
    yield from (it.term for it in form.order)
    yield from (Term(of=key) for key in form.group)


def _plain_term(term: Term) -> bool:
    special = term.share or term.per or term.window or term.within or term.label or term.fraction is not None
    return isinstance(term.of, ColumnOf | RowsOf) and term.function in PLAIN and not special


def _size(opened: Opened) -> int:
    """The rows of all tables; where they were not counted, as many as are large."""
    return sum(HUGE if table.rows is None else table.rows for table in opened.catalog.tables.values())
