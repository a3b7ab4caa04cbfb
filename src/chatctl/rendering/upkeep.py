"""How the work gets on and what is wrong, drawn for a person."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from chatctl.domain.health import Finding, Repairs, Workers, WorkerState
from chatctl.rendering.grids import Grid, of_records
from chatctl.rendering.text import plural
from chatctl.rendering.words import duration

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from chatctl.domain.providers import ProviderState
    from chatctl.rendering.screen import Screen

MARKS: Final = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red"), "skipped": ("–", "dim")}

SILENT: Final = 15.0
"""Seconds without a beat after which a worker that holds messages is called silent: three beats are missing."""


def workers(value: Workers, screen: "Screen") -> str:
    """A line for each worker, then what waits."""
    from rich.text import Text

    from chatctl.rendering.screen import words
    from chatctl.rendering.tables import whole

    return screen.draw(
        *whole(_crew(value), screen.width),
        *([Text()] if value.workers else []),
        *(words(text, style) for text, style in _summary(value)),
    )


def findings(values: Sequence[Finding], screen: "Screen") -> str:
    """A line for each check, below it what to do, and a last one that sums up."""
    return screen.draw(_checklist(values), *_verdict(values))


def models(values: "Sequence[ProviderState]", screen: "Screen") -> str:
    """A line for each provider: for what it is set, or that it is ready; below it what is missing."""
    return screen.draw(_checklist([_standing(each) for each in values]))


def repairs(value: Repairs, screen: "Screen") -> str:
    """A line for each kind of repair."""
    from chatctl.rendering.screen import words

    said = [f"put a broken queue file aside: {value.queue_set_aside}"] if value.queue_set_aside else []
    if value.error:
        said.append(f"nothing was swept or rung: {value.error}")
    else:
        said.append(f"took back {plural(value.recovered, 'message')} from workers that are gone")
        said.append(f"rang for {plural(len(value.successful), 'queued message')}")
    if value.failed:
        said.append(f"could not ring for {plural(len(value.failed), 'message')}: {value.failed[0]['error']}")
    return screen.draw(*map(words, said))


def _checklist(values: Sequence[Finding]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from chatctl.rendering.screen import words

    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for each in values:
        mark, style = MARKS[each.verdict]
        table.add_row(Text(mark, style=style), words(each.check, "bold"), words(each.finding))
        if each.hint:
            table.add_row("", "", words(each.hint, "dim"))
    return table


def _standing(state: "ProviderState") -> Finding:
    uses = [f"{use}: {name}" for use, name in (("model", state.model), ("fallback", state.fallback)) if name]
    if state.ready:
        return Finding(check=state.provider, verdict="ok", finding=", ".join(uses) or "ready")
    if uses:
        return Finding(check=state.provider, verdict="error", finding=", ".join(uses), hint=state.missing)
    return Finding(check=state.provider, verdict="skipped", finding=state.missing or "")


def _verdict(values: Sequence[Finding]) -> "Iterator[RenderableType]":
    from chatctl.rendering.screen import words

    counts = {verdict: sum(each.verdict == verdict for each in values) for verdict in ("error", "warning")}
    said = [plural(count, verdict) for verdict, count in counts.items() if count]
    yield words(", ".join(said) if said else "nothing is wrong", "bold")


def _crew(value: Workers) -> Grid:
    records = [
        {
            "worker": f"{each.host}, process {each.pid}",
            "started": _started(each, value.as_of),
            "state": _state(each, value.as_of),
            "holds": each.running,
        }
        for each in value.workers
    ]
    return of_records(records, fixed=frozenset({"state"}))


def _started(worker: WorkerState, now: datetime) -> str:
    if worker.kind is None or worker.started_at is None:
        return "elsewhere"
    how = {"manual": "by hand", "automatic": "by itself", "inline": "by a command"}[worker.kind]
    return f"{how}, {duration((now - worker.started_at).total_seconds())} ago"


def _state(worker: WorkerState, now: datetime) -> str:
    if not worker.alive:
        return "gone"
    if worker.last_beat_at is None:
        return "idle"
    age = max(0.0, (now - worker.last_beat_at).total_seconds())
    return f"{'silent' if age > SILENT else 'working'}, beat {duration(age)} ago"


def _summary(value: Workers) -> Iterator[tuple[str, str]]:
    if not any(each.alive for each in value.workers):
        yield (
            "No worker is alive; "
            + ("one is started when there is work." if value.starts_by_itself else "`chatctl worker run` is one."),
            "bold",
        )
    oldest = "" if value.oldest_queued_age is None else f", the oldest for {duration(value.oldest_queued_age)}"
    yield f"{value.queued:,} queued{oldest}", ""
    yield f"{value.running:,} running", ""
    yield f"{value.failed_today:,} failed today (UTC)", "red" if value.failed_today else ""
