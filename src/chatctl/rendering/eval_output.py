"""An evaluation, printed."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from chatctl.rendering.console import Console
from chatctl.rendering.grids import Grid, of_records
from chatctl.rendering.printer import Forms
from chatctl.rendering.text import plural, visible_line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from chatctl.domain.evals import Evaluation, Missed, Rate, Score

MOST_LISTED: Final = 20
"""Cases that the screen lists of each kind; JSON has them all."""
BAR: Final = 30
"""Cells of a bar that stands for all."""
RATES: Final = {
    "accuracy": "accuracy",
    "coverage": "coverage",
    "precision": "precision",
    "best reading": "best_reading",
    "relaxed accuracy": "relaxed_accuracy",
    "relaxed precision": "relaxed_precision",
}
_STYLES: Final = {"correct": "green", "wrong": "bold red", "declined": "yellow", "error": "bold magenta"}


class EvalOutput(Console):
    """What `eval` prints."""

    def evaluation(self, value: "Evaluation") -> None:
        """The scores over all cases and by tag; on the screen also the curve and the cases that went wrong."""
        scores = [value.score, *value.tags]
        self.give(
            Forms(
                whole=lambda: value,
                lines=lambda: scores,
                grid=lambda: of_records([_record(each) for each in scores]),
                screen=lambda: self._seen(value),
            )
        )

    def _seen(self, value: "Evaluation") -> str:
        tags = self.sheet(_by_tag(value.tags)) if value.tags else ""
        parts = [*_curve(value), *_missed(value.missed), *_changed(value)]
        return self.screen().draw(*_rates(value)) + ("\n" + tags if tags else "") + self.screen().draw(*parts)


def _record(score: "Score") -> dict[str, object]:
    """A line for programs: rates in 0..1, those of the issue with their intervals."""
    rates: dict[str, Rate] = {label.replace(" ", "_"): getattr(score, name) for label, name in RATES.items()}
    return {
        "tag": score.tag or "all",
        "cases": score.cases,
        "correct": score.correct,
        "wrong": score.wrong,
        "declined": score.declined,
        "errors": score.errors,
        **{
            f"{name}{end}": figure
            for name, rate in rates.items()
            for end, figure in (("", rate.value), ("_low", rate.low), ("_high", rate.high))
        },
    }


def _rates(value: "Evaluation") -> "Iterator[RenderableType]":
    """The rates over all cases with their intervals, one below the other."""
    from rich.text import Text

    from chatctl.rendering.screen import line

    score = value.score
    errors = f", {score.errors:,} not judged" if score.errors else ""
    counts = f"{score.correct:,} correct, {score.wrong:,} wrong, {score.declined:,} declined{errors}"
    yield line(f"{value.model} on {plural(score.cases, 'case')}: {counts}", "bold")
    for label, name in RATES.items():
        rate: Rate = getattr(score, name)
        yield Text(f"{label:18} {_percent(rate):>6}  {_interval(rate):14} {rate.hits:,} of {rate.of:,}")


def _by_tag(scores: "Sequence[Score]") -> Grid:
    rates = ("coverage", "precision", "best reading")
    return of_records(
        [
            {
                "tag": score.tag,
                "cases": score.cases,
                "accuracy": _percent(score.accuracy),
                "interval": _interval(score.accuracy),
                **{label: _percent(getattr(score, RATES[label])) or None for label in rates},
            }
            for score in scores
        ]
    )


def _percent(rate: "Rate") -> str:
    return "" if rate.value is None else f"{rate.value:.1%}"


def _interval(rate: "Rate") -> str:
    return "" if rate.low is None or rate.high is None else f"{rate.low:.1%}–{rate.high:.1%}"


def _curve(value: "Evaluation") -> "Iterator[RenderableType]":
    """A bar for each share of the cases that could be answered, the surest first."""
    from rich.text import Text

    if value.curve:
        yield from _headed("Precision, were only the surest cases answered")
    for point in value.curve:
        bar = "█" * round(point.precision * BAR)
        yield Text(f"{point.coverage:>5.0%}  {bar:{BAR}}  {point.precision:>6.1%}  confidence ≥ {point.confidence:.2f}")


def _missed(missed: "Sequence[Missed]") -> "Iterator[RenderableType]":
    from rich.text import Text

    if missed:
        yield from _headed("Not right")
    for each in missed[:MOST_LISTED]:
        told = f"  {each.id}: {each.question}" + (f" ({each.error})" if each.error else "")
        line = Text.assemble((each.verdict, _STYLES[each.verdict]), visible_line(told))
        line.overflow, line.no_wrap = "ellipsis", True
        yield line
    yield from _more(len(missed))


def _changed(value: "Evaluation") -> "Iterator[RenderableType]":
    from rich.text import Text

    if value.changed is None:
        return
    gained = sum(each.after == "correct" for each in value.changed)
    lost = sum(each.before == "correct" for each in value.changed)
    yield from _headed(f"Since the earlier run: {len(value.changed)} changed, {gained} gained, {lost} lost")
    for each in value.changed[:MOST_LISTED]:
        told = (each.before, _STYLES[each.before]), " → ", (each.after, _STYLES[each.after])
        yield Text.assemble(*told, visible_line(f"  {each.id}"))
    yield from _more(len(value.changed))


def _headed(title: str) -> "Iterator[RenderableType]":
    from rich.text import Text

    from chatctl.rendering.screen import line

    yield Text()
    yield line(title, "bold")


def _more(count: int) -> "Iterator[RenderableType]":
    from chatctl.rendering.screen import line

    if count > MOST_LISTED:
        yield line(f"… and {count - MOST_LISTED:,} more; -o json has them all", "dim")
