"""The offline analyst: from a question to its answer in seven steps, none of them a guess that goes unsaid.

Catalog, links, logical form, candidates, execution, ranking, SQL; then the answer, or an honest "no".
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from uuid import uuid4

from chatctl.analyst.builtin import audits, causes, descriptions, followups, imported, refusals
from chatctl.analyst.builtin.assumptions import assumptions
from chatctl.analyst.builtin.bins import measured
from chatctl.analyst.builtin.catalog import Catalog, CatalogTable
from chatctl.analyst.builtin.charts import chart
from chatctl.analyst.builtin.deciding import decide
from chatctl.analyst.builtin.drafts import Draft
from chatctl.analyst.builtin.forms import Form, Term
from chatctl.analyst.builtin.glossaries import given
from chatctl.analyst.builtin.names import NameIndex
from chatctl.analyst.builtin.narrowing import focus
from chatctl.analyst.builtin.prose import tell
from chatctl.analyst.builtin.queries import to_sql
from chatctl.analyst.builtin.sketches import Sketch
from chatctl.analyst.builtin.surveys import open_catalog
from chatctl.analyst.builtin.told import Told
from chatctl.analyst.builtin.understanding import Opened, read, understand
from chatctl.analyst.builtin.words import Token, tokens
from chatctl.analyst.contract import Answer, Finding, Question, Step
from chatctl.domain.chats import SqlStep, TextStep
from chatctl.domain.errors import SourceError
from chatctl.domain.results import ResultSet
from chatctl.engines.engine import Limits

FORMAT = 1
"""Of what an answer leaves for later turns."""
LONGEST_QUESTION = 2_000
MOST_TOKENS = 160
MOST_SOURCES = 20


def answer(question: Question) -> Iterator[Step | Answer]:
    """Answer a question: steps as they come, then one answer.

    Raises SourceError when a source cannot be read at all; a statement that fails is a failed step, and the next
    reading is tried.
    """
    words = tokens(question.text[: LONGEST_QUESTION + 1])
    if not question.engines:
        yield refusals.no_source()
    elif len(question.text) > LONGEST_QUESTION or len(words) > MOST_TOKENS:
        yield refusals.too_long()
    else:
        opened: list[Opened] = []
        try:
            for source, engine in list(question.engines.items())[:MOST_SOURCES]:
                surveyed = open_catalog(source, engine, question.cache, partial(focus, question, words))
                found, catalog = given(question.instructions, words, surveyed, question.today)
                index = NameIndex(catalog, found.columns)
                opened.append(Opened(engine=engine, catalog=catalog, index=index, given=found))
            yield _text_step("Read the catalog", _catalog_note(opened))
            yield from _Conversation(question=question, words=words, opened=opened).answer()
        finally:
            for one in opened:
                one.catalog.values.close()


class _Conversation:
    """One question over the opened sources."""

    def __init__(self, *, question: Question, words: list[Token], opened: list[Opened]) -> None:
        self._question = question
        self._words = words
        self._opened = opened
        self._history = imported.history(question, {it.catalog.source: it.catalog for it in opened})

    def answer(self) -> Iterator[Step | Answer]:
        """The steps and the answer."""
        special = refusals.special(self._words, followups.earlier(self._history))
        causes_found = self._why() if causes.asks(self._words) else None
        if causes_found is not None:
            yield from causes_found
        elif special == "sql":
            yield from self._again()
        elif special:
            yield Answer(outcome="declined", text=special, confidence=0.0)
        elif descriptions.asks_for_overview(self._words):
            yield from self._overview(self._opened[0])
        elif (described := self._described()) is not None:
            yield from described
        else:
            yield from self._asked()

    def _described(self) -> Iterator[Step | Answer] | None:
        for opened in self._opened:
            audit = audits.asked(self._words, opened.catalog)
            if audit:
                return self._told(opened, audit.sql, partial(audits.text, audit))
            table = descriptions.asked_table(self._words, opened.catalog)
            if table:
                sql = descriptions.sample_sql(table, opened.catalog)
                return self._told(opened, sql, partial(_described, table, opened.catalog))
        return None

    def _overview(self, opened: Opened) -> Iterator[Step | Answer]:
        if not opened.catalog.tables:
            yield refusals.no_tables(opened.catalog)
            return
        sql = descriptions.overview_sql(opened.catalog)

        def text(result: ResultSet) -> str:
            counts = {str(row[0]): int(str(row[1])) for row in result.rows}
            return descriptions.overview_text(opened.catalog, counts)

        yield from self._told(opened, sql, text)

    def _told(self, opened: Opened, sql: str, text: Callable[[ResultSet], str]) -> Iterator[Step | Answer]:
        """Run one statement that needs no reading, and tell its result."""
        ran = _Run(opened, sql, self._question.limits)
        yield from ran.steps()
        if ran.result is None:
            yield refusals.failed(ran.error)
            return
        finding = Finding(source=opened.catalog.source, sql=sql, result=ran.result)
        offered = refusals.nearby(self._opened, None, self._question.today)
        yield Answer(
            outcome="answered", text=text(ran.result), findings=(finding,), suggestions=offered, confidence=1.0
        )

    def _asked(self) -> Iterator[Step | Answer]:
        changed = self._follow_up()
        if changed:
            opened, sketch, draft = changed
            for item in self._settled(opened, sketch, [draft], 0.8):
                yield replace(item, refines=True) if isinstance(item, Answer) else item
            return
        found = [understand(self._words, opened, self._question.today) for opened in self._opened]
        best = max(found, key=lambda it: it.score)
        if best.sketch.crowded:
            yield refusals.too_long()
            return
        yield _text_step("Understood the question", refusals.understood(best))
        if followups.is_fragment(best.sketch):
            reading = _reading(best.best.draft.form, best.opened) if best.best else None
            yield replace(refusals.no_earlier(best, self._question), reading=reading)
            return
        decision = decide(best, self._words)
        if decision.reason:
            refusal = refusals.refused(decision.reason, best, self._opened, self._question)
            likeliest = _reading(decision.drafts[0].form, best.opened) if decision.drafts else None
            yield replace(refusal, confidence=round(decision.confidence, 3), reading=likeliest)
            return
        sketch = replace(best.sketch, unknown=()) if decision.learned else best.sketch
        yield from self._settled(best.opened, sketch, list(decision.drafts), decision.confidence)

    def _follow_up(self) -> tuple[Opened, Sketch, Draft] | None:
        """The changed form, where the question is a fragment after an answered one."""
        before = followups.earlier(self._history)
        if before is None:
            return None
        for opened in self._opened:
            if opened.catalog.source == before.form.source and followups.fits(before.form, opened.catalog):
                sketch = read(self._words, opened, self._question.today)
                if followups.continues(sketch):
                    change = followups.Change(
                        sketch=sketch, form=before.form, catalog=opened.catalog, index=opened.index
                    )
                    return opened, sketch, change.draft()
        return None

    def _why(self) -> Iterator[Step | Answer] | None:
        """Where a change lies, if the last form is a total over time."""
        before = followups.earlier(self._history)
        opened = next((it for it in self._opened if before and it.catalog.source == before.form.source), None)
        if before is None or opened is None or not followups.fits(before.form, opened.catalog):
            return None
        figure = causes.measure(before.form)
        return self._taken_apart(opened, before.form, figure) if figure else None

    def _taken_apart(self, opened: Opened, form: Form, figure: Term) -> Iterator[Step | Answer]:
        """The change that is asked about, by the column in which the fewest groups explain the most of it."""
        sketch = read(self._words, opened, self._question.today)
        along = causes.series(form, figure)
        result = yield from self._ran(opened, along)
        told = Told(form=along, result=result, catalog=opened.catalog) if result else None
        found = causes.change(told, sketch, self._words) if told else None
        if found is None or not found.size:
            text = "There are no two periods of the last answer that differ, or none that is meant."
            yield Answer(outcome="declined", text=text, confidence=0.0)
            return
        best: tuple[float, Form, ResultSet] | None = None
        for column in causes.columns(form, opened.catalog):
            parts = causes.parts(form, figure, found, column)
            result = yield from self._ran(opened, parts)
            score = causes.explained(result, found) if result else 0.0
            if result and (best is None or score > best[0]):
                best = (score, parts, result)
        if best is None:
            text = "There is no column by which the change could be taken apart."
            yield Answer(outcome="declined", text=text, confidence=0.0)
            return
        told = Told(form=best[1], result=best[2], catalog=opened.catalog)
        finding = Finding(
            source=opened.catalog.source, sql=to_sql(best[1], opened.catalog), result=best[2], chart=chart(*best[1:])
        )
        yield Answer(
            outcome="answered",
            text=causes.tell(told, figure, found, self._words),
            findings=(finding,),
            assumptions=("This is where the change lies, which is not yet why it came about.",),
            confidence=0.8,
            raw=_raw(form.model_dump(mode="json")),
        )

    def _ran(self, opened: Opened, form: Form) -> Generator[Step, None, ResultSet | None]:
        """The result of a form, or nothing where it fails; its steps on the way."""
        run = _Run(opened, to_sql(form, opened.catalog), self._question.limits)
        yield from run.steps()
        return run.result

    def _again(self) -> Iterator[Step | Answer]:
        """Run the last form again and show its statement."""
        before = followups.earlier(self._history)
        opened = next((it for it in self._opened if before and it.catalog.source == before.form.source), None)
        if before is None or opened is None or not followups.fits(before.form, opened.catalog):
            yield Answer(outcome="declined", text="There is no earlier statement in this chat to show.", confidence=0.0)
            return
        sql = to_sql(before.form, opened.catalog)
        raw = _raw(before.form.model_dump(mode="json"))
        for item in self._told(opened, sql, lambda _: f"The statement behind the last answer:\n\n```sql\n{sql}\n```"):
            yield (replace(item, suggestions=(), raw=raw, refines=True) if isinstance(item, Answer) else item)

    def _settled(self, opened: Opened, sketch: Sketch, drafts: list[Draft], score: float) -> Iterator[Step | Answer]:
        """Run the readings in order until one runs, and answer with it."""
        problem = refusals.unplaced(drafts[0], sketch)
        if problem:
            refusal = refusals.partly(problem, opened, sketch, self._question)
            yield replace(refusal, reading=_reading(drafts[0].form, opened))
            return
        error = ""
        for draft in (replace(it, form=measured(it.form, opened.catalog, opened.engine)) for it in drafts):
            ran = _Run(opened, to_sql(draft.form, opened.catalog), self._question.limits)
            yield from ran.steps()
            if ran.result is not None:
                yield _answered(opened, sketch, draft, ran.sql, ran.result, score)
                return
            error = ran.error
        yield refusals.failed(error)


class _Run:
    """One statement on its way: its step while it runs and after."""

    def __init__(self, opened: Opened, sql: str, limits: Limits) -> None:
        self._opened = opened
        self._limits = limits
        self.sql = sql
        self.result: ResultSet | None = None
        self.error = ""

    def steps(self) -> Iterator[Step]:
        """The step, loading and then completed or failed."""
        step = SqlStep(
            id=uuid4(), title="Run the query", status="loading", source=self._opened.catalog.source, sql=self.sql
        )
        yield step
        try:
            self.result = self._opened.engine.run(self.sql, self._limits)
        except SourceError as exc:
            self.error = exc.message
            yield step.model_copy(update={"status": "failed", "error": exc.message})
            return
        done = {"status": "completed", "row_count": len(self.result.rows), "truncated": self.result.truncated}
        yield step.model_copy(update=done)


def _answered(opened: Opened, sketch: Sketch, draft: Draft, sql: str, result: ResultSet, score: float) -> Answer:
    told = Told(form=draft.form, result=result, catalog=opened.catalog, existence=sketch.existence, past=sketch.past)
    finding = Finding(source=opened.catalog.source, sql=sql, result=result, chart=chart(draft.form, result))
    return Answer(
        outcome="answered",
        text=tell(told),
        findings=(finding,),
        assumptions=assumptions(draft, sketch, result, opened.catalog),
        confidence=round(score, 3),
        reading=_reading(draft.form, opened),
        raw=_raw(draft.form.model_dump(mode="json")),
    )


def _reading(form: Form, opened: Opened) -> str:
    """The statement that gives what was asked for and nothing beside it."""
    return to_sql(measured(form, opened.catalog, opened.engine).asked, opened.catalog)


def _described(table: CatalogTable, catalog: Catalog, _sample: ResultSet) -> str:
    return descriptions.table_text(table, catalog)


def _raw(form: object) -> tuple[object, ...]:
    return ({"analyst": "builtin", "version": FORMAT, "form": form},)


def _text_step(title: str, message: str) -> TextStep:
    return TextStep(id=uuid4(), title=title, status="completed", message=message)


def _catalog_note(opened: list[Opened]) -> str:
    return "; ".join(f"{it.catalog.source}: {it.catalog.count} tables" for it in opened)
