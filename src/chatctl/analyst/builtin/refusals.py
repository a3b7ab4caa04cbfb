"""Saying no, or asking back: what was understood, what was not, and what can be asked instead."""

from collections.abc import Sequence
from datetime import date

from chatctl.analyst.builtin.catalog import Catalog
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.followups import Earlier
from chatctl.analyst.builtin.forms import ColumnOf
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.slots import Pick
from chatctl.analyst.builtin.suggestions import answerable, suggestions
from chatctl.analyst.builtin.understanding import Opened, Understanding
from chatctl.analyst.builtin.verdicts import LEAST_SCORE, TIE, tied
from chatctl.analyst.builtin.wording import safe
from chatctl.analyst.builtin.words import Token
from chatctl.analyst.contract import Answer, Question

NAMED_WORDS = 8

SQL_WORDS = (
    "show the sql",
    "show sql",
    "show me the sql",
    "the sql",
    "sql",
    "what is the sql",
    "what was the sql",
    "show the query",
    "show me the query",
    "what was the query",
)
WHY = frozenset({"why", "why is that", "why is this", "how come", "why so"})


def no_source() -> Answer:
    """Nothing to ask."""
    return Answer(
        outcome="clarification",
        text='Which data is meant? This chat has no source yet. Attach one: `chatctl send -c "…" --source PATH`.',
    )


def no_tables(catalog: Catalog) -> Answer:
    """A source without a table."""
    return Answer(outcome="declined", text=f"The source {safe(catalog.source)} holds no tables.", confidence=0.0)


def too_long() -> Answer:
    """More than a question."""
    return Answer(
        outcome="declined",
        text="The question is too long for the offline analyst: ask in one or two sentences, or use a language model.",
        confidence=0.0,
    )


def failed(error: str) -> Answer:
    """No reading could be run."""
    return Answer(outcome="declined", text=f"The query could not be run: {safe(error)}", confidence=0.0)


def special(words: Sequence[Token], before: Earlier | None) -> str:
    """A question about the answer itself: `sql`, or the text that declines it, or nothing."""
    text = " ".join(token.lower for token in words if token.kind == "word")
    if text.startswith(("select ", "with ")) and " from " in text and "select " in text:
        return "This is a statement, not a question: `chatctl sql` runs statements."
    if text in SQL_WORDS:
        return "sql"
    if text in WHY:
        about = " I can show what the figure is made of: ask for it by another column, or over time." if before else ""
        return f"The offline analyst cannot say why something is so, only what the data shows.{about}"
    return ""


def no_earlier(found: Understanding, question: Question) -> Answer:
    """A fragment that changes an earlier question, where there is none."""
    return Answer(
        outcome="clarification",
        text="This reads like a change of an earlier question, but none was answered in this chat. What is it about?",
        suggestions=nearby([found.opened], found.sketch, question.today),
        confidence=0.2,
    )


def refused(reason: str, found: Understanding, opened: list[Opened], question: Question) -> Answer:
    """The answer to a question that is not answered."""
    pick = tied(found.best.draft) if found.best else None
    if reason == "tie" and pick:
        return _which(pick, found, question)
    lost = [*found.sketch.unknown, *(found.best.draft.lost if found.best else ())]
    named = ", ".join(f'"{safe(word)}"' for word in list(dict.fromkeys(lost))[:NAMED_WORDS])
    understood_part = understood(found)
    sentence = "I cannot answer this from the data."
    if understood_part:
        sentence += f" Understood: {understood_part}."
    if named:
        sentence += f" Not understood: {named}."
    elif not understood_part:
        sentence += " Nothing in it names a table, a column or a value that I know."
    else:
        sentence += " It is not clear what is asked of it."
    offered = nearby([found.opened, *(it for it in opened if it is not found.opened)], found.sketch, question.today)
    score = min(found.score, LEAST_SCORE)
    return Answer(outcome="declined", text=sentence, suggestions=offered, confidence=round(score, 3))


def _which(pick: Pick, found: Understanding, question: Question) -> Answer:
    table = pick.choice.operand.table
    near = [it.operand for it in pick.choices if it.score >= pick.choice.score - TIE and it.operand.table == table]
    columns = [it.column for it in near[:3] if isinstance(it, ColumnOf)]
    listed = " or ".join(map(safe, columns))
    offered = [question.text.replace(pick.text, f"{column} {pick.text}", 1) for column in columns]
    runs = answerable(offered, found.opened, question.today)
    text = f'Which is meant: "{safe(pick.text)}" can be {listed}.'
    return Answer(outcome="clarification", text=text, suggestions=runs, confidence=round(found.score / 2, 3))


def unplaced(draft: Draft, sketch: Sketch) -> str:
    """The words of a draft that found no place in it."""
    words = [*draft.lost, *sketch.unknown]
    return ", ".join(f'"{safe(word)}"' for word in dict.fromkeys(words)) if draft.lost else ""


def partly(problem: str, opened: Opened, sketch: Sketch, question: Question) -> Answer:
    """A follow-up of which a part has no place in the last question."""
    return Answer(
        outcome="declined",
        text=f"I cannot apply this to the last question. Not understood: {problem}.",
        suggestions=nearby([opened], sketch, question.today),
        confidence=0.2,
    )


def nearby(opened: list[Opened], sketch: Sketch | None, today: date) -> tuple[str, ...]:
    """Up to three questions that can be answered."""
    for one in opened:
        found = suggestions(one, sketch, today)
        if found:
            return found
    return ()


def understood(found: Understanding) -> str:
    """The words that were tied to the schema, as a phrase."""
    names: dict[str, None] = {}
    for noun in found.sketch.nouns:
        names[f"{safe(noun.text)}"] = None
    for condition in found.sketch.conditions:
        names[safe(condition.text)] = None
    return ", ".join(list(names)[:NAMED_WORDS])
